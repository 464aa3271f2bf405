"""What moving frames costs on a board."""

import pytest

from generators.emit import io
from hdl.bus.axis import Edge
from hdl.number import Number


def edge(items: int, bits: int, width: int = 64) -> Edge:
    return Edge(number=Number(width=bits, signed=False), items=items, width=width)


@pytest.mark.parametrize(("i", "o", "found"), [
    (edge(784, 8), edge(10, 8, 32), (784, 10, 98)),
    (edge(784, 1), edge(10, 8, 32), (98, 10, 13)),
    (edge(3, 3), edge(100, 16, 1024), (2, 200, 25)),
    (edge(1, 1, 8), edge(1, 1, 8), (1, 1, 1)),
])  # fmt: skip
def test_cycles_of_a_frame(i, o, found):
    names = ("input_bytes", "output_bytes", "cycles_per_frame")
    assert io.io((i, o)) == dict(zip(names, found))


def report(cycles: int, io_cycles: int, i_bytes: int = 784, o_bytes: int = 10) -> dict:
    moved = {"input_bytes": i_bytes, "output_bytes": o_bytes, "cycles_per_frame": io_cycles}
    return {"cycles_per_frame": cycles, "clock_mhz": 100.0, "io": moved}


def test_what_binds_is_said():
    assert io.sentence(report(98, 98)) is None
    assert io.sentence(report(7, 98)) == (
        "on a board the DMA binds: 784 bytes of input a frame take 98 cycles, "
        "1,020,408 frames a second"
    )
    assert io.sentence(report(7, 25, 3, 200)) == (
        "on a board the DMA binds: 200 bytes of output a frame take 25 cycles, "
        "4,000,000 frames a second"
    )

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


def moved(io_cycles: int, i_bytes: int = 784, o_bytes: int = 10) -> dict:
    return {"input_bytes": i_bytes, "output_bytes": o_bytes, "cycles_per_frame": io_cycles}


def test_what_binds_is_said():
    assert io.binding(moved(98), 98, "the circuits") is None
    assert io.binding(moved(98), 7, "the circuits") == {
        "binds": "dma", "at": ["input"], "cycles": 98,
        "sentence": "the DMA binds on a board: 784 bytes of input take 98 cycles a frame, the "
                    "circuits 7"}  # fmt: skip
    assert io.binding(moved(25, 3, 200), 5.875, "the array")["sentence"] == (
        "the DMA binds on a board: 200 bytes of output take 25 cycles a frame, the array 5.875")

import re
from dataclasses import dataclass

import pytest

from hdl.engine.program import LayerLoops, Loop, Pass, Program
from tests.hdl.engine.programs import loops, vectors


@dataclass
class Pace:
    interval: int
    drain: int
    late: tuple[int, ...] = ()

    def supply(self):
        return Late(self.late) if self.late else None


class Late:
    """Weights that come at given cycles."""

    def __init__(self, cycles):
        self._cycles = iter(cycles)

    def start(self, opened):
        return next(self._cycles, 0)


def program(*waits, sizes=(10, 3)):
    layers = tuple(loops((size, 1, 0, 0)) for size in sizes)
    passes = tuple(Pass(layer=n % len(sizes), tile=n, wait=wait) for n, wait in enumerate(waits))
    return Program(layers=layers, passes=passes)


def test_increments_make_the_strides():
    """One addition a vector, of the outermost loop that steps, walks through all of a pass."""
    layer = loops((3, 2, 0, 1), (2, 9, 1, 0), (1, 5, 0, 2), (4, -7, 3, 0), height=9, width=9)
    made = Program(layers=(layer,), passes=(Pass(layer=0, tile=0, address=50),))
    walked, left, address = [], [loop.count for loop in layer.loops], 50
    for _ in range(layer.vectors):
        walked.append(address)
        level = next((k for k, n in enumerate(left) if n > 1), 0)
        left[:level] = [loop.count for loop in layer.loops[:level]]
        left[level] -= 1
        address += layer.increments[level][0]
    assert walked == [where for where, _ in vectors(made, made.passes[0])]


def test_passes_follow_each_other():
    line = program(0, 0, 0, 0).timeline(Pace(6, 100))
    assert line.starts == (0, 10, 16, 26)
    assert (line.vectors, line.fills, line.drains) == ((10, 3, 10, 3), (3, 0, 3, 0), (0,) * 4)
    assert (line.period, line.compute, line.fill_drain, line.transfer) == (32, 26, 6, 0)


def test_a_pass_waits_for_what_is_written():
    """The second for the first; the third for the first, which is written by then."""
    line = program(0, 1, 2, sizes=(10,)).timeline(Pace(6, 8))
    assert (line.starts, line.drains, line.period) == ((0, 18, 28), (0, 8, 0), 38)


def test_a_batch_waits_for_the_one_before():
    line = program(1, sizes=(10,)).timeline(Pace(6, 8))
    assert (line.starts, line.drains, line.period) == ((0,), (8,), 18)


def test_a_pass_waits_for_its_weights():
    clock = program(0, 1, sizes=(10,)).clock(Pace(6, 8, late=(5, 50, 0)))
    clock.batch(20)
    clock.batch(0)
    assert clock.starts == [20, 50, 60, 78]
    assert (clock.drains, clock.transfers) == ([0, 8, 0, 8], [0, 12, 0, 0])


def test_sizes():
    layers = (loops((4, 1, 0, 0), (6, 4, 0, 0), pool=4), loops((30, 1, 0, 0)))
    passes = (Pass(layer=0, tile=3, set=2, last=False), Pass(layer=0, tile=0, first=False),
              Pass(layer=1, tile=1))  # fmt: skip
    made = Program(layers=layers, passes=passes)
    assert (made.depth, made.tiles, made.sets, made.compute) == (24, 4, 3, 78)
    assert (layers[0].vectors, layers[0].outputs) == (24, 6)


@pytest.mark.parametrize(("fields", "message"), [
    ({"loops": (Loop(),)}, "LayerLoops loops must be 5, not 1"),
    ({"pool": 2}, "LayerLoops pool must divide the 3 vectors, unlike 2"),
    ({"post": "relu"}, "LayerLoops post must be thresholds, requantize or raw, not 'relu'"),
    ({"post": "raw", "pool": 3}, "LayerLoops pool must be 1 for raw sums, not 3"),
    ({"gain": 3}, "LayerLoops gain must be 1 or 2, not 3"),
])  # fmt: skip
def test_wrong_loops(fields, message):
    five = (Loop(count=3), *[Loop()] * 4)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        LayerLoops(**{"loops": five, "height": 1, "width": 1, **fields})


@pytest.mark.parametrize(("passes", "message"), [
    ([{"layer": 1}], "Pass 0 layer must be from 0 to 0, not 1"),
    ([{"first": False}], "Pass 0 must be first after a last one"),
    ([{"last": False}, {}], "Pass 1 must not be first before a last one"),
    ([{"last": False}], "Program must end with a last pass"),
    ([], "Program must end with a last pass"),
])  # fmt: skip
def test_wrong_passes(passes, message):
    some = tuple(Pass(**{"layer": 0, "tile": 0, **one}) for one in passes)
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Program(layers=(loops(),), passes=some)


def test_wrong_count():
    with pytest.raises(TypeError, match=r"^Loop count must be a positive integer, not 0$"):
        Loop(count=0)



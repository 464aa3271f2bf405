"""Which numbers an array has, and which array is chosen."""

from dataclasses import replace

import numpy as np
import pytest

from boards import devices
from generators.systolic.numbers import numbers
from generators.systolic.plan import Wish, plan
from generators.systolic.shape import Shape
from generators.systolic.stage import chain
from hdl.number import BIPOLAR, Number
from tests.benchmarks.systolic_nets import large_mlp
from tests.generators.finn.nets import SIGN, dense, model, network

BOARD = devices.find("zynq7020")
ONE = Shape(rows=1, cols=2, lanes=2, batch=1, depth=9)


def layers(kind: str, weights: str, **fields):
    """Two dense layers with signs between them."""
    first = dense("a", size=(4, 6), weights=weights, activation=SIGN)
    return chain(network(model(first, dense("b", "a", size=(2, 4), weights=weights), kind=kind,
                               **fields)))  # fmt: skip


@pytest.mark.parametrize(("kind", "weights", "x", "w"), [
    ("bipolar", "bipolar", BIPOLAR, BIPOLAR),
    ("int3", "bipolar", Number(width=3, signed=True), BIPOLAR),
    ("bipolar", "int3", BIPOLAR, Number(width=3, signed=True)),
    # Unsigned inputs beside -1 and +1 are read less half of their range.
    ("uint4", "ternary", Number(width=4, signed=True), Number(width=2, signed=True)),
])  # fmt: skip
def test_numbers(kind, weights, x, w):
    found = layers(kind, weights)
    made = numbers(found, ONE)
    assert (made.x, made.w) == (x, w)
    assert made.popcount == (x.bipolar and w.bipolar)


def test_input_less_half_of_its_range():
    found = layers("uint4", "ternary")
    given = layers("int4", "ternary")
    assert (found.centre, given.centre) == (8, 0)
    moved = 8 * found.stages[0].weights.reshape(4, -1).sum(axis=1)
    np.testing.assert_array_equal(found.stages[0].thresholds,
                                  given.stages[0].thresholds - moved[:, None])  # fmt: skip


def test_as_fast_as_fits():
    found = chain(network(large_mlp((64, 64, 10))))
    wish = Wish(board=BOARD, clock_mhz=100.0, part_of={"lut": 0.8})
    fast, small = plan(found, wish), plan(found, replace(wish, part_of={"lut": 0.1, "dsp": 0.2}))
    assert small.lowered.shape.products < fast.lowered.shape.products
    assert small.cost.lut <= 0.1 * BOARD.lut
    assert small.cost.dsp <= 0.2 * BOARD.dsp


def test_weights_beyond_the_chip():
    found = chain(network(large_mlp((256, 64, 10))))
    wish = Wish(board=BOARD, clock_mhz=100.0, cols=4, batch=4, part_of={})
    tiny = replace(wish, board=replace(BOARD, bram18=6))
    assert (plan(found, wish).external, plan(found, tiny).external) == (False, True)

"""Weights term by term: repeated inputs, a term of each weight in each repetition."""

# amaranth: UnusedElaboratable=no

import numpy as np
import pytest

from hdl.dot.shift import Shift
from hdl.number import Number
from hdl.stream.repeat import Repeat
from sim import stream
from sim.golden.formats.terms import Terms, serial
from tests.hdl.clocked import draw
from tests.hdl.dot.skewed import simulate

LANES, COLS, ROWS = 3, 9, 2


@pytest.mark.parametrize(("x", "bits", "form", "step"), [
    (Number(width=4, signed=True), 4, Terms(2, (0, 2)), 2),
    (Number(width=3), 8, Terms(2, (0, 2, 4, 6)), 2),
    (Number(width=4), 5, Terms(5, (0, 0, 0), 2), 0),
    (Number(width=3, signed=True), 6, Terms(3, (0, 3)), 3),
])  # fmt: skip
def test_terms_reassembled(x, bits, form, step):
    """The sums over a vector's repeated transfers are those of the whole weights."""
    rng = np.random.default_rng(bits)
    values = np.arange(-1 << bits - 1, 1 << bits - 1)
    weights = rng.choice(values[form.contains(values)], (ROWS, COLS))
    vector, times = draw(rng, x, COLS), len(form.starts)
    repeat = Repeat.Config(width=x.shape, lanes=LANES, times=times, step=step)
    transfers = vector.reshape(-1, LANES)
    repeated = stream.run(Repeat(repeat), transfers, times * len(transfers), rng=rng, stall=0.4)

    wide = repeat.o_payload.elem_shape
    config = Shift.Config(lanes=LANES, x=Number(width=wide.width, signed=wide.signed),
                          exponents=form.exponents)  # fmt: skip
    assert config.offset == form.offset
    matrix = serial(form.codes(weights), LANES).reshape(ROWS, -1, LANES)
    for row, steps in zip(weights, matrix):
        sums = simulate(config, repeated.outputs, steps, 0, 0.2)
        assert sums.sum() == row @ vector

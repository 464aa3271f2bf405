import re

import numpy as np
import pytest

from hdl.array.unrolled import Unrolled
from hdl.number import BIPOLAR, Number, holding
from sim import stream
from tests.hdl import clocked

FRAMES = 12
TERNARY, INT3, UINT2 = Number(width=2, signed=True), Number(width=3, signed=True), Number(width=2)
BINARY = {"x": BIPOLAR, "w": BIPOLAR}
CASES = {
    "signs": (9, 23, 1, {"o": BIPOLAR, "base": -1}),
    "one-level": (5, 16, 1, {"o": Number(width=2), "base": 1}),
    "sums": (10, 17, 0, {}),
    "sums-bias": (7, 16, 0, {"bias": True}),
    "levels": (6, 20, 3, {"o": Number(width=2)}),
    "one-row": (1, 3, 1, {"o": BIPOLAR, "base": -1}),
    "int3-signs": (5, 9, 1, {"x": INT3, "w": INT3, "o": BIPOLAR, "base": -1}),
    "ternary-one-level": (4, 8, 1, {"x": TERNARY, "w": TERNARY, "o": Number(width=2), "base": 1}),
    "ternary-levels": (4, 8, 2, {"x": TERNARY, "w": TERNARY, "o": TERNARY, "base": -1}),
    "uint2-levels": (5, 9, 3, {"x": UINT2, "w": INT3, "o": UINT2}),
    "int3-sums": (4, 7, 0, {"x": INT3, "w": INT3}),
    "uint2-sums-bias": (4, 7, 0, {"x": UINT2, "w": BIPOLAR, "bias": True}),
    "bipolar-by-int3": (4, 7, 0, {"x": BIPOLAR, "w": INT3, "bias": True}),
}


def make(rng, rows, cols, levels, o=None, base=0, bias=False, x=BIPOLAR, w=BIPOLAR):
    """A circuit with random weights, and what it is to compute of frames of x."""
    weights = clocked.draw(rng, w, (rows, cols))
    counts = x.bipolar and w.bipolar
    most = cols if counts else 3 * cols
    thresholds = np.sort(rng.integers(0 if counts else -most, most + 2, (rows, levels)), axis=1)
    offset = rng.integers(-9, 10, rows) if bias else None
    added = 0 if offset is None else offset
    largest = cols * max(-x.low, x.high) * max(-w.low, w.high) + 9 * bias
    config = Unrolled.Config.of(weights, thresholds if levels else None, offset,
                                o or holding(-largest, largest), base, x, w)  # fmt: skip

    def golden(x):
        total = x @ weights.T
        if not levels:
            return total + added
        reached = (total + cols) // 2 if counts else total
        count = (reached[:, :, None] >= thresholds).sum(axis=2)
        return 2 * count - 1 if config.o.bipolar else base + count

    return Unrolled(config), golden


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("case", CASES)
def test_matches_golden(case, stall):
    *sizes, options = CASES[case]
    rng = np.random.default_rng(len(case))
    number = options.get("x", BIPOLAR)
    dut, golden = make(rng, *sizes, **options)
    x = clocked.draw(rng, number, (FRAMES, sizes[1]))
    x[0], x[1] = number.low, number.high
    run = stream.run(dut, (x + 1) // 2 if number.bipolar else x, FRAMES, rng=rng, stall=stall)
    y = 2 * run.outputs - 1 if dut.config.o.bipolar else run.outputs
    np.testing.assert_array_equal(y, golden(x))
    if not stall:
        accepted, departed = dut.config.depart(np.full(FRAMES, run.i_times[0]))
        np.testing.assert_array_equal(run.i_times, accepted)
        np.testing.assert_array_equal(run.o_times, departed)


@pytest.mark.parametrize(("numbers", "fields", "message"), [
    (BINARY, {"bias": (1, 2, 3)}, "Unrolled bias must be one for each of 2 rows, not 3"),
    (BINARY, {}, "Unrolled layer must have either thresholds of counts, or several of each row, "
                 "or a bias, not 0 of these"),
    ({"x": INT3, "w": INT3}, {"bias": (1, 2)},
     "Unrolled bias must be part of the dot products of numbers"),
])  # fmt: skip
def test_refusals(numbers, fields, message):
    dot = Unrolled.Config.of(np.ones((2, 3), int), None, None, Number(width=4), **numbers).dot
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Unrolled.Config(dot=dot, o=Number(width=4), **fields)

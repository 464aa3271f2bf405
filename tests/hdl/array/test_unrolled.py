import re

import numpy as np
import pytest

from hdl.array.unrolled import Unrolled
from hdl.number import BIPOLAR, Number, holding
from sim import stream

FRAMES = 12
CASES = {
    "signs": (9, 23, 1, {"o": BIPOLAR, "base": -1}),
    "one-level": (5, 16, 1, {"o": Number(width=2), "base": 1}),
    "sums": (10, 17, 0, {}),
    "sums-bias": (7, 16, 0, {"bias": True}),
    "levels": (6, 20, 3, {"o": Number(width=2)}),
    "one-row": (1, 3, 1, {"o": BIPOLAR, "base": -1}),
}


def make(rng, rows, cols, levels, o=None, base=0, bias=False):
    """A circuit with random weights, and what it is to compute of frames of -1 and +1."""
    weights = rng.choice([-1, 1], (rows, cols))
    thresholds = np.sort(rng.integers(0, cols + 2, (rows, levels)), axis=1) if levels else None
    offset = rng.integers(-9, 10, rows) if bias else None
    added = 0 if offset is None else offset
    sums = holding(-cols - 9 * bias, cols + 9 * bias)
    config = Unrolled.Config.of(weights, thresholds, offset, o or sums, base)

    def golden(x):
        total = x @ weights.T
        if not levels:
            return total + added
        count = ((total[:, :, None] + cols) // 2 >= thresholds).sum(axis=2)
        return 2 * count - 1 if config.o.bipolar else base + count

    return Unrolled(config), golden


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("case", CASES)
def test_matches_golden(case, stall):
    *sizes, options = CASES[case]
    rng = np.random.default_rng(len(case))
    dut, golden = make(rng, *sizes, **options)
    x = rng.choice([-1, 1], (FRAMES, sizes[1]))
    x[0], x[1] = -1, 1
    run = stream.run(dut, (x + 1) // 2, FRAMES, rng=rng, stall=stall)
    y = 2 * run.outputs - 1 if dut.config.o.bipolar else run.outputs
    np.testing.assert_array_equal(y, golden(x))
    if not stall:
        accepted, departed = dut.config.depart(np.full(FRAMES, run.i_times[0]))
        np.testing.assert_array_equal(run.i_times, accepted)
        np.testing.assert_array_equal(run.o_times, departed)


@pytest.mark.parametrize(("fields", "message"), [
    ({"bias": (1, 2, 3)}, "Unrolled bias must be one for each of 2 rows, not 3"),
    ({}, "Unrolled layer must have either thresholds of counts, or several of each row, or a "
         "bias, not 0 of these"),
])  # fmt: skip
def test_refusals(fields, message):
    counts = Unrolled.Config.of(np.ones((2, 3), int), None, None, Number(width=4)).counts
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Unrolled.Config(counts=counts, o=Number(width=4), **fields)

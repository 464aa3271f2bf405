# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.number import BIPOLAR, Number
from hdl.window.columns import Columns
from sim import stream

S3 = Number(width=3, signed=True)
LINES = 4
CASES = {  # width, kernel, stride, beats, repeats, lanes, x
    "three": (6, 3, 1, 3, 1, 2, S3),
    "three again": (5, 3, 1, 6, 2, 1, S3),
    "one beat": (7, 2, 1, 1, 3, 3, BIPOLAR),
    "stride": (8, 3, 2, 2, 1, 1, S3),
    "stride past the end": (9, 2, 3, 2, 2, 1, Number(width=2)),
    "wide stride": (7, 2, 4, 1, 1, 1, S3),
    "one window": (4, 4, 1, 2, 1, 1, S3),
    "one window and a rest": (5, 4, 3, 2, 2, 1, S3),
}


def config(width, kernel, stride, beats, repeats, lanes, x):
    return Columns.Config(width=width, kernel=kernel, stride=stride, beats=beats, repeats=repeats,
                          lanes=lanes, x=x)  # fmt: skip


def golden(sized, columns):
    """Windows (lines * windows * repeats * beats, taps * lanes) of (lines, width, beats, lanes)."""
    starts = range(0, sized.width - sized.kernel + 1, sized.stride)
    windows = np.stack([columns[:, s : s + sized.kernel] for s in starts], axis=1)
    taps = windows.transpose(0, 1, 3, 2, 4).reshape(len(columns), len(starts), 1, sized.beats, -1)
    return np.repeat(taps, sized.repeats, axis=2).reshape(-1, taps.shape[-1])


def draw(sized, rng):
    low = 0 if sized.x.bipolar else sized.x.low
    shape = (LINES, sized.width, sized.beats, sized.lanes)
    columns = rng.integers(low, sized.x.high + 1, shape)
    columns[0], columns[-1] = low, sized.x.high
    transfers = np.repeat(columns[:, :, None], sized.repeats, axis=2)
    return columns, transfers.reshape(-1, sized.lanes)


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("case", CASES)
def test_matches_golden(case, stall):
    rng, sized = np.random.default_rng(len(case)), config(*CASES[case])
    columns, transfers = draw(sized, rng)
    expected = golden(sized, columns)
    run = stream.run(Columns(sized), transfers, len(expected), rng=rng, stall=stall)
    np.testing.assert_array_equal(run.outputs, expected)
    assert len(expected) == LINES * sized.windows * sized.repeats * sized.beats
    if not stall:
        accepted, departed = sized.depart(np.full(len(transfers), run.i_times[0]))
        np.testing.assert_array_equal(run.i_times, accepted[: len(run.i_times)])
        np.testing.assert_array_equal(run.o_times, departed)
        assert sized.interval * LINES == len(transfers)


def test_irregular_arrivals():
    rng, sized = np.random.default_rng(1), config(*CASES["stride"])
    columns, transfers = draw(sized, rng)
    arrivals = np.cumsum(rng.integers(0, 5, len(transfers)))
    expected = golden(sized, columns)
    run = stream.run(Columns(sized), transfers, len(expected), rng=rng, arrivals=arrivals)
    accepted, departed = sized.depart(arrivals)
    np.testing.assert_array_equal(run.o_times, departed)
    np.testing.assert_array_equal(run.i_times, accepted[: len(run.i_times)])


@pytest.mark.parametrize(("changes", "kind", "message"), [
    ({"kernel": 1}, ValueError, "Columns kernel must be from 2 to the 6 columns of a line, not 1"),
    ({"kernel": 7}, ValueError, "Columns kernel must be from 2 to the 6 columns of a line, not 7"),
    ({"beats": 0}, TypeError, "Columns beats must be a positive integer, not 0"),
    ({"stride": 0}, TypeError, "Columns stride must be a positive integer, not 0"),
])  # fmt: skip
def test_refusals(changes, kind, message):
    fields = {"width": 6, "kernel": 3, "stride": 1, "beats": 1, "repeats": 1, "lanes": 1, "x": S3}
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        Columns.Config(**fields | changes)

# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.number import BIPOLAR, Number
from hdl.quant.argmax import ArgMax
from sim import stream
from sim.golden import quant
from tests.hdl import clocked

FRAMES = 80
U2, S4 = Number(width=2), Number(width=4, signed=True)
SIZES = [(1, 1), (10, 1), (10, 10), (10, 4), (10, 3), (9, 4), (12, 4), (3, 8), (5, 2), (17, 5)]


def check(items, lanes, x, seed, **options):
    """Runs frames, with noise in the lanes beyond their end; compares; returns config and run."""
    rng = np.random.default_rng(seed)
    config = ArgMax.Config(items=items, lanes=lanes, x=x)
    frames = clocked.draw(rng, x, (FRAMES, items))
    if not x.bipolar:  # scores that differ by one or not at all, few of them the larger
        near = rng.integers(x.low, x.high, (FRAMES // 2, 1))
        frames[FRAMES // 2 :] = near + (rng.random((FRAMES // 2, items)) < 0.2)
    frames[0], frames[0, -1] = x.low, min(x.low + 1 + x.bipolar, x.high)  # nothing is before it
    frames[1], frames[2] = x.low, x.high  # ties of all: the lowest index wins
    frames[3], frames[3, -1] = x.low, x.high
    padded = clocked.draw(rng, x, (FRAMES, config.beats * lanes))
    padded[:, items:] = x.high
    padded[:, :items] = frames
    codes = (padded > 0).astype(int) if x.bipolar else padded

    result = stream.run(ArgMax(config), codes.reshape(-1, lanes), FRAMES, rng=rng, **options)

    np.testing.assert_array_equal(result.outputs, quant.argmax(frames))
    return config, result


@pytest.mark.parametrize("x", [BIPOLAR, U2, S4])
@pytest.mark.parametrize(("items", "lanes"), SIZES)
def test_matches_golden_at_full_rate(items, lanes, x):
    config, result = check(items, lanes, x, items)
    accepted, departed = config.depart(np.zeros(FRAMES * config.beats, int))
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)
    np.testing.assert_array_equal(np.diff(result.o_times), config.interval)
    assert result.o_times[0] - result.i_times[config.beats - 1] == config.latency


@pytest.mark.parametrize("stall", [0.3, 0.7])
@pytest.mark.parametrize(("items", "lanes"), SIZES)
def test_stalls(items, lanes, stall):
    check(items, lanes, S4, items, stall=stall)


@pytest.mark.parametrize(("items", "lanes"), SIZES)
def test_irregular_arrivals(items, lanes):
    beats = -(-items // lanes)
    arrivals = np.cumsum(np.random.default_rng(lanes).integers(0, 4, FRAMES * beats))
    config, result = check(items, lanes, S4, items, arrivals=arrivals)
    accepted, departed = config.depart(arrivals)
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)


def test_all_negative():
    config = ArgMax.Config(items=4, lanes=3, x=S4)
    x = np.array([[-8, -3, -5, -2, 7, 7], [-1, -1, -8, -1, 7, 7], [-8, -7, -7, -8, 0, 0]])
    result = stream.run(ArgMax(config), x.reshape(-1, 3), 3, rng=np.random.default_rng(0))
    np.testing.assert_array_equal(result.outputs.ravel(), [3, 0, 1])


@pytest.mark.parametrize("name", ["items", "lanes"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"ArgMax {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        ArgMax.Config(**{"items": 1, "lanes": 1, "x": S4, name: value})

# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.number import BIPOLAR, Number
from hdl.window.upsample import Upsample
from sim import stream

FRAMES = 3
S3 = Number(width=3, signed=True)
SIZES = [  # height, width, groups, lanes, factor
    (3, 4, 1, 2, (2, 2)), (3, 3, 2, 2, (2, 2)), (2, 5, 3, 1, (3, 2)), (3, 3, 1, 2, (1, 3)),
    (3, 3, 3, 2, (1, 2)), (3, 3, 2, 1, (2, 1)), (3, 1, 1, 2, (2, 3)), (4, 3, 2, 2, (1, 1)),
    (1, 1, 1, 1, (2, 2)), (1, 1, 1, 1, (1, 1)), (1, 6, 2, 1, (1, 4)),
]  # fmt: skip


def make(height, width, groups, lanes, factor, x=S3):
    return Upsample.Config(height=height, width=width, groups=groups, lanes=lanes, factor=factor,
                           x=x)  # fmt: skip


def check(config, seed, **options):
    """Runs maps, compares the values, returns the run."""
    rng = np.random.default_rng(seed)
    channels = config.groups * config.lanes
    low = 0 if config.x.bipolar else config.x.low
    maps = rng.integers(low, config.x.high + 1, (FRAMES, config.height, config.width, channels))
    maps[0, ::2], maps[0, 1::2] = low, config.x.high
    y = maps.repeat(config.factor[0], 1).repeat(config.factor[1], 2).reshape(-1, config.lanes)
    result = stream.run(Upsample(config), maps.reshape(-1, config.lanes), len(y), rng=rng,
                        **options)  # fmt: skip
    np.testing.assert_array_equal(result.outputs, y)
    return result


@pytest.mark.parametrize("x", [BIPOLAR, S3])
@pytest.mark.parametrize("size", SIZES)
def test_repeats_at_full_rate(size, x):
    config = make(*size, x)
    result = check(config, 1)
    accepted, departed = config.depart(np.zeros(FRAMES * config.i_beats, int))
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)
    assert result.o_times[0] - result.i_times[0] == config.latency
    assert result.o_times[-1] + 1 == FRAMES * config.interval


@pytest.mark.parametrize("stall", [0.3, 0.7])
@pytest.mark.parametrize("size", SIZES)
def test_stalls(size, stall):
    check(make(*size), 2, stall=stall)


@pytest.mark.parametrize("gap", [2, 5, 12])
@pytest.mark.parametrize("size", SIZES)
def test_departures_of_irregular_arrivals(size, gap):
    config = make(*size)
    arrivals = np.cumsum(np.random.default_rng(gap).integers(0, gap, FRAMES * config.i_beats))
    result = check(config, gap, arrivals=arrivals)
    accepted, departed = config.depart(arrivals)
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)


@pytest.mark.parametrize(("size", "words", "luts", "counters"), [
    ((7, 7, 1, 16, (2, 2)), 7, 32, 5), ((7, 7, 2, 8, (1, 2)), 2, 16, 2),
    ((7, 7, 1, 8, (1, 2)), 1, 0, 1), ((7, 7, 1, 8, (1, 1)), 0, 0, 0),
    ((9, 50, 3, 2, (2, 1)), 150, 24, 9),
])  # fmt: skip
def test_storage(size, words, luts, counters):
    config = make(*size, Number(width=4))
    assert (config.words, config.luts, config.counter_bits) == (words, luts, counters)


@pytest.mark.parametrize("name", ["height", "width", "groups", "lanes"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    sizes = dict(height=1, width=1, groups=1, lanes=1, factor=(1, 1), x=S3)
    message = re.escape(f"Upsample {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Upsample.Config(**{**sizes, name: value})


@pytest.mark.parametrize(("factor", "name"), [((0, 1), "down"), ((1, 0), "across")])
def test_wrong_factor(factor, name):
    with pytest.raises(TypeError,
                       match=f"^Upsample factor {name} must be a positive integer, not 0$"):
        make(1, 1, 1, 1, factor)


@pytest.mark.parametrize("arrivals", [np.zeros(5, int), np.zeros(0, int), np.zeros((6, 1), int)])
def test_wrong_arrivals(arrivals):
    message = re.escape("Arrivals must be one or several times 6 cycles, "
                        f"not of shape {arrivals.shape}")  # fmt: skip
    with pytest.raises(ValueError, match=f"^{message}$"):
        make(1, 3, 2, 1, (2, 2)).depart(arrivals)

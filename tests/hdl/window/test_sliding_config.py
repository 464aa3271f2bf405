import re
from dataclasses import replace

import numpy as np
import pytest

from hdl.number import BIPOLAR, Number
from hdl.window.sliding_config import Config
from tests.hdl.window.geometries import SAME, draw, sized

UINT8 = Number(width=8)
CNV = [  # size, channels, lanes, repeats, items; depths: least, without a lost cycle, fitted
    (32, 3, 3, 4, UINT8, 67, 126, 128),
    (30, 64, 32, 2, BIPOLAR, 126, 235, 256),
    (30, 64, 64, 1, BIPOLAR, 63, 118, 128),
    (14, 64, 32, 4, BIPOLAR, 62, 107, 128),
    (12, 128, 32, 4, BIPOLAR, 108, 181, 192),
    (5, 128, 32, 4, BIPOLAR, 52, 69, 128),
    (3, 256, 32, 1, BIPOLAR, 72, 73, 128),
]


def rounded(depth):
    return depth, 1 << (depth - 1).bit_length(), -(-depth // 64) * 64


@pytest.mark.parametrize(("size", "channels", "lanes", "repeats", "x", "least", "full", "fit"), CNV)
def test_depths_of_cnv(size, channels, lanes, repeats, x, least, full, fit):
    config = sized(size, size, channels, lanes, (3, 3), repeats=repeats, x=x)
    best = max(config.i_beats, config.o_beats)

    assert config.depth == config.least_depth == least
    assert config.fitted(best).depth == fit
    assert config.fitted(best).interval == best
    assert replace(config, depth=full).interval == best
    assert replace(config, depth=full - 1).interval > best
    assert config.fitted(config.interval).depth in rounded(least)


@pytest.mark.parametrize("seed", range(60))
def test_interval_is_what_departures_settle_to(seed):
    rng = np.random.default_rng(seed)
    config = draw(rng)
    config = replace(config, depth=config.depth + int(rng.integers(0, config.i_beats + 2)))
    _, departed = config.depart(np.zeros(24 * config.i_beats, int))
    ends = departed[config.o_beats - 1 :: config.o_beats]
    assert ends[-1] - ends[-13] == 12 * config.interval


@pytest.mark.parametrize("seed", range(40))
def test_fitted_is_the_least(seed):
    """No depth is faster than a lower one, and the least is found."""
    config = draw(np.random.default_rng(seed), most=120)
    depths = range(config.least_depth, config.least_depth + config.i_beats + 4)
    intervals = np.array([replace(config, depth=depth).interval for depth in depths])
    assert (np.diff(intervals) <= 0).all()
    assert intervals[-1] == max(config.i_beats, config.o_beats)
    for asked in {*intervals.tolist()}:
        least = depths[int(np.flatnonzero(intervals <= asked)[0])]
        assert config.fitted(asked).depth in rounded(least)


@pytest.mark.parametrize("seed", range(40))
def test_nothing_is_released_too_early(seed):
    """By the definition: of what a window and all later ones read, nothing is older."""
    config = draw(np.random.default_rng(seed))
    (top, left, _, _), (sy, sx), (dy, dx) = config.padding, config.stride, config.dilation
    reads = []
    for window in range(config.out_height * config.out_width):
        oy, ox = divmod(window, config.out_width)
        at = [(oy * sy - top + ky * dy, ox * sx - left + kx * dx)
              for ky in range(config.kernel[0]) for kx in range(config.kernel[1])]  # fmt: skip
        reads.append([(y * config.width + x) * config.groups for y, x in at
                      if 0 <= y < config.height and 0 <= x < config.width])  # fmt: skip
    oldest = config.walk.oldest
    assert (np.diff(oldest) >= 0).all()
    assert oldest[-1] == config.i_beats + oldest[0]
    assert all(oldest[k] <= word for k in range(len(reads)) for one in reads[k:] for word in one)
    assert config.least_depth == max(
        max(one) + config.groups - old for one, old in zip(reads, oldest) if one
    )


def test_sizes():
    config = sized(30, 20, 64, 16, (3, 5), stride=(1, 2), padding=(1, 2, 0, 1), repeats=2, blocks=2)
    assert (config.out_height, config.out_width, config.groups) == (29, 10, 4)
    assert (config.i_beats, config.o_beats) == (30 * 20 * 4, 29 * 10 * 15 * 4 * 2)
    assert (config.payload.size, config.storage_bits) == (32, 32 * config.depth)


@pytest.mark.parametrize(("size", "lanes", "fit"), [
    ((30, 30), 32, (256, "lut")),  # a power of two in as many LUT RAMs as 235
    ((24, 24), 32, (192, "lut")),  # three times 64, where 256 would take more
    ((40, 40), 32, (512, "bram")),
    ((70, 40), 8, (2048, "bram")),
])  # fmt: skip
def test_fitted_is_rounded_where_that_is_free(size, lanes, fit):
    config = sized(*size, 64, lanes, (3, 3), x=BIPOLAR)
    best = config.fitted(max(config.i_beats, config.o_beats))
    assert (best.depth, best.storage) == fit


@pytest.mark.parametrize(("depth", "storage", "luts", "bram18"), [
    (192, "lut", 132, 1), (256, "lut", 176, 1), (257, "bram", 220, 1), (4096, "bram", 2816, 8)])
def test_storage(depth, storage, luts, bram18):
    config = sized(30, 30, 64, 32, (3, 3), x=BIPOLAR, depth=depth)
    assert (config.storage, config.luts, config.bram18) == (storage, luts, bram18)


@pytest.mark.parametrize("options", [{}, {"padding": SAME}, {"dilation": (2, 1)}])
def test_latency(options):
    """From the very first word, also where the first window starts outside the map."""
    config = sized(8, 8, 2, 2, (3, 3), **options)
    accepted, departed = config.depart(np.arange(100, 100 + config.i_beats))
    assert departed[0] - accepted[0] == config.latency == 2


def test_a_large_map_takes_seconds():
    config = sized(224, 224, 3, 3, (7, 7), stride=(2, 2), padding=(3, 3, 3, 3), x=UINT8)
    assert config.interval == 634058


@pytest.mark.parametrize("depth", [0, None])
def test_least_depth(depth):
    assert sized(4, 4, 2, 2, (3, 3), depth=depth) == sized(4, 4, 2, 2, (3, 3), depth=11)


def refused(error, message, **options):
    sizes = {"height": 4, "width": 5, "channels": 6, "lanes": 3, "kernel": (3, 3), "x": BIPOLAR}
    with pytest.raises(error, match=f"^{re.escape(f'SlidingWindow {message}')}$"):
        Config(**{**sizes, **options})


@pytest.mark.parametrize("name", ["height", "width", "channels", "lanes", "repeats", "blocks"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    refused(TypeError, f"{name} must be a positive integer, not {value!r}", **{name: value})


@pytest.mark.parametrize("name", ["kernel", "stride", "dilation"])
@pytest.mark.parametrize("value", [3, (3,), (0, 1), (1, 2.0), [1, 1], (1, 1, 1)])
def test_wrong_pair(name, value):
    refused(TypeError, f"{name} must be 2 integers of at least 1, not {value!r}", **{name: value})


@pytest.mark.parametrize("value", [1, (1, 1), (0, 0, 0, -1), (0, 0, 0, 0.5), None])
def test_wrong_padding(value):
    refused(TypeError, f"padding must be 4 integers of at least 0, not {value!r}", padding=value)


@pytest.mark.parametrize(("options", "message"), [
    ({"blocks": 4}, "blocks must divide the 6 channels, not 4"),
    ({"lanes": 4}, "lanes must divide the 6 channels of a block, not 4"),
    ({"blocks": 2, "lanes": 2}, "lanes must divide the 3 channels of a block, not 2"),
    ({"kernel": (5, 3)}, "kernel must be at most the 4 pixels of the padded map high, not 5"),
    ({"kernel": (3, 3), "dilation": (1, 3)},
     "kernel must be at most the 5 pixels of the padded map wide, not 7"),
    ({"kernel": (1, 9), "padding": (0, 1, 0, 2)},
     "kernel must be at most the 8 pixels of the padded map wide, not 9"),
    ({"kernel": (1, 1), "stride": (9, 1), "padding": (1, 0, 0, 0)},
     "must have a window that reads the map"),
    ({"pad_code": 2}, "pad_code must be a code of x, 0..1, not 2"),
    ({"pad_code": -1}, "pad_code must be a code of x, 0..1, not -1"),
    ({"x": Number(width=3, signed=True), "pad_code": 4},
     "pad_code must be a code of x, -4..3, not 4"),
    ({"depth": 25}, "depth must be an integer of at least 26, not 25"),
    ({"depth": -1}, "depth must be an integer of at least 26, not -1"),
    ({"depth": 30.0}, "depth must be an integer of at least 26, not 30.0"),
])  # fmt: skip
def test_wrong_combination(options, message):
    refused(ValueError, message, **options)


def test_impossible_interval():
    config = sized(4, 5, 6, 3, (3, 3))
    message = "SlidingWindow interval must be at least 108 cycles, not 107"
    with pytest.raises(ValueError, match=f"^{message}$"):
        config.fitted(107)


@pytest.mark.parametrize("arrivals", [np.zeros(41, int), np.zeros(0, int), np.zeros((40, 1), int)])
def test_wrong_arrivals(arrivals):
    message = re.escape("Arrivals must be one or several times 40 cycles, "
                        f"not of shape {arrivals.shape}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        sized(4, 5, 6, 3, (3, 3)).depart(arrivals)

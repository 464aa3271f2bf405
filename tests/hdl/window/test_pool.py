# amaranth: UnusedElaboratable=no

import re
from itertools import product

import numpy as np
import pytest

from hdl.number import BIPOLAR, Number, holding
from hdl.window.pool import Pool
from sim import stream
from tests.hdl import clocked

FRAMES = 3
U1, U4 = Number(width=1), Number(width=4)
S3 = Number(width=3, signed=True)
SIZES = [  # height, width, groups, lanes, kernel
    (4, 4, 1, 1, (2, 2)), (4, 6, 2, 3, (2, 2)), (5, 7, 2, 2, (2, 3)), (7, 5, 3, 1, (3, 2)),
    (3, 3, 1, 2, (3, 3)), (3, 3, 2, 2, (3, 3)), (1, 9, 1, 2, (1, 9)), (1, 9, 2, 2, (1, 9)),
    (1, 7, 2, 1, (1, 3)), (3, 7, 1, 2, (1, 3)), (3, 4, 1, 2, (1, 4)), (6, 1, 2, 1, (2, 1)),
    (5, 3, 1, 1, (2, 1)), (2, 3, 2, 2, (1, 1)), (5, 5, 1, 1, (4, 4)), (1, 1, 1, 1, (1, 1)),
    (4, 9, 1, 1, (2, 2)), (9, 2, 1, 1, (2, 2)), (2, 17, 1, 1, (2, 4)), (6, 4, 5, 1, (2, 2)),
]  # fmt: skip


def make(height, width, groups, lanes, kernel, x, op):
    taps = kernel[0] * kernel[1]
    o = x if op == "max" else holding(taps * x.low, taps * x.high)
    return Pool.Config(height=height, width=width, groups=groups, lanes=lanes, kernel=kernel,
                       x=x, o=o, op=op)  # fmt: skip


def pooled(config, maps):
    """The blocks' maximum or sum of maps (frames, height, width, channels)."""
    down, across = config.kernel
    rows, columns = maps.shape[1] // down, maps.shape[2] // across
    whole = maps[:, : rows * down, : columns * across]
    blocks = whole.reshape(-1, rows, down, columns, across, maps.shape[3])
    return blocks.max((2, 4)) if config.op == "max" else blocks.sum((2, 4))


def check(config, seed, **options):
    """Runs maps, compares the values, returns the run."""
    rng = np.random.default_rng(seed)
    channels = config.groups * config.lanes
    maps = clocked.draw(rng, config.x, (FRAMES, config.height, config.width, channels))
    maps[0], maps[1] = config.x.low, config.x.high
    y = pooled(config, maps).reshape(-1, config.lanes)
    if config.o.bipolar:
        y = (y + 1) // 2
    codes = (maps + 1) // 2 if config.x.bipolar else maps
    result = stream.run(Pool(config), codes.reshape(-1, config.lanes), len(y), rng=rng, **options)
    np.testing.assert_array_equal(result.outputs, y)
    return result


@pytest.mark.parametrize(("x", "op"), [*product([BIPOLAR, S3], ["max", "sum"])])
@pytest.mark.parametrize("size", SIZES)
def test_matches_numpy_at_full_rate(size, x, op):
    config = make(*size, x, op)
    result = check(config, 1)
    accepted, departed = config.depart(np.zeros(FRAMES * config.beats, int))
    # A map's last transfers may be dropped; the simulation ends before them.
    np.testing.assert_array_equal(result.i_times, accepted[: len(result.i_times)])
    np.testing.assert_array_equal(result.o_times, departed)
    assert result.o_times[0] == config.latency
    blocks = config.out_height * config.out_width * config.groups
    np.testing.assert_array_equal(result.o_times[blocks:] - result.o_times[:-blocks],
                                  config.interval)  # fmt: skip


@pytest.mark.parametrize(("x", "op"), [*product([U1, U4], ["max", "sum"])])
@pytest.mark.parametrize("size", SIZES[:6])
def test_unsigned(size, x, op):
    check(make(*size, x, op), 2, stall=0.2)


@pytest.mark.parametrize("stall", [0.3, 0.7])
@pytest.mark.parametrize(("x", "op"), [(S3, "max"), (BIPOLAR, "sum")])
@pytest.mark.parametrize("size", SIZES)
def test_stalls(size, x, op, stall):
    check(make(*size, x, op), 3, stall=stall)


@pytest.mark.parametrize(("gap", "x", "op"), [(2, S3, "max"), (5, BIPOLAR, "sum")])
@pytest.mark.parametrize("size", SIZES)
def test_departures_of_irregular_arrivals(size, gap, x, op):
    config = make(*size, x, op)
    arrivals = np.cumsum(np.random.default_rng(gap).integers(0, gap, FRAMES * config.beats))
    result = check(config, gap, arrivals=arrivals)
    accepted, departed = config.depart(arrivals)
    np.testing.assert_array_equal(result.i_times, accepted[: len(result.i_times)])
    np.testing.assert_array_equal(result.o_times, departed)


def test_a_wider_sum():
    sized = dict(height=2, width=2, groups=2, lanes=1, kernel=(2, 2), op="sum")
    check(Pool.Config(x=BIPOLAR, o=Number(width=9, signed=True), **sized), 5)
    check(Pool.Config(x=U4, o=Number(width=9, signed=True), **sized), 6)


@pytest.mark.parametrize(("size", "words", "luts", "counters"), [
    ((28, 28, 2, 32, (2, 2)), 28, 16, 7), ((7, 7, 1, 16, (7, 7)), 1, 0, 6),
    ((4, 4, 3, 1, (1, 1)), 0, 0, 2), ((4, 4, 3, 1, (1, 2)), 3, 4, 3),
    ((1, 9, 1, 8, (1, 9)), 1, 0, 4), ((5, 5, 1, 1, (2, 2)), 2, 4, 6),
    ((64, 128, 3, 2, (2, 2)), 192, 6, 10),
])  # fmt: skip
def test_storage(size, words, luts, counters):
    config = make(*size, BIPOLAR, "max")
    assert (config.words, config.luts, config.counter_bits) == (words, luts, counters)


def test_parts_are_narrower_than_sums():
    config = make(4, 4, 1, 1, (2, 2), U4, "sum")
    assert (config.part, config.o) == (Number(width=6), Number(width=6))
    config = make(4, 4, 1, 1, (1, 2), U4, "sum")
    assert (config.part, config.o) == (Number(width=4), Number(width=5))


GOOD = dict(height=4, width=4, groups=1, lanes=1, kernel=(2, 2), x=U4, o=U4, op="max")


@pytest.mark.parametrize("name", ["height", "width", "groups", "lanes"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"Pool {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Pool.Config(**{**GOOD, name: value})


@pytest.mark.parametrize(("kernel", "name"), [((0, 1), "rows"), ((1, 0), "columns")])
def test_no_kernel(kernel, name):
    with pytest.raises(TypeError,
                       match=f"^Pool kernel {name} must be a positive integer, not 0$"):
        Pool.Config(**{**GOOD, "kernel": kernel})


@pytest.mark.parametrize(("change", "message"), [
    (dict(kernel=(5, 1)), "Pool kernel must be at most the map (4, 4), not (5, 1)"),
    (dict(kernel=(1, 5)), "Pool kernel must be at most the map (4, 4), not (1, 5)"),
    (dict(op="mean"), "Pool op must be 'max' or 'sum', not 'mean'"),
    (dict(o=S3), f"Pool o must be the x of a max, {U4}, not {S3}"),
    (dict(op="sum"), f"Pool o must hold sums from 0 to 60, not {U4}"),
    (dict(op="sum", x=BIPOLAR), f"Pool o must hold sums from -4 to 4, not {U4}"),
    (dict(op="sum", x=BIPOLAR, o=BIPOLAR, kernel=(1, 1)),
     f"Pool o must hold sums from -1 to 1, not {BIPOLAR}"),
])  # fmt: skip
def test_impossible(change, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Pool.Config(**{**GOOD, **change})


@pytest.mark.parametrize("arrivals", [np.zeros(15, int), np.zeros(0, int), np.zeros((16, 1), int)])
def test_wrong_arrivals(arrivals):
    message = re.escape("Arrivals must be one or several times 16 cycles, "
                        f"not of shape {arrivals.shape}")  # fmt: skip
    with pytest.raises(ValueError, match=f"^{message}$"):
        Pool.Config(**GOOD).depart(arrivals)

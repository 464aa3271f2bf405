# amaranth: UnusedElaboratable=no
"""Requantization by channel: one lane with a table, and streams of lanes."""

import re

import numpy as np
import pytest

from generators.synth.synthesize import measure
from hdl.number import Number
from hdl.quant.constant_mul import digits
from hdl.quant.requantize_lanes import RequantizeLanes
from hdl.quant.requantize_table import RequantizeTable
from sim import stream
from sim.golden import affine
from tests.hdl import clocked

S18 = Number(width=18, signed=True)
SIZES = [  # items, lanes, channels
    (1, 1, 1), (12, 3, 12), (12, 4, 3), (12, 4, 6), (10, 4, 10), (10, 4, 5), (7, 3, 1), (9, 4, 3),
    (3, 8, 3), (20, 6, 4), (10, 3, 6), (130, 1, 130), (300, 1, 300),
]  # fmt: skip


def table(channels, rng, kind="any", **fields):
    """Random multipliers and shifts of 8 bit codes."""
    multiplier = rng.integers(1 << 30, 1 << 31, channels)
    right_shift = rng.integers(*{"any": (-2, 12), "one": (9, 10)}.get(kind, (8, 11)), channels)
    if kind in ("powers", "one"):
        multiplier[:] = 1 << 30
    numbers = {"x": S18, "o": Number(width=8, signed=True), "zero_point": 11, "low": -100}
    return RequantizeTable.Config.of(multiplier, right_shift, **numbers | fields)


def golden(config, x, channel):
    multiplier, shift = (np.array(getattr(config, name))[channel]
                         for name in ("multiplier", "right_shift"))  # fmt: skip
    high = config.o.high if config.high is None else config.high
    low = config.o.low if config.low is None else config.low
    y = affine.multiply(x, multiplier, shift) + config.zero_point
    return np.clip(y, low, high)


@pytest.mark.parametrize("kind", ["any", "close", "powers", "one"])
@pytest.mark.parametrize("channels", [1, 2, 5, 64, 65, 150, 257])
def test_table_matches_golden(channels, kind):
    rng = np.random.default_rng(channels)
    config = table(channels, rng, kind)
    x, channel = clocked.draw(rng, config.x, 200), rng.integers(0, channels, 200)
    x[:2], channel[:2] = (config.x.low, config.x.high), (0, channels - 1)
    y = clocked.run(RequantizeTable(config), config.latency(), rng=rng, stall=0.3, x=x,
                    index=channel)  # fmt: skip
    np.testing.assert_array_equal(y, golden(config, x, channel))


@pytest.mark.parametrize(("multiplier", "right_shift", "rows", "latency"), [
    ((5, 5), (3, 3), 2, 7),  # nothing to be read
    ((5, 6), (3, 3), 2, 8),
    ((5, 6), (3, 4), 2, 9),
    ((5, 6), (3, 4), 1, 8),
    ((1 << 30, 1 << 30), (3, 3), 2, 4),  # shifts alone
    ((1 << 30, 1 << 30), (3, 4), 2, 6),
    ((1 << 30, 1 << 30), (0, 0), 2, 3),
])  # fmt: skip
def test_latency(multiplier, right_shift, rows, latency):
    config = RequantizeTable.Config(multiplier=multiplier, right_shift=right_shift, x=S18,
                                    o=Number(width=8))  # fmt: skip
    assert config.latency(rows) == latency


def border(config, channel, rng):
    """A sum where the code of a channel becomes another that is not clipped, or one beside it."""
    low, high = (end if end is not None else rail for end, rail in
                 ((config.low, config.o.low), (config.high, config.o.high)))  # fmt: skip
    twice = 2 * (int(rng.integers(low, high + 2)) - config.zero_point) - 1  # the code, less a half
    least = -(-(twice << 30 + config.right_shift[channel]) // config.multiplier[channel])
    return min(max(least + int(rng.integers(-1, 2)), config.x.low), config.x.high)


def count(config):
    """Frames of a test: of small ones more."""
    return max(4, 120 // config.items)


def some(config, rng):
    """Any frames, of the rails, and where codes become others."""
    channel = np.arange(config.items) % config.table.channels
    frames = clocked.draw(rng, config.table.x, (count(config), config.items))
    frames[0], frames[1] = config.table.x.low, config.table.x.high
    frames[2::2] = [[border(config.table, one, rng) for one in channel] for _ in frames[2::2]]
    return frames


def check(dut, rng, frames=None, **options):
    """Runs frames, compares the values, returns the run."""
    config = dut.config
    frames = some(config, rng) if frames is None else frames
    number, channel = len(frames), np.arange(config.items) % config.table.channels
    padded = clocked.draw(rng, config.table.x, (number, config.beats * config.lanes))
    padded[:, : config.items] = frames
    result = stream.run(dut, padded.reshape(-1, config.lanes), number * config.beats, rng=rng,
                        **options)  # fmt: skip
    y = result.outputs.reshape(number, -1)[:, : config.items]
    np.testing.assert_array_equal(y, golden(config.table, frames, channel))
    return result


def make(items, lanes, channels, kind="any", **fields):
    rng = np.random.default_rng(items + lanes)
    unit = table(channels, rng, kind, **fields)
    config = RequantizeLanes.Config(items=items, lanes=lanes, table=unit)
    return RequantizeLanes(config), rng


@pytest.mark.parametrize("kind", ["any", "close", "powers"])
@pytest.mark.parametrize("size", SIZES)
def test_full_rate(size, kind):
    dut, rng = make(*size, kind)
    result = check(dut, rng)
    np.testing.assert_array_equal(np.diff(result.i_times), 1)
    np.testing.assert_array_equal(result.o_times, result.i_times + dut.config.latency)
    assert dut.config.interval == -(-size[0] // size[1])


@pytest.mark.parametrize("size", [(4, 4, 4), (12, 4, 4), (6, 6, 3), (5, 1, 1), (8, 4, 2)])
def test_constant_multipliers(size):
    """One channel a lane; as long as the multiplier with the most digits makes them all."""
    dut, rng = make(*size, product="constant")
    result = check(dut, rng, stall=0.3)
    assert result.cycles >= dut.config.latency
    most = max(len(digits(factor)) for factor in dut.config.table.factors)
    shifts = len(set(dut.config.table.right_shift))
    assert dut.config.latency == (most - 1).bit_length() + 4 + (shifts > 1)


@pytest.mark.parametrize("stall", [0.3, 0.7])
@pytest.mark.parametrize("size", SIZES[:11])
def test_stalls(size, stall):
    dut, rng = make(*size)
    check(dut, rng, stall=stall)


@pytest.mark.parametrize("stall", [0.0, 0.3, 0.7])
def test_narrow_sums(stall):
    """Of five bits: every sum of every item."""
    dut, rng = make(12, 4, 6, x=Number(width=5, signed=True))
    check(dut, rng, rng.permuted(np.tile(np.arange(-16, 16)[:, None], 12), axis=0), stall=stall)


def test_irregular_arrivals():
    dut, rng = make(10, 4, 5)
    arrivals = np.cumsum(rng.integers(0, 5, count(dut.config) * dut.config.beats))
    result = check(dut, rng, arrivals=arrivals)
    accepted, departed = dut.config.depart(arrivals)
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)


@pytest.mark.parametrize("name", ["items", "lanes"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    unit = table(1, np.random.default_rng(0))
    message = re.escape(f"RequantizeLanes {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        RequantizeLanes.Config(**{"items": 1, "lanes": 1, "table": unit, name: value})


@pytest.mark.parametrize(("changes", "message"), [
    ({"multiplier": ()},
     "RequantizeTable multipliers must be as many as right shifts, and one at least, not 0 and 2"),
    ({"multiplier": (1,)},
     "RequantizeTable multipliers must be as many as right shifts, and one at least, not 1 and 2"),
    ({"multiplier": (1, -1)}, "RequantizeTable multipliers must be from 0 to 2147483647, not -1"),
    ({"multiplier": (1, 1 << 31)},
     "RequantizeTable multipliers must be from 0 to 2147483647, not 2147483648"),
    ({"right_shift": (0, 32)}, "Requantize right shifts must be 0 to 31 and ascend, not (0, 32)"),
    ({"right_shift": (0, -15)}, "Requantize left must be 0 to 14 for sums of 18 bits, not 15"),
])  # fmt: skip
def test_wrong_tables(changes, message):
    fields = {"x": S18, "o": Number(width=8), "multiplier": (1, 2), "right_shift": (0, 0)}
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        RequantizeTable.Config(**fields | changes)


def test_several_constants_in_a_lane():
    message = "^RequantizeTable product must be dsp for 2 multipliers in a circuit, not constant$"
    with pytest.raises(ValueError, match=message):
        make(6, 1, 2, product="constant")
    with pytest.raises(ValueError, match=message):
        RequantizeTable(table(2, np.random.default_rng(0), product="constant"))


@pytest.mark.parametrize(("kind", "dsps", "luts"), [("close", 2, 70), ("powers", 0, 50)])
def test_resources_and_time(kind, dsps, luts):
    """As README says, and with time to spare at 200 MHz."""
    config = table(64, np.random.default_rng(0), kind, x=Number(width=20, signed=True))
    found = measure(RequantizeTable(config))
    assert (found.cost.dsp, found.cost.lut <= luts) == (dsps, True)
    assert found.timing.reg_to_reg.ps <= 3500

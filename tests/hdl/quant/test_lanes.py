# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.number import BIPOLAR, Number, holding
from hdl.quant.lanes import ThresholdLanes
from hdl.quant.threshold import Threshold
from sim import stream
from sim.golden import quant
from tests.hdl import clocked

FRAMES = 17
S6 = Number(width=6, signed=True)
SIZES = [  # items, lanes, channels
    (1, 1, 1), (12, 3, 12), (12, 4, 3), (12, 4, 6), (10, 4, 10), (10, 4, 5), (7, 3, 1), (9, 4, 3),
    (3, 8, 3), (20, 6, 4), (10, 3, 6),
]  # fmt: skip


def make(items, lanes, channels, levels, rng, x=S6, o=None, base=0):
    unit = Threshold.Config(channels=channels, levels=levels, x=x, base=base,
                            o=o or holding(base, base + levels))  # fmt: skip
    config = ThresholdLanes.Config(items=items, lanes=lanes, threshold=unit)
    table = np.sort(rng.integers(x.low - 1, x.high + 2, (channels, levels)), axis=1)
    return ThresholdLanes(config, table), table


def to_transfers(config, frames, rng):
    """Frames to transfers, with noise in the lanes beyond their end."""
    x = config.threshold.x
    padded = clocked.draw(rng, x, (len(frames), config.beats * config.lanes))
    padded[:, : config.items] = frames
    return (padded > 0 if x.bipolar else padded).astype(int).reshape(-1, config.lanes)


def check(dut, table, rng, **options):
    """Runs frames, compares the values, returns the run."""
    config, unit = dut.config, dut.config.threshold
    channel = np.arange(config.items) % unit.channels
    frames = clocked.draw(rng, unit.x, (FRAMES, config.items))
    frames[0], frames[1] = unit.x.low, unit.x.high
    # Then the first sum that reaches a threshold and the last that does not, level by level.
    for level in range((FRAMES - 5) // 2 if not unit.x.bipolar else 0):
        near = table[channel, level % unit.levels]
        frames[5 + 2 * level : 7 + 2 * level] = np.clip([near, near - 1], unit.x.low, unit.x.high)
    result = stream.run(dut, to_transfers(config, frames, rng), FRAMES * config.beats, rng=rng,
                        **options)  # fmt: skip
    y = result.outputs.reshape(FRAMES, -1)[:, : config.items]
    count = quant.threshold(frames, table[channel])
    np.testing.assert_array_equal(y, count if unit.o.bipolar else unit.base + count)
    return result


@pytest.mark.parametrize("levels", [1, 5])
@pytest.mark.parametrize("size", SIZES)
def test_matches_golden_at_full_rate(size, levels):
    rng = np.random.default_rng(sum(size))
    dut, table = make(*size, levels, rng, base=-2)
    result = check(dut, table, rng)
    np.testing.assert_array_equal(np.diff(result.i_times), 1)
    np.testing.assert_array_equal(result.o_times, result.i_times + dut.config.latency)
    assert (dut.config.interval, dut.config.latency) == (-(-size[0] // size[1]), len(f"{levels:b}"))


@pytest.mark.parametrize("stall", [0.3, 0.7])
@pytest.mark.parametrize("size", SIZES)
def test_stalls(size, stall):
    rng = np.random.default_rng(sum(size))
    dut, table = make(*size, 3, rng)
    check(dut, table, rng, stall=stall)


@pytest.mark.parametrize("size", SIZES)
def test_irregular_arrivals(size):
    rng = np.random.default_rng(sum(size))
    dut, table = make(*size, 3, rng)
    arrivals = np.cumsum(rng.integers(0, 5, FRAMES * dut.config.beats))
    result = check(dut, table, rng, arrivals=arrivals)
    accepted, departed = dut.config.depart(arrivals)
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)


@pytest.mark.parametrize("x", [BIPOLAR, Number(width=4)])
def test_bipolar_output(x):
    rng = np.random.default_rng(2)
    dut, table = make(9, 4, 3, 1, rng, x=x, o=BIPOLAR, base=-1)
    check(dut, table, rng, stall=0.2)


@pytest.mark.parametrize("name", ["items", "lanes"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    unit = Threshold.Config(channels=1, levels=1, x=S6, o=Number(width=1))
    message = re.escape(f"ThresholdLanes {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        ThresholdLanes.Config(**{"items": 1, "lanes": 1, "threshold": unit, name: value})


@pytest.mark.parametrize(("thresholds", "message"), [
    (np.zeros((2, 3), int), "Thresholds must have shape (3, 2), not (2, 3)"),
    (np.array([[1, 2], [3, 2], [0, 0]]), "Thresholds must ascend within each channel"),
])  # fmt: skip
def test_wrong_thresholds(thresholds, message):
    unit = Threshold.Config(channels=3, levels=2, x=S6, o=Number(width=2))
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ThresholdLanes(ThresholdLanes.Config(items=6, lanes=2, threshold=unit), thresholds)

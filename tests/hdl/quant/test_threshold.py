# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.number import BIPOLAR, Number, holding
from hdl.quant.threshold import Threshold
from sim.golden import quant
from tests.hdl import clocked

U6, S6 = Number(width=6), Number(width=6, signed=True)


def config(**changes):
    fields = {"channels": 3, "levels": 3, "x": S6, "o": Number(width=2), "base": 0}
    return Threshold.Config(**fields | changes)


def simulate(config, thresholds, x, channel, rng, stall=0.0):
    return clocked.run(Threshold(config, thresholds), config.latency, rng=rng, stall=stall,
                       x=clocked.pack(config.x, x[:, None]), index=channel)  # fmt: skip


def golden(config, thresholds, x, channel):
    count = quant.threshold(x, thresholds[channel])
    return count if config.o.bipolar else config.base + count


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("channels", "levels", "x", "base"), [
    (1, 1, S6, 0), (5, 1, U6, 0), (3, 2, S6, -1), (4, 3, U6, 0), (2, 4, S6, -2), (3, 6, S6, 5),
    (2, 7, U6, -4), (1, 8, S6, 0), (3, 15, S6, -8), (2, 100, Number(width=9, signed=True), -128),
    (1, 254, Number(width=9), 0), (2, 255, Number(width=10, signed=True), -128),
    (64, 1, S6, 0), (65, 1, S6, 0), (200, 3, S6, -1),
])  # fmt: skip
def test_matches_golden(channels, levels, x, base, stall):
    """Every threshold hit, missed by one, and out of the range of x on both sides."""
    rng = np.random.default_rng(levels)
    sized = config(channels=channels, levels=levels, x=x, base=base,
                   o=holding(base, base + levels))  # fmt: skip
    table = rng.integers(x.low - 3, x.high + 4, (channels, levels), endpoint=True)
    table.sort(axis=1)
    channel = np.repeat(np.arange(channels), 2 * levels)
    values = np.concatenate([np.concatenate([row, row - 1]) for row in table])
    values = np.clip(np.concatenate([values, [x.low, x.high]]), x.low, x.high)
    channel = np.append(channel, [0, channels - 1])
    order = rng.permutation(len(values))[:300]
    values, channel = values[order], channel[order]

    y = simulate(sized, table, values, channel, rng, stall)

    np.testing.assert_array_equal(y, golden(sized, table, values, channel))


@pytest.mark.parametrize("levels", range(1, 18))
def test_every_number_of_levels(levels):
    """Every x in two channels, so every path through the search, padded tables included."""
    rng = np.random.default_rng(levels)
    x = Number(width=5, signed=True)
    sized = config(channels=2, levels=levels, x=x, o=holding(0, levels))
    table = np.sort(rng.integers(x.low, x.high + 2, (2, levels)), axis=1)
    values = np.tile(np.arange(x.low, x.high + 1), 2)
    channel = np.repeat([0, 1], 32)
    y = simulate(sized, table, values, channel, rng, 0.2)
    np.testing.assert_array_equal(y, golden(sized, table, values, channel))


@pytest.mark.parametrize("thresholds", [
    [[-1000, -33, -32], [32, 33, 1000], [-1000, 0, 1000]],  # always, never, and both
    [[4, 4, 4], [-5, -5, 9], [-5, 9, 9]],
    [[32, 32, 32]] * 3,  # all equal: constants
])  # fmt: skip
def test_out_of_range_and_duplicates(thresholds):
    table = np.array(thresholds)
    values, channel = np.tile(np.arange(-32, 32), 3), np.repeat([0, 1, 2], 64)
    y = simulate(config(), table, values, channel, np.random.default_rng(0))
    np.testing.assert_array_equal(y, golden(config(), table, values, channel))


@pytest.mark.parametrize("threshold", [-1, 0, 1, 2])
@pytest.mark.parametrize("x", [BIPOLAR, S6])
def test_bipolar(x, threshold):
    """Input and output: -1 and +1 are one bit, and compared as numbers."""
    sized = config(channels=1, levels=1, x=x, o=BIPOLAR, base=-1)
    values = np.array([-1, 1, -1, 1] if x.bipolar else range(x.low, x.high + 1))
    y = simulate(sized, np.array([[threshold]]), values, np.zeros(len(values), int),
                 np.random.default_rng(0), 0.2)  # fmt: skip
    np.testing.assert_array_equal(y, values >= threshold)


@pytest.mark.parametrize(("levels", "latency"), [(1, 1), (2, 2), (3, 2), (4, 3), (31, 5),
                                                 (32, 7), (255, 11)])
def test_latency(levels, latency):
    assert config(levels=levels, o=Number(width=8)).latency == latency


@pytest.mark.parametrize("name", ["channels", "levels"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"Threshold {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        config(**{name: value})


@pytest.mark.parametrize(("changes", "message"), [
    ({"levels": 4}, "Threshold output must hold 0..4, not 0..3"),
    ({"base": -1}, "Threshold output must hold -1..2, not 0..3"),
    ({"o": BIPOLAR, "levels": 1}, "Threshold output must hold 0..2, not -1..1"),
    ({"o": BIPOLAR, "levels": 2, "base": -1}, "Threshold output must hold -1..3, not -1..1"),
])  # fmt: skip
def test_output_too_narrow(changes, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        config(**changes)


@pytest.mark.parametrize(("thresholds", "message"), [
    (np.zeros((3, 2), int), "Thresholds must have shape (3, 3), not (3, 2)"),
    (np.zeros(3, int), "Thresholds must have shape (3, 3), not (3,)"),
    (np.array([[1, 2, 3], [1, 3, 2], [0, 0, 0]]), "Thresholds must ascend within each channel"),
])  # fmt: skip
def test_wrong_thresholds(thresholds, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Threshold(config(), thresholds)

# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from generators.synth.synthesize import synthesize
from hdl.accumulate.dsp import DSPAccumulator
from hdl.number import Number
from sim.golden import planes
from tests.hdl import clocked, primitives

RUNS = {"simulator": clocked.run, "netlist": primitives.netlist_run}


def drive(run, config, rng, first, valid, a, b, stall=0.0):
    """The sums (steps, lanes) of rows (steps, lanes)."""
    row = Number(width=config.width)
    words = run(DSPAccumulator(config), config.latency, rng=rng, stall=stall, first=first,
                valid=valid, a=clocked.pack(row, a), b=clocked.pack(row, b))  # fmt: skip
    lanes = words.astype(object)[:, None] >> config.width * np.arange(config.lanes) & row.high
    return planes.wrap(lanes, config.width)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("lanes", [4, 2, 1])
def test_sums_of_rows_wrap(lanes, stall, run):
    rng = np.random.default_rng(lanes)
    config = DSPAccumulator.Config(lanes=lanes)
    steps = 2500 if run == "netlist" else 300
    rows = clocked.draw(rng, Number(width=config.width), (2, steps, lanes))
    rows[:, :40] = 0
    rows[:, 10:20] = (1 << config.width) - 1  # carries would reach the next lane
    first = rng.random(steps) < 0.15
    valid = rng.random(steps) < 0.8
    first[0] = valid[:30] = True

    o = drive(RUNS[run], config, rng, first, valid, *rows, stall=stall)

    added = np.stack(rows, 2) * valid[:, None, None]
    np.testing.assert_array_equal(o, planes.accumulate(first & valid, added, config.width))


@pytest.mark.parametrize("run", RUNS)
def test_sign_is_the_activation(run):
    rng = np.random.default_rng(5)
    config = DSPAccumulator.Config()
    words, neurons = 9, 60
    counts = rng.integers(0, 65, (neurons, words, 4))
    sums = counts.sum(axis=1)
    thresholds = sums + rng.integers(-2, 3, sums.shape)  # ties among them
    a = rng.integers(0, counts + 1)
    b = counts - a
    b[:, 0] += (1 << 12) - thresholds  # the bias, in positions that the rows leave free
    first = np.arange(neurons * words) % words == 0

    valid = np.ones(neurons * words, bool)
    o = drive(RUNS[run], config, rng, first, valid, a.reshape(-1, 4), b.reshape(-1, 4) % 4096)

    np.testing.assert_array_equal(o[words - 1 :: words] >= 0, sums >= thresholds)


def test_takes_one_dsp():
    cost = synthesize(DSPAccumulator(DSPAccumulator.Config()))
    assert (cost.lut, cost.ff, cost.dsp) == (1, 0, 1)  # first and valid, once for all


def test_refuses_other_lanes():
    what = "DSPAccumulator lanes must be 1, 2 or 4, not 3"
    with pytest.raises(ValueError, match=f"^{re.escape(what)}$"):
        DSPAccumulator.Config(lanes=3)

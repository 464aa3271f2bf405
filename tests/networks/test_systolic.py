"""Random networks on random arrays: RTL equals golden, with and without stalls, cycles as said."""

import numpy as np
import pytest

from generators.network import run
from generators.systolic import schedule
from generators.systolic.assemble import design
from hdl.engine.schedule import Schedule
from tests.generators.systolic import nets
from tests.networks import systolic

AFFINE = {"kinds": ("int8", "uint8", "uint2"), "weights": ("int8", "int3")}
BIPOLAR = {"kinds": ("bipolar",), "weights": ("bipolar",)}


@pytest.mark.parametrize(("seed", "kinds", "cells"), [
    (0, {}, "lut"), (8, {}, "lut"), (5, {}, "dsp"), (3, BIPOLAR, "lut"), (2, AFFINE, "lut"),
    (3, AFFINE, "dsp"),
])  # fmt: skip
def test_random_networks(seed, kinds, cells):
    rng = np.random.default_rng(seed)
    systolic.check(nets.random_chain(rng, **kinds), nets.random_shape(rng), rng, cells=cells)


@pytest.mark.parametrize(("seed", "turns"), [(247, [144, 150]), (327, [32, 33])])
def test_batches_that_take_turns(seed, turns):
    """Each is as long as the schedule says; what is promised is the mean of two, rounded up."""
    rng = np.random.default_rng(seed)
    chain, shape = nets.random_chain(rng), nets.random_shape(rng)
    made = design(found := systolic.planned(chain, shape))
    times, count = schedule.times(found, made), 10
    frames = nets.frames(rng, chain, count * shape.batch)
    outputs, _, last = systolic.simulate(made, chain, frames, deadline=9999, rng=rng)
    np.testing.assert_array_equal(outputs, run.run(chain.network, frames).reshape(len(frames), -1))
    said = Schedule(made.engine, count, offered=made.before).batches
    lengths = np.diff(last[shape.batch - 1 :: shape.batch])
    np.testing.assert_array_equal(lengths, np.diff([batch.outputs[-1] for batch in said]))
    assert sorted(lengths[-2:]) == turns
    assert times.interval == -(-sum(turns) // 2)


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [{}, BIPOLAR, AFFINE], ids=["integers", "bipolar", "affine"])
@pytest.mark.parametrize("seed", range(10, 30))
def test_more_random_networks(seed, kinds):
    rng = np.random.default_rng(seed)
    systolic.check(nets.random_chain(rng, **kinds), nets.random_shape(rng), rng)

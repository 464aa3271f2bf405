"""Random networks and folds: frames back to back equal the golden model, at the promised rate."""

import numpy as np
import pytest

from generators import passes
from sim.golden.formats import integer
from tests.networks import pipeline

FRAMES = 6


def frames_of(network, rng):
    form = integer.parse(network.input.type)
    steps = rng.integers(0, (form.high - form.low) // form.step + 1, (FRAMES, *network.input.shape))
    steps[0], steps[-1] = 0, (form.high - form.low) // form.step
    return form.low + form.step * steps


@pytest.mark.parametrize("seed", range(40))
def test_equals_golden_at_the_promised_rate(seed):
    rng = np.random.default_rng(seed)
    network = passes.streamline(pipeline.random_network(rng))
    planned = pipeline.random_plan(rng, network)
    frames = frames_of(network, rng)
    expected = pipeline.golden(network, frames)

    free = pipeline.simulate(planned, frames, rng=rng)
    np.testing.assert_array_equal(free.outputs, expected)
    assert free.last[0] - free.first[0] == planned.latency
    assert np.all(np.diff(free.last) == planned.interval)

    stalled = pipeline.simulate(planned, frames, rng=rng, stall=0.4)
    np.testing.assert_array_equal(stalled.outputs, expected)

"""Random convolutions, pools and branches: RTL equals the golden model at the promised rate."""

import numpy as np
import pytest

from generators import passes
from tests.networks import maps, pipeline
from tests.networks.test_random import frames_of


@pytest.mark.parametrize("seed", range(40))
def test_equals_golden_at_the_promised_rate(seed):
    rng = np.random.default_rng(seed)
    network = passes.streamline(maps.random_network(rng))
    planned = pipeline.random_plan(rng, network)
    frames = frames_of(network, rng)
    expected = pipeline.golden(network, frames)

    free = pipeline.simulate(planned, frames, rng=rng)
    np.testing.assert_array_equal(free.outputs, expected)
    assert free.last[0] - free.first[0] == planned.latency
    assert np.all(np.diff(free.last) == planned.interval)

    stalled = pipeline.simulate(planned, frames, rng=rng, stall=0.4)
    np.testing.assert_array_equal(stalled.outputs, expected)

"""Random networks and folds: frames back to back equal the golden model, at the promised rate."""

import numpy as np
import pytest

from generators import passes
from tests.networks import pipeline


@pytest.mark.parametrize("seed", range(40))
def test_equals_golden_at_the_promised_rate(seed):
    rng = np.random.default_rng(seed)
    pipeline.check_random(pipeline.random_network(rng), rng)


@pytest.mark.parametrize("seed", [1091, 2676])
def test_every_input(seed):
    """Two and three layers, in any order, with pauses so long that whatever can wait waits."""
    rng = np.random.default_rng(seed)
    network = passes.streamline(pipeline.random_network(rng))
    planned = pipeline.random_plan(rng, network)
    pipeline.equal(planned, rng, pipeline.every_frame(network, rng), (0.4, 0.8))

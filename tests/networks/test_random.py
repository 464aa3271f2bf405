"""Random networks and folds: frames back to back equal the golden model, at the promised rate."""

import numpy as np
import pytest

from tests.networks import pipeline


@pytest.mark.parametrize("seed", range(40))
def test_equals_golden_at_the_promised_rate(seed):
    rng = np.random.default_rng(seed)
    pipeline.check_random(pipeline.random_network(rng), rng)


@pytest.mark.parametrize("seed", [1091, 2676])
def test_every_input(seed):
    """Two and three layers, in any order."""
    rng = np.random.default_rng(seed)
    pipeline.check_every_input(pipeline.random_network(rng), rng)

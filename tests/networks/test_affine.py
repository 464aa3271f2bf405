"""Random networks of affine 8-bit integers and folds: equal to the golden model, to the cycle."""

import numpy as np
import pytest

from tests.networks import affine, pipeline


@pytest.mark.parametrize("seed", range(6))
def test_equals_golden_at_the_promised_rate(seed):
    rng = np.random.default_rng(1000 + seed)
    pipeline.check_random(affine.random_network(rng), rng)

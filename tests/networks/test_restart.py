"""A network that was reset in the middle of frames computes and takes as long as a fresh one."""

import numpy as np
import pytest

from tests.hdl.restart import after_reset
from tests.networks import maps, pipeline


@pytest.mark.parametrize("seed", [3, 1091, 2676])
def test_vectors(seed):
    rng = np.random.default_rng(seed)
    with after_reset(pipeline):
        pipeline.check_random(pipeline.random_network(rng), rng)


@pytest.mark.parametrize("seed", [3, 34])
def test_maps(seed):
    rng = np.random.default_rng(seed)
    with after_reset(pipeline):
        pipeline.check_random(maps.random_network(rng), rng)

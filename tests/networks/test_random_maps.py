"""Random convolutions, pools and branches: RTL equals the golden model at the promised rate."""

import numpy as np
import pytest

from tests.networks import maps, pipeline


@pytest.mark.parametrize("seed", range(40))
def test_equals_golden_at_the_promised_rate(seed):
    rng = np.random.default_rng(seed)
    pipeline.check_random(maps.random_network(rng), rng)


@pytest.mark.parametrize("seed", [34])
def test_every_input(seed):
    """Of three pixels, in any order."""
    rng = np.random.default_rng(seed)
    pipeline.check_every_input(maps.random_network(rng), rng)

"""Random convolutions, pools and branches: RTL equals the golden model at the promised rate."""

import numpy as np
import pytest

from generators import passes
from tests.networks import maps, pipeline


@pytest.mark.parametrize("seed", range(40))
def test_equals_golden_at_the_promised_rate(seed):
    rng = np.random.default_rng(seed)
    pipeline.check_random(maps.random_network(rng), rng)


@pytest.mark.parametrize("seed", [34])
def test_every_input(seed):
    """Of three pixels, in any order, with pauses so long that whatever can wait waits."""
    rng = np.random.default_rng(seed)
    network = passes.streamline(maps.random_network(rng))
    planned = pipeline.random_plan(rng, network)
    pipeline.equal(planned, rng, pipeline.every_frame(network, rng), (0.4, 0.8))

"""Random networks whose layers multiply in every way: equal to the golden model, to the cycle."""

import numpy as np
import pytest

from generators.passes import streamline
from tests.networks import maps, pipeline

NAMES = ("planes", "shift", "shift_serial", "codebook", "fusible", "popcount", "integer")


@pytest.mark.parametrize("seed", range(8))
def test_equals_golden_at_the_promised_rate(seed):
    rng = np.random.default_rng(900 + seed)
    network = pipeline.random_network(rng)
    pipeline.check_random(network, rng, datapaths=NAMES)


@pytest.mark.parametrize("seed", range(5))
def test_maps_equal_golden_at_the_promised_rate(seed):
    rng = np.random.default_rng(950 + seed)
    pipeline.check_random(maps.random_network(rng), rng, datapaths=NAMES)


@pytest.mark.parametrize("seed", range(2))
def test_several_frames_share_weights(seed):
    rng = np.random.default_rng(970 + seed)
    network = pipeline.random_network(rng)
    pipeline.check_random(network, rng, (2,), datapaths=NAMES)


@pytest.mark.parametrize("seed", range(4))
def test_constants_take_a_frame_a_cycle(seed):
    rng = np.random.default_rng(seed)
    planned = pipeline.unrolled_plan(streamline(pipeline.random_network(rng)))
    assert all(part.kind != "mvtu" for part in planned.parts)
    found = pipeline.equals_golden(planned, rng)
    assert found.interval == max(edge.beats for edge in planned.edges)

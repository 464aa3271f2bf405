"""Random networks on random arrays: RTL equals golden, with and without stalls, cycles as said."""

import numpy as np
import pytest

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


@pytest.mark.slow
@pytest.mark.parametrize("kinds", [{}, BIPOLAR, AFFINE], ids=["integers", "bipolar", "affine"])
@pytest.mark.parametrize("seed", range(10, 30))
def test_more_random_networks(seed, kinds):
    rng = np.random.default_rng(seed)
    systolic.check(nets.random_chain(rng, **kinds), nets.random_shape(rng), rng)

from fractions import Fraction

import numpy as np
import pytest

from generators.passes.batchnorm_to_scale import batchnorm_to_scale
from tests.generators.passes.nets import assert_same, batchnorm, names, network, ops, sign

DEFAULT = float(np.float32(1e-5))


def test_squares_are_exact():
    before = network(batchnorm([3.0, -1.0], [1.0, 0.5], [0.5, 2.0], [3.75, 8.75], epsilon=0.25))

    after = batchnorm_to_scale(before)

    (layer,) = after.layers
    assert (layer.name, layer.inputs, ops(after)) == ("batchnorm0", ("input",), ["scale"])
    assert layer.gain.tolist() == [Fraction(3, 2), Fraction(-1, 3)]
    assert layer.bias.tolist() == [Fraction(1, 4), Fraction(7, 6)]
    assert_same(before, after)


@pytest.mark.parametrize("gamma", [2.0, [2.0], [2.0, -3.0], [0.0, 1.0]])
@pytest.mark.parametrize("beta", [0.5, [0.5, -7.0]])
def test_numbers_and_arrays(gamma, beta):
    """One number, one in a list, or one for each channel, mixed."""
    before = network(batchnorm(gamma, beta, 1.5, 4.0), sign())
    after = batchnorm_to_scale(before)

    assert isinstance(after.layers[0].bias, np.ndarray)
    assert_same(before, after)


def test_roots_that_are_irrational():
    rng = np.random.default_rng(3)
    arrays = rng.normal(size=(4, 2)).astype(np.float32).astype(np.float64)
    before = network(batchnorm(*arrays[:3], arrays[3] ** 2, epsilon=DEFAULT))

    after = batchnorm_to_scale(before)

    assert_same(before, after)
    expected = arrays[0] / np.sqrt(arrays[3] ** 2 + DEFAULT)
    np.testing.assert_allclose(after.layers[0].gain.astype(float), expected, rtol=1e-15)


def test_every_one():
    layers = [batchnorm(g, 0.0, 0.0, 1.0, name=f"bn{g}") for g in (1, 2)]
    after = batchnorm_to_scale(network(layers[0], sign(), layers[1]))
    assert (ops(after), names(after)) == (["scale", "sign", "scale"], ["bn1", "sign1", "bn2"])


def test_by_channel_of_a_map():
    before = network(batchnorm([1.0, -2.0], 0.0, [0.5, 1.0], 1.0), shape=(2, 1, 2), kind="int2")
    assert_same(before, batchnorm_to_scale(before))

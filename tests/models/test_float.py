"""The float networks as shipped: small files, of channels that blocks fit, that know digits."""

from pathlib import Path

import numpy as np
import pytest

from generators.network import floats
from tests import data

FOLDER = Path(__file__).parent


def shipped(name: str) -> floats.Network:
    return floats.read(FOLDER / name / "float.npz")


@pytest.mark.parametrize(("name", "weights", "shapes"), [
    ("mlp_float", 54_912, [(64, 784), (64, 64), (10, 64)]),
    ("cnn_float", 12_752, [(16, 3, 3, 1), (32, 3, 3, 16), (10, 800)]),
])  # fmt: skip
def test_what_they_hold(name, weights, shapes):
    """Pixels are divided by 255, and weights are numbers of single precision."""
    network = shipped(name)
    assert (network.name, network.shape) == (name, (28, 28, 1))
    assert (network.gain, network.bias) == (1 / 255, 0.0)
    found = [layer for layer in network.layers if isinstance(layer, floats.Conv | floats.Dense)]
    assert [layer.weights.shape for layer in found] == shapes
    assert sum(layer.weights.size for layer in found) == weights
    for layer in found:
        np.testing.assert_array_equal(layer.weights.astype(np.float32), layer.weights)
        assert not any(getattr(layer, "padding", ()))
    assert (FOLDER / name / "float.npz").stat().st_size < 300_000


@pytest.mark.parametrize(("name", "correct"), [("mlp_float", 495), ("cnn_float", 494)])
def test_classes(name, correct):
    """Of the first 500 test images; README.md has those of all."""
    x, labels = data.mnist("t10k")
    y = shipped(name).outputs(x[:500, :, :, None])
    assert (y.argmax(axis=1) == labels[:500]).sum() == correct


@pytest.mark.slow
@pytest.mark.parametrize(("name", "correct"), [("mlp_float", 9857), ("cnn_float", 9910)])
def test_all_classes(name, correct):
    x, labels = data.mnist("t10k")
    y = shipped(name).outputs(x[..., None])
    assert (y.argmax(axis=1) == labels).sum() == correct

"""The convolutional networks as shipped: what they hold, and that they know their digits."""

from pathlib import Path

import numpy as np
import pytest

from generators.network import check, graph, load, run
from tests import data

FOLDER = Path(__file__).parent


def shipped(name: str) -> graph.Network:
    return load.load(FOLDER / name / "model.json")


@pytest.mark.parametrize(("name", "weights", "products"), [
    ("resnet", 4968, 415_680), ("dscnn", 5392, 205_936), ("cnn1d", 31_424, 344_960),
])  # fmt: skip
def test_size(name, weights, products):
    """The weights, and how often a frame multiplies with one, as README.md says."""
    network = shipped(name)
    tensors = check.infer(network)
    counts = {
        layer.name: layer.weights.data.size
        for layer in network.layers
        if isinstance(layer, graph.Conv | graph.Dense)
    }
    pixels = {layer: np.prod(tensors[layer].shape[:-1], dtype=int) for layer in counts}
    assert sum(counts.values()) == weights
    assert sum(counts[layer] * pixels[layer] for layer in counts) == products


@pytest.mark.parametrize("name", ["resnet", "dscnn", "cnn1d"])
def test_every_number_is_used(name):
    """No array of weights.npz that model.json does not name."""
    text = (FOLDER / name / "model.json").read_text()
    for key in np.load(FOLDER / name / "weights.npz"):
        assert f'"key": "{key}"' in text


@pytest.mark.parametrize(("name", "images"), [("resnet", 2), ("dscnn", 2), ("cnn1d", 10)])
def test_classes(name, images):
    """Of the first test images, in exact real numbers, before anything is streamlined."""
    x, labels = data.mnist("t10k")
    y = run.run(shipped(name), x[:images]).reshape(images, -1)
    np.testing.assert_array_equal(y.argmax(axis=1), labels[:images])

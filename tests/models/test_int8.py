"""The affine 8-bit networks as shipped: zero points everywhere, and that they know their digits."""

from pathlib import Path

import numpy as np
import pytest

from generators import passes
from generators.network import check, graph, load, run, write
from tests import data

FOLDER = Path(__file__).parent


def shipped(name: str) -> graph.Network:
    return load.load(FOLDER / name / "model.json")


def weighted(network: graph.Network) -> list:
    return [layer for layer in network.layers if isinstance(layer, graph.Conv | graph.Dense)]


def frames(count: int, seed: int = 0) -> np.ndarray:
    x = np.random.default_rng(seed).integers(0, 256, (count, 28, 28, 1))
    x[0], x[1] = 0, 255
    return x


@pytest.mark.parametrize(("name", "weights", "inputs", "outputs", "types"), [
    ("mlp_int8", 109_184, [0, 0, -128], [0, -128, 20], ["uint8", "int8", "int8"]),
    ("cnn_int8", 9_064, [128, -128, 147], [-128, 147, 11], ["int8", "uint8", "int8"]),
])  # fmt: skip
def test_what_they_hold(name, weights, inputs, outputs, types):
    """Codes from layer to layer have one zero point, with which convolutions pad."""
    layers = weighted(shipped(name))
    assert sum(layer.weights.data.size for layer in layers) == weights
    assert [layer.input_zero_point for layer in layers] == inputs
    assert [layer.activation.requantize.zero_point for layer in layers] == outputs
    assert inputs[1:] == outputs[:-1]
    assert [layer.activation.type for layer in layers] == types
    for layer in layers:
        assert not isinstance(layer, graph.Conv) or layer.pad_value == layer.input_zero_point
        assert layer.weights.type == "int8" and layer.weights.data.min() >= -127


@pytest.mark.parametrize("name", ["mlp_int8", "cnn_int8"])
def test_compiled(name, tmp_path):
    """The same codes, of layers without zero points of inputs, and so after writing and reading."""
    network = shipped(name)
    after = passes.streamline(network)
    for layer in weighted(after):
        assert (layer.input_zero_point, layer.weights.zero_point) == (0, None)
        assert layer.weights.type == "int8" and layer.bias.shape == (len(layer.weights.data),)
        record = layer.activation.requantize
        assert record.multiplier.shape == record.right_shift.shape == layer.bias.shape
        assert record.multiplier.min() >= 1 << 30 and record.input_scale is None
        assert check.accumulator(layer, check.infer(after)[layer.inputs[0]].type).width <= 24
    x = frames(20)
    y = run.run(network, x)
    np.testing.assert_array_equal(run.run(after, x), y)
    for one in (network, after):
        write.write(one, tmp_path)
        np.testing.assert_array_equal(run.run(load.load(tmp_path / "model.json"), x), y)
        assert sorted(path.name for path in tmp_path.iterdir()) == ["model.json", "weights.npz"]


@pytest.mark.parametrize("name", ["mlp_int8", "cnn_int8"])
def test_every_number_is_used(name):
    """No array of weights.npz that model.json does not name; none of them is large."""
    text = (FOLDER / name / "model.json").read_text()
    for key in np.load(FOLDER / name / "weights.npz"):
        assert f'"key": "{key}"' in text
    assert (FOLDER / name / "weights.npz").stat().st_size < 200_000


@pytest.mark.parametrize(("name", "correct"), [("mlp_int8", 494), ("cnn_int8", 498)])
def test_classes(name, correct):
    """Of the first 500 test images; README.md has those of all."""
    x, labels = data.mnist("t10k")
    y = run.run(shipped(name), x[:500, :, :, None])
    assert (y.argmax(axis=1) == labels[:500]).sum() == correct


@pytest.mark.slow
@pytest.mark.parametrize(("name", "correct"), [("mlp_int8", 9872), ("cnn_int8", 9881)])
def test_all_classes(name, correct):
    x, labels = data.mnist("t10k")
    y = run.run(shipped(name), x[..., None])
    assert (y.argmax(axis=1) == labels).sum() == correct

"""Float networks: what they compute, and their archives."""

import itertools
import json

import numpy as np
import pytest

from generators.network import floats
from generators.network.error import ModelError
from tests.generators.network import float_files

RNG = np.random.default_rng(5)


def small(gain: float = 1 / 255, bias: float = 0.0, padding=(1, 0, 2, 1)) -> floats.Network:
    """All kinds of layers but a global average."""
    rng = np.random.default_rng(1)
    conv0 = floats.Conv(name="conv0", weights=rng.normal(size=(4, 3, 2, 2)),
                        bias=rng.normal(size=4), stride=(2, 1), padding=padding)  # fmt: skip
    conv1 = floats.Conv(name="conv1", weights=rng.normal(size=(6, 2, 2, 2)), bias=np.zeros(6),
                        groups=2)  # fmt: skip
    pool = floats.MaxPool(name="pool", kernel=(3, 2), stride=(2, 2), padding=(1, 0, 1, 1))
    layers = (conv0, floats.Relu(name="relu0"), pool, conv1, floats.Flatten(name="flat"))
    before = floats.Network(name="net", shape=(9, 8, 2), layers=layers, gain=gain, bias=bias)
    inputs = before.outputs(np.zeros((1, 9, 8, 2), np.uint8)).shape[1]
    last = floats.Dense(name="fc", weights=rng.normal(size=(5, inputs)), bias=rng.normal(size=5))
    return floats.Network(name="net", shape=(9, 8, 2), layers=(*layers, last), gain=gain, bias=bias)


def frames(network: floats.Network, count: int = 3) -> np.ndarray:
    return RNG.integers(0, 256, (count, *network.shape), np.uint8)


def windows(x, layer, kernel, stride):
    """Output pixel, and the pixels of its window with their places in it, of one map."""
    height, width = x.shape[:2]
    top, left, bottom, right = layer.padding
    rows = range((height + top + bottom - kernel[0]) // stride[0] + 1)
    columns = range((width + left + right - kernel[1]) // stride[1] + 1)
    for oy, ox in itertools.product(rows, columns):
        found = {}
        for ky, kx in itertools.product(*map(range, kernel)):
            y, column = oy * stride[0] - top + ky, ox * stride[1] - left + kx
            if 0 <= y < height and 0 <= column < width:
                found[ky, kx] = x[y, column]
        yield (oy, ox), found


def convolved(layer: floats.Conv, x: np.ndarray) -> dict:
    outputs, channels = len(layer.weights), layer.weights.shape[3]
    y = {}
    for (oy, ox), found in windows(x, layer, layer.kernel, layer.stride):
        for o in range(outputs):
            first = o // (outputs // layer.groups) * channels
            y[oy, ox, o] = layer.bias[o] + sum(
                layer.weights[o, ky, kx, c] * pixel[first + c]
                for (ky, kx), pixel in found.items() for c in range(channels)
            )  # fmt: skip
    return y


def pooled(layer: floats.MaxPool, x: np.ndarray) -> dict:
    return {(oy, ox, c): max(pixel[c] for pixel in found.values())
            for (oy, ox), found in windows(x, layer, layer.kernel, layer.stride)
            for c in range(x.shape[2])}  # fmt: skip


def as_array(y: dict) -> np.ndarray:
    array = np.empty(np.max(list(y), axis=0) + 1)
    for place, value in y.items():
        array[place] = value
    return array


def test_run_by_definition():
    network = small(0.5, -0.25)
    x = frames(network)
    values = network.run(x)
    conv0, _, pool, conv1, _, fc = network.layers
    assert list(values) == ["conv0", "relu0", "pool", "conv1", "flat", "fc"]
    for i, frame in enumerate(x):
        v = as_array(convolved(conv0, frame * 0.5 - 0.25))
        np.testing.assert_allclose(values["conv0"][i], v, atol=1e-9)
        v = v * (v > 0)
        np.testing.assert_allclose(values["relu0"][i], v, atol=1e-9)
        v = as_array(pooled(pool, v))
        np.testing.assert_allclose(values["pool"][i], v, atol=1e-9)
        v = as_array(convolved(conv1, v))
        np.testing.assert_allclose(values["conv1"][i], v, atol=1e-9)
        np.testing.assert_allclose(values["flat"][i], v.ravel(), atol=1e-9)
        np.testing.assert_allclose(values["fc"][i], fc.weights @ v.ravel() + fc.bias, atol=1e-8)


def test_many_frames():
    """More than are computed at a time, none, and the last layer's outputs alone."""
    network = small()
    x = frames(network, 2 * floats.FRAMES + 3)
    values = network.run(x)
    np.testing.assert_array_equal(network.outputs(x), values["fc"])
    np.testing.assert_allclose(network.run(x[-1:])["conv1"][0], values["conv1"][-1], atol=1e-9)
    assert network.outputs(x[:0]).shape == (0, 5)
    assert network.run(x)["fc"].dtype == np.float64


def test_global_average():
    layers = (floats.GlobalAvgPool(name="mean"),
              floats.Dense(name="fc", weights=np.eye(2), bias=np.ones(2)))  # fmt: skip
    network = floats.Network(name="net", shape=(4, 3, 2), layers=layers, gain=1.0)
    x = frames(network)
    values = network.run(x)
    np.testing.assert_allclose(values["mean"][:, 0, 0], x.mean(axis=(1, 2)))
    np.testing.assert_allclose(values["fc"], x.mean(axis=(1, 2)) + 1)


@pytest.mark.parametrize(("gain", "power"), [(1 / 255, 2.0**-8), (1.0, 1.0), (0.006, 2.0**-7)])
@pytest.mark.parametrize("bias", [0.0, -0.3])
def test_scaled(gain, power, bias):
    """The same function of pixels in units of a power of two."""
    network = small(gain, bias, padding=(0, 0, 0, 0) if bias else (1, 0, 2, 1))
    made = network.scaled()
    assert (made.gain, made.bias) == (power, 0.0)
    x = frames(network)
    for name, value in network.run(x).items():
        np.testing.assert_allclose(made.run(x)[name], value, atol=1e-9)


def test_not_scaled():
    """Zeros in the border are no pixels then, and a relu does not commute."""
    sentence = "Bias of the input must be 0 where this layer pads or reads a relu, not 0.5"
    network = small(bias=0.5)
    early = floats.Network(name="net", shape=network.shape, bias=0.5, layers=(
        floats.Relu(name="first"), *small(padding=(0, 0, 0, 0)).layers))  # fmt: skip
    for one in (network, early):
        with pytest.raises(ModelError) as caught:
            one.scaled()
        assert str(caught.value) == f"conv0: {sentence}"


def test_archive(tmp_path):
    """What is written is read, as numbers of single precision are."""
    network = small(0.5, -1.0)
    meta, arrays = float_files.described(network)
    arrays = {name: array.astype(np.float32) for name, array in arrays.items()}
    found = floats.read(float_files.archive(tmp_path / "net.npz", meta, arrays))
    assert (found.name, found.shape, found.gain, found.bias) == ("net", (9, 8, 2), 0.5, -1.0)
    assert found.input_shape == (9, 8, 2)
    for one, other in zip(found.layers, network.layers, strict=True):
        assert type(one) is type(other)
        for field in one.__struct_fields__:
            a, b = getattr(one, field), getattr(other, field)
            if isinstance(a, np.ndarray):
                assert a.dtype == np.float64
                b = b.astype(np.float32)
            np.testing.assert_array_equal(a, b)


def test_defaults(tmp_path):
    """No bias, a gain of 1/255, and a pool that steps as far as it sees."""
    layers = [{"name": "pool", "op": "maxpool", "kernel": [2, 2]}, {"name": "fc", "op": "dense"}]
    meta = {"bitloom_float": 1, "name": "n", "input": {"shape": [4, 4, 1]}, "layers": layers}
    weights = np.array([[1, 0, 0, -2]])
    network = floats.read(float_files.archive(tmp_path / "n.npz", meta, {"fc.weights": weights}))
    assert network.gain == 1 / 255 and network.bias == 0.0
    x = np.arange(16).reshape(1, 4, 4, 1)
    np.testing.assert_allclose(network.outputs(x), [[(5 - 30) / 255]])


def test_same_text(tmp_path):
    """Meta is JSON that people can read back."""
    meta, arrays = float_files.described(small())
    path = float_files.archive(tmp_path / "net.npz", meta, arrays)
    with np.load(path) as file:
        assert json.loads(file["meta"].item())["layers"][2]["kernel"] == [3, 2]

import json
from fractions import Fraction

import numpy as np
import pytest

from generators.network import check, graph, read, write


@pytest.fixture
def network():
    """Every kind of layer and field, with small and large arrays."""
    rng = np.random.default_rng(7)
    channels = 40
    layers = [
        graph.Scale(name="s0", inputs=("input",), gain=np.array(Fraction(1, 255), object)),
        graph.Quantize(name="q0", inputs=("s0",), type="int4", narrow=True, rounding="FLOOR"),
        graph.Dense(
            name="fc0", inputs=("q0",), fold=graph.Fold(pe=4, storage="bram"),
            weights=graph.Weights(type="int3", data=rng.integers(-4, 4, (channels, 12)),
                                  scale=rng.random(channels) + 1),
        ),
        graph.BatchNorm(
            name="bn0", inputs=("fc0",), gamma=rng.normal(size=channels), beta=np.zeros(channels),
            mean=rng.normal(size=channels), variance=np.array(2.0), epsilon=1e-3,
        ),
        graph.Relu(name="r0", inputs=("bn0",)),
        graph.Scale(
            name="s1", inputs=("r0",), bias=np.array([Fraction(1, n) for n in range(1, 41)]),
            gain=np.array([Fraction(n, 4) for n in range(channels)]),
        ),
        graph.Sign(name="sign0", inputs=("s1",)),
        graph.Dense(
            name="fc1", inputs=("sign0",), bias=np.array([1, 2]), datapath="mvtu",
            weights=graph.Weights(type="bipolar", data=np.ones((2, channels), np.int64)),
            activation=graph.Activation(type="uint2", thresholds=np.array([[0, 1, 2]]), base=0),
        ),
        graph.Threshold(name="t0", inputs=("fc1",), type="bipolar", thresholds=np.array([[1]])),
        graph.ArgMax(name="argmax", inputs=("t0",)),
    ]  # fmt: skip
    output = graph.Output(gain=np.array(0.5), bias=np.array(Fraction(1, 3), object))
    return check.check(graph.Network(
        bitloom=1, name="net", input=graph.Input(shape=(2, 2, 3), type="uint8"),
        layers=tuple(layers), output=output,
    ))  # fmt: skip


def same(one, other, path=""):
    """Compare records field by field, arrays by the values of their numbers."""
    if isinstance(one, dict):
        assert list(one) == list(other), path
        for key in one:
            same(one[key], other[key], f"{path}.{key}")
    elif isinstance(one, np.ndarray):
        assert one.shape == other.shape, path
        np.testing.assert_array_equal(one.astype(object), other.astype(object), path)
    else:
        assert one == other, path


def test_read_gives_the_same(network, tmp_path):
    write.write(network, tmp_path)
    again = check.check(read.read(tmp_path / "model.json"))

    assert len(again.layers) == len(network.layers)
    for one, other in zip(network.layers, again.layers):
        same(graph.asdict(one), graph.asdict(other), one.name)
    same(graph.asdict(network.output), graph.asdict(again.output))
    same(graph.asdict(network.input), graph.asdict(again.input))


def test_same_bytes(network, tmp_path):
    folders = [tmp_path / "a", tmp_path / "b", tmp_path / "c"]
    for folder in folders:
        folder.mkdir()
    write.write(network, folders[0])
    write.write(network, folders[1])
    write.write(read.read(folders[0] / "model.json"), folders[2])

    for name in ("model.json", "weights.npz"):
        first, *others = [(folder / name).read_bytes() for folder in folders]
        assert others == [first, first]


def test_defaults_are_left_out(network, tmp_path):
    write.write(network, tmp_path)
    layers = json.loads((tmp_path / "model.json").read_text())["layers"]

    assert layers[4] == {"name": "r0", "op": "relu", "inputs": ["bn0"]}
    assert layers[0]["gain"] == "1/255"
    assert layers[5]["bias"][:3] == ["1/1", "1/2", "1/3"]
    assert layers[5]["gain"] == {"npz": "weights.npz", "key": "s1.gain"}
    assert layers[7]["weights"] == {"type": "bipolar", "npz": "weights.npz", "key": "fc1"}
    assert layers[7]["bias"] == [1, 2]


def test_small_integers_are_stored_small(network, tmp_path):
    write.write(network, tmp_path)
    with np.load(tmp_path / "weights.npz") as arrays:
        assert arrays["fc0"].dtype == np.int8

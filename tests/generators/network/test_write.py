import json
from fractions import Fraction

import numpy as np
import pytest

from generators.network import check, graph, read, run, write


@pytest.fixture
def network():
    """Every kind of layer of features and field, with small and large arrays."""
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


@pytest.fixture
def branches():
    """Every kind of layer of maps, and every field of theirs."""
    rng = np.random.default_rng(8)
    padded = {"kernel": (3, 2), "stride": (2, 1), "padding": (1, 0, 2, 1)}
    layers = [
        graph.Pad(name="pad0", inputs=("input",), padding=(1, 2, 0, 3), value=-5),
        graph.Conv(
            name="conv0", inputs=("pad0",), stride=(1, 2), dilation=(2, 1), groups=2,
            padding=(1, 1, 0, 0), pad_value=3, bias=np.array([1, 2, 3, 4]),
            weights=graph.Weights(type="int3", data=rng.integers(-4, 4, (4, 2, 3, 3))),
            activation=graph.Activation(type="uint2", thresholds=np.array([[0, 1, 2]])),
        ),
        graph.Conv(
            name="conv1", inputs=("conv0",), datapath="mvtu", fold=graph.Fold(pe=2, simd=2),
            weights=graph.Weights(type="bipolar", data=np.ones((2, 1, 1, 4), np.int64)),
        ),
        graph.MaxPool(name="max0", inputs=("conv0",), **padded),
        graph.MaxPool(name="max1", inputs=("conv0",), kernel=(1, 1)),
        graph.SumPool(name="sum0", inputs=("conv0",), **padded),
        graph.AvgPool(name="avg0", inputs=("conv0",), **padded),
        graph.Add(name="add0", inputs=("conv0", "max1"), gains=np.array([2, -1])),
        graph.Add(name="add1", inputs=("max0", "sum0"), gains=np.ones((2, 4), np.int64)),
        graph.Add(name="add2", inputs=("add1", "avg0")),
        graph.Add(name="add3", inputs=("add2", "add1"),
                  gains=np.array([Fraction(1, 3), Fraction(2)])),
        graph.Upsample(name="up0", inputs=("add3",), factor=(1, 2)),
        graph.GlobalAvgPool(name="g0", inputs=("add0",)),
        graph.GlobalAvgPool(name="g1", inputs=("conv1",)),
        graph.GlobalAvgPool(name="g2", inputs=("up0",)),
        graph.Concat(name="y", inputs=("g0", "g1", "g2")),
    ]  # fmt: skip
    return check.check(graph.Network(
        bitloom=1, name="net", input=graph.Input(shape=(8, 9, 6), type="int4"),
        layers=tuple(layers),
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


@pytest.fixture(params=["network", "branches"])
def either(request):
    return request.getfixturevalue(request.param)


def test_read_gives_the_same(either, tmp_path):
    network = either
    write.write(network, tmp_path)
    again = check.check(read.read(tmp_path / "model.json"))

    assert len(again.layers) == len(network.layers)
    for one, other in zip(network.layers, again.layers):
        same(graph.asdict(one), graph.asdict(other), one.name)
    if network.output is not None:
        same(graph.asdict(network.output), graph.asdict(again.output))
    same(graph.asdict(network.input), graph.asdict(again.input))


def test_same_results(branches, tmp_path):
    write.write(branches, tmp_path)
    x = np.random.default_rng(1).integers(-8, 8, (2, 8, 9, 6))
    again = check.check(read.read(tmp_path / "model.json"))
    np.testing.assert_array_equal(run.run(again, x), run.run(branches, x))


def test_same_bytes(either, tmp_path):
    network = either
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


def test_maps_in_json(branches, tmp_path):
    write.write(branches, tmp_path)
    layers = json.loads((tmp_path / "model.json").read_text())["layers"]
    layers = {layer.pop("name"): layer for layer in layers}

    assert layers["conv0"] == {
        "op": "conv", "inputs": ["pad0"], "stride": [1, 2], "dilation": [2, 1],
        "padding": [1, 1, 0, 0], "pad_value": 3, "groups": 2, "bias": [1, 2, 3, 4],
        "weights": {"type": "int3", "npz": "weights.npz", "key": "conv0"},
        "activation": {"type": "uint2", "thresholds": {"data": [[0, 1, 2]]}},
    }  # fmt: skip
    assert layers["max1"] == {"op": "maxpool", "inputs": ["conv0"], "kernel": [1, 1]}
    assert layers["add0"] == {"op": "add", "inputs": ["conv0", "max1"], "gains": [2, -1]}
    assert layers["add1"]["gains"] == {"data": [[1] * 4] * 2}
    assert layers["add2"] == {"op": "add", "inputs": ["add1", "avg0"]}
    assert layers["add3"]["gains"] == ["1/3", "2/1"]


def test_small_integers_are_stored_small(network, tmp_path):
    write.write(network, tmp_path)
    with np.load(tmp_path / "weights.npz") as arrays:
        assert arrays["fc0"].dtype == np.int8

import json
from fractions import Fraction

import numpy as np
import pytest

from generators.network import graph, read
from generators.network.error import ModelError


def written(folder, *layers, **arrays):
    """The network of a description with these layers, and of weights.npz with these arrays."""
    document = {
        "bitloom": 1,
        "name": "net",
        "input": {"shape": [3], "type": "int8"},
        "layers": list(layers),
    }
    np.savez(folder / "weights.npz", **arrays)
    path = folder / "model.json"
    path.write_text(json.dumps(document))
    return read.read(path)


def dense(**fields):
    return {"name": "fc0", "op": "dense", "inputs": ["input"]} | fields


def test_inline(tmp_path):
    weights = {"type": "ternary", "data": [[1, 0, -1], [0, 1, 1]], "scale": 0.5}
    network = written(tmp_path, dense(weights=weights, bias={"data": [1, 2]}, fold={"pe": 2}))

    (layer,) = network.layers
    assert isinstance(layer, graph.Dense)
    assert (layer.name, layer.inputs, layer.activation) == ("fc0", ("input",), None)
    assert layer.weights.data.dtype == np.int64
    np.testing.assert_array_equal(layer.weights.data, [[1, 0, -1], [0, 1, 1]])
    assert layer.weights.scale == 0.5
    np.testing.assert_array_equal(layer.bias, [1, 2])
    assert (layer.fold.pe, layer.fold.simd) == (2, None)
    assert (network.input.shape, network.input.type) == ((3,), "int8")


def test_npz(tmp_path):
    data, scale = np.array([[1, 0, -1]], np.int8), np.array([0.5], np.float32)
    weights = {"type": "int2", "npz": "weights.npz", "key": "w",
               "scale": {"npz": "weights.npz", "key": "s"}}  # fmt: skip
    network = written(tmp_path, dense(weights=weights), w=data, s=scale)

    (layer,) = network.layers
    np.testing.assert_array_equal(layer.weights.data, data)
    assert layer.weights.data.dtype == np.int64
    assert (layer.weights.scale, layer.weights.scale.dtype) == ([0.5], np.float64)


@pytest.mark.parametrize(("value", "expected"), [
    (3, np.array(3)),
    ([1, 2], np.array([1, 2])),
    ([1, 2.5], np.array([1.0, 2.5])),
    ([[1], [2]], np.array([[1], [2]])),
    ([], np.zeros(0, np.int64)),
    ("1/255", np.array(Fraction(1, 255), object)),
    (["-7/3", 1, 0.5], np.array([Fraction(-7, 3), Fraction(1), Fraction(1, 2)], object)),
])  # fmt: skip
def test_to_array(value, expected):
    array = read.to_array(value)

    assert array.dtype == expected.dtype
    np.testing.assert_array_equal(array, expected)


@pytest.mark.parametrize(
    "text", ["1", "1/", "/2", "1/02", "1/-2", "+1/2", " 1/2", "1/2\n", "1.5/2", "1e5/2"]
)
def test_other_texts_are_no_numbers(text):
    with pytest.raises(ValueError, match=r"^Array must be a number, not "):
        read.to_array(text)


def test_huge_file(tmp_path, monkeypatch):
    monkeypatch.setattr(read, "MAX_BYTES", 0)
    with pytest.raises(ModelError, match=r"^model.json: File must be at most 0 MiB$"):
        written(tmp_path, dense())


def test_archive_that_unpacks_to_much(tmp_path, monkeypatch):
    monkeypatch.setattr(read, "MAX_NPZ_BYTES", 1 << 20)
    np.savez_compressed(tmp_path / "a.npz", a=np.zeros(1 << 19, np.int32))
    with pytest.raises(ValueError, match=r"^must unpack to at most 1 MiB, not 2$"):
        read.load_npz(tmp_path / "a.npz")


def test_long_values_are_cut(tmp_path):
    with pytest.raises(ModelError, match=r'must be a string, not \[\[1,1,1.*\.\.\.$'):
        written(tmp_path, dense(name=[[1] * 1000]))

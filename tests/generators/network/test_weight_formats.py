import json

import numpy as np
import pytest

from generators.network import check, graph, read, run, write
from generators.network.weight_formats import as_integers

LOG, BOOK = {"format": "log", "bits": 4}, {"format": "codebook", "values": [5, -3, 0, 90]}


def network(folder, kind, data, arrays=None, **fields):
    """The network of a description with one dense layer."""
    weights = {"type": kind} | (data if isinstance(data, dict) else {"data": data})
    layer = {"name": "fc0", "op": "dense", "inputs": ["input"], "weights": weights} | fields
    document = {"bitloom": 1, "name": "net", "input": {"shape": [3], "type": "int8"},
                "layers": [layer]}  # fmt: skip
    np.savez(folder / "weights.npz", **arrays or {})
    path = folder / "model.json"
    path.write_text(json.dumps(document))
    return check.check(read.read(path))


@pytest.mark.parametrize(("kind", "data", "form", "values", "datapath"), [
    (LOG, [[1, -64, 0]], "int7", [[1, -64, 0]], "shift"),
    (LOG, [[1, 64, 0]], "uint7", [[1, 64, 0]], "shift"),
    (LOG, [[0, 0, 0]], "uint1", [[0, 0, 0]], "shift"),
    ({"format": "log", "bits": 5}, [[1, -2, 1 << 14]], "int16", [[1, -2, 1 << 14]], "shift"),
    ({"format": "log", "bits": 2}, [[1, -1, 0]], "int2", [[1, -1, 0]], "shift"),
    (BOOK, [[3, 1, 2], [0, 0, 0]], "int8", [[90, -3, 0], [5, 5, 5]], "codebook"),
    (BOOK, [[0, 0, 2]], "uint3", [[5, 5, 0]], "codebook"),
])  # fmt: skip
def test_become_integers(kind, data, form, values, datapath, tmp_path):
    (layer,) = network(tmp_path, kind, data).layers
    assert (layer.weights.type, layer.datapath) == (form, datapath)
    assert layer.weights.data.dtype == np.int64
    np.testing.assert_array_equal(layer.weights.data, values)


def test_results(tmp_path):
    """The network multiplies by the values of the table."""
    index = np.random.default_rng(0).integers(0, 4, (5, 3))
    found = network(tmp_path, BOOK, {"npz": "weights.npz", "key": "w"}, {"w": index})
    x = np.random.default_rng(1).integers(-128, 128, (7, 3))
    values = np.array(BOOK["values"])[index]
    np.testing.assert_array_equal(run.run(found, x), x @ values.T)


@pytest.mark.parametrize(("fields", "datapath"), [
    ({"datapath": "mvtu"}, "mvtu"), ({"fold": {"datapath": "planes"}}, None),
    ({"fold": {"pe": 1}}, "shift"), ({"datapath": "shift_serial"}, "shift_serial"),
])  # fmt: skip
def test_a_datapath_that_is_given_stays(fields, datapath, tmp_path):
    (layer,) = network(tmp_path, LOG, [[1, 2, 4]], **fields).layers
    assert layer.datapath == datapath


def test_convolution_and_scale(tmp_path):
    weights = graph.Weights(type=graph.Codebook(values=(7, -1)), scale=np.array(0.5),
                            data=np.array([[[[0, 1]]]]))  # fmt: skip
    conv = graph.Conv(name="c", inputs=("input",), weights=weights)
    before = graph.Network(bitloom=1, name="net", input=graph.Input(shape=(1, 1, 2), type="int4"),
                           layers=(conv, graph.Relu(name="r", inputs=("c",))))  # fmt: skip
    after = as_integers(before)
    assert after.layers[1] is before.layers[1]
    assert (after.layers[0].weights.type, after.layers[0].datapath) == ("int4", "codebook")
    assert after.layers[0].weights.scale == 0.5
    np.testing.assert_array_equal(after.layers[0].weights.data, [[[[7, -1]]]])


def test_plain_weights_stay(tmp_path):
    before = network(tmp_path, "int4", [[1, 2, 3]])
    assert as_integers(before).layers[0] is before.layers[0]
    assert before.layers[0].datapath is None


@pytest.mark.parametrize(("kind", "data"), [
    (graph.Log(bits=4), [[1, 0, -64]]), (graph.Codebook(values=(5, -3)), [[0, 1, 1]]),
])  # fmt: skip
def test_written_and_read(kind, data, tmp_path):
    """A record is written as it is read; what is read of it is written as integers."""
    layer = graph.Dense(name="fc0", inputs=("input",),
                        weights=graph.Weights(type=kind, data=np.array(data)))  # fmt: skip
    before = graph.Network(bitloom=1, name="net", input=graph.Input(shape=(3,), type="int4"),
                           layers=(layer,))  # fmt: skip
    write.write(before, tmp_path)
    again = read.read(tmp_path / "model.json")
    expected = as_integers(before).layers[0]
    assert again.layers[0].weights.type == expected.weights.type
    np.testing.assert_array_equal(again.layers[0].weights.data, expected.weights.data)

    write.write(again, tmp_path)
    (one,) = json.loads((tmp_path / "model.json").read_text())["layers"]
    assert (one["weights"]["type"], one["datapath"]) == (expected.weights.type, expected.datapath)

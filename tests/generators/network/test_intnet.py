import json

import numpy as np
import pytest

from generators.network import intnet, run
from tests import data

MODELS = ["bnnpynq_lfcw1a1_mnist", "tfc_1w1a", "tfc_2w2a", "kws_w3a3_mlperf"]


@pytest.mark.parametrize("folder", MODELS)
def test_vectors(folder):
    folder = data.folder() / "models" / folder
    vectors = np.load(folder / "vectors.npz")

    network = intnet.read(folder / "intnet.npz")

    np.testing.assert_array_equal(run.run(network, vectors["x"]), vectors["acc"])


def test_layers_of_lfc():
    network = intnet.read(data.folder() / "models" / MODELS[0] / "intnet.npz")

    assert (network.name, network.input.shape, network.input.type) == ("lfcW1A1", (784,), "bipolar")
    assert [layer.name for layer in network.layers] == ["fc0", "fc1", "fc2", "fc3"]
    assert [layer.inputs for layer in network.layers] == [("input",), ("fc0",), ("fc1",), ("fc2",)]
    assert [layer.weights.type for layer in network.layers] == ["bipolar"] * 4
    assert network.layers[0].activation.type == "bipolar"
    assert network.layers[3].activation is None


def test_bias(tmp_path):
    layers = [{"kind": "fc", "in_type": "uint2", "w_type": "int3", "out_type": "int", "base": 0,
               "step": 1}]  # fmt: skip
    meta = np.array(json.dumps({"name": "a net", "layers": layers}))
    np.savez(tmp_path / "net.npz", meta=meta, w0=np.array([[3, -4]]), b0=np.array([100]))

    network = intnet.read(tmp_path / "net.npz")

    assert network.name == "a_net"
    np.testing.assert_array_equal(run.run(network, np.array([[1, 2]])), [[95]])

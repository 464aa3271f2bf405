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


def test_convolutions(tmp_path):
    """Kernels of any size, pools, and a map that is flattened row by row, channels innermost."""
    rng = np.random.default_rng(2)
    fields = {"in_type": "int3", "w_type": "int3", "out_type": "int3", "base": -4, "step": 1}
    kinds = [{"kind": "conv", "dim": 8, "pool": True}, {"kind": "conv", "dim": 3}, {"kind": "fc"}]
    meta = np.array(json.dumps({"name": "net", "layers": [kind | fields for kind in kinds]}))
    shapes = {"w0": (4, 2, 2, 2), "w1": (3, 1, 2, 4), "w2": (5, 18)}
    arrays = {name: rng.integers(-4, 4, shape) for name, shape in shapes.items()}
    arrays |= {f"t{i}": np.sort(rng.integers(-20, 20, (4 - i, 7)), axis=1) for i in range(2)}
    np.savez(tmp_path / "net.npz", meta=meta, b1=np.array([5, -5, 0]), **arrays)
    x = rng.integers(-4, 4, (8, 8, 2))

    network = intnet.read(tmp_path / "net.npz")

    assert [layer.name for layer in network.layers] == ["conv0", "pool0", "conv1", "fc2"]
    assert network.input.shape == (8, 8, 2)
    y = np.array([[(x[i : i + 2, j : j + 2] * arrays["w0"]).sum(axis=(1, 2, 3)) for j in range(7)]
                  for i in range(7)])  # fmt: skip
    y = (y[..., None] >= arrays["t0"]).sum(axis=3) - 4
    y = y[:6, :6].reshape(3, 2, 3, 2, 4).max(axis=(1, 3))
    y = np.array([[(y[i : i + 1, j : j + 2] * arrays["w1"]).sum(axis=(1, 2, 3)) for j in range(2)]
                  for i in range(3)]) + [5, -5, 0]  # fmt: skip
    y = (y[..., None] >= arrays["t1"]).sum(axis=3) - 4
    np.testing.assert_array_equal(run.run(network, x), [arrays["w2"] @ y.ravel()])


def test_bias(tmp_path):
    layers = [{"kind": "fc", "in_type": "uint2", "w_type": "int3", "out_type": "int", "base": 0,
               "step": 1}]  # fmt: skip
    meta = np.array(json.dumps({"name": "a net", "layers": layers}))
    np.savez(tmp_path / "net.npz", meta=meta, w0=np.array([[3, -4]]), b0=np.array([100]))

    network = intnet.read(tmp_path / "net.npz")

    assert network.name == "a_net"
    np.testing.assert_array_equal(run.run(network, np.array([[1, 2]])), [[95]])

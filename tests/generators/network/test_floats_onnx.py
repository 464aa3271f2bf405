"""Imported float graphs against onnxruntime and qonnx running the graph."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest

from generators.network import floats
from tests.generators.network import float_files, onnx_files
from tests.generators.network.onnx_files import Net, model, node
from tests.generators.network.test_floats import small
from tests.generators.network.test_qonnx import PIXELS, reference

MODELS = Path(__file__).parents[2] / "models"


def imported(folder: Path, made) -> floats.Network:
    return floats.read(onnx_files.save(folder, made))


def agrees(folder: Path, made, frames: int = 3) -> floats.Network:
    """Whether the import computes what onnxruntime does of pixels / 255; gives the network."""
    network = imported(folder, made)
    x = np.random.default_rng(1).integers(0, 256, (frames, *network.shape), np.uint8)
    session = onnxruntime.InferenceSession(made.SerializeToString())
    source = session.get_inputs()[0]
    expected = []
    for frame in x:
        v = np.moveaxis(frame, -1, 0).reshape(source.shape).astype(np.float32) / np.float32(255)
        expected.append(session.run(None, {source.name: v})[0])
    y, expected = network.outputs(x), np.concatenate(expected)
    expected = np.moveaxis(expected, 1, -1) if expected.ndim > 2 else expected
    np.testing.assert_allclose(y, expected.reshape(y.shape), rtol=1e-4, atol=1e-4)
    return network


def weights(net: Net, *shape: int) -> str:
    return net.constant(net.rng.normal(size=shape))


def ops(network: floats.Network) -> list[str]:
    return [type(layer).__struct_config__.tag for layer in network.layers]


@pytest.mark.parametrize("name", ["cnn_float"])
def test_trained(name, tmp_path):
    """The trained network, exported as others do, is read as it is in its archive."""
    shipped = floats.read(MODELS / name / "float.npz")
    found = agrees(tmp_path, float_files.onnx_model(shipped), frames=2)
    assert [type(layer) for layer in found.layers] == [type(layer) for layer in shipped.layers]
    for one, other in zip(found.layers, shipped.layers):
        if isinstance(one, floats.Conv | floats.Dense):
            np.testing.assert_array_equal(one.weights, other.weights)
            np.testing.assert_array_equal(one.bias, other.bias)
    assert (found.shape, found.gain, found.bias) == (shipped.shape, 1 / 255, 0.0)


def test_all_layers(tmp_path):
    """Groups, strides, borders, a map that is flattened; by qonnx, too."""
    network = small()
    made = float_files.onnx_model(network)
    found = agrees(tmp_path, made)
    assert ops(found) == ["conv", "relu", "maxpool", "conv", "flatten", "dense"]
    x = np.random.default_rng(2).integers(0, 256, (1, *network.shape))
    y = reference(made, np.moveaxis(x / 255, -1, 1))
    np.testing.assert_allclose(found.outputs(x), y, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(found.outputs(x), network.outputs(x), rtol=1e-5, atol=1e-5)


def test_notes(tmp_path):
    said = []
    path = onnx_files.save(tmp_path, model([node("MatMul", "x w", "y")], (1, 3), w=np.ones((3, 2))))
    assert floats.read(path, said.append).name == "net"
    assert said == [f"net.onnx: {PIXELS}"]


def test_matmul_add(tmp_path):
    """A dense layer in two nodes, and factors behind it, are one layer."""
    net = Net((1, 12), seed=1)
    x = net.op("MatMul", f"x {weights(net, 12, 6)}")
    x = net.op("Add", f"{weights(net, 6)} {x}")
    x = net.op("Relu", net.op("Mul", f"{x} {weights(net, 1, 6)}"))
    x = net.op("MatMul", f"{x} {weights(net, 6, 4)}")
    x = net.op("Div", net.op("Sub", f"{weights(net)} {x}") + f" {net.constant(np.array(4.0))}")
    network = agrees(tmp_path, net.model(x))
    assert ops(network) == ["dense", "relu", "dense"]
    assert [layer.name for layer in network.layers] == ["fc0", "relu0", "fc1"]


def test_gemm(tmp_path):
    net = Net((1, 2, 3, 4), seed=2)
    x = net.op("Reshape", f"x {net.constant(np.array([1, -1]))}")
    fields = {"alpha": 0.5, "beta": -2.0}
    x = net.op("Gemm", f"{x} {weights(net, 24, 5)} {weights(net, 5)}", **fields)
    x = net.op("Gemm", f"{x} {weights(net, 3, 5)}", transB=1)
    assert ops(agrees(tmp_path, net.model(x))) == ["flatten", "dense", "dense"]


@pytest.mark.parametrize("kernel", [(3, 3), (3,)])
def test_batchnorm(kernel, tmp_path):
    """It becomes one with a convolution, with a bias or without, and with a dense layer."""
    rest = (6,) * len(kernel)
    net = Net((1, 2, *rest), seed=3)
    x = net.norm(net.op("Conv", f"x {weights(net, 4, 2, *kernel)} {weights(net, 4)}"), 4)
    x = net.op("MaxPool", net.op("Relu", x), kernel_shape=[2] * len(kernel))
    x = net.norm(net.op("Conv", f"{x} {weights(net, 4, 4, *[1] * len(kernel))}"), 4)
    x = net.op("Flatten", net.op("GlobalAveragePool", net.op("Relu", x)), axis=1)
    x = net.norm(net.op("Gemm", f"{x} {weights(net, 4, 3)}"), 3)
    network = agrees(tmp_path, net.model(x))
    assert ops(network) == ["conv", "relu", "maxpool", "conv", "relu", "globalavgpool", "flatten",
                            "dense"]  # fmt: skip


def test_normalized_input(tmp_path):
    """(x - mean) / deviation in front is what a pixel means."""
    net = Net((1, 1, 6, 6), seed=4)
    x = net.op("Sub", f"x {net.constant(np.array(0.1307))}")
    x = net.op("Div", f"{x} {net.constant(np.full((1, 1, 1), 0.3081))}")
    x = net.op("Relu", net.op("Conv", f"{x} {weights(net, 3, 1, 3, 3)}"))
    network = agrees(tmp_path, net.model(x))
    assert network.gain == pytest.approx(1 / 255 / 0.3081)
    assert network.bias == pytest.approx(-0.1307 / 0.3081)
    frames = np.random.default_rng(3).integers(0, 256, (2, 6, 6, 1))
    np.testing.assert_allclose(network.scaled().outputs(frames), network.outputs(frames),
                               atol=1e-9)  # fmt: skip


def test_moved_axes(tmp_path):
    """A graph of maps with channels innermost, as of other frameworks."""
    net = Net((1, 5, 6, 2), seed=5)
    x = net.op("Transpose", "x", perm=[0, 3, 1, 2])
    x = net.op("Conv", f"{x} {weights(net, 4, 2, 2, 3)}", pads=[1, 0, 0, 2])
    x = net.op("Transpose", net.op("Relu", x), perm=[0, 2, 3, 1])
    x = net.op("MatMul", net.op("Flatten", x, axis=1) + f" {weights(net, 5 * 6 * 4, 3)}")
    made = net.model(x)
    network = imported(tmp_path, made)
    assert network.shape == (5, 6, 2)
    frame = np.random.default_rng(4).integers(0, 256, (1, 5, 6, 2))
    y = reference(made, frame / 255)
    np.testing.assert_allclose(network.outputs(frame), y, rtol=1e-4, atol=1e-4)

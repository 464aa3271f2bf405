"""How a graph's input is taken, and layers that several read or none."""

import numpy as np
import onnx
import pytest

from generators.network import qonnx, run
from tests.generators.network import onnx_files
from tests.generators.network.onnx_files import Net, node, quant
from tests.generators.network.test_qonnx import PIXELS, reference


@pytest.fixture
def imported(tmp_path):
    """The import of a net that puts out a tensor."""
    return lambda net, output, *notes: qonnx.read(
        onnx_files.save(tmp_path, net.model(output)), *notes
    )


def test_a_value_read_twice_is_one_layer(imported):
    net = Net((1, 2, 4, 4), seed=0)
    a, b = net.conv("x", 3, 2, 1, 1), net.conv("x", 3, 2, 3, 3, pads=[1] * 4)
    notes = []
    network = imported(net, net.op("Add", f"{a} {b}"), notes.append)

    assert [layer.name for layer in network.layers] == ["scale0", "conv0", "conv1", "add0"]
    assert [layer.inputs for layer in network.layers[1:3]] == [("scale0",), ("scale0",)]
    assert notes == [f"net.onnx: {PIXELS}"]


def test_input_read_by_quantizers_alike(imported):
    net = Net((1, 2, 4, 4), seed=0)
    a, b = (net.conv(net.quant("x", 6, 0.25), 3, 2, 1, 1) for _ in range(2))
    network = imported(net, net.op("Add", f"{a} {b}"))

    assert network.input.type == "int6"
    assert [layer.name for layer in network.layers] == ["scale0", "conv0", "conv1", "add0"]


@pytest.mark.parametrize("other", ["scale", "plain"])
def test_input_read_by_others_is_pixels(other, imported):
    """A quantizer's codes are not the input where something else reads it too."""
    net = Net((1, 2, 4, 4), seed=0)
    a = net.conv(net.quant("x", 6, 0.25), 3, 2, 1, 1)
    b = net.conv("x" if other == "plain" else net.quant("x", 6, 0.5), 3, 2, 1, 1)
    network = imported(net, net.op("Add", f"{a} {b}"))

    assert network.input.type == "uint8"
    assert network.layers[0].gain.item() * 255 == 1
    x = net.rng.integers(0, 256, (1, 4, 4, 2))
    frame = np.moveaxis(x, -1, 1) / np.float32(255)
    expected = np.moveaxis(reference(net.model("t6" if other == "scale" else "t5"), frame), 1, -1)
    np.testing.assert_allclose(run.run(network, x).astype(float), expected, atol=1e-5)


def test_layers_that_only_lend_their_shape_are_left_out(tmp_path):
    nodes = [
        quant("x s zero eight", "q", narrow=0),
        node("Relu", "q", "r"),
        node("Shape", "r", "shape"),
        node("Reshape", "q shape", "p"),
        node("MaxPool", "p", "y", kernel_shape=[2, 2]),
    ]
    made = onnx_files.model(nodes, (1, 1, 3, 3), s=1.0, zero=0.0, eight=8.0)
    network = qonnx.read(onnx_files.save(tmp_path, made))
    assert [layer.name for layer in network.layers] == ["maxpool0"]


def test_numbers_beside_the_file(tmp_path):
    """As PyTorch writes them unless asked not to."""
    net = Net((1, 2, 4, 4), seed=0)
    made = net.model(net.conv("x", 3, 2, 3, 3, pads=[1] * 4))
    whole = qonnx.read(onnx_files.save(tmp_path, made))
    onnx.save_model(made, tmp_path / "net.onnx", save_as_external_data=True, size_threshold=0,
                    location="net.onnx.data", convert_attribute=True)  # fmt: skip
    found = qonnx.read(tmp_path / "net.onnx")

    assert (tmp_path / "net.onnx.data").stat().st_size > 4 * 3 * 2 * 3 * 3
    x = net.rng.integers(0, 256, (3, 4, 4, 2))
    np.testing.assert_array_equal(run.run(found, x), run.run(whole, x))


def test_a_free_batch_is_one_frame(imported):
    """As Keras writes it, and PyTorch with dynamic shapes."""
    fixed, free = (Net((batch, 2, 4, 4), seed=0) for batch in (1, "batch"))
    networks = [imported(net, net.conv("x", 3, 2, 3, 3, pads=[1] * 4)) for net in (fixed, free)]

    x = fixed.rng.integers(0, 256, (3, 4, 4, 2))
    np.testing.assert_array_equal(*(run.run(network, x) for network in networks))


def test_casts_to_floats_are_nothing(imported):
    """As Keras writes them around every node; constants change their type."""
    net = Net((1, 2, 4, 4), seed=0)
    plain = net.conv("x", 3, 2, 3, 3, pads=[1] * 4)
    expected = imported(net, net.op("Add", f"{plain} {net.constant(np.float32(2))}"))
    two = net.op("Cast", net.constant(np.int64(2)), to=onnx.TensorProto.FLOAT)
    cast = net.op("Cast", plain, to=onnx.TensorProto.FLOAT)
    found = imported(net, net.op("Add", f"{cast} {two}"))

    x = net.rng.integers(0, 256, (3, 4, 4, 2))
    np.testing.assert_array_equal(run.run(found, x), run.run(expected, x))

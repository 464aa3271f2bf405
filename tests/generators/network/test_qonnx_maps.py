"""Convolutional graphs against package qonnx running them, on random inputs."""

import numpy as np
import pytest

from generators import passes
from generators.network import qonnx, run
from tests.generators.network import onnx_files
from tests.generators.network.onnx_files import Net
from tests.generators.network.test_qonnx import reference


def cnv() -> tuple[Net, str]:
    """VGG-like with weights and activations of one bit; 0 pads some of them."""
    net = Net((1, 3, 12, 10), seed=1)
    x = net.quant("x", 8, 2**-7)
    for shape, pads in (((8, 3), 0), ((8, 8), 1), ((6, 8), 0)):
        x = net.conv(x, *shape, 3, 3, bits=1, pads=[pads] * 4)
        x = net.bipolar(net.norm(x, shape[0]))
        x = net.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2]) if pads else x
    x = net.op("Flatten", x, axis=1)
    x = net.op("MatMul", f"{x} {net.weights(6 * 3 * 2, 7, bits=1)}")
    return net, x


def residual() -> tuple[Net, str]:
    """Two blocks that share a quantizer's scale, the second with a strided skip."""
    net = Net((1, 4, 8, 8), seed=2)
    trunk = net.quant("x", 4, 2**-2, signed=0)
    for channels, stride in ((4, 1), (6, 2)):
        inside = net.conv(trunk, channels, 4, 3, 3, pads=[1] * 4, strides=[stride] * 2)
        inside = net.quant(net.op("Relu", inside), 4, 0.5, signed=0)
        inside = net.conv(inside, channels, channels, 3, 3, pads=[1] * 4)
        inside = net.quant(inside, 6, 0.5)
        skip = trunk if stride == 1 else net.conv(trunk, channels, 4, 1, 1, strides=[2, 2])
        skip = net.quant(skip, 6, 0.5)
        trunk = net.quant(net.op("Relu", net.op("Add", f"{inside} {skip}")), 4, 0.5, signed=0)
    x = net.op("Flatten", net.op("GlobalAveragePool", trunk))
    return net, net.op("Gemm", f"{x} {net.weights(5, 6)}", transB=1)


def separable() -> tuple[Net, str]:
    """MobileNet-like: depthwise and pointwise, auto_pad, biases, ReLU6."""
    net = Net((1, 3, 9, 10), seed=3)
    x = net.quant("x", 8, 2**-6)
    zero, six = net.constant(0.0), net.constant(6.0)
    for inputs, outputs, pad in ((3, 5, "SAME_UPPER"), (5, 4, "SAME_LOWER")):
        fields = {"group": inputs, "strides": [2, 2], "auto_pad": pad, "bias": True}
        x = net.conv(x, inputs, 1, 3, 3, **fields)
        x = net.quant(net.op("Clip", f"{x} {zero} {six}"), 4, 0.5, signed=0)
        x = net.conv(x, outputs, inputs, 1, 1, bias=True)
        x = net.quant(net.op("Relu", x), 4, 0.5, signed=0)
    return net, net.op("ReduceMean", x, axes=[2, 3], keepdims=0)


def audio() -> tuple[Net, str]:
    """One-dimensional, with dilation, groups and pooling."""
    net = Net((1, 4, 24), seed=4)
    x = net.quant("x", 8, 2**-6)
    x = net.conv(x, 6, 4, 5, dilations=[2], pads=[3, 1])
    x = net.quant(net.op("Relu", x), 4, 0.25, signed=0)
    x = net.op("MaxPool", x, kernel_shape=[3], strides=[2], pads=[1, 0])
    x = net.conv(x, 6, 2, 3, group=3, strides=[2])
    x = net.quant(net.norm(x, 6), 5, 0.25)
    x = net.op("Reshape", f"{x} {net.constant([1, -1])}")
    return net, net.op("Gemm", f"{x} {net.weights(3, 24)}", transB=1)


def unet() -> tuple[Net, str]:
    """A map of half the size, made large again, beside the map that it was; puts out a map."""
    net = Net((1, 2, 8, 6), seed=5)
    x = net.quant("x", 8, 2**-6)
    fine = net.quant(net.op("Relu", net.conv(x, 4, 2, 3, 3, pads=[1] * 4)), 4, 0.25, signed=0)
    coarse = net.op("MaxPool", fine, kernel_shape=[2, 2], strides=[2, 2])
    coarse = net.quant(net.conv(coarse, 5, 4, 3, 3, pads=[1] * 4), 4, 0.25)
    scales = net.constant([1.0, 1.0, 2.0, 2.0])
    fields = {"coordinate_transformation_mode": "asymmetric", "nearest_mode": "floor"}
    coarse = net.op("Resize", f"{coarse} {net.constant(np.zeros(0))} {scales}", **fields)
    x = net.op("Concat", f"{coarse} {fine}", axis=1)
    return net, net.conv(x, 3, 9, 3, 3, pads=[1] * 4)


def pooled() -> tuple[Net, str]:
    """Average pooling, a reshape to features, and a fully connected layer."""
    net = Net((1, 2, 8, 8), seed=6)
    x = net.quant("x", 6, 2**-4)
    border = net.constant([0, 0, 1, 0, 0, 0, 0, 2])
    x = net.conv(net.op("Pad", f"{x} {border}"), 4, 2, 3, 3)
    x = net.quant(net.op("Relu", x), 3, 0.5, signed=0)
    x = net.op("AveragePool", x, kernel_shape=[2, 4], strides=[2, 4])
    x = net.quant(x, 4, 0.25)
    x = net.op("Reshape", f"{x} {net.constant([1, -1])}")
    return net, net.op("Gemm", f"{x} {net.weights(3, 24)}", transB=1)


def channels_last() -> tuple[Net, str]:
    """What TensorFlow's exporter makes: every map channels-last, moved around each node."""
    net = Net((1, 7, 8, 3), seed=7)
    first, last = [0, 3, 1, 2], [0, 2, 3, 1]
    x = net.quant("x", 8, 2**-6)
    for inputs, outputs in ((3, 4), (4, 5)):
        x = net.conv(net.op("Transpose", x, perm=first), outputs, inputs, 3, 3)
        x = net.op("Transpose", x, perm=last)
        x = net.op("Add", f"{x} {net.constant(net.rng.integers(-8, 8, outputs) / 8)}")
        x = net.quant(net.op("Relu", x), 4, 0.5, signed=0)
    x = net.op("Concat", f"{x} {x}", axis=3)
    x = net.op("ReduceMean", x, axes=[1, 2], keepdims=0)
    return net, x


def vector() -> tuple[Net, str]:
    """Features that the graph itself makes a picture of."""
    net = Net((1, 36), seed=8)
    x = net.op("Reshape", f"x {net.constant([1, 1, 6, 6])}")
    x = net.quant(net.conv(net.quant(x, 8, 2**-6), 2, 1, 3, 3), 4, 1.0)
    x = net.op("Reshape", f"{x} {net.constant([1, 32])}")
    return net, net.op("MatMul", f"{x} {net.op('Transpose', net.weights(3, 32), perm=[1, 0])}")


NETS = {
    net.__name__: net
    for net in (cnv, residual, separable, audio, unet, pooled, channels_last, vector)
}
SHAPES = {
    "cnv": (12, 10, 3), "residual": (8, 8, 4), "separable": (9, 10, 3), "audio": (1, 24, 4),
    "unet": (8, 6, 2), "pooled": (8, 8, 2), "channels_last": (7, 8, 3), "vector": (6, 6, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", NETS)
def test_qonnx_runs_the_same(name, tmp_path):
    """Exactly, as float32 computes these graphs exactly, but for batch norms before a quantizer."""
    net, output = NETS[name]()
    made = net.model(output)
    network = qonnx.read(onnx_files.save(tmp_path, made))
    high = 16 if name == "residual" else 32 if name == "pooled" else 128
    x = net.rng.integers(0 if name == "residual" else -high, high, (2, *SHAPES[name]))

    y = run.run(network, x)

    assert network.input.shape == SHAPES[name]
    scale = next(layer.gain.item() for layer in network.layers if layer.inputs == ("input",))
    moved = x if name in ("channels_last", "vector") else np.moveaxis(x, -1, 1)
    expected = np.stack([reference(made, f.reshape(net.shape) * scale)[0] for f in moved])
    if expected.ndim == 4:
        expected = np.moveaxis(expected, 1, -1)
    tolerance = 1e-5 if name in ("residual", "separable") else 0  # means of 16, 9 numbers
    np.testing.assert_allclose(y.astype(np.float64), expected.reshape(y.shape), atol=tolerance)


QUICK = ("audio", "channels_last", "vector")


@pytest.mark.parametrize("name", [
    pytest.param(name, marks=[] if name in QUICK else pytest.mark.slow) for name in NETS
])  # fmt: skip
def test_compiles(name, tmp_path):
    """The passes leave integers, after each comparing what the network computes."""
    net, output = NETS[name]()
    network = qonnx.read(onnx_files.save(tmp_path, net.model(output)))

    kinds = {layer.__struct_config__.tag for layer in passes.streamline(network).layers}

    assert not kinds & {"scale", "batchnorm", "avgpool", "globalavgpool", "relu", "quantize"}

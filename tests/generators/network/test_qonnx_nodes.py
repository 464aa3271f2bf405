"""Single nodes on maps and activations."""

import numpy as np
import onnxruntime
import pytest

from generators.network import graph, qonnx, run
from tests.generators.network import onnx_files
from tests.generators.network.onnx_files import Net, node
from tests.generators.network.test_qonnx import reference


@pytest.fixture
def imported(tmp_path):
    """The import of a net that puts out a tensor."""
    return lambda net, output: qonnx.read(onnx_files.save(tmp_path, net.model(output)))


@pytest.fixture
def agrees(imported):
    """Whether the import computes what qonnx does, on the codes -128 to 127; gives the network."""

    def compare(net: Net, output: str) -> graph.Network:
        network = imported(net, output)
        x = net.rng.integers(-128, 128, (2, *network.input.shape))
        frames = np.moveaxis(x, -1, 1).reshape(2, *net.shape)
        expected = np.concatenate([reference(net.model(output), frame) for frame in frames])
        expected = np.moveaxis(expected, 1, -1) if expected.ndim > 2 else expected
        y = run.run(network, x).astype(np.float64)
        np.testing.assert_allclose(y, expected.reshape(y.shape), rtol=1e-6)
        return network

    return compare


def start(*shape: int, opset: int = 11) -> tuple[Net, str]:
    """A net the input of which is its codes of 8 bits."""
    net = Net((1, *shape), seed=9, opset=opset)
    return net, net.quant("x", 8, 1.0)


def flat(net: Net, x: str) -> str:
    """A map as features."""
    return net.op("Flatten", x, axis=1)


WINDOWS = [
    {"kernel_shape": [2, 3]},
    {"kernel_shape": [2, 3], "strides": [2, 3]},
    {"kernel_shape": [3, 2], "strides": [2, 1], "pads": [0, 1, 2, 0]},
    {"kernel_shape": [3, 3], "strides": [2, 2], "auto_pad": "SAME_UPPER"},
    {"kernel_shape": [4, 2], "strides": [3, 1], "auto_pad": "SAME_LOWER"},
    {"kernel_shape": [2, 2], "strides": [2, 2], "auto_pad": "VALID"},
]


@pytest.mark.parametrize("fields", WINDOWS)
@pytest.mark.parametrize("op", ["Conv", "MaxPool", "AveragePool"])
def test_windows(op, fields, agrees):
    net, x = start(2, 7, 8)
    if op == "Conv":
        agrees(net, net.conv(x, 3, 2, *fields["kernel_shape"], **fields))
        return
    more = {"count_include_pad": 1} if op == "AveragePool" else {}
    agrees(net, net.op(op, x, **fields, **more))


@pytest.mark.parametrize("fields", [
    {"kernel_shape": [2], "strides": [2]},
    {"kernel_shape": [3], "strides": [2], "pads": [1, 1]},
    {"kernel_shape": [2], "strides": [2], "pads": [1, 1]},
    {"kernel_shape": [2], "strides": [3]},
    {"kernel_shape": [3], "strides": [4], "pads": [0, 1]},
    {"kernel_shape": [1], "strides": [4]},
])  # fmt: skip
@pytest.mark.parametrize("size", [5, 6, 7, 8])
def test_ceil_mode(fields, size, tmp_path):
    """Against onnxruntime alone: onnx infers another shape where the last window is none."""
    made = onnx_files.model([node("MaxPool", "x", "y", ceil_mode=1, **fields)], (1, 2, size))
    x = np.random.default_rng(0).integers(0, 256, (1, 1, size, 2))
    frame = (x[:, 0] / np.float32(255)).astype(np.float32).transpose(0, 2, 1)
    session = onnxruntime.InferenceSession(made.SerializeToString())

    y = run.run(qonnx.read(onnx_files.save(tmp_path, made)), x).astype(np.float32)

    np.testing.assert_array_equal(y[:, 0].transpose(0, 2, 1), session.run(None, {"x": frame})[0])


@pytest.mark.parametrize("fields", [
    {"dilations": [2, 1]},
    {"dilations": [1, 2], "strides": [2, 1], "pads": [1, 0, 0, 1]},
    {"strides": [3, 3], "auto_pad": "SAME_LOWER"},
    {"group": 2},
])  # fmt: skip
def test_conv(fields, agrees):
    net, x = start(4, 6, 7)
    agrees(net, net.conv(x, 6, 4 // fields.get("group", 1), 3, 2, bias=True, **fields))


def test_strides_that_leave_pixels_out(agrees):
    net, x = start(2, 7, 8)
    fields = {"strides": [3, 2], "auto_pad": "SAME_UPPER"}
    assert agrees(net, net.conv(x, 3, 2, 1, 1, **fields)).layers[0].padding == (0, 0, 0, 0)


def test_auto_pad_of_dilated_kernels(imported):
    """Which onnxruntime does not know."""
    net, x = start(4, 6, 7)
    fields = {"dilations": [2, 2], "auto_pad": "SAME_UPPER"}
    assert imported(net, net.conv(x, 6, 4, 3, 2, **fields)).layers[0].padding == (2, 1, 2, 1)


def test_conv_of_plain_integers(agrees):
    net, x = start(2, 3, 3)
    w = net.constant(np.array([1.0, -1.0, 0.0, 1.0]).reshape(2, 2, 1, 1))
    network = agrees(net, net.op("Conv", f"{x} {w}"))
    weights = network.layers[0].weights
    assert (weights.type, weights.scale, weights.data.shape) == ("ternary", None, (2, 1, 1, 2))


@pytest.mark.parametrize("shape", [(3, 4, 5), (3, 6)])
@pytest.mark.parametrize("op", ["GlobalAveragePool", "GlobalMaxPool"])
def test_global_pool(op, shape, agrees):
    net, x = start(*shape)
    assert agrees(net, net.op(op, x)).layers[0].name in ("globalavgpool0", "maxpool0")


@pytest.mark.parametrize(("shape", "axes"), [((3, 4, 5), [-1, 2]), ((3, 6), [2])])
@pytest.mark.parametrize("keepdims", [0, 1])
def test_reduce_mean(shape, axes, keepdims, agrees):
    net, x = start(*shape)
    agrees(net, net.op("ReduceMean", x, axes=axes, keepdims=keepdims))


def test_reduce_mean_of_opset_18(agrees):
    net, x = start(3, 4, 5, opset=18)
    agrees(net, net.op("ReduceMean", f"{x} {net.constant([2, 3])}"))


@pytest.mark.parametrize(("where", "which"), [
    ("asymmetric", "floor"), ("asymmetric", "round_prefer_floor"),
    ("half_pixel", "round_prefer_floor"), ("half_pixel", "round_prefer_ceil"),
    ("pytorch_half_pixel", "round_prefer_floor"), ("tf_half_pixel_for_nn", "floor"),
])  # fmt: skip
def test_resize(where, which, agrees):
    net, x = start(2, 3, 4)
    scales = net.constant([1.0, 1.0, 2.0, 2.0 if "asym" in where else 3.0])
    fields = {"coordinate_transformation_mode": where, "nearest_mode": which, "mode": "nearest"}
    net.constants["roi"] = np.zeros(0)
    agrees(net, net.op("Resize", f"{x} roi {scales}", **fields))


@pytest.mark.parametrize("opset", [11, 13])
def test_resize_to_sizes(opset, agrees):
    net, x = start(2, 3, 4, opset=opset)
    net.constants |= {"none": np.zeros(0), "sizes": np.array([1, 2, 6, 12])}
    y = net.op("Resize", x)
    net.nodes[-1].input.extend(["none", "none", "sizes"] if opset == 11 else ["", "", "sizes"])
    network = agrees(net, y)
    assert network.layers[0].factor == (2, 3)


def test_resize_some_axes(agrees):
    net, x = start(2, 3, 4, opset=18)
    net.constants |= {"none": np.zeros(0), "scales": np.array([3.0])}
    assert agrees(net, net.op("Resize", f"{x} none scales", axes=[-1])).layers[0].factor == (1, 3)


def test_resize_line(agrees):
    net, x = start(2, 5)
    net.constants |= {"none": np.zeros(0), "scales": np.array([1.0, 1.0, 4.0])}
    assert agrees(net, net.op("Resize", f"{x} none scales")).layers[0].factor == (1, 4)


@pytest.mark.parametrize(("op", "opset"), [("Upsample", 9), ("Resize", 10)])
def test_upsample(op, opset, agrees):
    net, x = start(2, 3, 4, opset=opset)
    agrees(net, net.op(op, f"{x} {net.constant([1.0, 1.0, 3.0, 2.0])}"))


def test_resize_by_one_is_nothing(imported):
    net, x = start(2, 3, 4)
    net.constants |= {"none": np.zeros(0), "scales": np.ones(4)}
    x = net.op("Relu", net.op("Resize", f"{x} none scales"))
    assert [layer.name for layer in imported(net, x).layers] == ["relu0"]


@pytest.mark.parametrize(("shape", "pads"), [
    ((2, 3, 4), [0, 0, 1, 2, 0, 0, 0, 3]), ((2, 5), [0, 0, 1, 0, 0, 2]),
])  # fmt: skip
def test_pad(shape, pads, agrees):
    net, x = start(*shape)
    agrees(net, net.op("Pad", f"{x} {net.constant(pads)} {net.constant(-2.0)}"))


def test_pad_of_old_and_new_opsets(agrees):
    net, x = start(2, 3, 4, opset=9)
    agrees(net, net.op("Pad", x, pads=[0, 0, 1, 0, 0, 0, 0, 1], value=3.0))
    net, x = start(2, 3, 4, opset=18)
    pads, axes = net.constant([1, 2]), net.constant([-1])
    network = agrees(net, net.op("Pad", f"{x} {pads} zero {axes}"))
    assert network.layers[0].padding == (0, 1, 0, 2)


def test_pad_by_nothing_is_nothing(imported):
    net, x = start(3)
    x = net.op("Relu", net.op("Pad", f"{x} {net.constant([0, 0, 0, 0])}"))
    assert [layer.name for layer in imported(net, x).layers] == ["relu0"]


@pytest.mark.parametrize("bounds", [(0.0, 6.0), (-3.0, 50.0), (None, 20.0), (5.0, None)])
def test_clip(bounds, agrees):
    net, x = start(4)
    names = ["" if b is None else net.constant(b) for b in bounds]
    x = net.op("Clip", x)
    net.nodes[-1].input.extend(names if bounds[1] is not None else names[:1])
    agrees(net, x)


def test_clip_of_old_opsets(agrees):
    net, x = start(4, opset=9)
    agrees(net, net.op("Clip", x, min=-7.0, max=9.5))


@pytest.mark.parametrize("op", ["Add", "Sub", "Sum"])
def test_sums(op, agrees):
    net, x = start(2, 3, 4)
    a, b = net.op("Relu", x), net.conv(x, 2, 2, 1, 1)
    c = net.conv(x, 2, 2, 1, 1) if op == "Sum" else ""
    network = agrees(net, net.op(op, f"{a} {b} {c}"))
    assert network.layers[-1].inputs[:2] == ("relu0", "conv0")


def test_sum_of_one_is_nothing(imported):
    net, x = start(3)
    x = net.op("Sum", net.op("Relu", x))
    assert [layer.name for layer in imported(net, x).layers] == ["relu0"]


def test_sum_of_maps_and_features(agrees):
    """Both flattened: a factor by pixel has made one of them features already."""
    net, x = start(2, 2, 3)
    by_pixel = net.op("Mul", f"{x} {net.constant(net.rng.normal(size=(1, 2, 2, 3)))}")
    total = net.op("Add", f"{by_pixel} {net.op('Relu', x)}")
    agrees(net, net.op("MatMul", f"{flat(net, total)} {net.constant(np.eye(12))}"))


@pytest.mark.parametrize("axis", [1, -1])
def test_concat_of_features(axis, agrees):
    """Also of flattened maps of other sizes."""
    net, x = start(2, 4, 4)
    small = net.op("MaxPool", x, kernel_shape=[2, 2], strides=[2, 2])
    x = net.op("Concat", f"{flat(net, small)} {flat(net, net.op('Relu', x))}", axis=axis)
    agrees(net, net.op("Gemm", f"{x} {net.weights(3, 40)}", transB=1))


def test_concat_of_maps_by_pixels(agrees):
    """Channels behind channels in our frame: flattened first, the graph lays them differently."""
    net, x = start(2, 2, 3)
    x = net.op("Concat", f"{flat(net, x)} {flat(net, net.op('Relu', x))}", axis=1)
    network = agrees(net, net.op("Gemm", f"{x} {net.weights(3, 24)}", transB=1))
    assert [layer.name for layer in network.layers] == ["relu0", "concat0", "fc0"]


def test_concat_of_lines(agrees):
    net, x = start(2, 5)
    x = net.op("Concat", f"{x} {net.op('Relu', x)}", axis=-2)
    agrees(net, net.op("MaxPool", x, kernel_shape=[2]))


def test_pad_keeps_a_bipolar_map_as_it_is(imported):
    net, x = start(2, 4, 4)
    network = imported(net, net.conv(net.bipolar(x), 3, 2, 3, 3, pads=[1] * 4, bits=1))
    assert (network.layers[1].padding, network.layers[1].pad_value) == ((1, 1, 1, 1), 0)

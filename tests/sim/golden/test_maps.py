"""Convolution and pooling against onnxruntime, on small integers that float32 holds exactly."""

from fractions import Fraction

import numpy as np
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from sim.golden import exact, maps, network

KERNELS = [
    # kernel, stride, dilation, padding
    ((1, 1), (1, 1), (1, 1), (0, 0, 0, 0)),
    ((3, 3), (1, 1), (1, 1), (1, 1, 1, 1)),
    ((3, 2), (2, 1), (1, 1), (0, 1, 2, 0)),
    ((2, 3), (3, 2), (2, 1), (1, 0, 0, 2)),
    ((3, 3), (1, 2), (2, 3), (2, 3, 1, 0)),
    ((1, 5), (1, 3), (1, 1), (0, 2, 0, 1)),
    ((7, 9), (1, 1), (1, 1), (0, 0, 0, 0)),
]


def ort(op: str, x: np.ndarray, opset: int = 13, **attributes) -> np.ndarray:
    """What onnxruntime makes of maps (frames, height, width, channels); arrays are inputs."""
    arrays = {k: v for k, v in attributes.items() if isinstance(v, np.ndarray)}
    fields = {k: v for k, v in attributes.items() if k not in arrays}
    node = helper.make_node(op, ["x", *arrays], ["y"], **fields)
    tensors = [numpy_helper.from_array(value, name) for name, value in arrays.items()]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in "xy"]
    graph = helper.make_graph([node], "graph", ends[:1], ends[1:], tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    data, providers = model.SerializeToString(), ["CPUExecutionProvider"]
    session = onnxruntime.InferenceSession(data, providers=providers)
    y = session.run(None, {"x": np.moveaxis(x, 3, 1).astype(np.float32)})[0]
    return np.moveaxis(y, 1, 3)


def random_maps(seed: int, channels: int = 4) -> np.ndarray:
    return np.random.default_rng(seed).integers(-8, 8, (3, 7, 9, channels))


def run(op: str, *inputs, **fields) -> np.ndarray:
    """What the golden network makes of the inputs, and of the same numbers as Fractions."""
    layer = {"op": op} | fields
    y = network._OPS[op](layer, *inputs)
    halves = network._OPS[op](layer, *(exact.fractions(x) / 2 for x in inputs))
    np.testing.assert_array_equal(halves * 2, y)
    return y


@pytest.mark.parametrize("groups", [1, 2, 4])
@pytest.mark.parametrize(("kernel", "stride", "dilation", "padding"), KERNELS)
def test_conv(kernel, stride, dilation, padding, groups):
    rng = np.random.default_rng(sum(kernel) + 10 * groups)
    x, w = random_maps(groups), rng.integers(-4, 4, (8, *kernel, 4 // groups))
    fields = {"stride": stride, "dilation": dilation, "padding": padding, "groups": groups}

    y = run("conv", x, weights={"data": w}, **fields)

    expected = ort("Conv", x, w=np.moveaxis(w, 3, 1).astype(np.float32), kernel_shape=kernel,
                   strides=stride, dilations=dilation, pads=padding, group=groups)  # fmt: skip
    assert y.dtype == np.int64
    np.testing.assert_array_equal(y, expected)


@pytest.mark.parametrize("value", [0, 3, -1])
def test_conv_of_a_padded_map(value):
    """Padding of a convolution is what a pad layer does."""
    rng = np.random.default_rng(3)
    x, w = random_maps(4), rng.integers(-4, 4, (5, 3, 3, 4))
    fields = {"padding": (1, 2, 0, 3)}

    y = maps.conv(x, w, pad_value=value, **fields)

    padded = pad(x, value, **fields)
    np.testing.assert_array_equal(y, maps.conv(padded, w))
    np.testing.assert_array_equal(y, ort("Conv", padded, w=np.moveaxis(w, 3, 1).astype(np.float32)))
    thirds = exact.fractions(x) / 3
    y = maps.conv(thirds, w, pad_value=value, **fields)
    np.testing.assert_array_equal(y, maps.conv(maps.pad(thirds, value=value, **fields), w))


def pad(x: np.ndarray, value: int, padding) -> np.ndarray:
    """The padded map, as onnxruntime pads it too."""
    fields = {"padding": padding} | ({"value": value} if value else {})
    y = network._OPS["pad"]({"op": "pad"} | fields, x)
    top, left, bottom, right = padding
    pads = np.array([0, 0, top, left, 0, 0, bottom, right])
    np.testing.assert_array_equal(y, ort("Pad", x, pads=pads, v=np.array(value, np.float32)))
    return y


def test_conv_of_frames_at_a_time(monkeypatch):
    x, w = random_maps(5), np.random.default_rng(5).integers(-4, 4, (5, 3, 3, 4))
    y = maps.conv(x, w)
    monkeypatch.setattr(maps, "CHUNK", 2 * x[0].size * 9)
    np.testing.assert_array_equal(maps.conv(x, w), y)
    assert maps.conv(x[:0], w).shape == (0, 5, 7, 5)


def test_conv_beyond_floats():
    x, w = np.full((1, 1, 2, 1), (1 << 40) + 1), np.full((1, 1, 2, 1), (1 << 40) + 1)
    assert maps.conv(x, w).tolist() == [[[[2 * ((1 << 40) + 1) ** 2]]]]
    assert maps.conv(x, w, padding=(0, 0, 0, 1), pad_value=1 << 62)[0, 0, 1, 0] == (
        ((1 << 40) + 1) * ((1 << 62) + (1 << 40) + 1)
    )


@pytest.mark.parametrize(("kernel", "stride", "dilation", "padding"), KERNELS)
def test_pools(kernel, stride, dilation, padding):
    x = random_maps(sum(padding))
    padding = tuple(min(p, k - 1) for p, k in zip(padding, kernel * 2))
    fields = {"kernel": kernel, "stride": stride, "padding": padding}
    reference = {"kernel_shape": kernel, "strides": stride, "pads": padding}

    for y in (run("maxpool", x, **fields), run("maxpool", x - 20, **fields) + 20):
        np.testing.assert_array_equal(y, ort("MaxPool", x, **reference))
    means = run("avgpool", x, **fields)
    sums = run("sumpool", x, **fields)

    expected = ort("AveragePool", x, count_include_pad=1, **reference)
    np.testing.assert_allclose(means.astype(float), expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_array_equal(sums, np.round(expected * np.prod(kernel)))
    np.testing.assert_array_equal(means * int(np.prod(kernel)), sums)
    assert sums.dtype == np.int64


def test_stride_is_the_kernel():
    x = random_maps(6)
    expected = ort("MaxPool", x, kernel_shape=(3, 2), strides=(3, 2))
    np.testing.assert_array_equal(run("maxpool", x, kernel=(3, 2)), expected)
    np.testing.assert_array_equal(run("maxpool", x, kernel=(3, 2), stride=None), expected)


def test_globalavgpool():
    x = random_maps(7)
    y = run("globalavgpool", x)
    assert isinstance(y[0, 0, 0, 0], Fraction)
    np.testing.assert_array_equal(y * 63, x.sum(axis=(1, 2), keepdims=True))
    np.testing.assert_allclose(y.astype(float), ort("GlobalAveragePool", x), rtol=1e-5, atol=1e-6)


def test_upsample():
    x = random_maps(8)
    scales = np.array([1, 1, 2, 3], np.float32)
    expected = ort("Resize", x, opset=10, scales=scales, mode="nearest")
    np.testing.assert_array_equal(run("upsample", x, factor=(2, 3)), expected)


def test_joins():
    x, y = random_maps(9), random_maps(10)
    expected = np.concatenate([x, y, x], axis=3)
    np.testing.assert_array_equal(run("concat", x, y, x), expected)
    np.testing.assert_array_equal(run("add", x, y, x), 2 * x + y)
    np.testing.assert_array_equal(run("add", x, y, gains=np.array([3, -1])), 3 * x - y)
    by_channel = np.array([[1, 2, 3, 4], [-1, 1, -1, 1]])
    expected = by_channel[0] * x + by_channel[1] * y
    np.testing.assert_array_equal(run("add", x, y, gains=by_channel), expected)
    halves = run("add", x, y, gains=np.array([0.5, -0.25]))
    np.testing.assert_array_equal(4 * halves, 2 * x - y)
    assert isinstance(halves[0, 0, 0, 0], Fraction)

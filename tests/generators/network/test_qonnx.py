"""Imported graphs against the trained networks' vectors and against qonnx running the graph."""

import warnings
from fractions import Fraction
from unittest import mock

import numpy as np
import onnx
import pytest

from generators.network import qonnx, run
from sim.golden import exact
from tests import data
from tests.generators.network import onnx_files
from tests.generators.network.onnx_files import node, quant

TFC = {"tfc_1w1a": "TFC_1W1A", "tfc_2w2a": "TFC_2W2A"}
NETWORKS = TFC | {"kws_w3a3_mlperf": "kws_w3a3_mlperf"}
PIXELS = "input is taken as uint8 pixels, which the graph's input is when divided by 255"


def trained(folder: str):
    """The imported network, its vectors, and the path of its file."""
    path = data.folder() / "models" / folder / f"{NETWORKS[folder]}.onnx"
    return qonnx.read(path), np.load(path.parent / "vectors.npz"), path


def inputs(vectors) -> np.ndarray:
    return vectors["pixels"] if "pixels" in vectors else vectors["x"]


def reference(model: onnx.ModelProto, x: np.ndarray) -> np.ndarray:
    """What packages qonnx and onnxruntime compute for one frame in the graph's own layout."""
    # Nodes run one by one, as models of the newest format, which onnxruntime may not know yet.
    with warnings.catch_warnings(), mock.patch.object(onnx, "IR_VERSION", 10):
        warnings.simplefilter("ignore")
        from qonnx.core.modelwrapper import ModelWrapper
        from qonnx.core.onnx_exec import execute_onnx
        from qonnx.transformation.infer_shapes import InferShapes

        for each in model.graph.node:
            if each.op_type in ("Quant", "BipolarQuant"):
                each.domain = onnx_files.QONNX
        wrapped = ModelWrapper(model).transform(InferShapes())
        name = wrapped.graph.input[0].name
        return execute_onnx(wrapped, {name: x.astype(np.float32)})[wrapped.graph.output[0].name]


@pytest.fixture
def imported(tmp_path):
    """The import of a model in memory."""
    return lambda made: qonnx.read(onnx_files.save(tmp_path, made))


def as_floats(y: np.ndarray) -> np.ndarray:
    return y.astype(np.float64)


@pytest.mark.parametrize("folder", NETWORKS)
def test_vectors(folder):
    network, vectors, _ = trained(folder)
    frames = 50

    values = run.run_all(network, inputs(vectors)[:frames])

    scale = Fraction(1)
    if folder not in TFC:  # accumulators of the codes: divide by both scales
        quantizer = next(layer for layer in network.layers if layer.name == "quant2")
        dense = next(layer for layer in network.layers if layer.name == "fc3")
        scale = Fraction(quantizer.scale.item()) * Fraction(dense.weights.scale.item())
    np.testing.assert_array_equal(values["fc3"], vectors["acc"][:frames] * scale)
    logits = as_floats(values[network.layers[-1].name])
    np.testing.assert_allclose(logits, vectors["logits"][:frames], atol=1e-4)


@pytest.mark.parametrize("folder", NETWORKS)
def test_qonnx_runs_the_same(folder):
    network, vectors, path = trained(folder)
    x = inputs(vectors)[:2]
    factor = np.float32(1 / 255) if folder in TFC else network.layers[0].gain.item()
    shape = (1, 1, 28, 28) if folder in TFC else (1, 1, 10, 49)

    expected = [reference(onnx.load(path), f.reshape(shape) * factor)[0] for f in x]

    np.testing.assert_allclose(as_floats(run.run(network, x)), expected, atol=1e-4)


@pytest.mark.parametrize("folder", NETWORKS)
def test_codes_are_the_published_ones(folder):
    """Up to the sign of a row, which intnet.npz turns where batch norm has a negative gain."""
    network, _, path = trained(folder)
    published = np.load(path.parent / "intnet.npz")

    for i in range(4):
        layer = next(layer for layer in network.layers if layer.name == f"fc{i}")
        ours, theirs = layer.weights.data, published[f"w{i}"]
        same = (ours == theirs).all(axis=1) | (ours == -theirs).all(axis=1)
        assert same.all()


def test_weights_are_divided_in_float32():
    network, _, path = trained("kws_w3a3_mlperf")
    constants = {t.name: onnx.numpy_helper.to_array(t) for t in onnx.load(path).graph.initializer}
    weight, scale = constants["features.3.weight"][229, 193], constants["29"][229, 0]

    assert float(weight) / float(scale) > 2.5
    assert network.layers[1].weights.data[229, 193] == 2


def test_layers_of_tfc():
    notes = []
    path = data.folder() / "models" / "tfc_1w1a" / "TFC_1W1A.onnx"
    network = qonnx.read(path, notes.append)

    names = "scale0 scale1 scale2 sign0 fc0 bn0 sign1 fc1 bn1 sign2 fc2 bn2 sign3 fc3 "
    names += "scale3 scale4 scale5 scale6"
    assert [layer.name for layer in network.layers] == names.split()
    assert network.name == "TFC_1W1A"
    assert (network.input.shape, network.input.type) == ((28, 28, 1), "uint8")
    assert network.layers[0].gain.item() == Fraction(1, 255)
    assert network.layers[4].weights.type == "bipolar"
    assert network.layers[4].weights.scale is None
    assert notes == [f"TFC_1W1A.onnx: {PIXELS}"]


def test_layers_of_kws():
    notes = []
    path = data.folder() / "models" / "kws_w3a3_mlperf" / "kws_w3a3_mlperf.onnx"
    network = qonnx.read(path, notes.append)

    assert (network.input.shape, network.input.type) == ((10, 49, 1), "int8")
    assert network.layers[0].gain.item() == np.float32(0.33674246)
    assert [network.layers[i].weights.type for i in (1, 5, 9, 13)] == ["int3"] * 4
    assert [network.layers[i].weights.scale.shape for i in (1, 13)] == [(256,), ()]
    assert notes == []


CHANNELS_FIRST = {
    "flatten": [node("Flatten", "n", "f", axis=1)],
    "reshape": [
        node("Shape", "n", "s"),
        node("Gather", "s zero", "g", axis=0),
        node("Unsqueeze", "g", "u", axes=[0]),
        node("Concat", "u minus", "c", axis=0),
        node("Reshape", "n c", "f"),
    ],
    "transposed": [
        node("Transpose", "n", "t", perm=[0, 3, 2, 1]),
        node("Flatten", "t", "f", axis=1),
    ],
}


@pytest.mark.parametrize("plumbing", CHANNELS_FIRST)
def test_channels_first(plumbing, imported):
    """A picture of several channels is (H, W, C) here, whatever order the weights read it in."""
    rng = np.random.default_rng(1)
    channels, height, width = 3, 2, 4
    nodes = [
        node("BatchNormalization", "x gamma beta mean variance", "n", epsilon=1e-3),
        *CHANNELS_FIRST[plumbing],
        node("MatMul", "f w", "y"),
    ]
    made = onnx_files.model(
        nodes,
        (1, channels, height, width),
        w=rng.integers(-3, 4, (24, 5)).astype(np.float32),
        gamma=rng.normal(size=channels), beta=rng.normal(size=channels),
        mean=rng.random(channels), variance=1 + rng.random(channels),
        zero=np.array(0), minus=np.array([-1]),
    )  # fmt: skip
    x = rng.integers(0, 256, (3, height, width, channels))
    frames = (x / np.float32(255)).transpose(0, 3, 1, 2)

    network = imported(made)

    assert network.input.shape == (height, width, channels)
    expected = [reference(made, frame[None])[0] for frame in frames]
    np.testing.assert_allclose(as_floats(run.run(network, x)), expected, atol=1e-4)


def test_channels_first_by_pixel(imported):
    """Constants that differ within a channel make every number a channel of its own."""
    rng = np.random.default_rng(2)
    nodes = [node("Mul", "x a", "m"), node("Flatten", "m", "f", axis=1), node("MatMul", "f w", "y")]
    a, w = rng.normal(size=(1, 2, 2, 3)), rng.integers(-1, 2, (12, 4)).astype(np.float32)
    made = onnx_files.model(nodes, (1, 2, 2, 3), a=a, w=w)
    x = rng.integers(0, 256, (2, 2, 3, 2))

    network = imported(made)

    assert [layer.name for layer in network.layers] == ["scale0", "flatten0", "scale1", "fc0"]
    frames = (x / np.float32(255)).transpose(0, 3, 1, 2)
    expected = [reference(made, frame[None])[0] for frame in frames]
    np.testing.assert_allclose(as_floats(run.run(network, x)), expected, atol=1e-4)


def test_gemm(imported):
    """y = alpha * x @ w.T + beta * c, the weights of 4 bits with a scale for each output."""
    rng = np.random.default_rng(3)
    nodes = [
        quant("x sx zero eight", "q", narrow=0),
        quant("w sw zero four", "wq", rounding_mode="FLOOR"),
        node("Gemm", "q wq c", "y", alpha=0.5, beta=3.0, transB=1),
    ]
    sw = rng.uniform(0.1, 0.2, (4, 1))
    made = onnx_files.model(
        nodes, (1, 6), w=rng.normal(size=(4, 6)), sw=sw, c=rng.normal(size=4),
        sx=0.25, zero=0.0, eight=8.0, four=4.0,
    )  # fmt: skip
    x = rng.integers(-128, 128, (3, 6))

    network = imported(made)

    assert network.input.type == "int8"
    assert [layer.name for layer in network.layers] == ["scale0", "fc0", "scale1"]
    expected = [reference(made, frame[None] * 0.25)[0] for frame in x]
    np.testing.assert_allclose(as_floats(run.run(network, x)), expected, atol=1e-4)


@pytest.mark.parametrize(("operation", "gain", "bias"), [
    (("Add", "x c"), 1, Fraction(3, 4)),
    (("Sub", "x c"), 1, Fraction(-3, 4)),
    (("Sub", "c x"), -1, Fraction(3, 4)),
    (("Mul", "c x"), Fraction(3, 4), 0),
    (("Div", "x c"), Fraction(4, 3), 0),
])  # fmt: skip
def test_affine_is_exact(operation, gain, bias, imported):
    network = imported(onnx_files.model([node(*operation, "y")], (1, 2), c=0.75))

    y = run.run(network, np.array([[5, 100]]))

    x = exact.fractions([[5, 100]]) / 255
    np.testing.assert_array_equal(y, x * gain + bias)


def test_constants_fold_in_float32(imported):
    nodes = [
        node("Constant", "", "two", value_float=2.0),
        node("Pow", "c half", "root"),
        node("Mul", "root two", "d"),
        node("Div", "x d", "y"),
    ]
    network = imported(onnx_files.model(nodes, (1, 1), c=3.0, half=0.5))

    root = np.float32(3) ** np.float32(0.5)
    assert network.layers[1].gain == Fraction(1) / Fraction(float(root * np.float32(2)))


@pytest.mark.parametrize("last", [
    node("ArgMax", "l", "y", axis=1, keepdims=0),
    node("ArgMax", "l", "y", axis=-1),
    node("TopK", "l one", "values y", axis=1),
])  # fmt: skip
def test_argmax(last, imported):
    nodes = [node("MatMul", "x w", "l"), last]
    w = np.array([[1.0, 2.0, -1.0]])
    network = imported(onnx_files.model(nodes, (1, 1), w=w, one=np.array([1])))

    assert network.layers[-1].name == "argmax"
    np.testing.assert_array_equal(run.run(network, np.array([[0], [7]])), [[0], [1]])


@pytest.mark.parametrize(("bits", "attributes", "input_type"), [
    (8, {"signed": 1, "narrow": 0}, "int8"),
    (8, {"signed": 1, "narrow": 1}, "int8"),
    (4, {"signed": 0, "narrow": 0}, "uint4"),
    (2, {"signed": 1, "narrow": 1}, "ternary"),
    (1, {"signed": 1, "narrow": 1}, "bipolar"),
])  # fmt: skip
def test_integer_input(bits, attributes, input_type, imported):
    nodes = [node("Flatten", "x", "f", axis=1), quant("f s zero bits", "y", **attributes)]
    constants = {"s": 0.5, "zero": 0.0, "bits": float(bits)}
    network = imported(onnx_files.model(nodes, (1, 1, 2, 2), **constants))

    assert network.input.type == input_type
    assert [layer.name for layer in network.layers] == ["scale0"]


@pytest.mark.parametrize("name", [None, "ROUND", "half_even", "ROUND_TO_ZERO", "CEIL", "FLOOR",
                                  "UP", "DOWN", "HALF_UP", "HALF_DOWN"])  # fmt: skip
def test_activation_quantizer(name, imported):
    """Also with a zero point, which makes the graph's input pixels."""
    attributes = {} if name is None else {"rounding_mode": name}
    known = {} if name is None else {"rounding_mode": name.replace("ROUND_TO_ZERO", "DOWN")}
    made, theirs = (
        onnx_files.model(
            [quant("x s z bits", "y", signed=0, narrow=0, domain=onnx_files.BREVITAS, **modes)],
            (1, 256), s=0.125, z=2.0, bits=3.0,
        )
        for modes in (attributes, known)
    )  # fmt: skip
    x = np.arange(256)[None]

    network = imported(made)

    assert [layer.name for layer in network.layers] == ["scale0", "quant0"]
    expected = reference(theirs, x / np.float32(255))
    np.testing.assert_array_equal(as_floats(run.run(network, x)), expected)

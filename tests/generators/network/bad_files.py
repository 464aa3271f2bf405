"""ONNX and npz files that must be refused; the cases are as in :mod:`bad_models`."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from tests.generators.network.bad_models import TYPES, raw
from tests.generators.network.onnx_files import BREVITAS, model, node, quant, save

META = {
    "name": "net",
    "layers": [
        {"kind": "fc", "in_type": "int8", "w_type": "int2", "out_type": "uint1", "base": 0,
         "step": 1},
        {"kind": "fc", "in_type": "uint1", "w_type": "int2", "out_type": "int", "base": 0,
         "step": 1},
    ],
}  # fmt: skip
ARRAYS = {"w0": np.ones((2, 3), int), "t0": np.array([[0], [1]]), "w1": np.ones((1, 2), int)}
SAVED = {"sc": 0.5, "zero": 0.0, "four": 4.0, "w": np.ones((3, 2)), "one": np.ones(1)}
FOLDED = "Add, ArgMax, BatchNormalization, BipolarQuant, Concat, Constant, Div, Dropout, Flatten"
OPS = (
    f"{FOLDED}, Gather, Gemm, Identity, IntQuant, MatMul, Mul, Pow, Quant, Relu, Reshape, Shape, "
    "Squeeze, Sub, TopK, Transpose, Unsqueeze"
)


def graph(*nodes, shape=(1, 3), outputs=("y",), **constants) -> Callable[[Path], Path]:
    """An ONNX file of the nodes, with the constants that they read."""

    def make(folder: Path) -> Path:
        known = SAVED | constants
        used = {name: known[name] for n in nodes for name in n.input if name in known}
        return save(folder, model(nodes, shape, outputs, **used))

    return make


def changed(change: Callable[[onnx.ModelProto], None]) -> Callable[[Path], Path]:
    """A good ONNX file after a change."""

    def make(folder: Path) -> Path:
        made = model([node("MatMul", "x w", "y")], (1, 3), w=np.ones((3, 2)))
        change(made)
        return save(folder, made)

    return make


def _external(made: onnx.ModelProto) -> None:
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="/etc/passwd")


def _short(made: onnx.ModelProto) -> None:
    made.graph.initializer[0].raw_data = b"\0" * 8


def _second_input(made: onnx.ModelProto) -> None:
    made.graph.input.append(helper.make_tensor_value_info("z", TensorProto.FLOAT, (1, 3)))


def _integer_input(made: onnx.ModelProto) -> None:
    made.graph.input[0].type.tensor_type.elem_type = TensorProto.INT64


def _truncated(folder: Path) -> Path:
    path = changed(lambda made: None)(folder)
    path.write_bytes(path.read_bytes()[:-40])
    return path


def raw_archive(**arrays) -> Callable[[Path], Path]:
    """An npz file of the arrays that are not None."""

    def make(folder: Path) -> Path:
        np.savez(folder / "net.npz", **{k: v for k, v in arrays.items() if v is not None})
        return folder / "net.npz"

    return make


def archive(meta=META, **arrays) -> Callable[[Path], Path]:
    """An intnet.npz with some arrays changed; None takes one away."""
    text = meta if isinstance(meta, str) else json.dumps(meta)
    return raw_archive(**ARRAYS | {"meta": np.array(text)} | arrays)


def layer(i: int, **fields) -> dict:
    """Meta with a layer changed."""
    layers = [dict(each) for each in META["layers"]]
    layers[i] |= fields
    return META | {"layers": layers}


def _n(op: str, output: str = "y") -> str:
    return f"net.onnx: node '{op}_{output}' ({op})"


_BN = "x g b m v"
_GOOD_BN = {"g": np.ones(3), "b": np.ones(3), "m": np.ones(3), "v": np.ones(3)}

CONTAINERS = [
    ("onnx absent", lambda folder: folder / "net.onnx",
     "{path}: File cannot be read: No such file or directory"),
    ("onnx empty", raw("net.onnx", b""),
     "net.onnx: File must be an ONNX model with nodes, but it has none"),
    ("onnx text", raw("net.onnx", b"hello, world"),
     "net.onnx: File must be an ONNX model, which it is not"),
    ("onnx truncated", _truncated, "net.onnx: File must be an ONNX model, which it is not"),
    ("onnx external", changed(_external),
     "net.onnx: initializer 'w': Tensor must be stored in the file, not beside it"),
    ("onnx short tensor", changed(_short),
     "net.onnx: initializer 'w': Tensor must hold the numbers of its shape (3, 2)"),
    ("onnx two inputs", changed(_second_input),
     "net.onnx: Graph must have one input, not 2 (x, z)"),
    ("onnx integer input", changed(_integer_input),
     "net.onnx: input 'x': Input must be a tensor of float numbers"),
    ("onnx two outputs", graph(node("Relu", "x", "y"), node("Relu", "y", "z"), outputs=("y", "z")),
     "net.onnx: Graph must have one output, not 2 (y, z)"),
    ("onnx dynamic", graph(node("Relu", "x", "y"), shape=("N", 3)),
     "net.onnx: input 'x': Input must have a fixed shape, not (N, 3)"),
    ("onnx unknown size", graph(node("Relu", "x", "y"), shape=(1, None)),
     "net.onnx: input 'x': Input must have a fixed shape, not (1, ?)"),
    ("onnx batch", graph(node("Relu", "x", "y"), shape=(8, 3)),
     "net.onnx: input 'x': Input must have the shape (1, features) or "
     "(1, channels, height, width), not (8, 3)"),
    ("onnx rank", graph(node("Relu", "x", "y"), shape=(1, 3, 4)),
     "net.onnx: input 'x': Input must have the shape (1, features) or "
     "(1, channels, height, width), not (1, 3, 4)"),
    ("onnx huge input", graph(node("Relu", "x", "y"), shape=(1, 1 << 40)),
     "net.onnx: input 'x': Input must be at most 16777216 numbers, not (1, 1099511627776)"),
    ("onnx infinite", graph(node("Mul", "x c", "y"), c=np.array([1, np.inf])),
     "net.onnx: initializer 'c': Tensor must hold finite numbers, not inf"),
    ("onnx text tensor", graph(node("Mul", "x c", "y"), c=np.array(["a"])),
     "net.onnx: initializer 'c': Tensor must hold numbers, not object"),
    ("onnx output absent", graph(node("Relu", "x", "z")),
     "net.onnx: output 'y': Output must be computed from the input (of TopK: the indices)"),
    ("onnx output constant", graph(node("Mul", "one one", "y")),
     "net.onnx: output 'y': Output must be computed from the input (of TopK: the indices)"),
    ("onnx output moved", graph(node("Relu", "x", "r"), node("Transpose", "r", "y",
                                                            perm=[0, 3, 2, 1]), shape=(1, 1, 2, 3)),
     "net.onnx: output 'y': Output must be in the order of its layer, without moved axes"),
]  # fmt: skip

NODES = [
    ("op", graph(node("Conv", "x w", "y")), f"{_n('Conv')}: Op must be one of {OPS}, not Conv"),
    ("domain", graph(node("Relu", "x", "y", "com.example")),
     f"{_n('Relu')}: Domain must be one of '', 'ai.onnx', not 'com.example'"),
    ("domain of Quant", graph(quant("x sc zero four", "y", domain="com.example")),
     f"{_n('Quant')}: Domain must be one of '', 'onnx.brevitas', 'qonnx.custom_op.general', "
     "'finn.custom_op.general', not 'com.example'"),
    ("undefined", graph(node("Relu", "nothing", "y")),
     f"{_n('Relu')}: Inputs must be outputs of earlier nodes (of TopK: the indices), "
     "unlike 'nothing'"),
    ("attribute", graph(node("Flatten", "x", "y", axis="1")),
     f"{_n('Flatten')}: Attribute axis must be of type INT, not STRING"),
    ("attribute NaN", graph(node("BatchNormalization", _BN, "y", epsilon=float("nan")), **_GOOD_BN),
     f"{_n('BatchNormalization')}: Attribute epsilon must be finite, not nan"),
    ("reshape", graph(node("Reshape", "x s", "y"), s=np.array([2, 2])),
     f"{_n('Reshape')}: Inputs and attributes must fit each other, not shapes (1, 3), (2,)"),
    ("shape of a signal", graph(node("Relu", "x", "s"), node("Reshape", "x s", "y")),
     f"{_n('Reshape')}: Shape must be constant"),
    ("concat", graph(node("Relu", "x", "r"), node("Concat", "r r", "y", axis=1)),
     f"{_n('Concat')}: Inputs of Concat must be constant"),
    ("constants", graph(node("Div", "one zero", "d"), node("Mul", "x d", "y")),
     f"{_n('Div', 'd')}: Constants must give finite numbers"),
    ("two activations", graph(node("Relu", "x", "a"), node("Relu", "a", "b"),
                              node("Add", "a b", "y")),
     f"{_n('Add')}: Inputs must be one activation and one constant"),
    ("power", graph(node("Pow", "x sc", "y")), f"{_n('Pow')}: Inputs of Pow must be constant"),
    ("divided constant", graph(node("Div", "sc x", "y")),
     f"{_n('Div')}: Divisor, input 1, must be constant"),
    ("divided by 0", graph(node("Div", "x zero", "y")), f"{_n('Div')}: Divisor must not be 0"),
    ("constant of other shape", graph(node("Add", "x w", "y")),
     f"{_n('Add')}: Constants must fit (1, 3), not have shape (3, 2)"),
    ("activations multiplied", graph(node("Relu", "x", "a"), node("MatMul", "x a", "y")),
     f"{_n('MatMul')}: Weights, input 1, must be constant"),
    ("matrix of other shape", graph(node("MatMul", "x w", "y"), w=np.ones((4, 2))),
     f"{_n('MatMul')}: Weights must have shape (3, outputs), not (4, 2)"),
    ("rows of a map", graph(node("MatMul", "x w", "y"), w=np.ones((4, 2)), shape=(1, 1, 2, 2)),
     f"{_n('MatMul')}: Input 0 must be one row of features, not of shape (1, 1, 2, 2)"),
    ("real weights", graph(node("MatMul", "x w", "y"), w=np.full((3, 2), 0.3)),
     f"{_n('MatMul')}: Weights must be quantized by a Quant node, or integers from -128 to 127, "
     "not 0.30000001192092896"),
    ("wide weights", graph(quant("w sc zero b", "q"), node("MatMul", "x q", "y"), b=9.0),
     f"{_n('MatMul')}: Weights must be of at most 8 bits, not 9"),
    ("scale by input", graph(quant("w s zero four", "q"), node("MatMul", "x q", "y"),
                             s=np.array([[1.0], [2.0], [1.0]])),
     f"{_n('MatMul')}: Scale of the weights must be one number, or one for each output"),
    ("transA", graph(node("Gemm", "x w", "y", transA=1)),
     f"{_n('Gemm')}: Attribute transA must be 0"),
    ("gemm bias", graph(node("Relu", "x", "r"), node("Gemm", "x w r", "y")),
     f"{_n('Gemm')}: Bias, input 2, must be constant"),
    ("batch norm trains", graph(node("BatchNormalization", _BN, "y mean var"), **_GOOD_BN),
     f"{_n('BatchNormalization')}: Batch norm must be in inference mode, with one output"),
    ("batch norm channels", graph(node("BatchNormalization", _BN, "y"),
                                  **_GOOD_BN | {"g": np.ones(4)}),
     f"{_n('BatchNormalization')}: Constants must fit (1, 3), not have shape (4,)"),
    ("batch norm variance", graph(node("BatchNormalization", _BN, "y"),
                                  **_GOOD_BN | {"v": -np.ones(3)}),
     f"{_n('BatchNormalization')}.variance: Variance must not be negative, as -1.0 is"),
    ("top of a float", graph(node("TopK", "x one", "v y")),
     f"{_n('TopK', 'v')}: K must be integers, not of type float32"),
    ("top 2", graph(node("TopK", "x k", "v y"), k=np.array([2])),
     f"{_n('TopK', 'v')}: K must be 1: only the best class can be built"),
    ("values of top 1", graph(node("TopK", "x k", "y i"), k=np.array([1])),
     "net.onnx: output 'y': Output must be computed from the input (of TopK: the indices)"),
    ("axis of argmax", graph(node("ArgMax", "x", "y", axis=0)),
     f"{_n('ArgMax')}: Axis must be that of all features in (1, 3), not 0"),
    ("dropout", graph(node("Dropout", "x zero t", "y"), t=np.array(True)),
     f"{_n('Dropout')}: Training_mode must be false"),
]  # fmt: skip

QUANTIZERS = [
    ("zero point of weights", graph(quant("w sc one four", "q"), node("MatMul", "x q", "y")),
     f"{_n('Quant', 'q')}: Zero point of weights must be 0, not 1"),
    ("zero point", graph(quant("x sc sc four", "y")),
     f"{_n('Quant')}: Zero point must be one integer"),
    ("zero point of a sign", graph(quant("x sc one one", "y")),
     f"{_n('Quant')}: Zero point of 1 signed bit must be 0, not 1.0"),
    ("bit width", graph(quant("x sc zero b", "y"), b=2.5),
     f"{_n('Quant')}: Bit width must be an integer from 1 to 32, not 2.5"),
    ("bit width 33", graph(quant("x sc zero b", "y", domain=BREVITAS), b=33.0),
     f"{_n('Quant')}: Bit width must be an integer from 1 to 32, not 33.0"),
    ("bit widths", graph(quant("x sc zero b", "y"), b=np.ones(3)),
     f"{_n('Quant')}: Bit width must be one number, not of shape (3,)"),
    ("bit width absent", graph(quant("x sc zero", "y")),
     f"{_n('Quant')}: Bit width must be given as input 3"),
    ("scale 0", graph(quant("w zero zero four", "q"), node("MatMul", "x q", "y")),
     f"{_n('Quant', 'q')}: Scale must be positive"),
    ("scale of activations", graph(quant("x s zero four", "y"), s=np.array([1.0, 2.0, 1.0])),
     f"{_n('Quant')}: Scale of an activation must be one number, not 3"),
    ("scale of other shape", graph(quant("x s zero four", "y"), s=np.array([1.0, 2.0])),
     f"{_n('Quant')}: Scale must be one number or fit (1, 3), not have shape (2,)"),
    ("scale of a signal", graph(node("Relu", "x", "s"), quant("x s zero four", "y")),
     f"{_n('Quant')}: Scale must be constant"),
    ("signed", graph(node("Quant", "x sc zero four", "y", narrow=1)),
     f"{_n('Quant')}: Attribute signed must be 0 or 1, not absent"),
    ("narrow bit", graph(quant("x sc zero one", "y", signed=0)),
     f"{_n('Quant')}: Attribute narrow must be 0 where the bit width is 1"),
    ("rounding mode", graph(quant("x sc zero four", "y", rounding_mode="NEAREST")),
     f"{_n('Quant')}: Rounding_mode must be one of ROUND, HALF_EVEN, HALF_UP, HALF_DOWN, CEIL, "
     "FLOOR, UP, DOWN, ROUND_TO_ZERO, not NEAREST"),
    ("quantized twice", graph(quant("w sc zero four", "q"), quant("q sc zero four", "p"),
                              node("MatMul", "x p", "y")),
     f"{_n('Quant', 'p')}: Input 0 must not be quantized already"),
]  # fmt: skip

ARCHIVES = [
    ("archive absent", lambda folder: folder / "net.npz",
     "{path}: File cannot be read: No such file or directory"),
    ("archive text", raw("net.npz", b"hello"),
     "net.npz: File must be an npz archive of numbers"),
    ("meta absent", raw_archive(w0=np.zeros((1, 1))),
     "net.npz: meta: Array meta must be given, one JSON string"),
    ("meta null", archive("null"), "net.npz: meta: $: Description must be an object, not null"),
    ("meta no JSON", archive("layers"),
     "net.npz: meta: Array meta must be a JSON string, which it is not"),
    ("meta without layers", archive(META | {"layers": []}),
     "net.npz: meta: $.layers: Layers must be at least one, not []"),
    ("meta without types", archive({"name": "n", "layers": [{"kind": "fc"}]}),
     "net.npz: meta: $.layers[0]: Field 'in_type' must be given"),
    ("convolution", archive(layer(0, kind="conv")),
     "net.npz: layer 0: Kind must be fc, not conv: only fully connected layers can be imported"),
    ("pool", archive(layer(0, pool=True)), "net.npz: layer 0: Pool must be false for the kind fc"),
    ("types do not meet", archive(layer(1, in_type="uint2")),
     "net.npz: layer 1: In_type must be uint1, which layer 0 puts out, not uint2"),
    ("step", archive(layer(0, step=2)),
     "net.npz: layer 0: Step must be 1 for the type uint1, not 2"),
    ("type of the input", archive(layer(0, in_type="float")),
     f"net.npz: $.input.type: Type must be {TYPES}, not 'float'"),
    ("type of weights of a layer", archive(layer(0, w_type="int")),
     f"net.npz: layer 0.weights.type: Type must be {TYPES}, not 'int'"),
    ("matrix absent", archive(w1=None),
     "net.npz: layer 1: Array w1 must be given, of shape (outputs, inputs)"),
    ("thresholds of a layer absent", archive(t0=None),
     "net.npz: layer 0: Array t0 must be given"),
    ("thresholds of the last", archive(t1=np.zeros((1, 1), int)),
     "net.npz: layer 1: Array t1 must not be given for the last layer"),
    ("matrix shape", archive(w1=np.ones((1, 3), int)),
     "net.npz: layer 1.weights: Weights must have shape (1, 2), not (1, 3)"),
    ("matrix values", archive(w0=np.full((2, 3), 2)),
     "net.npz: layer 0.weights: Weights of type int2 must be from -2 to 1, not 2"),
]  # fmt: skip

CASES = CONTAINERS + NODES + QUANTIZERS + ARCHIVES

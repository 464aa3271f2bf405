"""ONNX files that must be refused; the cases are as in :mod:`bad_models`."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper

from tests.generators.network.bad_models import raw
from tests.generators.network.onnx_files import BREVITAS, model, node, quant, save

SAVED = {"sc": 0.5, "zero": 0.0, "four": 4.0, "w": np.ones((3, 2)), "one": np.ones(1)}
OPS = (
    "Add, ArgMax, AveragePool, BatchNormalization, BipolarQuant, Cast, Clip, Concat, Constant, "
    "Conv, Div, Dropout, Flatten, Gather, Gemm, GlobalAveragePool, GlobalMaxPool, Identity, "
    "IntQuant, MatMul, MaxPool, Mul, Pad, Pow, Quant, ReduceMean, Relu, Reshape, Resize, Shape, "
    "Squeeze, Sub, Sum, TopK, Transpose, Unsqueeze, Upsample"
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


def _external(made: onnx.ModelProto, location: str = "/etc/passwd") -> None:
    tensor = made.graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value=location)


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
     "net.onnx: initializer 'w': Tensor must be in the file or, in the same folder, in a whole "
     "'/etc/passwd', which cannot be read"),
    ("onnx absent data", changed(partial(_external, location="w.data")),
     "net.onnx: initializer 'w': Tensor must be in the file or, in the same folder, in a whole "
     "'w.data', which cannot be read"),
    ("onnx short tensor", changed(_short),
     "net.onnx: initializer 'w': Tensor must hold the numbers of its shape (3, 2)"),
    ("onnx two inputs", changed(_second_input),
     "net.onnx: Graph must have one input, not 2 (x, z)"),
    ("onnx integer input", changed(_integer_input),
     "net.onnx: input 'x': Input must be a tensor of float numbers"),
    ("onnx two outputs", graph(node("Relu", "x", "y"), node("Relu", "y", "z"), outputs=("y", "z")),
     "net.onnx: Graph must have one output, not 2 (y, z)"),
    ("onnx dynamic", graph(node("Relu", "x", "y"), shape=("N", "M")),
     "net.onnx: input 'x': Input must have a fixed shape, not (N, M)"),
    ("onnx unknown size", graph(node("Relu", "x", "y"), shape=(1, None)),
     "net.onnx: input 'x': Input must have a fixed shape, not (1, ?)"),
    ("onnx batch", graph(node("Relu", "x", "y"), shape=(8, 3)),
     "net.onnx: input 'x': Input must have the shape (1, features), (1, channels, length) or "
     "(1, channels, height, width), not (8, 3)"),
    ("onnx rank", graph(node("Relu", "x", "y"), shape=(1, 2, 3, 4, 5)),
     "net.onnx: input 'x': Input must have the shape (1, features), (1, channels, length) or "
     "(1, channels, height, width), not (1, 2, 3, 4, 5)"),
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
    ("op", graph(node("Trunc", "x w", "y")),
     f"{_n('Trunc')}: Op must be one of {OPS}, not Trunc"),
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
    ("concat", graph(node("Relu", "x", "r"), node("Concat", "r one", "y", axis=1)),
     f"{_n('Concat')}: Inputs must be activations only, or constants only"),
    ("constants", graph(node("Div", "one zero", "d"), node("Mul", "x d", "y")),
     f"{_n('Div', 'd')}: Constants must give finite numbers"),
    ("two activations", graph(node("Relu", "x", "a"), node("Relu", "a", "b"),
                              node("Mul", "a b", "y")),
     f"{_n('Mul')}: Inputs must be one activation and one constant"),
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
    ("cast", graph(node("Cast", "x", "y", to=TensorProto.INT8)),
     f"{_n('Cast')}: Activations must stay float numbers, not become int8"),
    ("cast to nothing", graph(node("Cast", "x", "y", to=99)),
     f"{_n('Cast')}: Attribute to must be a type, not 99"),
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

CASES = CONTAINERS + NODES + QUANTIZERS

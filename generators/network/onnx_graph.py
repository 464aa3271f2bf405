"""The container of an ONNX model: nodes in order and constants, as plain Python and numpy."""

import math
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError
from onnx import external_data_helper, numpy_helper

from generators.network import read
from generators.network.error import ModelError

MAX_ITEMS = 1 << 24
"""Numbers of a frame, of the input or of a layer; the importer keeps the place of each."""

_KINDS = {
    "FLOAT": ("alpha", "beta", "epsilon"),
    "FLOATS": ("scales",),
    "INT": (
        "allowzero", "axis", "ceil_mode", "count_include_pad", "end", "group", "k", "keepdims",
        "largest", "narrow", "noop_with_empty_axes", "select_last_index", "signed", "start",
        "to", "training_mode", "transA", "transB",
    ),
    "INTS": ("axes", "dilations", "kernel_shape", "pads", "perm", "strides"),
    "STRING": (
        "auto_pad", "coordinate_transformation_mode", "keep_aspect_ratio_policy", "mode",
        "nearest_mode", "rounding_mode",
    ),
}  # fmt: skip
_ATTRIBUTES = {name: kind for kind, names in _KINDS.items() for name in names}

_FLOATS = (onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16, onnx.TensorProto.DOUBLE)


@dataclass(frozen=True)
class Node:
    """A node; ``where`` says which to people: ``TFC.onnx: node 'MatMul_16' (MatMul)``."""

    op: str
    domain: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: dict
    where: str

    def refused(self, what: str) -> ModelError:
        """The error that says what is wrong with this node."""
        return ModelError(self.where, what)


@dataclass(frozen=True)
class Graph:
    """A graph of one input and one output: the nodes that the output needs, in their order."""

    input: str
    shape: tuple[int, ...]
    output: str
    nodes: tuple[Node, ...]
    constants: dict[str, np.ndarray]


def load(path: Path) -> Graph:
    """Read an ONNX file.

    Raises
    ------
    ModelError
        If it is none, holds numbers that are not finite or outside of its folder, or has not
        exactly one input, of a fixed shape (the batch may be free), and one output.
    """
    file, graph = path.name, _parse(path)
    constants = {tensor.name: tensor for tensor in graph.initializer}
    inputs = [value for value in graph.input if value.name not in constants]
    for what, values in (("input", inputs), ("output", graph.output)):
        if len(values) != 1:
            names = ", ".join(value.name for value in values) or "none"
            raise ModelError(file, f"Graph must have one {what}, not {len(values)} ({names})")
    output = graph.output[0].name
    nodes = []
    for index, node in _needed(graph, output):
        name = repr(node.name) if node.name else index
        where = f"{file}: node {name} ({node.op_type})"
        attributes = {a.name: _attribute(a, where) for a in node.attribute}
        made = Node(
            node.op_type, node.domain, tuple(node.input), tuple(node.output), attributes, where
        )
        nodes.append(made)
    read_names = {name for node in nodes for name in node.inputs}
    arrays = {
        name: _array(tensor, f"{file}: initializer {name!r}")
        for name, tensor in constants.items()
        if name in read_names
    }
    return Graph(inputs[0].name, _shape(inputs[0], file), output, tuple(nodes), arrays)


def tensor(value, where: str) -> np.ndarray:
    """The array of a constant's attribute; a tensor of the file, or numbers."""
    if isinstance(value, onnx.TensorProto):
        return _array(value, where)
    array = np.array(value)
    return array.astype(np.float32) if array.dtype.kind == "f" else array


def _parse(path: Path) -> onnx.GraphProto:
    data = read.read_bytes(path)
    try:
        graph = onnx.load_model_from_string(data).graph
    except DecodeError:
        raise ModelError(path.name, "File must be an ONNX model, which it is not") from None
    if not graph.node:
        raise ModelError(path.name, "File must be an ONNX model with nodes, but it has none")
    for tensor, where in _beside(graph, path.name):
        _load(tensor, path.parent, where)
    return graph


def _beside(graph: onnx.GraphProto, file: str) -> Iterator[tuple[onnx.TensorProto, str]]:
    """Tensors whose numbers are in another file, where PyTorch puts them unless asked not to."""
    some = [(one, f"{file}: initializer {one.name!r}") for one in graph.initializer]
    some += [(a.t, f"{file}: node {node.name!r} ({node.op_type})")
             for node in graph.node for a in node.attribute if a.HasField("t")]  # fmt: skip
    return ((one, where) for one, where in some if external_data_helper.uses_external_data(one))


def _load(tensor: onnx.TensorProto, folder: Path, where: str) -> None:
    """Put the numbers of another file into a tensor."""
    name = next((e.value for e in tensor.external_data if e.key == "location"), "")
    try:
        with warnings.catch_warnings(action="ignore"):  # of entries that say no place
            external_data_helper.load_external_data_for_tensor(tensor, str(folder))
    except (OSError, ValueError, onnx.checker.ValidationError):
        what = f"Tensor must be in the file or, in the same folder, in a whole {name!r}"
        raise ModelError(where, f"{what}, which cannot be read") from None


def _needed(graph: onnx.GraphProto, output: str) -> list[tuple[int, onnx.NodeProto]]:
    """The nodes that an output depends on, in the file's order, which is that of execution."""
    wanted, kept = {output}, []
    for index, node in reversed(list(enumerate(graph.node))):
        if wanted.intersection(node.output):
            wanted.update(node.input)
            kept.append((index, node))
    return kept[::-1]


def _attribute(attribute: onnx.AttributeProto, where: str):
    name, kind = attribute.name, onnx.AttributeProto.AttributeType.Name(attribute.type)
    if _ATTRIBUTES.get(name, kind) != kind:
        raise ModelError(where, f"Attribute {name} must be of type {_ATTRIBUTES[name]}, not {kind}")
    value = onnx.helper.get_attribute_value(attribute)
    if kind == "FLOAT" and not math.isfinite(value):
        raise ModelError(where, f"Attribute {name} must be finite, not {value}")
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _array(tensor: onnx.TensorProto, where: str) -> np.ndarray:
    try:
        array = numpy_helper.to_array(tensor)
    except (ValueError, TypeError, KeyError, OverflowError, MemoryError):
        what = f"Tensor must hold the numbers of its shape {tuple(tensor.dims)}"
        raise ModelError(where, what) from None
    if array.dtype.kind not in "fiub":
        raise ModelError(where, f"Tensor must hold numbers, not {array.dtype}")
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        bad = array[~np.isfinite(array)][0]
        raise ModelError(where, f"Tensor must hold finite numbers, not {bad}")
    return array


def _shape(value: onnx.ValueInfoProto, file: str) -> tuple[int, ...]:
    where, kind = f"{file}: input {value.name!r}", value.type.tensor_type
    if kind.elem_type not in _FLOATS:
        raise ModelError(where, "Input must be a tensor of float numbers")
    dims = [d.dim_value if d.HasField("dim_value") else d.dim_param or "?" for d in kind.shape.dim]
    text = f"({', '.join(map(str, dims))})"
    if len(dims) > 1 and isinstance(dims[0], str):  # a batch of any size: frames come one by one
        dims[0] = 1
    if not all(isinstance(d, int) and d > 0 for d in dims):
        raise ModelError(where, f"Input must have a fixed shape, not {text}")
    if len(dims) not in (2, 3, 4) or dims[0] != 1:
        accepted = "(1, features), (1, channels, length) or (1, channels, height, width)"
        raise ModelError(where, f"Input must have the shape {accepted}, not {text}")
    if math.prod(dims) > MAX_ITEMS:
        raise ModelError(where, f"Input must be at most {MAX_ITEMS} numbers, not {text}")
    return tuple(dims)

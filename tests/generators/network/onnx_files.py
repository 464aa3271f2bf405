"""Make small ONNX files."""

from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

BREVITAS = "onnx.brevitas"
QONNX = "qonnx.custom_op.general"


def node(op: str, inputs: str, outputs: str, domain: str = "", **attributes) -> onnx.NodeProto:
    """A node named after its first output; inputs and outputs in one string each."""
    inputs, outputs = inputs.split(), outputs.split()
    made = helper.make_node(op, inputs, outputs, name=f"{op}_{outputs[0]}", **attributes)
    made.domain = domain
    return made


def quant(inputs: str, output: str, signed=1, narrow=1, domain=QONNX, **attributes):
    """A Quant node."""
    return node("Quant", inputs, output, domain, signed=signed, narrow=narrow, **attributes)


def model(nodes, shape, outputs=("y",), **constants) -> onnx.ModelProto:
    """A model with the input x, of a shape; constants are stored as float32, or as they are."""
    tensors = []
    for name, value in constants.items():
        array = np.asarray(value)
        array = array.astype(np.float32) if array.dtype.kind == "f" else array
        tensors.append(numpy_helper.from_array(array, name))
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    graph = helper.make_graph(nodes, "graph", [x], y, tensors)
    opsets = [helper.make_opsetid("", 11), helper.make_opsetid(QONNX, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


def save(folder: Path, made: onnx.ModelProto, name: str = "net.onnx") -> Path:
    """Write a model into a folder."""
    path = folder / name
    path.write_bytes(made.SerializeToString())
    return path

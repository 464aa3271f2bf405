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


def model(nodes, shape, outputs=("y",), opset=11, **constants) -> onnx.ModelProto:
    """A model with the input x, of a shape; constants are stored as float32, or as they are."""
    tensors = []
    for name, value in constants.items():
        array = np.asarray(value)
        array = array.astype(np.float32) if array.dtype.kind == "f" else array
        tensors.append(numpy_helper.from_array(array, name))
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, shape)
    y = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    graph = helper.make_graph(nodes, "graph", [x], y, tensors)
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid(QONNX, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8)


class Net:
    """A graph built node by node; every method takes and returns names of tensors.

    Scales are powers of two, and sums small, so that float32 computes the graph exactly.
    """

    def __init__(self, shape, seed: int, opset: int = 11) -> None:
        self.shape, self.opset = shape, opset
        self.rng = np.random.default_rng(seed)
        self.nodes: list[onnx.NodeProto] = []
        self.constants: dict[str, np.ndarray] = {"zero": np.zeros(())}

    def op(self, op: str, inputs: str, **attributes) -> str:
        """The output of a node."""
        output = f"t{len(self.nodes)}"
        self.nodes.append(node(op, inputs, output, **attributes))
        return output

    def constant(self, value) -> str:
        """A constant."""
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(value)
        return name

    def quant(self, x: str, bits: int, scale, signed=1, narrow=0) -> str:
        """A quantizer."""
        scale, bits = self.constant(scale), self.constant(float(bits))
        output = f"t{len(self.nodes)}"
        self.nodes.append(quant(f"{x} {scale} zero {bits}", output, signed, narrow))
        return output

    def bipolar(self, x: str, scale: float = 1.0) -> str:
        """A quantizer to -1 and +1."""
        output, scale = f"t{len(self.nodes)}", self.constant(scale)
        self.nodes.append(node("BipolarQuant", f"{x} {scale}", output, QONNX))
        return output

    def weights(self, *shape: int, bits: int = 4) -> str:
        """Quantized random weights, outputs first, with a scale for each; of 1 bit bipolar."""
        w = self.constant(self.rng.normal(size=shape))
        if bits == 1:
            return self.bipolar(w)
        scale = 2.0 ** self.rng.integers(-3, 0, (shape[0], *[1] * (len(shape) - 1)))
        return self.quant(w, bits, scale)

    def conv(self, x: str, *shape: int, bits: int = 4, bias: bool = False, **attributes) -> str:
        """A convolution of random weights (outputs, inputs / group, kernel...)."""
        inputs = f"{x} {self.weights(*shape, bits=bits)}"
        if bias:
            inputs += f" {self.constant(self.rng.integers(-8, 8, shape[0]) / 8)}"
        return self.op("Conv", inputs, **attributes)

    def norm(self, x: str, channels: int) -> str:
        """A batch norm of positive and negative gains."""
        gamma, beta, mean = (self.rng.normal(size=channels) for _ in range(3))
        arrays = gamma, beta, mean, 1 + self.rng.random(channels)
        names = " ".join(map(self.constant, arrays))
        return self.op("BatchNormalization", f"{x} {names}", epsilon=1e-3)

    def model(self, output: str) -> onnx.ModelProto:
        """The model that puts out a tensor, as y."""
        nodes = [*self.nodes, node("Identity", output, "y")]
        return model(nodes, self.shape, opset=self.opset, **self.constants)


def save(folder: Path, made: onnx.ModelProto, name: str = "net.onnx") -> Path:
    """Write a model into a folder."""
    path = folder / name
    path.write_bytes(made.SerializeToString())
    return path

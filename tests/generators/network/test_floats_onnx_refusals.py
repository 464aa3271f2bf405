"""Float graphs that must be refused, each with its one sentence, which names the node."""

import numpy as np
import pytest

from generators.network import floats
from generators.network.error import ModelError
from tests.generators.network.onnx_files import model, node, save

OPS = (
    "Add, BatchNormalization, Cast, Concat, Constant, Conv, Div, Dropout, Flatten, Gather, Gemm, "
    "GlobalAveragePool, Identity, MatMul, MaxPool, Mul, Pow, ReduceMean, Relu, Reshape, Shape, "
    "Squeeze, Sub, Transpose, Unsqueeze"
)
KNOWN = {
    "w": np.ones((3, 2)), "k": np.ones((2, 4, 3, 3)), "one": np.ones(1), "two": np.ones(2),
    "four": np.ones(4), "pixels": np.ones((1, 4, 5, 6)), "minus": -np.ones(1),
    "row": np.arange(8.0).reshape(1, 2, 1, 4),
}  # fmt: skip
MAP = (1, 4, 5, 6)


def refusal(folder, nodes, shape, outputs=("y",)) -> str:
    used = {name: KNOWN[name] for n in nodes for name in n.input if name in KNOWN}
    path = save(folder, model(nodes, shape, outputs, **used))
    with pytest.raises(ModelError) as caught:
        floats.read(path)
    return str(caught.value)


def fc(source: str = "x", target: str = "y"):
    return node("MatMul", f"{source} w", target)


def conv(target: str = "y", inputs: str = "x k", **attributes):
    return node("Conv", inputs, target, **attributes)


def norm(inputs: str, **attributes):
    return node("BatchNormalization", inputs, "y", **attributes)


@pytest.mark.parametrize(("nodes", "shape", "sentence"), [
    ([fc("x", "t"), node("Sigmoid", "t", "y")], (1, 3),
     f"Op must be one of {OPS}, not Sigmoid"),
    ([node("Relu", "x", "y", domain="mine")], (1, 3),
     "Domain must be one of '', 'ai.onnx', not 'mine'"),
    ([node("Relu", "z", "y")], (1, 3), "Inputs must be outputs of earlier nodes, unlike 'z'"),
    ([node("Pow", "x one", "y")], (1, 3), "Inputs of Pow must be constant"),
    ([fc("x", "t"), node("Relu", "t", "a"), node("Add", "a t", "y")], (1, 3),
     "Input 't' must be read by one node, not 2, as a float network is a chain"),
    ([node("MatMul", "x x", "y")], (1, 3),
     "Input 'x' must be read by one node, not 2, as a float network is a chain"),
    ([fc()], (1, 4), "Weights must have shape (4, outputs), not (3, 2)"),
    ([node("MatMul", "w x", "y")], (1, 3), "Weights must be constant"),
    ([node("Gemm", "x w", "y", transA=1)], (1, 3), "Attribute transA must be 0"),
    ([conv()], (1, 3, 5, 6),
     "Weights must have shape (outputs, 3, kernel height, kernel width), not (2, 4, 3, 3)"),
    ([conv(group=3)], MAP, "Attribute group must divide the 4 channels, not be 3"),
    ([conv(dilations=[2, 1])], MAP, "Attribute dilations must be 1, not [2, 1]"),
    ([conv(kernel_shape=[3, 2])], MAP, "Attribute kernel_shape must be [3, 3], not [3, 2]"),
    ([conv(inputs="x k four")], MAP, "Bias, input 2, must have shape (2,), not (4,)"),
    ([node("MaxPool", "x", "y", kernel_shape=[2, 2], dilations=[1, 2])], MAP,
     "Attribute dilations must be 1, not [1, 2]"),
    ([node("MaxPool", "x", "y", kernel_shape=[2, 2])], (1, 3),
     "Input 0 must be a map (1, channels, length) or (1, channels, height, width), "
     "not of shape (1, 3)"),
    ([node("Mul", "x pixels", "t"), conv(inputs="t k")], MAP,
     "Constants of the input must be one number for all pixels"),
    ([conv("t"), node("Relu", "t", "r"), node("Mul", "r one", "y")], MAP,
     "Constants must follow a dense layer, a convolution or the input, not 'relu0'"),
    ([conv("t"), node("Mul", "t row", "y")], MAP,
     "Constants must be one number, or one for each output channel"),
    ([fc("x", "t"), node("Mul", "t four", "y")], (1, 3),
     "Constants must fit (1, 2), not have shape (4,)"),
    ([conv("t"), norm("t two two two minus", epsilon=0.5)], MAP,
     "Variance and epsilon must be above 0 together"),
    ([conv("t"), norm("t two two two two", training_mode=1)], MAP,
     "Batch norm must be in inference mode, with one output"),
    ([conv("t"), norm("t two two two")], MAP, "Variance must be given as input 4"),
])  # fmt: skip
def test_nodes(nodes, shape, sentence, tmp_path):
    found = refusal(tmp_path, nodes, shape)
    assert found.startswith("net.onnx: node '")
    assert found.partition("): ")[2] == sentence


def test_names_the_node(tmp_path):
    found = refusal(tmp_path, [fc("x", "t"), node("Sigmoid", "t", "y")], (1, 3))
    assert found.startswith("net.onnx: node 'Sigmoid_y' (Sigmoid): Op must be one of ")


@pytest.mark.parametrize(("nodes", "shape", "sentence"), [
    ([node("Mul", "w w", "y")], (1, 3),
     "output 'y': Output must be computed from the input by layers"),
    ([node("Identity", "x", "y")], (1, 3),
     "output 'y': Output must be computed from the input by layers"),
    ([conv("t"), node("Transpose", "t", "y", perm=[0, 1, 3, 2])], MAP,
     "output 'y': Output must be in the order of its layer, without moved axes"),
    ([node("Mul", "x minus", "t"), fc("t")], (1, 3),
     f"Gain of the input must be above 0, not {-1 / 255}"),
    ([node("Relu", "x", "y")], (1, 3), "Layers must be some with weights, dense or conv"),
])  # fmt: skip
def test_graphs(nodes, shape, sentence, tmp_path):
    assert refusal(tmp_path, nodes, shape) == f"net.onnx: {sentence}"

"""Layers of weights: MatMul, Gemm and Conv."""

from fractions import Fraction

import numpy as np

from generators.network import graph, onnx_fold
from generators.network.onnx_fold import Codes, Constant, Signal, Value
from generators.network.onnx_graph import Node
from generators.network.onnx_layers import Layers, doubles
from generators.network.onnx_window import window
from sim.golden import exact
from sim.golden.formats import integer

MAX_WEIGHT_WIDTH = 8


def matmul(layers: Layers, node: Node, operands: list) -> Value:
    """y = x @ w."""
    if len(operands) != 2:
        raise node.refused("Weights, input 1, must be constant")
    weights = _constant(node, operands)
    return _dense(layers, node, layers.read(node, operands[0]), weights)


def gemm(layers: Layers, node: Node, operands: list) -> Value:
    """y = alpha * x @ w + beta * c."""
    attributes = node.attributes
    if attributes.get("transA", 0):
        raise node.refused("Attribute transA must be 0")
    weights = _constant(node, operands)
    if attributes.get("transB", 0):
        weights = weights.moved(np.transpose)
    y = _dense(layers, node, layers.read(node, operands[0]), weights)
    alpha, beta = (Fraction(attributes.get(name, 1.0)) for name in ("alpha", "beta"))
    bias = _bias(node, operands)
    bias = np.array(Fraction(0), object) if bias is None else np.asarray(bias * beta)
    if alpha == 1 and not np.any(bias):
        return y
    return scaled(layers, node, y, np.array(alpha, object), bias)


def conv(layers: Layers, node: Node, operands: list) -> Value:
    """Convolution of a map; its bias, real numbers, becomes a scale layer."""
    x, weights = layers.read_map(node, operands[0]), _constant(node, operands)
    channels, groups = x.shape[1], node.attributes.get("group", 1)
    if groups < 1 or channels % groups:
        raise node.refused(f"Attribute group must divide the {channels} channels, not be {groups}")
    shape, kernel = weights.shape, "kernel height, kernel width"
    accepted = f"(outputs, {channels // groups}, {kernel if len(x.shape) == 4 else 'kernel size'})"
    if len(shape) != len(x.shape) or shape[1] != channels // groups or not all(shape):
        raise node.refused(f"Weights must have shape {accepted}, not {shape}")
    rows, kernel = shape[0], shape[2:]
    if rows % groups:
        raise node.refused(f"Attribute group must divide the {rows} outputs, not be {groups}")
    if list(node.attributes.get("kernel_shape", kernel)) != list(kernel):
        given = node.attributes["kernel_shape"]
        raise node.refused(f"Attribute kernel_shape must be {list(kernel)}, not {given}")
    seen = window(node, x, kernel)
    codes, scale, form = _codes(node, weights.moved(lambda a: a.reshape(rows, -1).T))
    data = codes.T.reshape(rows, channels // groups, *seen.kernel).transpose(0, 2, 3, 1)
    y = layers.map(
        node, x, graph.Conv, "conv", frame=(*seen.size, rows),
        weights=graph.Weights(type=form, data=data, scale=scale), stride=seen.stride,
        dilation=seen.dilation, padding=seen.padding, groups=groups,
    )  # fmt: skip
    bias = _bias(node, operands)
    if bias is None or not np.any(bias):
        return y
    if bias.shape != (rows,):
        raise node.refused(f"Bias, input 2, must have shape ({rows},), not {bias.shape}")
    bias = bias.reshape(1, rows, *[1] * len(kernel))
    return scaled(layers, node, y, np.array(Fraction(1), object), bias)


def scaled(layers: Layers, node: Node, x: Signal, gain: np.ndarray, bias: np.ndarray) -> Signal:
    """y = gain * x + bias, of constants that fit x."""
    x, (gain, bias) = layers.by_channel(node, x, gain, bias)
    return layers.add(node, x, graph.Scale, "scale", gain=gain, bias=bias)


def _constant(node: Node, operands: list) -> Codes | Constant:
    if len(operands) < 2 or isinstance(operands[1], Signal | None):
        raise node.refused("Weights, input 1, must be constant")
    return operands[1]


def _bias(node: Node, operands: list) -> np.ndarray | None:
    """The exact numbers of the optional input 2."""
    if not onnx_fold.given(operands, 2):
        return None
    if isinstance(operands[2], Signal):
        raise node.refused("Bias, input 2, must be constant")
    return np.asarray(exact.fractions(operands[2].values))


def _dense(layers: Layers, node: Node, x: Signal, weights: Codes | Constant) -> Signal:
    """A dense layer of the weights (inputs, outputs)."""
    items = x.index.size
    if len(weights.shape) != 2 or weights.shape[0] != items or not weights.shape[1]:
        accepted = f"({items}, outputs)"
        raise node.refused(f"Weights must have shape {accepted}, not {weights.shape}")
    if not x.shape or x.shape[-1] != items:
        raise node.refused(f"Input 0 must be one row of features, not of shape {x.shape}")
    codes, scale, form = _codes(node, weights)
    rows = weights.shape[1]
    data = np.empty((rows, items), np.int64)
    data[:, x.index.ravel()] = codes.T
    record = graph.Weights(type=form, data=data, scale=scale)
    y = layers.add(node, x, graph.Dense, "fc", frame=(rows,), weights=record)
    return Signal(y.layer, y.frame, np.arange(rows).reshape(*x.shape[:-1], rows))


def _codes(node: Node, weights: Codes | Constant) -> tuple[np.ndarray, np.ndarray | None, str]:
    """Codes of weights (inputs, outputs), scale by output or None, and the codes' type."""
    if isinstance(weights, Constant):
        array = weights.array
        broken = array[(array != np.floor(array)) | (array < -128) | (array > 127)]
        if broken.size:
            accepted = "quantized by a Quant node, or integers from -128 to 127"
            raise node.refused(f"Weights must be {accepted}, not {broken[0]}")
        codes = array.astype(np.int64)
        return codes, None, _type(codes)
    if weights.form.width > MAX_WEIGHT_WIDTH:
        what = f"at most {MAX_WEIGHT_WIDTH} bits, not {weights.form.width}"
        raise node.refused(f"Weights must be of {what}")
    scale = doubles(weights.scale)
    if np.any(scale != scale[:1]):
        raise node.refused("Scale of the weights must be one number, or one for each output")
    scale = scale[0]
    if np.all(scale == scale[0]):
        scale = None if scale[0] == 1 else scale[0].reshape(())
    return weights.codes, scale, "bipolar" if weights.form.bipolar else _type(weights.codes)


def _type(codes: np.ndarray) -> str:
    """The narrowest type of the codes."""
    low, high = int(codes.min()), int(codes.max())
    return "ternary" if low == -1 and high <= 1 else integer.smallest(low, high).name

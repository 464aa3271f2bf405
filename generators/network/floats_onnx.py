"""Import a float ONNX graph: a chain of weighted layers, relus and pools, channels last."""

from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from generators.network import floats, floats_check, graph, onnx_fold, onnx_graph, onnx_input
from generators.network.error import ModelError
from generators.network.onnx_fold import Constant, Signal, Value
from generators.network.onnx_graph import Node
from generators.network.onnx_layers import Layers, fits, is_map
from generators.network.onnx_maps import mean
from generators.network.onnx_window import window
from generators.network.qonnx import PIXELS

__all__ = ["ACCEPTED", "read"]


def read(path: Path, notes: Callable[[str], None] = lambda note: None) -> floats.Network:
    """Import a graph and check it; calls ``notes`` with a sentence that a user should know.

    The graph's input is taken as uint8 pixels divided by 255. What is multiplied with or added to
    it, one number for all pixels, becomes the input's gain and bias. A channels-first map (1, C, H,
    W) is (H, W, C) here, and (1, C, W) is (1, W, C); weights that read numbers in another order
    than they lie are permuted. Batch norms, and constants that are added to or multiplied with
    outputs of a dense layer or a convolution, are folded into it.

    Raises
    ------
    ModelError
        If the file is no ONNX graph, or has a node that cannot be imported; it names the node.
    """
    source = onnx_graph.load(path)
    readers = Counter(name for node in source.nodes if node.op != "Shape" for name in node.inputs)
    x, _ = onnx_input.survey(source)
    chain = _Chain()
    values: dict[str, Value] = {name: Constant(a) for name, a in source.constants.items()}
    values[source.input] = x
    for node in source.nodes:
        unknown = [name for name in node.inputs if name and name not in values]
        if unknown:
            what = f"Inputs must be outputs of earlier nodes, unlike {unknown[0]!r}"
            raise node.refused(what)
        for name in node.inputs:
            if isinstance(values.get(name), Signal) and readers[name] > 1:
                what = f"Input {name!r} must be read by one node, not {readers[name]}"
                raise node.refused(f"{what}, as a float network is a chain")
        value = _value(chain, node, [values[name] if name else None for name in node.inputs])
        values[node.outputs[0]] = value
    output = values.get(source.output)
    where = f"{path.name}: output {source.output!r}"
    if not isinstance(output, Signal) or output.raw or not chain.records:
        raise ModelError(where, "Output must be computed from the input by layers")
    if np.any(output.index.ravel() != np.arange(output.index.size)) and not is_map(output):
        raise ModelError(where, "Output must be in the order of its layer, without moved axes")
    network = floats.Network(name=graph.as_name(path.stem), shape=x.frame, gain=chain.gain,
                             bias=chain.bias, layers=tuple(chain.records))  # fmt: skip
    if not network.gain > 0:
        raise ModelError(path.name, f"Gain of the input must be above 0, not {network.gain}")
    notes(f"{path.name}: {PIXELS}")
    return floats_check.check(network, path.name, chain.paths)


class _Chain(Layers):
    """The layers made so far, each of which reads the one before it, and what a pixel means."""

    def __init__(self) -> None:
        super().__init__(coded=False)
        self.gain, self.bias = 1 / 255, 0.0

    def real(self, node: Node, x: Signal, gain: np.ndarray) -> Signal:
        """The graph's input; what it means is kept in ``gain`` and ``bias``."""
        return Signal("input", x.frame, x.index)

    def _append(self, node: Node, xs: tuple, record: type, prefix: str, fields: dict) -> str:
        count = self._counts.get(prefix, 0)
        self._counts[prefix] = count + 1
        name = f"{prefix}{count}"
        self.records.append(_RECORDS.get(record, record)(name=name, **fields))
        self.paths[name] = node.where
        return name

    def folded(self, node: Node, x: Signal, gain: np.ndarray, bias: np.ndarray) -> Signal:
        """gain * x + bias, of constants that fit x, by the layer or the input before it."""
        if x.raw:
            if gain.size != 1 or bias.size != 1:
                raise node.refused("Constants of the input must be one number for all pixels")
            self.gain, self.bias = self.gain * gain.item(), self.bias * gain.item() + bias.item()
            return x
        layer = self.records[-1]
        if not isinstance(layer, floats.Dense | floats.Conv):
            what = "Constants must follow a dense layer, a convolution or the input"
            raise node.refused(f"{what}, not {layer.name!r}")
        gain, bias = (_by_output(node, x, v) for v in (gain, bias))
        shape = (-1, *(1 for _ in layer.weights.shape[1:]))
        self.records[-1] = replace(layer, weights=layer.weights * gain.reshape(shape),
                                   bias=layer.bias * gain + bias)  # fmt: skip
        return x


_RECORDS = {graph.Flatten: floats.Flatten, graph.GlobalAvgPool: floats.GlobalAvgPool}
"""Records of the integer importer, and ours."""


def _by_output(node: Node, x: Signal, value: np.ndarray) -> np.ndarray:
    """Constants that fit the graph's tensor x, one of each channel of our frame."""
    if not fits(value.shape, x.shape):
        raise node.refused(f"Constants must fit {x.shape}, not have shape {value.shape}")
    ours = np.empty(x.index.size)
    ours[x.index.ravel()] = np.broadcast_to(value, x.shape).ravel()
    ours = ours.reshape(-1, x.frame[-1])
    if np.any(ours != ours[:1]):
        raise node.refused("Constants must be one number, or one for each output channel")
    return ours[0]


def _value(chain: _Chain, node: Node, operands: list[Value | None]) -> Value:
    """The first output of a node."""
    if node.op not in ACCEPTED:
        raise node.refused(f"Op must be one of {', '.join(ACCEPTED)}, not {node.op}")
    if node.domain not in onnx_fold.PLAIN_DOMAINS:
        accepted = ", ".join(map(repr, onnx_fold.PLAIN_DOMAINS))
        raise node.refused(f"Domain must be one of {accepted}, not {node.domain!r}")
    value = onnx_fold.fold(node, operands)
    if value is not None:
        return value
    if not operands or operands[0] is None:
        raise node.refused("Input 0 must be given")
    value = onnx_fold.move(node, operands)
    if value is not None:
        return value
    if node.op not in _LAYERS:
        raise node.refused(f"Inputs of {node.op} must be constant")
    return _LAYERS[node.op](chain, node, operands)


def _matmul(chain: _Chain, node: Node, operands: list) -> Value:
    return _dense(chain, node, operands, onnx_fold.constant(node, operands, 1, "Weights"))


def _gemm(chain: _Chain, node: Node, operands: list) -> Value:
    """y = alpha * x @ w + beta * c."""
    attributes = node.attributes
    if attributes.get("transA", 0):
        raise node.refused("Attribute transA must be 0")
    weights = onnx_fold.constant(node, operands, 1, "Weights")
    weights = (weights.T if attributes.get("transB", 0) else weights).astype(np.float64)
    y = _dense(chain, node, operands, weights * attributes.get("alpha", 1.0))
    if not onnx_fold.given(operands, 2):
        return y
    bias = onnx_fold.constant(node, operands, 2, "Bias").astype(np.float64)
    return chain.folded(node, y, np.ones(()), bias * attributes.get("beta", 1.0))


def _dense(chain: _Chain, node: Node, operands: list, weights: np.ndarray) -> Signal:
    """A dense layer of weights (inputs, outputs), permuted to the order of our frame."""
    x = chain.read(node, operands[0])
    items = x.index.size
    if weights.ndim != 2 or weights.shape[0] != items or not weights.shape[1]:
        raise node.refused(f"Weights must have shape ({items}, outputs), not {weights.shape}")
    if not x.shape or x.shape[-1] != items:
        raise node.refused(f"Input 0 must be one row of features, not of shape {x.shape}")
    rows = weights.shape[1]
    data = np.empty((rows, items))
    data[:, x.index.ravel()] = weights.T
    x = chain.flat(node, x)
    y = chain.add(node, x, floats.Dense, "fc", frame=(rows,), weights=data, bias=np.zeros(rows))
    return Signal(y.layer, y.frame, np.arange(rows).reshape(*x.shape[:-1], rows))


def _conv(chain: _Chain, node: Node, operands: list) -> Value:
    x = chain.read_map(node, operands[0])
    weights = onnx_fold.constant(node, operands, 1, "Weights")
    channels, groups = x.shape[1], node.attributes.get("group", 1)
    if groups < 1 or channels % groups:
        raise node.refused(f"Attribute group must divide the {channels} channels, not be {groups}")
    kernel = "kernel height, kernel width" if len(x.shape) == 4 else "kernel size"
    shape, accepted = weights.shape, f"(outputs, {channels // groups}, {kernel})"
    if len(shape) != len(x.shape) or shape[1] != channels // groups or not all(shape):
        raise node.refused(f"Weights must have shape {accepted}, not {shape}")
    if list(node.attributes.get("kernel_shape", shape[2:])) != list(shape[2:]):
        given = node.attributes["kernel_shape"]
        raise node.refused(f"Attribute kernel_shape must be {list(shape[2:])}, not {given}")
    seen = _undilated(node, window(node, x, shape[2:]))
    data = weights.astype(np.float64).reshape(*shape[:2], *seen.kernel).transpose(0, 2, 3, 1)
    y = chain.map(node, x, floats.Conv, "conv", frame=(*seen.size, shape[0]), weights=data,
                  bias=np.zeros(shape[0]), stride=seen.stride, padding=seen.padding,
                  groups=groups)  # fmt: skip
    if not onnx_fold.given(operands, 2):
        return y
    bias = onnx_fold.constant(node, operands, 2, "Bias")
    if bias.shape != shape[:1]:
        raise node.refused(f"Bias, input 2, must have shape ({shape[0]},), not {bias.shape}")
    bias = bias.reshape(1, -1, *(1 for _ in shape[2:]))
    return chain.folded(node, y, np.ones(()), bias)


def _maxpool(chain: _Chain, node: Node, operands: list) -> Value:
    x = chain.read_map(node, operands[0])
    seen = _undilated(node, window(node, x))
    return chain.map(node, x, floats.MaxPool, "maxpool", frame=(*seen.size, x.shape[1]),
                     kernel=seen.kernel, stride=seen.stride, padding=seen.padding)  # fmt: skip


def _undilated(node: Node, seen):
    if seen.dilation != (1, 1):
        raise node.refused(f"Attribute dilations must be 1, not {node.attributes['dilations']}")
    return seen


def _affine(chain: _Chain, node: Node, operands: list) -> Value:
    x, gain, bias = onnx_fold.affine(node, operands)
    return chain.folded(node, x, gain.astype(np.float64), bias.astype(np.float64))


def _batchnorm(chain: _Chain, node: Node, operands: list) -> Value:
    x = operands[0]
    if not isinstance(x, Signal):
        raise node.refused("Input 0 must be an activation, not constant")
    if node.attributes.get("training_mode", 0) or any(node.outputs[1:]):
        raise node.refused("Batch norm must be in inference mode, with one output")
    if len(x.shape) < 2:
        raise node.refused(f"Input 0 must have channels on axis 1, not shape {x.shape}")
    gamma, beta, mean, variance = (
        onnx_fold.constant(node, operands, i, name).astype(np.float64)
        for i, name in enumerate(("Gamma", "Beta", "Mean", "Variance"), 1)
    )
    epsilon = float(node.attributes.get("epsilon", np.float32(1e-5)))
    if np.any(variance + epsilon <= 0):
        raise node.refused("Variance and epsilon must be above 0 together")
    gain = onnx_fold.guarded(node, operands, lambda: gamma / np.sqrt(variance + epsilon))
    bias = onnx_fold.guarded(node, operands, lambda: beta - mean * gain)
    spread = (-1, *(1 for _ in x.shape[2:]))
    return chain.folded(node, x, gain.reshape(spread), bias.reshape(spread))


_LAYERS = {
    "Add": _affine,
    "BatchNormalization": _batchnorm,
    "Conv": _conv,
    "Div": _affine,
    "Gemm": _gemm,
    "GlobalAveragePool": mean,
    "MatMul": _matmul,
    "MaxPool": _maxpool,
    "Mul": _affine,
    "ReduceMean": mean,
    "Relu": lambda chain, node, operands: chain.add(
        node, chain.read(node, operands[0]), floats.Relu, "relu"
    ),
    "Sub": _affine,
}
ACCEPTED = sorted({*_LAYERS, *onnx_fold.MOVES, *onnx_fold.FOLDS, "Constant", "Shape"})

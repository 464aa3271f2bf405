"""How a graph's input lies in a network's: one look at the nodes that read it."""

import numpy as np

from generators.network import onnx_fold, onnx_quant
from generators.network.error import ModelError
from generators.network.onnx_fold import Constant, Signal, Value
from generators.network.onnx_graph import Graph, Node
from generators.network.onnx_layers import map_places

MAPS = (
    "AveragePool", "Conv", "GlobalAveragePool", "GlobalMaxPool", "MaxPool", "Pad", "Resize",
    "Upsample",
)  # fmt: skip
PLAIN = (
    "Add", "BatchNormalization", "BipolarQuant", "Clip", "Div", "IntQuant", "Mul", "Quant", "Relu",
    "Sub",
)  # fmt: skip
"""Nodes that leave every number where it is."""


def survey(source: Graph) -> tuple[Signal, bool]:
    """The graph's input in our frame; whether whatever reads it is one and the same quantizer.

    Where the input runs, axes moved, into a node that works on maps, our frame is that map, height,
    width, channels: so it may be channels-last, or a vector. Else it is a channels-first map (1, C,
    H, W) or (1, C, W), or features.
    """
    values: dict[str, Value | None] = {n: Constant(a) for n, a in source.constants.items()}
    places = np.arange(np.prod(source.shape)).reshape(source.shape)
    values[source.input] = Signal("input", (), places, raw=True)
    frame, index, readers = *_default(source.shape), set()
    found = False
    for node in source.nodes:
        operands = [values.get(name) for name in node.inputs]
        try:
            value = _followed(node, operands)
        except ModelError:  # which the import itself will meet
            value = None
        values[node.outputs[0]] = value
        for x in operands:
            if not isinstance(x, Signal):
                continue
            if x.raw and node.op not in onnx_fold.MOVES and node.op != "Shape":
                readers.add(_codes(node, operands))
            if node.op in MAPS and not found and len(x.shape) in (3, 4) and x.shape[0] == 1:
                frame, index = _as_map(x.index, source.shape)
                found = True
    return Signal("input", frame, index, raw=True), len(readers) == 1 and None not in readers


def _default(shape: tuple[int, ...]) -> tuple[tuple[int, ...], np.ndarray]:
    if len(shape) == 2:
        return shape[1:], np.arange(shape[1]).reshape(shape)
    return _as_map(np.arange(np.prod(shape)).reshape(shape), shape)


def _as_map(places: np.ndarray, shape: tuple[int, ...]) -> tuple[tuple[int, ...], np.ndarray]:
    """Frame and index of the input if the map that is made of its numbers at the places is ours."""
    frame = ((1,) + places.shape[2:])[-2:] + places.shape[1:2]
    index = np.empty(places.size, np.int64)
    index[places.ravel()] = map_places(frame, places.ndim).ravel()
    return frame, index.reshape(shape)


def _followed(node: Node, operands: list) -> Value | None:
    """A constant, or the input with its axes moved; None for what is made of it."""
    if not operands or operands[0] is not None:
        value = onnx_fold.fold(node, operands)
        value = onnx_fold.move(node, operands) if value is None and operands else value
        if value is not None:
            return value
    signals = [x for x in operands if isinstance(x, Signal)]
    if node.op not in PLAIN or not signals:
        return None
    return Signal("input", (), signals[0].index)


def _codes(node: Node, operands: list) -> tuple | None:
    """What tells the node's quantizer of the input from others; None if it is none."""
    if node.op not in onnx_quant.OPS:
        return None
    try:
        q = onnx_quant.parse(node, operands)
    except ModelError:
        return None
    return q.form.name, q.narrow, q.scale.tolist() if q.scale.ndim == 0 else None, q.zero_point

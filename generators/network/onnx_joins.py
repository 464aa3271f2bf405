"""Nodes that read several activations: sums and Concat."""

from dataclasses import replace

import numpy as np

from generators.network import graph
from generators.network.onnx_fold import Signal, Value, guarded
from generators.network.onnx_graph import Node
from generators.network.onnx_layers import Layers, bounded, is_map


def add(layers: Layers, node: Node, operands: list) -> Value:
    """Add, Sum or Sub of activations of one shape."""
    xs = [layers.read(node, x, i) for i, x in enumerate(operands)]
    shapes = [x.shape for x in xs]
    if len(set(shapes)) != 1:
        text = ", ".join(map(str, shapes))
        raise node.refused(f"Activations must have one shape, without broadcasting, not {text}")
    if len(xs) == 1:
        return xs[0]
    if len({x.frame for x in xs}) != 1:
        xs = [layers.flat(node, x) for x in xs]
    for x in xs[1:]:
        if np.any(x.index != xs[0].index):
            what = f"in one order, unlike those of layers {xs[0].layer!r} and {x.layer!r}"
            raise node.refused(f"Axes of the activations must be moved alike, {what}")
    gains = {"gains": np.array([1, -1])} if node.op == "Sub" else {}
    return layers.join(node, xs, graph.Add, xs[0].frame, xs[0].index, **gains)


def concat(layers: Layers, node: Node, operands: list) -> Value:
    """The numbers of all inputs one after the other, channels behind channels in our frame.

    Of maps the axis must be that of the channels; of any other tensors it may be any, as their
    index says where the numbers lie.
    """
    if not all(isinstance(x, Signal) for x in operands):
        raise node.refused("Inputs must be activations only, or constants only")
    xs = [layers.read(node, x) for x in operands]
    axis, rank = node.attributes.get("axis"), len(xs[0].shape)
    if axis is None:
        raise node.refused("Attribute axis must be given")
    if all(map(is_map, xs)) and axis not in (1, 1 - rank):
        raise node.refused(f"Axis must be that of the channels of maps, 1, not {axis}")
    if len({(len(x.frame), *x.frame[:-1]) for x in xs}) != 1:
        xs = [layers.flat(node, x) for x in xs]
    total, before, places = sum(x.frame[-1] for x in xs), 0, []
    bounded(node, (*xs[0].frame[:-1], total))
    for x in xs:
        pixel, channel = np.divmod(x.index, x.frame[-1])
        places.append(pixel * total + before + channel)
        before += x.frame[-1]
    index = guarded(node, operands, lambda: np.concatenate(places, axis))
    if len(xs) == 1:
        return replace(xs[0], index=index)
    return layers.join(node, xs, graph.Concat, (*xs[0].frame[:-1], total), index)

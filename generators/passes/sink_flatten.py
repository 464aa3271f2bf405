"""A dense layer flattens what it reads, so a flatten layer only has to be moved down to one."""

import math

import numpy as np
from msgspec.structs import replace

from generators.network import check, graph
from generators.passes import rewrite

_FLAT = (
    graph.Dense, graph.Scale, graph.Threshold, graph.Sign, graph.Relu, graph.Quantize,
    graph.Flatten, graph.ArgMax,
)  # fmt: skip
"""Layers that do the same to a map and to its features."""


def sink_flatten(network: graph.Network) -> graph.Network:
    """flatten, elementwise -> elementwise, flatten;  flatten, dense -> dense.

    Where the layers between are by feature, and none needs a map, the network's input and all
    before them become flat; else the flatten layer stays.
    """
    moved = True
    while moved:
        moved = False
        tensors = check.infer(network)
        for layer in network.layers:
            if not isinstance(layer, graph.Flatten):
                continue
            readers = rewrite.readers(network, layer.name)
            flat = len(tensors[layer.inputs[0]].shape) == 1 and len(network.layers) > 1
            if flat or (readers and all(isinstance(r, graph.Dense) for r in readers)):
                network, moved = rewrite.splice(network, layer, []), True
            elif len(readers) == 1 and _alike(tensors[layer.inputs[0]].shape, readers[0]):
                network, moved = rewrite.swap(network, layer, readers[0]), True
            if moved:
                break
    if rewrite.each(network, graph.Flatten) and all(isinstance(x, _FLAT) for x in network.layers):
        return _flat_input(network)
    return network


def _alike(shape: tuple[int, ...], layer: graph.AnyLayer) -> bool:
    """Whether an elementwise layer does the same to every feature of a channel."""
    one = math.prod(shape[:-1]) == 1
    if isinstance(layer, graph.Threshold):
        return one or len(layer.thresholds) == 1
    if isinstance(layer, graph.Scale):
        return one or (layer.gain.size == 1 and layer.bias.size == 1)
    return isinstance(layer, (graph.Sign, graph.Relu, graph.Quantize))


def _flat_input(network: graph.Network) -> graph.Network:
    """Without flatten layers, as the input is flat; what was by channel is repeated by pixel."""
    tensors = check.infer(network)
    shape = (tensors["input"].items,)
    layers = []
    for layer in network.layers:
        source = tensors[layer.inputs[0]]
        pixels = source.items // source.shape[-1]
        if isinstance(layer, graph.Scale):
            layer = replace(layer, gain=_tile(layer.gain, pixels), bias=_tile(layer.bias, pixels))
        elif isinstance(layer, graph.Threshold) and len(layer.thresholds) > 1:
            layer = replace(layer, thresholds=np.tile(layer.thresholds, (pixels, 1)))
        layers.append(layer)
    flat = replace(network, input=replace(network.input, shape=shape), layers=tuple(layers))
    for name in rewrite.each(flat, graph.Flatten):
        if len(flat.layers) > 1:
            flat = rewrite.splice(flat, rewrite.layer(flat, name), [])
    return flat


def _tile(values: np.ndarray, pixels: int) -> np.ndarray:
    return values if values.size == 1 else np.tile(values, pixels)

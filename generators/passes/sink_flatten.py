"""A dense layer flattens what it reads, so a flatten layer only has to be moved down to one."""

import numpy as np
from msgspec.structs import replace

from generators.network import check, graph
from generators.passes import rewrite


def sink_flatten(network: graph.Network) -> graph.Network:
    """flatten, elementwise -> elementwise, flatten;  flatten, dense -> dense.

    Where the layers between are by feature, the network's input and all before them become flat.
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
            elif len(readers) == 1 and _same_for_all(readers[0]):
                network, moved = _swap(network, layer, readers[0]), True
            if moved:
                break
    return _flat_input(network) if rewrite.each(network, graph.Flatten) else network


def _same_for_all(layer: graph.AnyLayer) -> bool:
    """Whether an elementwise layer does the same to every channel."""
    if isinstance(layer, graph.Threshold):
        return len(layer.thresholds) == 1
    if isinstance(layer, graph.Scale):
        return layer.gain.size == 1 and layer.bias.size == 1
    return isinstance(layer, (graph.Sign, graph.Relu, graph.Quantize))


def _swap(network, flatten: graph.Flatten, reader: graph.AnyLayer) -> graph.Network:
    reader_after = rewrite.readers(network, reader.name)
    first = replace(reader, inputs=flatten.inputs)
    second = replace(flatten, inputs=(reader.name,))
    layers = []
    for layer in network.layers:
        if layer is flatten:
            continue
        if layer is reader:
            layers += [first, second]
        elif layer in reader_after:
            inputs = tuple(flatten.name if i == reader.name else i for i in layer.inputs)
            layers.append(replace(layer, inputs=inputs))
        else:
            layers.append(layer)
    return replace(network, layers=tuple(layers))


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

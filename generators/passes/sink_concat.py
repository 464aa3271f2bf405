"""A concatenation of codes is cheaper than one of sums, and leaves thresholds next to the sums."""

import numpy as np
from msgspec.structs import replace

from generators.network import check, graph
from generators.passes import rewrite
from generators.passes.sink_pools import quantized_chain, reads_sums


def sink_concat(network: graph.Network) -> graph.Network:
    """concat, [scale | relu]..., quantizer  ->  the same for each input, concat.

    Where an input is not quantized yet; each gets its channels of gains, biases and thresholds.
    """
    for name in reversed(rewrite.each(network, graph.Concat)):
        concat = rewrite.layer(network, name)
        chain = quantized_chain(network, name)
        if chain and any(reads_sums(network, source) for source in concat.inputs):
            network = _sink(network, concat, chain)
    return network


def _sink(network: graph.Network, concat: graph.Concat, chain: list) -> graph.Network:
    tensors = check.infer(network)
    branches, sources, first = [], [], 0
    for i, source in enumerate(concat.inputs):
        channels = slice(first, first + tensors[source].shape[-1])
        first = channels.stop
        for layer in chain:
            name = rewrite.fresh(network, f"{layer.name}.{i}")
            branches.append(_part(layer, name, source, channels))
            source = name
        sources.append(source)
    last = chain[-1]
    joined = replace(concat, name=last.name, inputs=tuple(sources))
    gone = [concat, *chain[:-1]]
    layers = []
    for layer in network.layers:
        if layer is last:
            layers += [*branches, joined]
        elif not any(layer is other for other in gone):
            layers.append(layer)
    return replace(network, layers=tuple(layers))


def _part(layer, name: str, source: str, channels: slice):
    """The layer for some channels only."""
    layer = replace(layer, name=name, inputs=(source,))
    if isinstance(layer, graph.Scale):
        return replace(layer, gain=_slice(layer.gain, channels), bias=_slice(layer.bias, channels))
    if isinstance(layer, graph.Threshold) and len(layer.thresholds) > 1:
        return replace(layer, thresholds=layer.thresholds[channels])
    return layer


def _slice(values: np.ndarray, channels: slice) -> np.ndarray:
    return values if values.size == 1 else values[channels]

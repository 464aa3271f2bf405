"""Thresholds behind a dense layer belong to it."""

from msgspec.structs import replace

from generators.network import graph
from generators.passes import rewrite


def absorb_threshold(network: graph.Network) -> graph.Network:
    """dense, threshold -> dense with that activation, where nothing else reads the accumulators."""
    for name in rewrite.each(network, graph.Threshold):
        layer = rewrite.layer(network, name)
        dense = rewrite.layer(network, layer.inputs[0])
        if not isinstance(dense, graph.Dense) or dense.activation is not None:
            continue
        if len(rewrite.readers(network, dense.name)) > 1:
            continue
        activation = graph.Activation(
            type=layer.type, thresholds=layer.thresholds, base=layer.base
        )
        network = rewrite.splice(network, layer, [])
        network = rewrite.splice(network, dense, [replace(dense, activation=activation)])
    return network

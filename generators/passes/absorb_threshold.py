"""Thresholds behind a dense or conv layer belong to it."""

from msgspec.structs import replace

from generators.network import graph
from generators.passes import rewrite


def absorb_threshold(network: graph.Network) -> graph.Network:
    """sums, threshold -> the layer with that activation, where nothing else reads its sums."""
    for name in rewrite.each(network, graph.Threshold):
        layer = rewrite.layer(network, name)
        weighted = rewrite.layer(network, layer.inputs[0])
        if not isinstance(weighted, (graph.Dense, graph.Conv)) or weighted.activation is not None:
            continue
        if len(rewrite.readers(network, weighted.name)) > 1:
            continue
        activation = graph.Activation(type=layer.type, thresholds=layer.thresholds, base=layer.base)
        network = rewrite.splice(network, layer, [])
        network = rewrite.splice(network, weighted, [replace(weighted, activation=activation)])
    return network

"""Synapses that agree are counted again at the end, where both sides are bipolar still."""

import numpy as np
from msgspec.structs import replace

from generators.network import graph
from generators.passes import rewrite


def popcount_to_sum(network: graph.Network) -> graph.Network:
    """popcount(xnor) >= t  ->  sum >= 2 t - cols, as popcount = (sum + cols) // 2."""
    for name in rewrite.each(network, graph.Dense, graph.Conv):
        layer = rewrite.layer(network, name)
        if layer.accumulate != "popcount" or layer.activation is None:
            continue
        thresholds = layer.activation.thresholds
        if thresholds is None:
            thresholds = np.zeros((1, 1), np.int64)
        moved = 2 * thresholds - layer.weights.data[0].size
        activation = replace(layer.activation, thresholds=moved)
        new = replace(layer, accumulate="sum", activation=activation)
        network = rewrite.splice(network, layer, [new])
    return network

"""A bias before thresholds is a shift of the thresholds."""

import numpy as np
from msgspec.structs import replace

from generators.network import graph, infer_affine
from generators.passes import rewrite


def bias_to_threshold(network: graph.Network) -> graph.Network:
    """sum + b >= t  ->  sum >= t - b;  (sum + b + cols) // 2 >= t likewise, for a popcount.

    Layers that emit their accumulators, or requantize them, keep the bias.
    """
    for name in rewrite.each(network, graph.Dense, graph.Conv):
        layer = rewrite.layer(network, name)
        if layer.bias is None or layer.activation is None or infer_affine.is_affine(layer):
            continue
        thresholds = layer.activation.thresholds
        if thresholds is None:
            thresholds = np.zeros((1, 1), np.int64)
        bias = np.broadcast_to(layer.bias, len(layer.weights.data))[:, None]
        if layer.accumulate == "popcount":
            bias = bias // 2  # as sum + cols is even
        moved = thresholds - bias
        activation = replace(layer.activation, thresholds=moved)
        new = replace(layer, bias=None, activation=activation)
        network = rewrite.splice(network, layer, [new])
    return network

"""The scales of affine integers are, between two layers, a multiplier and a shift."""

import numpy as np
from msgspec.structs import replace

from generators.network import graph, infer_affine
from generators.passes import rewrite


def scales_to_multiplier(network: graph.Network) -> graph.Network:
    """S1 S2 / S3 -> M0 and right shift of every row, low and high given: a requantize spelled out.

    As TensorFlow Lite's QuantizeMultiplier rounds; given multipliers stay.
    """
    for name in rewrite.each(network, graph.Dense, graph.Conv):
        layer = rewrite.layer(network, name)
        if not infer_affine.is_affine(layer):
            continue
        rows, activation = len(layer.weights.data), layer.activation
        record = infer_affine.given(activation.requantize)
        low, high = infer_affine.clamp(activation)
        multiplier, shift = (
            np.array(np.broadcast_to(values, rows), np.int64)
            for values in (record.multiplier, record.right_shift)
        )
        record = replace(record, multiplier=multiplier, right_shift=shift, low=low, high=high)
        new = replace(layer, activation=replace(activation, requantize=record))
        network = rewrite.splice(network, layer, [new])
    return network

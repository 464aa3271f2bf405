"""Thresholds no wider than the accumulators that they are compared with."""

import numpy as np
from msgspec.structs import replace

from generators.network import check, graph, infer_affine
from generators.passes import rewrite
from sim.golden.formats import integer


def clamp_thresholds(network: graph.Network) -> graph.Network:
    """Clip each threshold to low .. high + 1 of its accumulator; spell out every row and base.

    A threshold of at most low is always reached and one above high never: such a neuron is
    constant in that level.
    """
    for name in rewrite.each(network, graph.Threshold, graph.Dense, graph.Conv):
        layer = rewrite.layer(network, name)
        tensors = check.infer(network)
        source = tensors[layer.inputs[0]]
        if isinstance(layer, graph.Threshold):
            low, high = np.array([source.type.low]), np.array([source.type.high])
            new = _clamped(layer, low, high, len(layer.thresholds))
        elif layer.activation is not None and not infer_affine.is_affine(layer):
            low, high = check.accumulator_range(layer, source.type)
            rows = len(layer.weights.data)
            new = replace(layer, activation=_clamped(layer.activation, low, high, rows))
        else:
            continue
        network = rewrite.splice(network, layer, [new])
    return network


def _clamped(activation, low: np.ndarray, high: np.ndarray, rows: int):
    thresholds = activation.thresholds
    if thresholds is None:
        thresholds = np.zeros((1, 1), np.int64)
    base = integer.parse(activation.type).low if activation.base is None else activation.base
    thresholds = np.broadcast_to(thresholds, (rows, thresholds.shape[1]))
    clipped = np.clip(thresholds, low[:, None], high[:, None] + 1)
    return replace(activation, thresholds=clipped, base=base)

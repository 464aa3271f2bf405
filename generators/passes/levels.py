"""What a quantizer, and the scales and relus before it, do to the integers that they read."""

from fractions import Fraction

import numpy as np

from generators.network import graph
from generators.passes import rewrite
from generators.passes.boundary import Boundary, rounds_to_at_least
from sim.golden import exact
from sim.golden.formats import integer


def chain(network: graph.Network, quantizer: graph.AnyLayer) -> list[graph.AnyLayer]:
    """The scales and relus before a quantizer, the last one first."""
    found, layer = [], rewrite.layer(network, quantizer.inputs[0])
    while isinstance(layer, (graph.Scale, graph.Relu)):
        found.append(layer)
        layer = rewrite.layer(network, layer.inputs[0])
    return found


def levels(
    quantizer: graph.Sign | graph.Quantize,
) -> tuple[integer.Integer, int, list[Boundary]]:
    """The type of a quantizer's codes, the lowest code, and which x reach each of the others."""
    if isinstance(quantizer, graph.Sign):
        return integer.parse("bipolar"), -1, [Boundary(Fraction(0))]
    form = integer.parse(quantizer.type)
    low = form.low + (quantizer.narrow and form.signed)
    high = form.high - (quantizer.narrow and not form.signed)
    if (low, high) == (-1, 1):
        form = integer.parse("ternary")  # narrow int2: the weights prove a narrower accumulator
    return form, low, [rounds_to_at_least(k, quantizer.rounding) for k in range(low + 1, high + 1)]


def pull_back(boundaries: list[Boundary], layers: list) -> list[list[Boundary]]:
    """By channel (one, if all are alike), the boundaries before a chain."""
    channels = [boundaries]
    for layer in layers:
        if isinstance(layer, graph.Relu):
            channels = [[b.before_relu() for b in column] for column in channels]
            continue
        gain, bias = np.broadcast_arrays(
            np.atleast_1d(exact.fractions(layer.gain)), np.atleast_1d(exact.fractions(layer.bias))
        )
        if len(gain) > len(channels):
            channels = channels * len(gain)
        scales = zip(np.resize(gain, len(channels)), np.resize(bias, len(channels)))
        channels = [
            [b.before_scale(g, c) for b in column] for column, (g, c) in zip(channels, scales)
        ]
    return channels

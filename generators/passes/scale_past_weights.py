"""Dense and conv layers are linear: a scale before one is a scale behind it."""

import math
from fractions import Fraction

import numpy as np
from msgspec.structs import replace

from generators.network import graph
from generators.network.error import ModelError
from generators.passes import affine, rewrite, signs
from sim.golden import exact

MAX_FACTOR = 16
"""Of a channel's weights: more bits cost more than a quantizer would."""


def past_weights(
    network: graph.Network, layer: graph.Dense | graph.Conv, shape: tuple[int, ...]
) -> graph.Network:
    """W (g x + b) + c  ->  s (W m x) + (W b + c), with gains g = s m of the channels of a group.

    The weights take over what differs, the small integers m, signs too: after a concatenation,
    say. Padding is a pixel like others, so it becomes the integer that the scale makes the padding
    of before.

    Raises
    ------
    ModelError
        If gains of channels are in no ratio of small integers, or padding is no integer.
    """
    found = affine.before(network, layer.inputs[0])
    if found is None:
        return network
    origin, gain, bias = found
    data, groups = layer.weights.data, getattr(layer, "groups", 1)
    cols = data.shape[-1] * groups
    gain, bias = np.resize(gain, cols), np.resize(bias, cols)
    new = replace(layer, inputs=(origin,), bias=None)
    if isinstance(layer, graph.Conv):
        padded = any(layer.padding)
        value = affine.code(network, layer, layer.pad_value, gain, bias) if padded else 0
        new = replace(new, pad_value=value)
    gain = gain.reshape(groups, -1)
    common, factors = _common(network, layer, gain)
    if np.any(factors != 1):
        new = replace(new, weights=_times(layer.weights, factors))
    moved = _dot(data, bias.reshape(groups, -1))
    if layer.bias is not None:
        moved = moved + layer.bias
    gains = np.repeat(common.ravel(), len(data) // groups)
    return rewrite.put(network, layer, [new, affine.scale(network, layer, gains, moved)])


def _common(network, layer, gain: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """gain = common * factors, (groups, 1) and integers (groups, channels)."""
    common, factors = np.empty((len(gain), 1), object), np.ones(gain.shape, np.int64)
    for group, gains in enumerate(gain):
        denominator = math.lcm(*(g.denominator for g in gains))
        numerators = [int(g * denominator) for g in gains]
        divisor = math.gcd(*numerators)
        if next((n for n in numerators if n), 0) < 0:
            divisor = -divisor
        common[group] = Fraction(divisor, denominator)
        ratio = [n // divisor if divisor else 1 for n in numerators]
        if max(map(abs, ratio)) > MAX_FACTOR:
            _refuse(network, layer, gains)
        factors[group] = ratio
    return common, factors


def _refuse(network, layer, gains: np.ndarray) -> None:
    other = next(g for g in gains if abs(g) != abs(gains[0]))
    kind, among = "dense", "for all channels"
    if isinstance(layer, graph.Conv):
        kind, among = "conv", "for all channels of a group"
    what = f"Gains before a {kind} layer must be the same, or in a ratio of small integers, {among}"
    where = f"{network.name}: layer {layer.name!r}"
    raise ModelError(where, f"{what}, not {float(gains[0])} and {float(other)}")


def _times(weights: graph.Weights, factors: np.ndarray) -> graph.Weights:
    """Weights with the columns of the channels, (groups, channels), multiplied."""
    data = weights.data
    by_row = np.repeat(factors, len(data) // len(factors), axis=0)
    shape = (len(data),) + (1,) * (data.ndim - 2) + (data.shape[-1],)
    return signs.turned(weights, by_row.reshape(shape))


def _dot(data: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """What every output makes of the biases (groups, channels) of its group."""
    if np.all(bias == 0):
        return exact.fractions(np.zeros(len(data), np.int64))
    sums = data.reshape(len(bias), len(data) // len(bias), -1, data.shape[-1]).sum(axis=2)
    return np.concatenate([exact.dot(b, w) for b, w in zip(bias, sums)])

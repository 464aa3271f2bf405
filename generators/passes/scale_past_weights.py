"""Dense and conv layers are linear: a scale before one is a scale behind it."""

import numpy as np
from msgspec.structs import replace

from generators.network import graph
from generators.network.error import ModelError
from generators.passes import affine, rewrite, signs
from sim.golden import exact


def past_weights(
    network: graph.Network, layer: graph.Dense | graph.Conv, shape: tuple[int, ...]
) -> graph.Network:
    """W (g x + b) + c  ->  g (W x) + (W b + c), for one gain g of all channels of a group.

    Where gains differ in sign only, the weights take the signs over. Padding is a pixel like
    others, so it becomes the integer that the scale makes the padding of before.

    Raises
    ------
    ModelError
        If the channels before a layer have gains of different size, or padding is no integer.
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
    common = _common(network, layer, gain)
    if np.any(gain != common):
        new = replace(new, weights=_turned(layer.weights, gain != common))
    moved = _dot(data, bias.reshape(groups, -1))
    if layer.bias is not None:
        moved = moved + layer.bias
    gains = np.repeat(common.ravel(), len(data) // groups)
    return rewrite.put(network, layer, [new, affine.scale(network, layer, gains, moved)])


def _common(network, layer, gain: np.ndarray) -> np.ndarray:
    """The gain of each group, (groups, 1); those of other sign are turned round."""
    first = gain[:, :1]
    other = np.argwhere(abs(gain) != abs(first))
    if not other.size:
        return first
    group, channel = other[0]
    values = f"{float(gain[group, 0])} and {float(gain[group, channel])}"
    kind, among = "dense", "for all channels"
    if isinstance(layer, graph.Conv):
        kind, among = "conv", "for all channels of a group"
    what = f"Gains before a {kind} layer must be the same {among}, not {values}"
    raise ModelError(f"{network.name}: layer {layer.name!r}", what)


def _turned(weights: graph.Weights, other: np.ndarray) -> graph.Weights:
    """Weights with the columns of some channels, (groups, channels), negated."""
    data = weights.data
    by_row = np.repeat(np.where(other, -1, 1), len(data) // len(other), axis=0)
    shape = (len(data),) + (1,) * (data.ndim - 2) + (data.shape[-1],)
    return signs.turned(weights, by_row.reshape(shape))


def _dot(data: np.ndarray, bias: np.ndarray) -> np.ndarray:
    """What every output makes of the biases (groups, channels) of its group."""
    if np.all(bias == 0):
        return exact.fractions(np.zeros(len(data), np.int64))
    sums = data.reshape(len(bias), len(data) // len(bias), -1, data.shape[-1]).sum(axis=2)
    return np.concatenate([exact.dot(b, w) for b, w in zip(bias, sums)])

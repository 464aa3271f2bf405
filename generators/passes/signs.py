"""Weights and gains turned round by channel: the signs that a layer can take over."""

import numpy as np
from msgspec.structs import replace

from generators.network import graph
from generators.passes import rewrite
from sim.golden.formats import integer


def negate(network: graph.Network, name: str, channels: np.ndarray) -> graph.Network | None:
    """The network in which a layer emits the negatives of some channels of its sums.

    None if another layer reads them too, or there are no weights to negate.
    """
    layer = rewrite.layer(network, name)
    if not channels.any():
        return network
    if layer is None or len(rewrite.readers(network, name)) > 1:
        return None
    if len(set(layer.inputs)) < len(layer.inputs):
        return None
    rule = _NEGATE.get(type(layer))
    return None if rule is None else rule(network, layer, channels)


def turned(weights: graph.Weights, signs: np.ndarray) -> graph.Weights:
    """Weights times signs, of a type that holds them."""
    data, form = weights.data * signs, integer.parse(weights.type)
    if not form.contains(data).all():  # -2^(N-1) negated
        form = integer.smallest(int(data.min()), int(data.max()))
    return replace(weights, data=data, type=form.name)


def _rows(network, layer, channels: np.ndarray) -> graph.Network | None:
    if layer.activation is not None or layer.accumulate != "sum":
        return None
    signs = np.where(channels, -1, 1)
    shape = (-1,) + (1,) * (layer.weights.data.ndim - 1)
    weights = turned(layer.weights, signs.reshape(shape))
    bias = None if layer.bias is None else layer.bias * signs
    return rewrite.splice(network, layer, [replace(layer, weights=weights, bias=bias)])


def _gains(network, layer: graph.Add, channels: np.ndarray) -> graph.Network:
    gains = np.ones(len(layer.inputs), np.int64) if layer.gains is None else layer.gains
    gains = gains.reshape(len(layer.inputs), -1) * np.where(channels, -1, 1)
    return rewrite.splice(network, layer, [replace(layer, gains=gains)])


def _source(network, layer, channels: np.ndarray) -> graph.Network | None:
    return negate(network, layer.inputs[0], channels)


def _pad(network, layer: graph.Pad, channels: np.ndarray) -> graph.Network | None:
    return _source(network, layer, channels) if layer.value == 0 else None


_NEGATE = {
    graph.Dense: _rows,
    graph.Conv: _rows,
    graph.Add: _gains,
    graph.SumPool: _source,
    graph.Upsample: _source,
    graph.Pad: _pad,
}

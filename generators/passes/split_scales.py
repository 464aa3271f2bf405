"""Scales that hide in quantizers and weights become layers of their own."""

from fractions import Fraction

import numpy as np
from msgspec.structs import replace

from generators.network import graph
from generators.network.error import ModelError
from generators.passes import rewrite
from sim.golden import exact


def split_scales(network: graph.Network) -> graph.Network:
    """quantize -> scale, quantize to codes, scale;  dense or conv of real weights -> it, scale.

    A count that such a layer emits is (sum + cols) / 2, so it becomes sums and a scale too.

    Raises
    ------
    ModelError
        If a layer is to count synapses whose weights have a scale.
    """
    for name in rewrite.each(network, graph.Quantize, graph.Dense, graph.Conv):
        layer = rewrite.layer(network, name)
        if isinstance(layer, graph.Quantize):
            network = _quantize(network, layer)
        elif layer.accumulate == "popcount" and layer.weights.scale is not None:
            what = "Accumulate must be sum where weights have a scale"
            raise ModelError(f"{network.name}: layer {layer.name!r}", what)
        elif layer.accumulate == "popcount" and layer.activation is None:
            network = _popcount(network, layer)
        elif layer.weights.scale is not None:
            network = _weighted(network, layer)
    return network


def _quantize(network: graph.Network, layer: graph.Quantize) -> graph.Network:
    scale = exact.fractions(layer.scale).reshape(())
    zero = int(layer.zero_point)
    if scale == 1 and zero == 0:
        return network
    before = rewrite.fresh(network, f"{layer.name}.in")
    after = rewrite.fresh(network, f"{layer.name}.out")
    chain = [
        graph.Scale(
            name=before, inputs=layer.inputs, gain=np.asarray(1 / scale), bias=np.array(zero)
        ),
        replace(layer, inputs=(before,), scale=np.ones(()), zero_point=0.0),
        graph.Scale(name=after, inputs=(layer.name,), gain=scale, bias=np.asarray(-zero * scale)),
    ]
    return rewrite.splice(network, layer, chain)


def _weighted(network: graph.Network, layer: graph.Dense | graph.Conv) -> graph.Network:
    bias = np.zeros((), np.int64) if layer.bias is None else layer.bias
    return _behind(network, layer, layer.weights.scale, bias)


def _popcount(network: graph.Network, layer: graph.Dense | graph.Conv) -> graph.Network:
    """(sum + bias + cols) // 2, where sum + cols is even."""
    half = Fraction(1, 2)
    bias = np.zeros((), np.int64) if layer.bias is None else layer.bias // 2
    offset = exact.fractions(bias) + half * layer.weights.data[0].size
    return _behind(network, layer, np.asarray(half), np.asarray(offset))


def _behind(network, layer, gain: np.ndarray, bias: np.ndarray) -> graph.Network:
    """The layer's plain sums, and a scale behind them."""
    name = rewrite.fresh(network, f"{layer.name}.scale")
    weights = replace(layer.weights, scale=None)
    chain = [
        replace(layer, weights=weights, bias=None, accumulate="sum"),
        graph.Scale(name=name, inputs=(layer.name,), gain=gain, bias=bias),
    ]
    return rewrite.splice(network, layer, chain)

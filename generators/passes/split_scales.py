"""Scales that hide in quantizers and weights become layers of their own."""

import numpy as np
from msgspec.structs import replace

from generators.network import graph
from generators.passes import rewrite
from sim.golden import exact


def split_scales(network: graph.Network) -> graph.Network:
    """quantize -> scale, quantize to codes, scale;  dense with real weights -> dense, scale."""
    for name in rewrite.each(network, graph.Quantize, graph.Dense):
        layer = rewrite.layer(network, name)
        if isinstance(layer, graph.Quantize):
            network = _quantize(network, layer)
        elif layer.weights.scale is not None:
            network = _dense(network, layer)
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


def _dense(network: graph.Network, layer: graph.Dense) -> graph.Network:
    name = rewrite.fresh(network, f"{layer.name}.scale")
    bias = np.zeros((), np.int64) if layer.bias is None else layer.bias
    chain = [
        replace(layer, weights=replace(layer.weights, scale=None), bias=None),
        graph.Scale(name=name, inputs=(layer.name,), gain=layer.weights.scale, bias=bias),
    ]
    return rewrite.splice(network, layer, chain)

"""A scale behind a scale is one scale; a scale by one is none."""

import numpy as np

from generators.network import graph
from generators.passes import rewrite
from sim.golden import exact


def merge_scales(network: graph.Network) -> graph.Network:
    """g2 * (g1 * x + b1) + b2  ->  (g2 * g1) * x + (g2 * b1 + b2);  1 * x + 0  ->  x."""
    output = rewrite.output_name(network)
    for name in rewrite.each(network, graph.Scale):
        outer = rewrite.layer(network, name)
        inner = rewrite.layer(network, outer.inputs[0])
        if isinstance(inner, graph.Scale):
            g1, b1, g2, b2 = map(exact.fractions, (inner.gain, inner.bias, outer.gain, outer.bias))
            gain, bias = np.asarray(g2 * g1), np.asarray(g2 * b1 + b2)
            merged = graph.Scale(name=name, inputs=inner.inputs, gain=gain, bias=bias)
            network = rewrite.splice(network, outer, [merged])
    network = rewrite.drop_unread(network, output)
    for name in rewrite.each(network, graph.Scale):
        layer = rewrite.layer(network, name)
        if np.all(layer.gain == 1) and np.all(layer.bias == 0) and len(network.layers) > 1:
            network = rewrite.splice(network, layer, [])
    return network

"""A negative gain behind sums is a positive one behind their negatives."""

import numpy as np
from msgspec.structs import replace

from generators.network import check, graph
from generators.passes import rewrite, signs


def positive_gains(network: graph.Network) -> graph.Network:
    """W x, scale(-g) -> (-W) x, scale(g), by channel, where weights are read by that scale only.

    So that what follows is monotone, and may change places with a maxpool.
    """
    for name in rewrite.each(network, graph.Scale):
        network = positive_gain(network, name)
    return network


def positive_gain(network: graph.Network, name: str) -> graph.Network:
    """The network in which one scale has no negative gain, if that can be."""
    scale = rewrite.layer(network, name)
    origin = scale.inputs[0]
    if not np.any(scale.gain < 0) or len(rewrite.readers(network, origin)) > 1:
        return network
    shape = check.infer(network)[origin].shape
    turned = signs.negate(network, origin, np.resize(scale.gain < 0, shape[-1]))
    if turned is None:
        return network
    return rewrite.splice(turned, scale, [replace(scale, gain=np.asarray(abs(scale.gain)))])

"""Batch normalisation is one gain and one bias by channel."""

from fractions import Fraction

import numpy as np

from generators.network import graph
from generators.passes import rewrite
from sim.golden import exact


def batchnorm_to_scale(network: graph.Network) -> graph.Network:
    """gamma * (x - mean) / sqrt(variance + epsilon) + beta  ->  gain * x + bias, exactly."""
    for name in rewrite.each(network, graph.BatchNorm):
        layer = rewrite.layer(network, name)
        arrays = (layer.gamma, layer.beta, layer.mean, layer.variance)
        gamma, beta, mean, variance = np.broadcast_arrays(*map(exact.fractions, arrays))
        epsilon = Fraction(layer.epsilon)
        gain = np.empty(gamma.shape, object)
        for i in np.ndindex(gain.shape):
            gain[i] = gamma[i] / exact.sqrt(variance[i] + epsilon)
        scale = graph.Scale(
            name=layer.name, inputs=layer.inputs, gain=gain, bias=np.asarray(beta - mean * gain)
        )
        network = rewrite.splice(network, layer, [scale])
    return network

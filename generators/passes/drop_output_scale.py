"""The hardware emits integers; what they mean in real numbers stands in the description."""

import numpy as np
from msgspec.structs import replace

from generators.network import graph
from generators.network.error import ModelError
from generators.passes import rewrite
from sim.golden import exact


def drop_output_scale(network: graph.Network) -> graph.Network:
    """…, scale -> … with the scale as the network's ``output``;  scale, argmax -> argmax.

    Raises
    ------
    ModelError
        If an arg max compares channels of different scales.
    """
    last = rewrite.layer(network, rewrite.output_name(network))
    if isinstance(last, graph.ArgMax):
        return _before_argmax(network, last)
    if not isinstance(last, graph.Scale) or len(network.layers) == 1:
        return network
    gain, bias = exact.fractions(last.gain), exact.fractions(last.bias)
    if network.output is not None:
        outer, offset = exact.fractions(network.output.gain), exact.fractions(network.output.bias)
        gain, bias = outer * gain, outer * bias + offset
    output = graph.Output(gain=np.asarray(gain), bias=np.asarray(bias))
    return replace(rewrite.splice(network, last, []), output=output)


def _before_argmax(network: graph.Network, last: graph.ArgMax) -> graph.Network:
    scale = rewrite.layer(network, last.inputs[0])
    if not isinstance(scale, graph.Scale):
        return network
    gain, bias = np.ravel(scale.gain), np.ravel(scale.bias)
    if np.any(gain != gain[0]) or np.any(bias != bias[0]) or gain[0] <= 0:
        what = "Scale before an argmax must have one positive gain and one bias for all channels"
        raise ModelError(f"{network.name}: layer {scale.name!r}", what)
    return rewrite.splice(network, scale, [])

"""The hardware emits integers; what they mean in real numbers stands in the description."""

import numpy as np
from msgspec.structs import replace

from generators.network import check, graph
from generators.network.error import ModelError
from generators.passes import rewrite
from sim.golden import exact


def drop_output_scale(network: graph.Network) -> graph.Network:
    """…, scale -> … with the scale as the network's ``output``;  scale, argmax -> argmax.

    Raises
    ------
    ModelError
        If an arg max compares channels of different gains, or biases that no integers make.
    """
    for name in rewrite.each(network, graph.ArgMax):
        network = _before_argmax(network, rewrite.layer(network, name))
    last = rewrite.layer(network, rewrite.output_name(network))
    if not isinstance(last, graph.Scale) or len(network.layers) == 1:
        return network
    gain, bias = exact.fractions(last.gain), exact.fractions(last.bias)
    if network.output is not None:
        outer, offset = exact.fractions(network.output.gain), exact.fractions(network.output.bias)
        gain, bias = outer * gain, outer * bias + offset
    output = graph.Output(gain=np.asarray(gain), bias=np.asarray(bias))
    return replace(rewrite.splice(network, last, []), output=output)


def _before_argmax(network: graph.Network, argmax: graph.ArgMax) -> graph.Network:
    """argmax(g * sums + b) = argmax(sums + (b - b[0]) / g), which is a bias of the sums."""
    scale = rewrite.layer(network, argmax.inputs[0])
    if not isinstance(scale, graph.Scale):
        return network
    gain, bias = np.ravel(exact.fractions(scale.gain)), np.ravel(exact.fractions(scale.bias))
    if np.any(gain != gain[0]) or gain[0] <= 0:
        what = "Scale before an argmax must have one positive gain for all channels"
        raise ModelError(f"{network.name}: layer {argmax.name!r}", what)
    shifts = (bias - bias[0]) / gain[0]
    if np.any(shifts != 0):
        channels = check.infer(network)[scale.name].shape[-1]
        shifts = np.resize(shifts, channels)
        network = _shift(network, rewrite.layer(network, scale.inputs[0]), shifts, argmax)
    return rewrite.splice(network, rewrite.layer(network, scale.name), [])


def _shift(network: graph.Network, layer, shifts: np.ndarray, argmax: graph.ArgMax):
    """The network in which a layer's sums have other biases, by channel."""
    if isinstance(layer, graph.Flatten) and len(rewrite.readers(network, layer.name)) == 1:
        shape = check.infer(network)[layer.inputs[0]].shape
        by_pixel = shifts.reshape(-1, shape[-1])
        if np.all(by_pixel == by_pixel[0]):
            source = rewrite.layer(network, layer.inputs[0])
            return _shift(network, source, by_pixel[0], argmax)
    sums = isinstance(layer, (graph.Dense, graph.Conv)) and layer.activation is None
    sole = sums and len(rewrite.readers(network, layer.name)) == 1
    if not sole or any(shift.denominator != 1 for shift in shifts):
        what = "Biases before an argmax must be a dense layer's and differ by multiples of the gain"
        raise ModelError(f"{network.name}: layer {argmax.name!r}", what)
    bias = shifts.astype(np.int64) + (0 if layer.bias is None else layer.bias)
    return rewrite.splice(network, layer, [replace(layer, bias=bias)])

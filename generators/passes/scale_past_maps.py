"""A scale before a layer that only chooses, copies or sums pixels is a scale behind it."""

import numpy as np
from msgspec.structs import replace

from generators.network import check, graph
from generators.network.error import ModelError
from generators.passes import affine, rewrite
from generators.passes.merge_scales import merge_scales
from generators.passes.positive_gains import positive_gain


def past_maxpool(network: graph.Network, layer: graph.MaxPool, shape) -> graph.Network:
    """max(g x + b)  ->  g max(x) + b for gains that are not negative.

    A negative gain of a conv layer's sums is made positive: its weights are negated instead.

    Raises
    ------
    ModelError
        If a gain is negative and there are no weights to negate.
    """
    found = affine.before(network, layer.inputs[0])
    if found is None:
        return network
    origin, gain, bias = found
    if np.any(gain < 0):
        network = positive_gain(merge_scales(network), layer.inputs[0])
        origin, gain, bias = affine.before(network, layer.inputs[0])
    if np.any(gain < 0):
        what = "Gains before a maxpool must not be negative, except behind a conv layer's sums"
        raise ModelError(f"{network.name}: layer {layer.name!r}", what)
    return _behind(network, layer, origin, gain, bias)


def past_sumpool(network: graph.Network, layer: graph.SumPool, shape) -> graph.Network:
    """sum(g x + b)  ->  g sum(x) + pixels * b.

    A border of 0, where there is a bias, is one of the integer that stands for 0.
    """
    found = affine.before(network, layer.inputs[0])
    if found is None:
        return network
    origin, gain, bias = found
    chain = []
    if any(layer.padding) and np.any(bias != 0):
        zero = affine.code(network, layer, 0, gain, bias)
        name = rewrite.fresh(network, f"{layer.name}.pad")
        chain.append(graph.Pad(name=name, inputs=(origin,), padding=layer.padding, value=zero))
        layer_after = replace(layer, inputs=(name,), padding=(0, 0, 0, 0))
    else:
        layer_after = replace(layer, inputs=(origin,))
    pixels = layer.kernel[0] * layer.kernel[1]
    chain += [layer_after, affine.scale(network, layer, gain, pixels * bias)]
    return rewrite.put(network, layer, chain)


def past_upsample(network: graph.Network, layer: graph.Upsample, shape) -> graph.Network:
    """Pixels are copied, and their scale with them."""
    found = affine.before(network, layer.inputs[0])
    return network if found is None else _behind(network, layer, *found)


def past_pad(network: graph.Network, layer: graph.Pad, shape) -> graph.Network:
    """As for an upsample; the value becomes the integer that the scale makes it of."""
    found = affine.before(network, layer.inputs[0])
    if found is None:
        return network
    origin, gain, bias = found
    value = affine.code(network, layer, layer.value, gain, bias) if any(layer.padding) else 0
    new = replace(layer, inputs=(origin,), value=value)
    return rewrite.put(network, layer, [new, affine.scale(network, layer, gain, bias)])


def past_flatten(network: graph.Network, layer: graph.Flatten, shape) -> graph.Network:
    """By channel before, repeated by pixel behind."""
    found = affine.before(network, layer.inputs[0])
    if found is None:
        return network
    origin, gain, bias = found
    if len(gain) > 1:
        gain, bias = (np.resize(values, shape[-1]) for values in (gain, bias))
    return _behind(network, layer, origin, gain, bias)


def past_concat(network: graph.Network, layer: graph.Concat, shape) -> graph.Network:
    """The scales of all inputs, one after the other; 1 where an input has none."""
    found = [affine.before(network, name) for name in layer.inputs]
    if not any(found):
        return network
    tensors = check.infer(network)
    origins, gains, biases = [], [], []
    for name, scale in zip(layer.inputs, found):
        origin, gain, bias = (name, [1], [0]) if scale is None else scale
        tensor = tensors[origin]
        if tensor.type is None:
            return network
        origins.append(origin)
        gains.append(np.resize(gain, tensor.shape[-1]))
        biases.append(np.resize(bias, tensor.shape[-1]))
    new = replace(layer, inputs=tuple(origins))
    scale = affine.scale(network, layer, np.concatenate(gains), np.concatenate(biases))
    return rewrite.put(network, layer, [new, scale])


def _behind(network, layer, origin: str, gain, bias) -> graph.Network:
    new = replace(layer, inputs=(origin,))
    return rewrite.put(network, layer, [new, affine.scale(network, layer, gain, bias)])

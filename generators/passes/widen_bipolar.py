"""A border of 0 around bipolar values makes them ternary, so they are made as such."""

import numpy as np
from msgspec.structs import replace

from generators.network import check, graph
from generators.network.error import ModelError
from generators.passes import rewrite

_THROUGH = (graph.MaxPool, graph.Upsample, graph.Pad, graph.Concat, graph.Flatten)
"""Layers that emit the values that they read."""


def widen_bipolar(network: graph.Network) -> graph.Network:
    """threshold t to bipolar -> thresholds t, t to ternary, where a reader pads it with 0.

    The producer is the activation of a layer, perhaps behind layers that only choose or copy.

    Raises
    ------
    ModelError
        If the bipolar values are the network's input.
    """
    for name in rewrite.each(network, graph.Conv, graph.SumPool, graph.Pad):
        layer = rewrite.layer(network, name)
        value = {graph.Conv: "pad_value", graph.Pad: "value"}.get(type(layer))
        if not any(layer.padding) or (value is not None and getattr(layer, value) != 0):
            continue
        if check.infer(network)[layer.inputs[0]].type.bipolar:
            network = _widen(network, layer.inputs[0], layer)
    return network


def _widen(network: graph.Network, name: str, padded: graph.AnyLayer) -> graph.Network:
    layer = rewrite.layer(network, name)
    if layer is None:
        what = "Padding of a bipolar network input must be -1 or +1, not 0; or make it ternary"
        raise ModelError(f"{network.name}: layer {padded.name!r}", what)
    if isinstance(layer, _THROUGH):
        for source in dict.fromkeys(layer.inputs):
            network = _widen(network, source, padded)
    elif isinstance(layer, graph.Threshold) and layer.type == "bipolar":
        network = rewrite.splice(network, layer, [_ternary(layer)])
    elif getattr(layer, "activation", None) is not None and layer.activation.type == "bipolar":
        new = replace(layer, activation=_ternary(layer.activation))
        network = rewrite.splice(network, layer, [new])
    return network


def _ternary(activation):
    thresholds = activation.thresholds
    if thresholds is None:
        thresholds = np.zeros((1, 1), np.int64)
    doubled = np.repeat(thresholds, 2, axis=1)
    return replace(activation, type="ternary", thresholds=doubled, base=-1)

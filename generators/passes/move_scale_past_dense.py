"""A dense layer is linear: a scale before it is a scale behind it."""

import numpy as np
from msgspec.structs import replace

from generators.network import check, graph
from generators.network.error import ModelError
from generators.passes import rewrite
from sim.golden import exact


def move_scale_past_dense(network: graph.Network) -> graph.Network:
    """W (g x + b) + c  ->  g (W x) + (W b + c), for one gain g of all channels.

    Raises
    ------
    ModelError
        If the channels before a dense layer have different gains.
    """
    output = rewrite.output_name(network)
    for name in rewrite.each(network, graph.Dense):
        dense = rewrite.layer(network, name)
        scale = rewrite.layer(network, dense.inputs[0])
        if not isinstance(scale, graph.Scale):
            continue
        gain, bias = exact.fractions(scale.gain).ravel(), exact.fractions(scale.bias).ravel()
        if np.any(gain != gain[0]):
            what = "Scale before a dense layer must have the same gain for all channels"
            raise ModelError(f"{network.name}: layer {scale.name!r}", what)
        behind = rewrite.fresh(network, f"{name}.scale")
        output = behind if output == name else output
        source = check.infer(network)[scale.inputs[0]]
        weights = dense.weights.data
        by_item = np.resize(bias, source.items) if bias.size > 1 else np.full(source.items, bias[0])
        moved = exact.dot(by_item, weights)
        if dense.bias is not None:
            moved = moved + dense.bias
        chain = [
            replace(dense, inputs=scale.inputs, bias=None),
            graph.Scale(name=behind, inputs=(name,), gain=np.asarray(gain[0]), bias=moved),
        ]
        network = rewrite.splice(network, dense, chain)
    return rewrite.drop_unread(network, output)

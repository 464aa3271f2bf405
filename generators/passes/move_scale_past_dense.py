"""A dense layer is linear: a scale before it is a scale behind it."""

import numpy as np
from msgspec.structs import replace

from generators.network import check, graph
from generators.network.error import ModelError
from generators.passes import rewrite
from generators.passes.merge_scales import merge_scales
from sim.golden import exact


def move_scale_past_dense(network: graph.Network) -> graph.Network:
    """W (g x + b) + c  ->  g (W x) + (W b + c), for one gain g of all channels.

    Raises
    ------
    ModelError
        If the channels before a dense layer have different gains.
    """
    for name in rewrite.each(network, graph.Dense):
        network = merge_scales(network)  # as one scale may have come from the dense layer before
        dense = rewrite.layer(network, name)
        scale = rewrite.layer(network, dense.inputs[0])
        if isinstance(scale, graph.Scale):
            network = _move(network, scale, dense)
    return network


def _move(network: graph.Network, scale: graph.Scale, dense: graph.Dense) -> graph.Network:
    output = rewrite.output_name(network)
    gain, bias = exact.fractions(scale.gain).ravel(), exact.fractions(scale.bias).ravel()
    other = gain[gain != gain[0]]
    if other.size:
        values = f"{float(gain[0])} and {float(other[0])}"
        what = f"Gains before a dense layer must be the same for all channels, not {values}"
        raise ModelError(f"{network.name}: layer {dense.name!r}", what)
    source = check.infer(network)[scale.inputs[0]]
    moved = exact.dot(np.resize(bias, source.items), dense.weights.data)
    if dense.bias is not None:
        moved = moved + dense.bias
    behind = rewrite.fresh(network, f"{dense.name}.scale")
    chain = [
        replace(dense, inputs=scale.inputs, bias=None),
        graph.Scale(name=behind, inputs=(dense.name,), gain=np.asarray(gain[0]), bias=moved),
    ]
    network = rewrite.splice(network, dense, chain)
    return rewrite.drop_unread(network, behind if output == dense.name else output)

"""Scales move down, past all that is linear or monotone, until a quantizer or the output."""

from generators.network import check, graph
from generators.passes import rewrite
from generators.passes.scale_past_add import past_add
from generators.passes.scale_past_maps import (
    past_concat,
    past_flatten,
    past_maxpool,
    past_pad,
    past_sumpool,
    past_upsample,
)
from generators.passes.scale_past_weights import past_weights

_MOVES = {
    graph.Dense: past_weights,
    graph.Conv: past_weights,
    graph.Add: past_add,
    graph.MaxPool: past_maxpool,
    graph.SumPool: past_sumpool,
    graph.Upsample: past_upsample,
    graph.Pad: past_pad,
    graph.Flatten: past_flatten,
    graph.Concat: past_concat,
}


def move_scales(network: graph.Network) -> graph.Network:
    """scale, layer -> layer, scale, for each layer in order, so that all go as far as they can.

    A scale that several layers read goes into each of them. A move is asked to leave the network
    as it is where no scale is before its layer.

    Raises
    ------
    ModelError
        If the layer does not let the scale through.
    """
    shapes = {name: tensor.shape for name, tensor in check.infer(network).items()}
    for name in [layer.name for layer in network.layers]:
        layer = rewrite.layer(network, name)
        move = _MOVES.get(type(layer))
        if move is not None:
            network = move(network, layer, shapes[layer.name])
    return network

"""A bipolar dot product is a count of synapses that agree."""

from msgspec.structs import replace

from generators.network import check, graph, infer_affine
from generators.passes import rewrite


def bipolar_to_popcount(network: graph.Network) -> graph.Network:
    """sum >= t  ->  popcount(xnor) >= ceil((t + cols) / 2), as sum = 2 * popcount - cols.

    Layers that emit their accumulators, or requantize them, keep the sum.
    """
    for name in rewrite.each(network, graph.Dense, graph.Conv):
        layer = rewrite.layer(network, name)
        if layer.activation is None or infer_affine.is_affine(layer):
            continue
        form = check.infer(network)[layer.inputs[0]].type
        if not form.bipolar or layer.weights.type != "bipolar" or layer.bias is not None:
            continue
        if layer.accumulate == "popcount" or _padded_with_0(layer):
            continue
        cols = layer.weights.data[0].size
        thresholds = -((-(layer.activation.thresholds + cols)) // 2)
        activation = replace(layer.activation, thresholds=thresholds)
        new = replace(layer, activation=activation, accumulate="popcount")
        network = rewrite.splice(network, layer, [new])
    return network


def _padded_with_0(layer: graph.Dense | graph.Conv) -> bool:
    return isinstance(layer, graph.Conv) and any(layer.padding) and layer.pad_value == 0

"""Zero points of inputs and weights are constants, so they cost nothing but a bias."""

from msgspec.structs import replace

from generators.network import graph, infer_affine
from generators.passes import rewrite
from sim.golden.formats import integer


def fold_zero_points(network: graph.Network) -> graph.Network:
    """sum (x - Z1) (w - Z2) + b -> sum x w' + b',  w' = w - Z2 and b' = b - Z1 sum w'.

    The weights are of the narrowest type that holds them: uint8 ones mostly become int8 or int9.
    Padding is Z1 in both, so that the pixels of a border count as the others do.
    """
    for name in rewrite.each(network, graph.Dense, graph.Conv):
        layer = rewrite.layer(network, name)
        z = layer.input_zero_point
        if not z and layer.weights.zero_point is None:
            continue
        new = replace(layer, weights=_centred(layer.weights), input_zero_point=0)
        if z:
            sums = new.weights.data.reshape(len(new.weights.data), -1).sum(axis=1)
            new = replace(new, bias=-z * sums + (0 if layer.bias is None else layer.bias))
        network = rewrite.splice(network, layer, [new])
    return network


def _centred(weights: graph.Weights) -> graph.Weights:
    if weights.zero_point is None:
        return weights
    data, form = infer_affine.centred(weights), integer.parse(weights.type)
    if weights.zero_point.any():
        form = integer.smallest(int(data.min()), int(data.max()))
    return replace(weights, data=data, type=form.name, zero_point=None)

"""A mean is a sum and a scale."""

from fractions import Fraction

import numpy as np

from generators.network import check, graph
from generators.passes import rewrite


def average_to_sum(network: graph.Network) -> graph.Network:
    """avgpool -> sumpool, scale(1 / pixels);  globalavgpool -> the same over the whole map."""
    for name in rewrite.each(network, graph.AvgPool, graph.GlobalAvgPool):
        layer = rewrite.layer(network, name)
        if isinstance(layer, graph.AvgPool):
            window = {"kernel": layer.kernel, "stride": layer.stride, "padding": layer.padding}
        else:
            source = check.infer(network)[layer.inputs[0]]
            window = {"kernel": source.shape[:2]}
        pixels = window["kernel"][0] * window["kernel"][1]
        chain = [
            graph.SumPool(name=name, inputs=layer.inputs, **window),
            graph.Scale(
                name=rewrite.fresh(network, f"{name}.scale"), inputs=(name,),
                gain=np.asarray(Fraction(1, pixels)),
            ),
        ]  # fmt: skip
        network = rewrite.splice(network, layer, chain)
    return network

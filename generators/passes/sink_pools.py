"""A maxpool of codes is cheaper than one of sums, and leaves thresholds next to the sums."""

import numpy as np

from generators.network import graph
from generators.passes import rewrite


def sink_pools(network: graph.Network) -> graph.Network:
    """maxpool, [scale | relu]..., quantizer  ->  [scale | relu]..., quantizer, maxpool.

    For gains that are not negative, as the largest stays the largest; an upsample copies, so it
    sinks below any. Layers that read codes already stay.
    """
    moved = True
    while moved:
        moved = False
        for name in rewrite.each(network, graph.MaxPool, graph.Upsample):
            pool = rewrite.layer(network, name)
            chain = quantized_chain(network, name)
            if not chain or not reads_sums(network, pool.inputs[0]):
                continue
            if isinstance(pool, graph.MaxPool) and not all(map(_rises, chain)):
                continue
            for follower in chain:
                pool, follower = (rewrite.layer(network, x.name) for x in (pool, follower))
                network = rewrite.swap(network, pool, follower)
            moved = True
    return network


def quantized_chain(network: graph.Network, name: str) -> list[graph.AnyLayer]:
    """The scales and relus behind a layer, and the quantizer that ends them; else empty.

    No other layer reads what is before the quantizer.
    """
    chain = []
    while True:
        readers = rewrite.readers(network, name)
        if len(readers) != 1:
            return []
        chain.append(readers[0])
        if isinstance(readers[0], (graph.Sign, graph.Quantize, graph.Threshold)):
            return chain
        if not isinstance(readers[0], (graph.Scale, graph.Relu)):
            return []
        name = readers[0].name


def reads_sums(network: graph.Network, name: str) -> bool:
    """Whether a tensor is not yet quantized: sums, or numbers behind a relu."""
    layer = rewrite.layer(network, name)
    if isinstance(layer, (graph.Scale, graph.MaxPool, graph.Upsample, graph.Pad)):
        return reads_sums(network, layer.inputs[0])
    if isinstance(layer, graph.Concat):
        return any(reads_sums(network, name) for name in layer.inputs)
    if isinstance(layer, (graph.Dense, graph.Conv)):
        return layer.activation is None
    return isinstance(layer, (graph.Relu, graph.Add, graph.SumPool))


def _rises(layer: graph.AnyLayer) -> bool:
    return not isinstance(layer, graph.Scale) or bool(np.all(layer.gain >= 0))

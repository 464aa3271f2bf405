"""#BitOPs: how much arithmetic a network is, whatever computes it."""

import numpy as np

from generators.network import check, graph
from sim.golden.formats import integer

__all__ = ["bitops"]


def bitops(network: graph.Network) -> dict[str, int]:
    """Of a frame, by layer with weights: MACs times bits of x times bits of w.

    As ``inference_cost`` of QONNX counts them (``total_bops``): bipolar numbers are one bit, and
    numbers in formats of their own are the integers that they stand for.
    """
    tensors, found = check.infer(network), {}
    for layer in network.layers:
        if isinstance(layer, graph.Dense | graph.Conv):
            *pixels, _ = tensors[layer.name].shape
            vectors = int(np.prod(pixels)) if isinstance(layer, graph.Conv) else 1
            x, w = tensors[layer.inputs[0]].type, integer.parse(layer.weights.type)
            found[layer.name] = layer.weights.data.size * vectors * x.width * w.width
    return found

"""Global average pools as part of the dense layer that reads them."""

import math

import numpy as np
from msgspec.structs import replace

from generators.network import floats

__all__ = ["without_means"]


def without_means(network: floats.Network) -> floats.Network:
    """The same function, of a dense layer that reads the map instead of its means.

    Its weights are those of the mean over the number of pixels, for every pixel. So a layer's sums
    are encoded once, and a mean of codes needs no format of its own. A mean that no dense layer
    reads stays.
    """
    layers = [layer for layer in network.layers if not isinstance(layer, floats.Flatten)]
    shapes = {name: value.shape[1:] for name, value in _run(network).items()}
    shapes[""] = network.shape
    made = []
    for layer in layers:
        before = made[-1] if made else None
        if isinstance(before, floats.GlobalAvgPool) and isinstance(layer, floats.Dense):
            made.pop()
            shape = shapes[made[-1].name if made else ""]
            pixels = math.prod(shape[:2])
            weights = np.tile(layer.weights, (1, pixels)) / pixels
            layer = replace(layer, weights=weights)
        made.append(layer)
    return replace(network, layers=tuple(made))


def _run(network: floats.Network) -> dict[str, np.ndarray]:
    """All outputs of an empty frame, for their shapes."""
    return network.run(np.zeros((1, *network.shape), np.uint8))

"""Outlier channels split in two, before a network is quantized."""

from itertools import pairwise

import numpy as np
from msgspec.structs import replace

from generators.network import floats
from generators.network.error import ModelError
from generators.network.quantize import coded
from generators.network.quantize.options import Options
from sim.golden import outliers

__all__ = ["split"]


def split(network: floats.Network, options: Options) -> floats.Network:
    """The same function, with ``options.split`` channels more behind each layer but the last.

    A channel is emitted twice, and each of the next layer's weights that read it divided between
    both, so that their range shrinks; the halves are apart by half a step of the scale that the
    weights then have, and rounded they add up to what the whole is rounded to.

    Raises
    ------
    ModelError
        If a convolution that would be split has groups.
    """
    layers = {layer.name: layer for layer in network.layers}
    linear = [n for n, layer in layers.items() if isinstance(layer, (floats.Dense, floats.Conv))]
    for before, name in pairwise(linear):
        for one in (before, name):
            if getattr(layers[one], "groups", 1) > 1:
                raise ModelError(one, "Groups must be 1 where channels are split")
        first = layers[before]
        layers[name], sources = _split(layers[name], len(first.weights), options)
        layers[before] = replace(first, weights=first.weights[sources], bias=first.bias[sources])
    return replace(network, layers=tuple(layers.values()))


def _split(layer: floats.Dense | floats.Conv, channels: int, options: Options):
    """The layer that reads some channels twice, and which."""
    w = layer.weights.reshape(len(layer.weights), -1, channels)
    naive, _ = outliers.split(w, options.split)
    step = float(np.max(coded.weights(naive.reshape(len(w), -1), options).scale))
    made, sources = outliers.split(w, options.split, step)
    shape = layer.weights.shape
    if isinstance(layer, floats.Conv):
        return replace(layer, weights=made.reshape(*shape[:3], -1)), sources
    return replace(layer, weights=made.reshape(len(made), -1)), sources

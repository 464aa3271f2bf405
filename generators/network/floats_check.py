"""Whether the layers of a float network fit each other."""

import math
from collections.abc import Mapping

import numpy as np

from generators.network import floats
from generators.network.error import ModelError

__all__ = ["check"]

LARGEST = 1e36
"""Of all numbers: what float32 holds, with some room for sums."""


def check(network: floats.Network, where: str, paths: Mapping[str, str]) -> floats.Network:
    """The network, if every layer fits the one before it; ``paths`` says where each stands.

    Raises
    ------
    ModelError
        If a layer does not fit, two have one name, or none has weights.
    """
    for name, value in (("Gain", network.gain), ("Bias", network.bias)):
        if abs(value) > LARGEST:
            what = f"{name} of the input must be at most {LARGEST:g} in size, not {value:g}"
            raise ModelError(where, what)
    taken, shape = {"input"}, network.shape
    for layer in network.layers:
        if layer.name in taken:
            names = ", ".join(sorted(taken))
            what = f"Name must be another than those before ({names}), not {layer.name!r}"
            raise ModelError(paths[layer.name], what)
        taken.add(layer.name)
        try:
            shape = _SHAPES[type(layer)](layer, shape)
        except ValueError as error:
            raise ModelError(paths[layer.name], str(error)) from None
    if not any(isinstance(layer, floats.Dense | floats.Conv) for layer in network.layers):
        raise ModelError(where, "Layers must be some with weights, dense or conv")
    return network


def _dense(layer: floats.Dense, shape: tuple[int, ...]) -> tuple[int, ...]:
    items, w = math.prod(shape), layer.weights
    if w.ndim != 2 or w.shape[1] != items or not len(w):
        raise ValueError(f"Weights must have shape (outputs, {items}), not {w.shape}")
    _bias(layer)
    return (len(w),)


def _conv(layer: floats.Conv, shape: tuple[int, ...]) -> tuple[int, ...]:
    _map("conv", shape)
    w, groups, channels = layer.weights, layer.groups, shape[2]
    if channels % groups:
        raise ValueError(f"Groups must divide the {channels} channels, not be {groups}")
    if w.ndim != 4 or w.shape[3] != channels // groups or not w.size:
        accepted = f"(outputs, kernel height, kernel width, {channels // groups})"
        raise ValueError(f"Weights must have shape {accepted}, not {w.shape}")
    if len(w) % groups:
        raise ValueError(f"Groups must divide the {len(w)} outputs, not be {groups}")
    _bias(layer)
    return (*_size(shape, layer.kernel, layer.stride, layer.padding), len(w))


def _maxpool(layer: floats.MaxPool, shape: tuple[int, ...]) -> tuple[int, ...]:
    _map("maxpool", shape)
    top, left, bottom, right = layer.padding
    if max(top, bottom) >= layer.kernel[0] or max(left, right) >= layer.kernel[1]:
        what = f"Padding must be smaller than the kernel {layer.kernel}, not {layer.padding}"
        raise ValueError(what)
    size = _size(shape, layer.kernel, layer.stride or layer.kernel, layer.padding)
    return (*size, shape[2])


def _globalavgpool(layer: floats.GlobalAvgPool, shape: tuple[int, ...]) -> tuple[int, ...]:
    _map("globalavgpool", shape)
    return (1, 1, shape[2])


def _map(op: str, shape: tuple[int, ...]) -> None:
    if len(shape) != 3:
        raise ValueError(f"Input of {op} must be a map (height, width, channels), not {shape}")


def _size(shape, kernel, stride, padding) -> tuple[int, int]:
    """Height and width of what windows become."""
    top, left, bottom, right = padding
    padded = (shape[0] + top + bottom, shape[1] + left + right)
    if kernel[0] > padded[0] or kernel[1] > padded[1]:
        raise ValueError(f"Kernel must fit into {padded} pixels, not be {tuple(kernel)}")
    return tuple((n - k) // s + 1 for n, k, s in zip(padded, kernel, stride))


def _bias(layer: floats.Dense | floats.Conv) -> None:
    if layer.bias.shape != (len(layer.weights),):
        what = f"Bias must have shape ({len(layer.weights)},), not {layer.bias.shape}"
        raise ValueError(what)
    for name, values in (("Weights", layer.weights), ("Bias", layer.bias)):
        largest = float(np.abs(values).max(initial=0))
        if largest > LARGEST:
            raise ValueError(f"{name} must be at most {LARGEST:g} in size, not {largest:g}")


_SHAPES = {
    floats.Dense: _dense,
    floats.Conv: _conv,
    floats.Relu: lambda layer, shape: shape,
    floats.MaxPool: _maxpool,
    floats.GlobalAvgPool: _globalavgpool,
    floats.Flatten: lambda layer, shape: (math.prod(shape),),
}

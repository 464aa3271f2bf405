"""Shapes and types behind pools, behind joined branches, and of maps that grow."""

import math

import numpy as np

from generators.network import graph
from generators.network.tensor import (
    Refused,
    Tensor,
    integers,
    is_map,
    numbers,
    smallest,
    strided,
)
from sim.golden.formats import integer


def maxpool(layer: graph.MaxPool, source: Tensor) -> Tensor:
    """The type stays, as every window holds a pixel of the map."""
    shape = _pool(layer, "maxpool", source)
    top, left, bottom, right = layer.padding
    if max(top, bottom) >= layer.kernel[0] or max(left, right) >= layer.kernel[1]:
        what = f"Padding must be smaller than the kernel {layer.kernel}, not {layer.padding}"
        raise Refused("padding", what)
    return Tensor(shape, source.type)


def sumpool(layer: graph.SumPool, source: Tensor) -> Tensor:
    """The type that holds as many of the largest as a window has pixels."""
    shape, pixels, form = _pool(layer, "sumpool", source), math.prod(layer.kernel), source.type
    if form is None:
        return Tensor(shape, None)
    low, high = _ends(form)
    return Tensor(shape, smallest(pixels * low, pixels * high, "kernel", "Sums"))


def _ends(form: integer.Integer) -> tuple[int, int]:
    """What is added may be from where to where; a circuit knows but the two bits of a ternary."""
    return (-2, 1) if form.name == "ternary" else (form.low, form.high)


def avgpool(layer: graph.AvgPool, source: Tensor) -> Tensor:
    """Means are real numbers."""
    return Tensor(_pool(layer, "avgpool", source), None)


def _pool(layer: graph.Pool, op: str, source: Tensor) -> tuple[int, int, int]:
    is_map(op, source)
    stride = layer.stride or layer.kernel
    size = strided(source, layer.kernel, stride, layer.padding, "kernel")
    return (*size, source.shape[2])


def globalavgpool(layer: graph.GlobalAvgPool, source: Tensor) -> Tensor:
    """One pixel of real numbers."""
    is_map("globalavgpool", source)
    return Tensor((1, 1, source.shape[2]), None)


def add(layer: graph.Add, *sources: Tensor) -> Tensor:
    """The type that holds the sum of the largest; real where an input is."""
    first, real = sources[0], any(source.type is None for source in sources)
    for source in sources[1:]:
        if source.shape != first.shape:
            what = f"Inputs of add must have one shape, not {first.shape} and {source.shape}"
            raise Refused("inputs", what)
    if layer.gains is not None:
        _gains(layer.gains, len(sources), first.shape[-1], real)
    if real:
        return Tensor(first.shape, None)
    gains = np.ones(len(sources), object) if layer.gains is None else layer.gains.astype(object)
    low = high = 0
    for gain, source in zip(gains, sources):
        corners = [gain * end for end in _ends(source.type)]
        low, high = low + np.minimum(*corners), high + np.maximum(*corners)
    return Tensor(first.shape, smallest(np.min(low), np.max(high), "gains", "Sums"))


def _gains(gains: np.ndarray, inputs: int, channels: int, real: bool) -> None:
    (numbers if real else integers)(gains, "gains", "Gains")
    if gains.shape not in ((inputs,), (inputs, channels)):
        asked = f"({inputs},) or ({inputs}, {channels})"
        raise Refused("gains", f"Gains must have shape {asked}, not {gains.shape}")
    if np.any(gains == 0):
        raise Refused("gains", "Gains must not be 0")


def concat(layer: graph.Concat, *sources: Tensor) -> Tensor:
    """The type of all, else one that holds all; real where an input is."""
    first = sources[0]
    for source in sources[1:]:
        if source.shape[:-1] != first.shape[:-1] or len(source.shape) != len(first.shape):
            what = "Inputs of concat must be equal in height and width"
            raise Refused("inputs", f"{what}, not {first.shape} and {source.shape}")
    channels = sum(source.shape[-1] for source in sources)
    types = [source.type for source in sources]
    if None in types:
        form = None
    elif all(form == types[0] for form in types):
        form = types[0]
    else:
        low, high = min(form.low for form in types), max(form.high for form in types)
        form = smallest(low, high, "inputs", "Values")
    return Tensor((*first.shape[:-1], channels), form)


def upsample(layer: graph.Upsample, source: Tensor) -> Tensor:
    """The same pixels, more often."""
    is_map("upsample", source)
    height, width, channels = source.shape
    return Tensor((height * layer.factor[0], width * layer.factor[1], channels), source.type)


def pad(layer: graph.Pad, source: Tensor) -> Tensor:
    """The type, or the smallest that holds the value of the border too."""
    is_map("pad", source)
    (top, left, bottom, right), (height, width, channels) = layer.padding, source.shape
    shape = (height + top + bottom, width + left + right, channels)
    return Tensor(shape, _joined(source.type, layer.value) if any(layer.padding) else source.type)


def _joined(form: integer.Integer | None, value: int) -> integer.Integer | None:
    low, high = (0, 0) if form is None else (form.low, form.high)
    joined = smallest(min(low, value), max(high, value), "value", "Values")
    if form is None or form.contains(np.array([value])).all():
        return form
    return integer.parse("ternary") if form.bipolar and value == 0 else joined

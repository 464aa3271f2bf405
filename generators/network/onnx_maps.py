"""Nodes on maps without weights: pooling, Resize, Pad."""

import math
from fractions import Fraction

import numpy as np

from generators.network import graph, onnx_fold
from generators.network.onnx_fold import Signal, Value
from generators.network.onnx_graph import Node
from generators.network.onnx_layers import Layers
from generators.network.onnx_window import MAX_PAD, MAX_STEP, window


def maxpool(layers: Layers, node: Node, operands: list) -> Value:
    """MaxPool; its second output, the indices, is none."""
    x = layers.read_map(node, operands[0])
    seen = _undilated(node, x)
    return layers.map(
        node, x, graph.MaxPool, "maxpool", frame=(*seen.size, x.shape[1]), kernel=seen.kernel,
        stride=seen.stride, padding=seen.padding,
    )  # fmt: skip


def avgpool(layers: Layers, node: Node, operands: list) -> Value:
    """AveragePool, all windows of which are divided by the same number."""
    x = layers.read_map(node, operands[0])
    if node.attributes.get("ceil_mode", 0):
        raise node.refused("Attribute ceil_mode must be 0")
    seen = _undilated(node, x)
    if any(seen.padding) and not node.attributes.get("count_include_pad", 0):
        raise node.refused("Attribute count_include_pad must be 1 where there is padding")
    return layers.map(
        node, x, graph.AvgPool, "avgpool", frame=(*seen.size, x.shape[1]), kernel=seen.kernel,
        stride=seen.stride, padding=seen.padding,
    )  # fmt: skip


def _undilated(node: Node, x: Signal):
    seen = window(node, x)
    if seen.dilation != (1, 1):
        raise node.refused(f"Attribute dilations must be 1, not {node.attributes['dilations']}")
    return seen


def global_maxpool(layers: Layers, node: Node, operands: list) -> Value:
    """GlobalMaxPool: one window."""
    x = layers.read_map(node, operands[0])
    height, width, channels = x.frame
    frame, kernel = (1, 1, channels), (height, width)
    return layers.map(node, x, graph.MaxPool, "maxpool", frame=frame, kernel=kernel, stride=(1, 1))


def mean(layers: Layers, node: Node, operands: list) -> Value:
    """GlobalAveragePool, or a ReduceMean over the pixels, wherever the axes of a map stand."""
    x, keep = layers.read(node, operands[0]), True
    axes = list(range(2, len(x.shape)))
    if node.op == "ReduceMean":
        keep = bool(node.attributes.get("keepdims", 1))
        axes = onnx_fold.integers(node, operands, 1, "axes")
        if not axes and node.attributes.get("noop_with_empty_axes", 0):
            raise node.refused("Attribute noop_with_empty_axes must be 0")
        axes = axes or list(range(len(x.shape)))
    accepted = f"Axes must be those of all pixels in {x.shape}"
    if not all(-len(x.shape) <= axis < len(x.shape) for axis in axes):
        raise node.refused(f"{accepted}, not {axes}")
    axes = sorted({axis % len(x.shape) for axis in axes})
    places = np.moveaxis(x.index, axes, range(-len(axes), 0))
    places = places.reshape(*places.shape[: len(x.shape) - len(axes)], -1)
    channel, channels = places.min(axis=-1, initial=x.index.size), x.frame[-1]
    pixels = channel[..., None] + np.arange(0, x.index.size, channels)
    if len(x.frame) != 3 or not np.array_equal(np.sort(places, axis=-1), pixels):
        raise node.refused(f"{accepted}, not {axes}")
    y = layers.add(node, x, graph.GlobalAvgPool, "globalavgpool", frame=(1, 1, channels))
    return Signal(y.layer, y.frame, np.expand_dims(channel, tuple(axes)) if keep else channel)


_COORDINATES = {
    "align_corners": lambda i, n, f: Fraction(i * (n - 1), max(n * f - 1, 1)),
    "asymmetric": lambda i, n, f: Fraction(i, f),
    "half_pixel": lambda i, n, f: Fraction(2 * i + 1 - f, 2 * f),
    "half_pixel_symmetric": lambda i, n, f: Fraction(2 * i + 1 - f, 2 * f),
    "pytorch_half_pixel": lambda i, n, f: Fraction(2 * i + 1 - f, 2 * f),
    "tf_half_pixel_for_nn": lambda i, n, f: Fraction(2 * i + 1, 2 * f),
}
"""Where output pixel i lies among n input pixels, f times as many of which are wanted."""

_NEAREST = {
    "ceil": math.ceil,
    "floor": math.floor,
    "round_prefer_ceil": lambda x: math.floor(x + Fraction(1, 2)),
    "round_prefer_floor": lambda x: math.ceil(x - Fraction(1, 2)),
}


def resize(layers: Layers, node: Node, operands: list) -> Value:
    """Resize or Upsample by repeating each pixel."""
    x = layers.read_map(node, operands[0])
    mode = node.attributes.get("mode", "nearest")
    if mode != "nearest":
        raise node.refused(f"Attribute mode must be nearest, not {mode}")
    policy = node.attributes.get("keep_aspect_ratio_policy", "stretch")
    if policy != "stretch":
        raise node.refused(f"Attribute keep_aspect_ratio_policy must be stretch, not {policy}")
    factors = _factors(node, operands, x)
    height, width = ((1,) + factors)[-2:]
    if (height, width) == (1, 1):
        return x
    frame = (x.frame[0] * height, x.frame[1] * width, x.frame[2])
    y = layers.map(node, x, graph.Upsample, "upsample", frame=frame, factor=(height, width))
    old = node.op == "Upsample" or len(operands) == 2  # Resize of opset 10
    where = "asymmetric" if old else "half_pixel"
    where = node.attributes.get("coordinate_transformation_mode", where)
    which = node.attributes.get("nearest_mode", "floor" if old else "round_prefer_floor")
    known = where in _COORDINATES and which in _NEAREST
    sizes = zip(x.shape[2:], factors)
    if not known or not all(_repeats(_COORDINATES[where], _NEAREST[which], *s) for s in sizes):
        accepted = "asymmetric with floor, or half_pixel with round_prefer_floor"
        what = f"repeat each pixel alike ({accepted}), not be {where} with {which}"
        raise node.refused(f"Coordinates must {what}")
    return y


def _repeats(where, which, size: int, factor: int) -> bool:
    """Whether every output pixel i is input pixel i // factor."""
    nearest = (which(where(i, size, factor)) for i in range(size * factor))
    return all(min(max(k, 0), size - 1) == i // factor for i, k in enumerate(nearest))


def _factors(node: Node, operands: list, x: Signal) -> tuple[int, ...]:
    """How much larger the output is, along each axis but batch and channels."""
    place = 2 if node.op == "Resize" and len(operands) > 2 else 1
    by_scales = "scales" in node.attributes or _filled(operands, place)
    if by_scales:
        scales = node.attributes.get("scales")
        if scales is None:
            scales = onnx_fold.constant(node, operands, place, "Scales").ravel().tolist()
        what, given, unit = "Scales", scales, [1] * len(x.shape)
    elif place == 2 and _filled(operands, 3):
        given = onnx_fold.integers(node, operands, 3, "sizes")
        what, unit = "Sizes", list(x.shape)
    else:
        raise node.refused("Scales or sizes must be given")
    axes, rank = node.attributes.get("axes", range(len(x.shape))), len(x.shape)
    whole, fit = list(unit), len(axes) == len(given)
    for axis, value in zip(axes, given):
        fit = fit and axis in range(-rank, rank) and math.isfinite(value)
        if fit:
            whole[axis] = value
    factors = [Fraction(value) / one for value, one in zip(whole, unit)]
    fit = fit and all(f == int(f) and 1 <= f <= MAX_STEP for f in factors)
    if not fit or factors[:2] != [1, 1]:
        accepted = f"give whole multiples of height and width of {x.shape}"
        raise node.refused(f"{what} must {accepted}, not {list(given)}")
    return tuple(int(f) for f in factors[2:])


def _filled(operands: list, position: int) -> bool:
    """Whether an optional input is given; exporters also give an empty constant."""
    return onnx_fold.given(operands, position) and 0 not in operands[position].shape


def pad(layers: Layers, node: Node, operands: list) -> Value:
    """Pad with a constant integer around the pixels."""
    x, rank = operands[0], len(operands[0].shape)
    mode = node.attributes.get("mode", "constant")
    if mode != "constant":
        raise node.refused(f"Attribute mode must be constant, not {mode}")
    given = onnx_fold.integers(node, operands, 1, "pads")
    if given is None:
        raise node.refused("Pads must be given")
    axes = list(range(rank))
    if onnx_fold.given(operands, 3):
        axes = [int(axis) for axis in onnx_fold.constant(node, operands, 3, "Axes").ravel()]
    pads = np.zeros((2, rank), object)
    fit = len(given) == 2 * len(axes) and all(axis in range(-rank, rank) for axis in axes)
    if fit:
        pads[:, axes] = np.array(given, object).reshape(2, -1)
    if not fit or any(p not in range(MAX_PAD + 1) for p in given) or np.any(pads[:, :2]):
        accepted = f"from 0 to {MAX_PAD}, and 0 for batch and channels of {x.shape}"
        raise node.refused(f"Pads must be {accepted}, not {given}")
    if not any(given):
        return x
    x, value = layers.read_map(node, x), _pad_value(node, operands)
    (top, left), (bottom, right) = ([0, *map(int, ends)][-2:] for ends in pads[:, 2:])
    frame = (x.frame[0] + top + bottom, x.frame[1] + left + right, x.frame[2])
    padding = (top, left, bottom, right)
    return layers.map(node, x, graph.Pad, "pad", frame=frame, padding=padding, value=value)


def _pad_value(node: Node, operands: list) -> int:
    value = np.asarray(node.attributes.get("value", 0.0))
    if onnx_fold.given(operands, 2):
        value = onnx_fold.constant(node, operands, 2, "Value")
    bound = 1 << 31
    if value.size != 1 or value.dtype.kind not in "iuf":
        raise node.refused("Value must be one number")
    if value.item() != int(value.item()) or not -bound <= value.item() < bound:
        raise node.refused(f"Value must be an integer of at most 32 bits, not {value.item()}")
    return int(value.item())

"""Shapes and types behind weights: dense layers, convolutions and their activations."""

import msgspec
import numpy as np

from generators.network import codings, graph, infer_affine
from generators.network.tensor import (
    Refused,
    Tensor,
    by_channel,
    integers,
    is_map,
    parse,
    smallest,
    strided,
)
from sim.golden.formats import integer

MAX_WEIGHTS = 1 << 26


def dense(layer: graph.Dense, source: Tensor) -> Tensor:
    """(features,): one for each row of the weights."""
    data = _data(layer)
    rows, shape = len(data) if data.ndim else 0, data.shape
    if data.ndim != 2 or not rows or shape[1] != source.items:
        asked = f"({rows or 'rows'}, {source.items})"
        raise Refused("weights", f"Weights must have shape {asked}, not {shape}")
    _weights(layer, source)
    return Tensor((rows,), _type(layer, source))


def conv(layer: graph.Conv, source: Tensor) -> Tensor:
    """(height, width, channels) of the windows: a channel for each output of the weights."""
    is_map("conv", source)
    data, channels, groups = _data(layer), source.shape[2], layer.groups
    if channels % groups:
        what = f"Groups must be a divisor of {channels} (input channels), not {groups}"
        raise Refused("groups", what)
    if data.ndim != 4 or not data.size or data.shape[3] != channels // groups:
        asked = f"(outputs, kernel height, kernel width, {channels // groups})"
        raise Refused("weights", f"Weights must have shape {asked}, not {data.shape}")
    outputs, *kernel, _ = data.shape
    if outputs % groups:
        raise Refused("groups", f"Groups must be a divisor of {outputs} (outputs), not {groups}")
    size = strided(source, kernel, layer.stride, layer.padding, "weights", layer.dilation)
    _weights(layer, source)
    _border(layer, source.type)
    return Tensor((*size, outputs), _type(layer, source))


def _data(layer) -> np.ndarray:
    """The weights, which are integers."""
    weights = layer.weights
    parse(weights.type, "weights.type")
    if weights.data is msgspec.UNSET:
        raise Refused("weights", 'Weights must have "data", or "npz" and "key"')
    integers(weights.data, "weights", "Weights")
    return weights.data


def _weights(layer, source: Tensor) -> None:
    """Refuse weights that are none of their type, and what does not go with them."""
    weights, rows = layer.weights, len(layer.weights.data)
    form = integer.parse(weights.type)
    if weights.data.size > MAX_WEIGHTS:
        raise Refused("weights", f"Weights must be at most {MAX_WEIGHTS}, not {weights.data.size}")
    bad = weights.data[~form.contains(weights.data)]
    if bad.size:
        accepted = "-1 or +1" if form.bipolar else f"from {form.low} to {form.high}"
        raise Refused("weights", f"Weights of type {form.name} must be {accepted}, not {bad[0]}")
    if weights.scale is not None:
        by_channel(weights.scale, rows, "weights.scale", "Scale")
        if np.any(weights.scale == 0):
            raise Refused("weights.scale", "Scale must not be 0")
    if layer.bias is not None:
        integers(layer.bias, "bias", "Bias")
        by_channel(layer.bias, rows, "bias", "Bias")
    infer_affine.zero_points(layer, source)
    if weights.coding is not None and source.type is not None and source.type.bipolar:
        tag = weights.coding.__struct_config__.tag
        what = f"Weights of the format {tag} must not be multiplied with bipolar inputs"
        raise Refused("weights.type", f"{what}; make these ternary")
    bipolar = form.bipolar and source.type is not None and source.type.bipolar
    if layer.accumulate == "popcount" and not bipolar:
        raise Refused("accumulate", "Accumulate must be sum unless inputs and weights are bipolar")


def _border(layer: graph.Conv, form: integer.Integer | None) -> None:
    """Refuse a pad value that the accumulators are not made for."""
    value = layer.pad_value
    if form is None:
        smallest(min(value, 0), max(value, 0), "pad_value", "Pad_value")
        return
    if not form.low <= value <= form.high:
        accepted = "-1, 0 or +1" if form.bipolar else f"from {form.low} to {form.high}"
        what = f"Pad_value of inputs of type {form.name} must be {accepted}, not {value}"
        raise Refused("pad_value", what)
    if any(layer.padding) and layer.input_zero_point not in (0, value):
        what = f"Pad_value must be the zero point {layer.input_zero_point} of inputs, not {value}"
        raise Refused("pad_value", what)
    zero = any(layer.padding) and not form.contains(np.array([value])).all()
    if layer.accumulate == "popcount" and zero:
        what = f"Accumulate must be sum where bipolar inputs are padded with {value}"
        raise Refused("accumulate", what)


def _type(layer, source: Tensor) -> integer.Integer | None:
    """The type of the accumulators, or of the activation behind them."""
    scale = layer.weights.scale
    sums = accumulator(layer, source.type) if source.type is not None else None
    if layer.activation is None:
        return sums if scale is None else None
    if source.type is None or scale is not None:
        raise Refused("activation", "Activation must stand behind integers; use a quantize layer")
    if not infer_affine.is_affine(layer):
        return activation(layer.activation, len(layer.weights.data), "activation.")
    parse(layer.activation.type, "activation.type")
    if layer.accumulate == "popcount":
        raise Refused("accumulate", "Accumulate must be sum before requantize")
    lows, highs = accumulator_range(layer, source.type)
    return infer_affine.requantize(layer.activation, len(lows), lows.min(), highs.max())


def accumulator(layer: graph.Dense | graph.Conv, form: integer.Integer) -> integer.Integer:
    """The narrowest type that holds every accumulator that inputs of a type can make."""
    lows, highs = accumulator_range(layer, form)
    return smallest(lows.min(), highs.max(), "weights", "Accumulators")


def accumulator_range(
    layer: graph.Dense | graph.Conv, form: integer.Integer
) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest accumulator of each row, over all inputs of a type.

    Of a layer whose weights are replaced at run time, over all weights of their type as well, and
    over every bias of :func:`bias_range`. What pads a map lies between the type's lowest and
    highest value, as :func:`conv` sees to.
    """
    lowest, highest = form.low - layer.input_zero_point, form.high - layer.input_zero_point
    coded = codings.sums_range(layer, lowest, highest)
    if coded is not None:
        bias = 0 if layer.bias is None or codings.family(layer) == "minifloat" else layer.bias
        return coded[0] + bias, coded[1] + bias
    if loadable(layer):
        return _any_weights(layer, lowest, highest)
    w = infer_affine.centred(layer.weights).reshape(len(layer.weights.data), -1)
    positive, negative = np.maximum(w, 0).sum(axis=1), np.minimum(w, 0).sum(axis=1)
    if form.width + int((positive - negative).max()).bit_length() > 60:  # int64 could overflow
        positive, negative = positive.astype(object), negative.astype(object)
    low = positive * lowest + negative * highest
    high = positive * highest + negative * lowest
    if layer.bias is not None:
        low, high = low + layer.bias, high + layer.bias
    if layer.accumulate == "popcount":
        low, high = (low + w.shape[1]) // 2, (high + w.shape[1]) // 2
    return low, high


def loadable(layer: graph.Dense | graph.Conv) -> bool:
    """Whether weights, and thresholds or bias, are replaced at run time."""
    return layer.fold is not None and layer.fold.storage == "ram"


def bias_range(layer: graph.Dense | graph.Conv, form: integer.Integer) -> tuple[int, int]:
    """Lowest and highest bias that may replace a layer's: as large as sums, or as those given."""
    if layer.bias is None:
        return 0, 0
    ends = _products(layer, form.low - layer.input_zero_point, form.high - layer.input_zero_point)
    return min(ends[0], int(np.min(layer.bias))), max(ends[1], int(np.max(layer.bias)))


def _products(layer, lowest: int, highest: int) -> tuple[int, int]:
    """Lowest and highest sum without bias, over all weights of the type."""
    form, zero = integer.parse(layer.weights.type), layer.weights.zero_point
    zeros = (0,) if zero is None else (int(np.min(zero)), int(np.max(zero)))
    cols = int(np.prod(layer.weights.data.shape[1:]))
    corners = [x * (w - z) for x in (lowest, highest) for w in (form.low, form.high) for z in zeros]
    return cols * min(corners), cols * max(corners)


def _any_weights(layer, lowest: int, highest: int) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest accumulator of each row, over all weights and biases."""
    low, high = _products(layer, lowest, highest)
    if layer.bias is not None:
        low += min(low, int(np.min(layer.bias)))
        high += max(high, int(np.max(layer.bias)))
    rows, *rest = layer.weights.data.shape
    if layer.accumulate == "popcount":
        cols = int(np.prod(rest))
        low, high = (low + cols) // 2, (high + cols) // 2
    kind = object if max(-low, high).bit_length() > 60 else np.int64
    return np.full(rows, low, kind), np.full(rows, high, kind)


def activation(values, channels: int, prefix: str = "") -> integer.Integer:
    """The type of an activation of so many channels; ``prefix`` leads to its fields."""
    form = parse(values.type, f"{prefix}type")
    field, thresholds = f"{prefix}thresholds", values.thresholds
    if thresholds is None:
        if not form.bipolar:
            raise Refused(field, f"Thresholds must be given for the type {form.name}")
        return form
    integers(thresholds, field, "Thresholds")
    shape = thresholds.shape
    if len(shape) != 2 or shape[0] not in (1, channels) or not shape[1]:
        asked = f"({channels}, levels) or (1, levels)"
        raise Refused(field, f"Thresholds must have shape {asked}, not {shape}")
    if np.any(np.diff(thresholds, axis=1) < 0):
        row = int(np.flatnonzero((np.diff(thresholds, axis=1) < 0).any(axis=1))[0])
        raise Refused(f"{field}[{row}]", "Thresholds must ascend within each channel")
    base = form.low if values.base is None else values.base
    top = base + form.step * shape[1]
    if not form.contains(np.array([base, top])).all():
        what = f"Values of type {form.name} must lie in {form.low}..{form.high}"
        raise Refused(field, f"{what}, but {shape[1]} thresholds reach {base}..{top}")
    return form

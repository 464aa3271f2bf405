"""Affine integers: zero points of inputs and weights, and sums requantized to codes."""

import math

import msgspec
import numpy as np

from generators.network import graph
from generators.network.tensor import Refused, Tensor, by_channel, integers, numbers
from sim.golden import affine
from sim.golden.formats import integer

MAX_SHIFT = 31
"""By which int32 can be shifted."""

_GIVEN = ("multiplier", "right_shift")
_SCALES = ("input_scale", "weight_scale", "output_scale")


def zero_points(layer: graph.Dense | graph.Conv, source: Tensor) -> None:
    """Refuse zero points that are no codes, and where nothing is affine."""
    z, form, field = layer.input_zero_point, source.type, "input_zero_point"
    if z:
        for where, there in (
            ("inputs are real numbers", form is None),
            ("inputs are bipolar", form is not None and form.bipolar),
            ("weights have a scale", layer.weights.scale is not None),
        ):
            if there:
                raise Refused(field, f"Input_zero_point must be 0 where {where}, not {z}")
        _code(z, form, field, f"Input_zero_point of inputs of type {form.name}")
    _weights(layer.weights)


def _weights(weights: graph.Weights) -> None:
    if weights.zero_point is None:
        return
    form, field = integer.parse(weights.type), "weights.zero_point"
    integers(weights.zero_point, field, "Zero_point")
    by_channel(weights.zero_point, len(weights.data), field, "Zero_point")
    if form.bipolar:
        raise Refused(field, "Zero_point must not be given for weights of type bipolar")
    for value in weights.zero_point.ravel():
        _code(value, form, field, f"Zero_point of weights of type {form.name}")


def _code(value: int, form: integer.Integer, field: str, what: str) -> None:
    if not form.low <= value <= form.high:
        raise Refused(field, f"{what} must be from {form.low} to {form.high}, not {value}")


def centred(weights: graph.Weights) -> np.ndarray:
    """What is multiplied: the weights less their zero points."""
    if weights.zero_point is None:
        return weights.data
    return weights.data - weights.zero_point.reshape(-1, *(1 for _ in weights.data.shape[1:]))


def requantize(values: graph.Activation, channels: int, low: int, high: int) -> integer.Integer:
    """The type of the codes that sums from low to high become, in so many channels."""
    form, prefix = integer.parse(values.type), "activation.requantize"
    for field in ("thresholds", "base"):
        if getattr(values, field) is not None:
            what = f"{field.capitalize()} must not be given beside requantize"
            raise Refused(f"activation.{field}", what)
    if form.bipolar:
        raise Refused("activation.type", "Type of requantize must not be bipolar; use thresholds")
    record = values.requantize
    given = {name for name in (*_GIVEN, *_SCALES) if getattr(record, name) is not None}
    if given not in ({*_GIVEN}, {*_SCALES}):
        what = 'Requantize must have "multiplier" and "right_shift", or "input_scale", '
        raise Refused(prefix, what + '"weight_scale" and "output_scale"')
    multiplier, right_shift = _multipliers(record, channels, prefix)
    _within(multiplier, 0, affine.HIGH, f"{prefix}.multiplier", "Multiplier")
    _within(right_shift, -MAX_SHIFT, MAX_SHIFT, f"{prefix}.right_shift", "Right_shift")
    left = max(0, -int(right_shift.min()))
    low, high = int(low) << left, int(high) << left
    if low < affine.LOW or high > affine.HIGH:
        moved = f" shifted left by {left}" if left else ""
        raise Refused(prefix, f"Sums{moved} must fit int32, not reach {low}..{high}")
    _code(record.zero_point, form, f"{prefix}.zero_point", f"Zero_point of type {form.name}")
    low, high = clamp(values)
    if not form.low <= low <= high <= form.high:
        what = f"Low and high of type {form.name} must be from {form.low} to {form.high}"
        raise Refused(f"{prefix}.low", f"{what} and ascend, not {low}..{high}")
    return form


def clamp(values: graph.Activation) -> tuple[int, int]:
    """Lowest and highest code."""
    form, record = integer.parse(values.type), values.requantize
    low = form.low if record.low is None else record.low
    return low, form.high if record.high is None else record.high


def multipliers(record: graph.Requantize) -> tuple[np.ndarray, np.ndarray]:
    """M0 and right shift of a checked record, as given or of its scales."""
    if record.multiplier is not None:
        return record.multiplier, record.right_shift
    weights = np.asarray(record.weight_scale, np.float64)
    return affine.quantize_multipliers(record.input_scale * weights / record.output_scale)


def _multipliers(record, channels: int, prefix: str) -> tuple[np.ndarray, np.ndarray]:
    if record.multiplier is not None:
        for name in _GIVEN:
            integers(getattr(record, name), f"{prefix}.{name}", name.capitalize())
            by_channel(getattr(record, name), channels, f"{prefix}.{name}", name.capitalize())
        return multipliers(record)
    by_channel(record.weight_scale, channels, f"{prefix}.weight_scale", "Weight_scale")
    for name in _SCALES:
        values = np.asarray(getattr(record, name))
        numbers(values, f"{prefix}.{name}", name.capitalize())
        wrong = values[values <= 0]
        if wrong.size:
            what = f"{name.capitalize()} must be positive, not {wrong[0]}"
            raise Refused(f"{prefix}.{name}", what)
    multiplier, right_shift = multipliers(record)
    if right_shift.min() < -MAX_SHIFT:
        channel = int(right_shift.argmin())
        real = math.ldexp(int(multiplier[channel]), -affine.FRACTION - int(right_shift[channel]))
        raise Refused(prefix, f"Scales must make multipliers below 2^31, not {real:.3g}")
    return multiplier, right_shift


def _within(values: np.ndarray, low: int, high: int, field: str, what: str) -> None:
    for value in values.ravel():
        if not low <= value <= high:
            raise Refused(field, f"{what} must be from {low} to {high}, not {value}")


def is_affine(layer: graph.AnyLayer) -> bool:
    """Whether a layer's sums are requantized."""
    found = getattr(layer, "activation", None)
    return found is not None and found.requantize is not None


def given(record: graph.Requantize) -> graph.Requantize:
    """The record with its multipliers instead of scales."""
    multiplier, right_shift = multipliers(record)
    changes = dict.fromkeys(_SCALES) | {"multiplier": multiplier, "right_shift": right_shift}
    return msgspec.structs.replace(record, **changes)

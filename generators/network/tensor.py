"""What flows along an edge of a network, and the checks that the rules of all layers share."""

import math
from dataclasses import dataclass

import numpy as np

from sim.golden.formats import integer


@dataclass(frozen=True)
class Tensor:
    """What flows along an edge: shape without the frames, and integer type (None: real numbers)."""

    shape: tuple[int, ...]
    type: integer.Integer | None

    @property
    def items(self) -> int:
        """Elements of a frame."""
        return math.prod(self.shape)


class Refused(ValueError):
    """A field of the layer at hand, and what is wrong with it."""

    def __init__(self, field: str, what: str) -> None:
        self.field = field
        super().__init__(what)


def parse(name: str, field: str) -> integer.Integer:
    """The integer type of a name in a field."""
    try:
        return integer.parse(name)
    except ValueError as error:
        raise Refused(field, str(error)) from None


def smallest(low: int, high: int, field: str, what: str) -> integer.Integer:
    """The narrowest type that holds low to high, refused where there is none."""
    low, high = int(low), int(high)
    if low < -(1 << integer.MAX_WIDTH - 1) or high >= 1 << integer.MAX_WIDTH - (low < 0):
        limit = f"{integer.MAX_WIDTH} bits"
        raise Refused(field, f"{what} must fit {limit}, not reach {low}..{high}")
    return integer.smallest(low, high)


def integers(values: np.ndarray, field: str, what: str) -> None:
    """Refuse anything but whole numbers."""
    if values.dtype.kind in "fO":
        broken = [v for v in values.ravel() if v != int(v)]
        if broken:
            raise Refused(field, f"{what} must be integers, not {broken[0]}")
    if values.dtype.kind not in "iu":
        raise Refused(field, f"{what} must be integers, not of type {values.dtype}")


def numbers(values: np.ndarray, field: str, what: str) -> None:
    """Refuse anything but numbers."""
    if values.dtype.kind not in "iufO":
        raise Refused(field, f"{what} must be numbers, not of type {values.dtype}")


def by_channel(values: np.ndarray, channels: int, field: str, what: str) -> None:
    """Refuse anything but one number, or one for each channel."""
    numbers(values, field, what)
    if values.shape not in ((), (1,), (channels,)):
        asked = f"one number or {channels}"
        raise Refused(field, f"{what} must be {asked}, not of shape {values.shape}")


def is_map(op: str, source: Tensor) -> None:
    """Refuse anything but a map."""
    if len(source.shape) != 3:
        what = f"Input of {op} must have shape (height, width, channels), not {source.shape}"
        raise Refused("inputs", what)


def strided(source: Tensor, kernel, stride, padding, field: str, dilation=(1, 1)):
    """Height and width of the map of windows, each of which lies within the padded map."""
    top, left, bottom, right = padding
    padded = source.shape[0] + top + bottom, source.shape[1] + left + right
    span = tuple(d * (k - 1) + 1 for d, k in zip(dilation, kernel))
    if span[0] > padded[0] or span[1] > padded[1]:
        what = f"Kernel must lie within the padded map of {padded[0]} x {padded[1]} pixels"
        raise Refused(field, f"{what}, not span {span[0]} x {span[1]}")
    return tuple((size - n) // step + 1 for size, n, step in zip(padded, span, stride))

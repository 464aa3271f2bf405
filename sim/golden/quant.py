"""Quantizers by their mathematics."""

import math
from fractions import Fraction

import numpy as np

HALF = Fraction(1, 2)

FAR = 1 << 62
"""Beyond every type's range."""


def _sign(x: Fraction) -> int:
    return -1 if x < 0 else 1


ROUNDINGS = {
    "HALF_EVEN": round,
    "HALF_UP": lambda x: _sign(x) * math.floor(abs(x) + HALF),
    "HALF_DOWN": lambda x: _sign(x) * math.ceil(abs(x) - HALF),
    "FLOOR": math.floor,
    "CEIL": math.ceil,
    "UP": lambda x: _sign(x) * math.ceil(abs(x)),
    "DOWN": math.trunc,
}
"""Rounding of an exact number to an integer, by its QONNX name. UP is away from zero, DOWN is
towards it; HALF_UP and HALF_DOWN say so of ties only."""


def threshold(x: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """Count reached thresholds; x (..., channels), thresholds (channels, levels)."""
    levels = np.zeros(x.shape, np.int64)
    for column in thresholds.T:
        levels += x >= column
    return levels


def sign(x: np.ndarray) -> np.ndarray:
    """+1 where x >= 0, else -1."""
    return np.where(x >= 0, 1, -1)


def relu(x: np.ndarray) -> np.ndarray:
    """max(x, 0)."""
    return np.where(x > 0, x, 0 * x)


def round_exact(x: np.ndarray, rounding: str) -> np.ndarray:
    """Round exact numbers to integers by a mode of :data:`ROUNDINGS`; to FAR at most."""
    mode = ROUNDINGS[rounding]
    rounded = [max(-FAR, min(FAR, mode(v))) for v in x.ravel()]
    return np.array(rounded, np.int64).reshape(x.shape)


def quantize(x: np.ndarray, scale, zero_point, low: int, high: int, rounding: str) -> np.ndarray:
    """(clip(round(x / scale + zero_point), low, high) - zero_point) * scale, as QONNX Quant."""
    codes = np.clip(round_exact(x / scale + zero_point, rounding), low, high)
    return (codes - zero_point) * scale


def argmax(x: np.ndarray) -> np.ndarray:
    """Index of the largest channel, the lowest index of equals; x (frames, channels)."""
    return np.argmax(x, axis=-1)[..., None]

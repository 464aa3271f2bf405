r"""What an LSB is: scales of a tensor, by the range that is not to be clipped.

``max`` clips nothing; ``mse`` is the scale of the smallest mean square error of those that clip
more and more; ``aciq`` and ``sawb`` have closed forms of a clip :math:`\alpha`, see
:mod:`sim.golden.clip`, that are divided into equal steps. A power of two is the nearest to that
step, of ``max`` the next above, so that nothing saturates by more than half an LSB.
"""

import math

import numpy as np

from generators.network.quantize import numbers
from sim.golden import clip

__all__ = ["SAMPLES", "error", "power", "real", "sample"]

SAMPLES = 1 << 18
"""Numbers of a tensor that are looked at; of more, so many evenly spaced groups of 256."""

STEPS = 8
"""Powers of two below the largest scale that are tried."""

FRACTIONS = np.geomspace(2, 0.1, 61)
"""Of the scale that clips nothing, what is tried: 5 % apart; groups may gain by a larger one."""


def power(v: np.ndarray, kind: numbers.Kind, how: str) -> int:
    """Exponent e of the scale 2^e of reals v in a type."""
    v = sample(v)
    largest = float(np.abs(v).max(initial=0))
    if largest == 0:
        return 0
    top = numbers.top(kind)
    highest = math.ceil(math.log2(largest / (top + 0.5)))
    if how == "max":
        return highest
    if how == "mse":
        tried = range(highest, highest - STEPS, -1)
        return min(tried, key=lambda e: error(v, kind, 2.0**e))
    step = _step(v, kind, how)
    return highest if step is None else round(math.log2(step))


def real(v: np.ndarray, kind: numbers.Kind, how: str) -> float:
    """The scale of reals v in a type."""
    v = sample(v)
    largest = float(np.abs(v).max(initial=0))
    if largest == 0:
        return 1.0
    top = numbers.top(kind)
    if how == "max":
        return largest / top
    if how == "mse":
        return min(largest / top * FRACTIONS, key=lambda scale: error(v, kind, scale))
    step = _step(v, kind, how)
    return largest / top if step is None else step


def sample(v: np.ndarray) -> np.ndarray:
    """Some of many numbers, always the same, evenly spaced, the largest and smallest among them.

    Groups along the last axis stay whole.
    """
    if v.size <= SAMPLES:
        return v
    rows = v.reshape(-1, v.shape[-1])
    largest = [int(row) for row in np.unravel_index([v.argmax(), v.argmin()], rows.shape)[0]]
    count = max(1, SAMPLES // rows.shape[1])
    even = np.linspace(0, len(rows) - 1, min(count, len(rows))).astype(int)
    return rows[np.union1d(even, largest)]


def _step(v: np.ndarray, kind: numbers.Kind, how: str) -> float | None:
    """The step of a closed form: ACIQ has top + 1 of them up to alpha, SAWB half of one less.

    None where SAWB is negative, of a tail longer than it was made for.
    """
    alpha = clip.alpha(v, numbers.bits(kind), how, signed=numbers.signed(kind))
    return float(alpha / (numbers.top(kind) + (1 if how == "aciq" else 0.5))) if alpha > 0 else None


def error(v: np.ndarray, kind: numbers.Kind, scale: float) -> float:
    return float(np.square(v - scale * numbers.value(kind, numbers.encode(kind, v / scale))).sum())

"""PACT: activations with a learned clip, and the thresholds that make their codes."""

from fractions import Fraction
from math import ceil

import numpy as np

__all__ = ["clipped", "codes", "gradient", "levels", "pact", "thresholds"]


def clipped(x: np.ndarray, alpha: float) -> np.ndarray:
    r""":math:`y = (|x| - |x - \alpha| + \alpha) / 2`: x within 0 and alpha.

    J. Choi et al., "PACT: Parameterized Clipping Activation for Quantized Neural Networks",
    2018, equation 1.
    """
    return (np.abs(x) - np.abs(x - alpha) + alpha) / 2


def codes(x: np.ndarray, alpha: float, bits: int) -> np.ndarray:
    r"""The integers 0 to 2^bits - 1: :math:`\lfloor y (2^k - 1) / \alpha \rceil`, ties up."""
    top = _top(alpha, bits)
    return np.floor(clipped(x, alpha) * top / alpha + 0.5).astype(np.int64)


def pact(x: np.ndarray, alpha: float, bits: int) -> np.ndarray:
    r"""What the codes stand for: y_q = code * alpha / (2^k - 1) (equation 2)."""
    return codes(x, alpha, bits) * (alpha / _top(alpha, bits))


def gradient(x: np.ndarray, alpha: float) -> np.ndarray:
    """The derivative of what comes out by alpha, straight through the rounding: [x >= alpha]."""
    return (np.asarray(x) >= alpha).astype(np.float64)


def levels(alpha: float, bits: int) -> np.ndarray:
    """The 2^bits numbers that come out, ascending."""
    top = _top(alpha, bits)
    return np.arange(top + 1) * alpha / top


def thresholds(alpha: float, bits: int, unit: float = 1.0, bias: float = 0.0) -> np.ndarray:
    r"""The 2^bits - 1 integers T_i that integer sums s reach: code = #{i : s >= T_i}.

    :math:`T_i = \lceil ((i + 1/2) \alpha / (2^k - 1) - bias) / unit \rceil`, exactly, where
    unit * s + bias, unit > 0, is the number that is activated.

    Raises
    ------
    ValueError
        If alpha or the unit is not above 0, or there are no bits.
    """
    top = _top(alpha, bits)
    if not unit > 0:
        raise ValueError(f"Unit must be above 0, not {unit}")
    step = Fraction(alpha) / top
    edges = [((i + Fraction(1, 2)) * step - Fraction(bias)) / Fraction(unit) for i in range(top)]
    return np.array([ceil(edge) for edge in edges], np.int64)


def _top(alpha: float, bits: int) -> int:
    if not alpha > 0:
        raise ValueError(f"Alpha must be above 0, not {alpha}")
    if bits < 1:
        raise ValueError(f"Bits must be at least 1, not {bits}")
    return (1 << bits) - 1

"""Exact arithmetic on arrays: int64 where integers do, Fraction objects where they do not."""

import math
from fractions import Fraction

import numpy as np

SQRT_BITS = 512
"""Relative precision of an irrational root; see :func:`sqrt`."""


def fractions(x) -> np.ndarray:
    """Copy x to an object array of Fraction, each float taken at its exact binary value."""
    x = np.asarray(x)
    out = np.empty(x.shape, object)
    out.ravel()[:] = [v if isinstance(v, Fraction) else Fraction(_builtin(v)) for v in x.ravel()]
    return out


def _builtin(value):
    return value.item() if isinstance(value, np.generic) else value


def sqrt(x: Fraction) -> Fraction:
    """Root of a non-negative rational: exact where it is rational, else rounded down to 512 bits.

    A threshold m + r*sqrt(v) with r != 0 and irrational sqrt(v) is no integer, so there is no tie
    to get wrong, and (n - m)^2 and r^2*v, both rationals made of a few float32 numbers, differ
    by far more than 2^-512 of their size if they differ: the ceiling of the rounded value is right.
    """
    num, den = math.isqrt(x.numerator), math.isqrt(x.denominator)
    if num * num == x.numerator and den * den == x.denominator:
        return Fraction(num, den)
    shift = 2 * SQRT_BITS + x.denominator.bit_length()
    return Fraction(math.isqrt((x.numerator << 2 * shift) // x.denominator), 1 << shift)


def dot(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    """Exact x @ w.T for x (..., cols) of integers or Fractions and integer w (rows, cols)."""
    x, denominator = over_common_denominator(x)
    if x.dtype != object:
        bound = int(np.abs(x).max(initial=0)) * int(np.abs(w).max(initial=0)) * w.shape[1]
        if bound < 1 << 53:  # every partial sum is an integer that float64 holds exactly: use BLAS
            y = (x.astype(np.float64) @ w.T.astype(np.float64)).astype(np.int64)
        elif bound < 1 << 63:
            y = x @ w.T
        else:
            y = x.astype(object) @ w.T.astype(object)
    else:
        y = x @ w.T.astype(object)
    return y if denominator == 1 else fractions(y) / denominator


def over_common_denominator(x: np.ndarray) -> tuple[np.ndarray, int]:
    """Split Fractions into integer numerators (int64 where they fit) and one denominator."""
    if x.dtype != object:
        return x.astype(np.int64), 1
    denominator = math.lcm(*(v.denominator for v in x.ravel())) if x.size else 1
    numerators = [v.numerator * (denominator // v.denominator) for v in x.ravel()]
    fits = all(-(1 << 62) < n < 1 << 62 for n in numerators)
    return np.array(numerators, np.int64 if fits else object).reshape(x.shape), denominator

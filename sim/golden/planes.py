r"""Sums of lanes that wrap, and products of integers by their bit planes.

The planes :math:`c_0 … c_{n-1}` of an integer of n bits are those of its two's complement:
:math:`v = \sum_m \pm 2^m c_m(v)`, where only the highest plane of a signed number is negative.
Then (DoReFa-Net, arXiv 1606.06160, equation 3, with signs)

.. math:: x \cdot y = \sum_m \sum_k \pm 2^{m+k} bitcount(and(c_m(x), c_k(y))).
"""

import numpy as np

__all__ = ["accumulate", "agreements", "bipolar_dot", "dot", "horner", "planes", "wrap"]


def wrap(x: np.ndarray, width: int) -> np.ndarray:
    """The number of so many bits, two's complement, that x is modulo 2^width."""
    half = 1 << width - 1
    return (x + half) % (2 * half) - half


def accumulate(first: np.ndarray, rows: np.ndarray, width: int) -> np.ndarray:
    """Running sums (steps, lanes) of rows (steps, lanes, any), each first starting new ones."""
    totals, total = [], np.zeros(rows.shape[1], np.int64)
    for start, step in zip(first, rows.sum(axis=2)):
        total = wrap(step + (0 if start else total), width)
        totals.append(total)
    return np.array(totals)


def horner(ops: np.ndarray, rows: np.ndarray, width: int) -> np.ndarray:
    """Running sums P (steps, lanes) of rows c: what becomes of P is the op's place in a list.

    It is: c, -c, P + c, 2 P + c, P - c, -(2 P + c) - 1, P - c + 1.
    """
    totals, p = [], np.zeros(rows.shape[1], np.int64)
    for op, c in zip(ops, rows):
        p = wrap((c, -c, p + c, 2 * p + c, p - c, -(2 * p + c) - 1, p - c + 1)[op], width)
        totals.append(p)
    return np.array(totals)


def planes(v: np.ndarray, bits: int) -> np.ndarray:
    """The planes of integers of any shape: (bits, ...), bit 0 first."""
    return v[None] >> np.arange(bits).reshape(-1, *[1] * v.ndim) & 1


def _signs(bits: int, signed: bool) -> list[int]:
    """What each plane counts."""
    return [-(1 << m) if signed and m == bits - 1 else 1 << m for m in range(bits)]


def dot(x: np.ndarray, y: np.ndarray, x_bits: int, y_bits: int, *, x_signed: bool = False,
        y_signed: bool = False) -> np.ndarray:  # fmt: skip
    """Dot products of vectors x (..., n) and y (n,), or of rows y (rows, n)."""
    x_planes, y_planes = planes(x, x_bits), planes(y, y_bits)
    return sum(
        left * right * (x_m @ y_k.T)  # of zeros and ones, so it counts the ones of the ands
        for left, x_m in zip(_signs(x_bits, x_signed), x_planes)
        for right, y_k in zip(_signs(y_bits, y_signed), y_planes)
    )


def bipolar_dot(x: np.ndarray, w: np.ndarray, x_bits: int, *, x_signed: bool = False):
    r"""Dot products with w of -1 and 1: :math:`\sum_k \pm 2^k (2 bitcount(and(w^+, x_k)) - |x_k|)`.

    The bits of w+ are 1 where w is 1, |x_k| is the bitcount of plane k.
    """
    plus = (w + 1) // 2
    return sum(
        sign * (2 * (x_k @ plus.T) - (x_k @ np.ones_like(plus).T))
        for sign, x_k in zip(_signs(x_bits, x_signed), planes(x, x_bits))
    )


def agreements(x: np.ndarray, w: np.ndarray, x_bits: int, *, x_signed: bool = False):
    r"""As :func:`bipolar_dot`, by XNOR: :math:`\sum_k \pm 2^k bitcount(xnor(x_k, w^+))`.

    That is the dot product, and for each w of -1 the sum of the :math:`\pm 2^k` more.
    """
    plus = (w + 1) // 2
    return sum(
        sign * (x_k @ plus.T + (1 - x_k) @ (1 - plus).T)
        for sign, x_k in zip(_signs(x_bits, x_signed), planes(x, x_bits))
    )

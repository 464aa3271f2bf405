r"""Sums of lanes that wrap, and integers as bit planes.

An integer of n bits travels as its planes :math:`u_i`, bit i of ``v`` unsigned, or of v + 2^(n-1)
if it is signed: two's complement with the sign bit inverted. As digits :math:`d_i = 2 u_i - 1 =
\pm 1` these bits are the odd number :math:`V = \sum_i 2^i d_i`: V = 2 v + 1 where v is signed,
V = 2 v + 1 - 2^n where it is not. One bit is the bipolar number itself.
"""

import numpy as np

__all__ = ["accumulate", "horner", "odd", "plane_sums", "planes", "wrap"]


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
    """Running sums (steps, lanes) of rows: by op c, P + c, 2 P + c, P - c (0, 1, 2, 3)."""
    totals, total = [], np.zeros(rows.shape[1], np.int64)
    for op, row in zip(ops, rows):
        total = wrap((row, total + row, 2 * total + row, total - row)[op], width)
        totals.append(total)
    return np.array(totals)


def planes(v: np.ndarray, bits: int, *, signed: bool = False) -> np.ndarray:
    """The planes of integers of any shape: (bits, ...), bit 0 first."""
    code = v + (1 << bits - 1) if signed else v
    return code[None] >> np.arange(bits).reshape(-1, *[1] * v.ndim) & 1


def odd(bits: np.ndarray) -> np.ndarray:
    """The odd number that planes (bits, ...) are as digits of +1 and -1."""
    return np.tensordot(1 << np.arange(len(bits)), 2 * bits - 1, axes=1)


def plane_sums(x: np.ndarray, w: np.ndarray) -> np.ndarray:
    r"""What a bit-plane engine gives for planes x (a, frames, cols) and w (b, rows, cols).

    :math:`o = \sum_{ij} 2^{i+j} popcount(xnor(x_i, w_j)) = (\sum X W + cols (2^a-1)(2^b-1)) / 2`
    with the odd numbers X and W; for b > 1, less :math:`\sum_i 2^i popcount(x_i)`. Shape
    (frames, rows).
    """
    sums = np.zeros((x.shape[1], w.shape[1]), np.int64)
    for i, some in enumerate(x.astype(np.int64)):
        for j, other in enumerate(w.astype(np.int64)):
            agree = some @ other.T + (1 - some) @ (1 - other).T
            sums += agree << i + j
    if len(w) > 1:
        ones = x.sum(axis=2)
        sums -= np.tensordot(1 << np.arange(len(x)), ones, axes=1)[:, None]
    return sums

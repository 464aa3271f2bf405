"""Dot products of numbers with estimated errors: Compensated-DNN (Jain et al., DAC 2018)."""

import numpy as np

from sim.golden import exact
from sim.golden.formats.fpec import FPEC

__all__ = ["compensated", "dropped"]


def compensated(cx: np.ndarray, cw: np.ndarray, *, x: FPEC | None = None, w: FPEC | None = None,
                lanes: int | None = None, compensators: int = 1) -> np.ndarray:  # fmt: skip
    r"""Sums :math:`\sum_j K q_{x,j} q_{w,j} + q_{x,j} d_{w,j} + d_{x,j} q_{w,j}`, K = 2^(m + 1).

    They count units of 2^-(m + 1): the product of two errors is left out.

    Parameters
    ----------
    cx : integers (frames, cols): codes of the format x, or without one plain numbers
    cw : integers (rows, cols), likewise
    lanes, compensators : Of each so many consecutive columns, the first ones, as many as there are
        compensators, with an error on either side keep both their corrections; those of all others
        are dropped. Without ``lanes`` none is.

    Returns
    -------
    Integers (frames, rows).

    Raises
    ------
    ValueError
        If there is no format, if two formats differ in their magnitude, or if cols is no multiple
        of lanes.
    """
    unit, (qx, dx), (qw, dw) = _operands(cx, cw, x, w)
    if lanes is None:
        return exact.dot(qx, unit * qw + dw) + exact.dot(dx, qw)
    total = unit * exact.dot(qx, qw)
    for column, served, _ in _served(dx, dw, lanes, compensators):
        correction = np.outer(qx[:, column], dw[:, column])
        correction += np.outer(dx[:, column], qw[:, column])
        total += np.where(served, correction, 0)
    return total


def dropped(cx: np.ndarray, cw: np.ndarray, *, x: FPEC | None = None, w: FPEC | None = None,
            lanes: int, compensators: int = 1) -> float:  # fmt: skip
    """Of the products with an error on either side, the share that shared compensators drop.

    Parameters and refusals are those of :func:`compensated`.
    """
    _, (_, dx), (_, dw) = _operands(cx, cw, x, w)
    served = wanting = 0
    for _, some, all_of_them in _served(dx, dw, lanes, compensators):
        served += some.sum()
        wanting += all_of_them.sum()
    return float(1 - served / wanting) if wanting else 0.0


def _operands(cx, cw, x: FPEC | None, w: FPEC | None):
    """Units of a product's, and q and d of either operand."""
    if x is None and w is None:
        raise ValueError("Compensated products must have a format on one side at least")
    if x is not None and w is not None and x.magnitude != w.magnitude:
        what = f"{x.magnitude} and {w.magnitude}"
        raise ValueError(f"Compensated formats must have the same magnitude, not {what}")
    return (x or w).unit, _split(cx, x), _split(cw, w)


def _split(codes, form: FPEC | None) -> tuple[np.ndarray, np.ndarray]:
    codes = np.asarray(codes, np.int64)
    return (codes, np.zeros_like(codes)) if form is None else form.decode(codes)


def _served(dx: np.ndarray, dw: np.ndarray, lanes: int, compensators: int):
    """Of each column which (frame, row) a compensator serves, and which want one."""
    cols = dx.shape[1]
    if cols % lanes:
        raise ValueError(f"Columns must be a multiple of {lanes} lanes, not {cols}")
    for column in range(cols):
        if column % lanes == 0:
            busy = np.zeros((len(dx), len(dw)), np.int64)
        wants = (dx[:, column, None] != 0) | (dw[:, column] != 0)
        served = wants & (busy < compensators)
        busy += served
        yield column, served, wants

"""SYQ: binary and ternary weights with a scale for each layer, row or pixel of a matrix."""

from typing import Literal, get_args

import numpy as np

__all__ = ["By", "alpha", "codes", "errors"]

By = Literal["layer", "row", "pixel"]

AXES = {"layer": (0, 1), "row": (1,), "pixel": (0,)}
"""Of a matrix, along which the weights of a scale lie."""


def codes(w: np.ndarray, eta: float = 0.0) -> np.ndarray:
    r""":math:`Q = sign(W) [|W| \ge \eta]`: ternary; binary, with sign(0) = 1, where eta is 0."""
    w = np.asarray(w, np.float64)
    signs = np.where(w < 0, -1, 1)
    return np.where(np.abs(w) >= eta, signs, 0)


def alpha(w: np.ndarray, q: np.ndarray, by: By) -> np.ndarray:
    r"""The scales of least squared error: :math:`\alpha_i = \sum |w| / \sum |q|` of subgroup i.

    Both sums are over the weights of a subgroup whose code is not 0. Subgroups of a matrix are the
    whole ("layer"), each row, or each column ("pixel": a matrix of a convolution's filters, each
    k x k window a column for every place in it, over rows of output and input channels). A
    subgroup of zeros has the scale 0.

    Parameters
    ----------
    w, q : arrays (rows, columns), weights and their codes

    Returns
    -------
    float array (1, 1), (rows, 1) or (1, columns)

    Raises
    ------
    ValueError
        If there are no such subgroups.

    Source
    ------
    J. Faraone et al., "SYQ: Learning Symmetric Quantization For Efficient Deep Neural Networks"
    (CVPR 2018).
    """
    if by not in AXES:
        raise ValueError(f"Scales must be by one of {', '.join(get_args(By))}, not {by!r}")
    axes = AXES[by]
    sums = (np.asarray(w, np.float64) * q).sum(axis=axes, keepdims=True)
    counts = np.abs(q).sum(axis=axes, keepdims=True)
    return sums / np.maximum(counts, 1)


def errors(w: np.ndarray, q: np.ndarray, scales: np.ndarray | float = 1.0) -> tuple[float, float]:
    """The sums of the absolute and of the squared errors of scales * q."""
    difference = scales * q - np.asarray(w, np.float64)
    return float(np.abs(difference).sum()), float((difference**2).sum())

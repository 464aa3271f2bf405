"""Canonical signed digits of constants: the fewest digits -1, 0 and 1."""

import numpy as np

__all__ = ["signed_digits"]


def signed_digits(values: np.ndarray) -> np.ndarray:
    r"""Digits d with :math:`v = \sum_k 2^k d_k`, of which no two neighbours differ from 0.

    From the lowest up: an odd v takes the digit that leaves v - d a multiple of four.

    Parameters
    ----------
    values : integer array of any shape

    Returns
    -------
    int8 array (..., places)
        As many places as the largest magnitude has bits, and one.

    Source
    ------
    G. W. Reitwiesner, "Binary Arithmetic", Advances in Computers 1 (1960).
    """
    left = np.asarray(values, np.int64)
    places = 1 + int(np.abs(left).max(initial=0)).bit_length()
    digits = np.zeros((*left.shape, places), np.int8)
    for place in range(places):
        digit = np.where(left & 1, 2 - (left & 3), 0)
        digits[..., place] = digit
        left = left - digit >> 1
    return digits

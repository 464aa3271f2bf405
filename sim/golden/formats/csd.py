"""Canonical signed digits: an integer in base two with the digits -1, 0 and 1."""

import numpy as np

__all__ = ["digits", "value"]


def digits(values: np.ndarray) -> np.ndarray:
    r"""Digits d with :math:`v = \sum_k 2^k d_k` and :math:`d_k d_{k+1} = 0`: the only such ones.

    Where v and 3 v differ, which are the carries of v + 2 v, there is a digit; it is that bit of
    3 v less that of v, a place above. No other digits -1, 0 and 1 have fewer that are not 0.

    Parameters
    ----------
    values : integer array of any shape

    Returns
    -------
    int8 array (..., places)
        As many places as the largest magnitude has bits, and one.

    Source
    ------
    H. Prodinger, "On Binary Representations of Integers with Digits -1, 0, 1", Integers 0 (2000).
    """
    values = np.asarray(values, np.int64)
    places = np.arange(1 + int(np.abs(values).max(initial=0)).bit_length())
    thrice, once = (np.abs(values)[..., None] * n >> places + 1 & 1 for n in (3, 1))
    return (np.sign(values)[..., None] * (thrice - once)).astype(np.int8)


def value(digits: np.ndarray) -> np.ndarray:
    """The integers of digits (..., places), the lowest first."""
    digits = np.asarray(digits, np.int64)
    return (digits << np.arange(digits.shape[-1])).sum(axis=-1)

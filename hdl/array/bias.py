"""Constants that are added in parts: some bits with each of several words."""

from functools import cache

import numpy as np

__all__ = ["spread"]


def spread(values: np.ndarray, columns: tuple[int, ...], words: int, width: int) -> np.ndarray:
    r"""Bits whose weighted sum over words is a value: :math:`v = \sum_{w,k} 2^{c_k} b_{w,k}`.

    Modulo 2^width. Where a column is missing the one below counts double: 4 = 2 + 2 takes two
    words, and 6 = 2 + 2 + 2 three.

    Parameters
    ----------
    values : int array, any shape
    columns : which columns have a bit in each word, ascending
    words : how many there are
    width : of the sum

    Returns
    -------
    uint8 array (*values' shape, words, columns)

    Raises
    ------
    ValueError
        If a value cannot be had so.
    """
    flat = np.asarray(values).ravel() % (1 << width)
    bits = np.zeros((len(flat), words, len(columns)), np.uint8)
    for row, value in enumerate(flat.tolist()):
        counts = _counts(value, columns, words, width, 0)
        if counts is None:
            raise ValueError(f"Bias {value} cannot be made of columns {columns} of {words} words")
        for k, count in enumerate(counts):
            bits[row, :count, k] = 1
    return bits.reshape(*np.shape(values), words, len(columns))


@cache
def _counts(value: int, columns: tuple[int, ...], words: int, width: int, column: int):
    """In how many words each of the columns from ``column`` up is set, so that value is left.

    ``value`` counts 2^column. As few as may be are set; None if there is no way.
    """
    if column == width:
        return ()
    if column not in columns:
        rest = None if value % 2 else _counts(value // 2, columns, words, width, column + 1)
        return rest
    for count in range(value % 2, words + 1, 2):
        left = (value - count) // 2 % (1 << width - column - 1)
        rest = _counts(left, columns, words, width, column + 1)
        if rest is not None:
            return (count, *rest)
    return None

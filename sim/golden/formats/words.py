"""Words of numbers: the bits of integers, and axes in blocks that have a word each."""

import numpy as np

__all__ = ["bits_of", "blocks_of", "number_of"]


def bits_of(values: np.ndarray, width: int) -> np.ndarray:
    """The lowest bits (..., width) of integers (...), the lowest first."""
    return (np.asarray(values, np.int64)[..., None] >> np.arange(width) & 1).astype(np.uint8)


def number_of(bits: np.ndarray) -> np.ndarray:
    """The unsigned integers (...) of bits (..., width), the lowest first."""
    bits = np.asarray(bits, np.int64)
    return (bits << np.arange(bits.shape[-1])).sum(axis=-1)


def blocks_of(values: np.ndarray, size: int, owner: str) -> np.ndarray:
    """(..., channels) as (..., blocks, size).

    Raises
    ------
    ValueError
        If the channels are no multiple of the size.
    """
    if not values.ndim or values.shape[-1] % size:
        channels = values.shape[-1] if values.ndim else "one number"
        raise ValueError(f"{owner} channels must be a multiple of {size}, not {channels}")
    return values.reshape(*values.shape[:-1], -1, size)

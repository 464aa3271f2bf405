"""Weights as the words of weight memories."""

import numpy as np

__all__ = ["by_lane", "weight_bits", "words"]


def weight_bits(config, weights: np.ndarray) -> np.ndarray:
    """The bits of the weights of each step and row: uint8 (steps, rows at once, simd * width).

    Steps go through the sets of groups, in each through the row groups, in each through the
    columns; the weights (groups * rows, cols) have group 0 first, bits have lane 0 lowest. They
    are numbers, or the bits of each weight's code (groups * rows, cols, width), the lowest first.

    Padding cannot change a result: its weight is 0, or the bit 1 (+1) where weights are bipolar:
    the padded inputs are zero bits, which a popcount of XNOR then does not count, and which are
    the number 0 where inputs are not bipolar.
    """
    sets, lanes = config.group_sets, config.group_lanes
    rows, cols = config.row_groups * config.pe, config.col_groups * config.simd
    width, bits = config.w.width, weights
    if weights.ndim == 2:
        codes = (weights + 1) // 2 if config.w.bipolar else weights
        bits = (codes[..., None] >> np.arange(width) & 1).astype(np.uint8)
    padded = np.full((config.groups, rows, cols, width), config.w.bipolar, np.uint8)
    given = (config.groups, config.rows, config.cols, width)
    padded[:, : config.rows, : config.cols] = bits.reshape(given)
    shape = (sets, lanes, config.row_groups, config.pe, config.col_groups, config.simd, width)
    steps = padded.reshape(shape).transpose(0, 2, 4, 1, 3, 5, 6)
    return steps.reshape(config.interval, lanes * config.pe, config.simd * width)


def words(bits: np.ndarray) -> list[int]:
    """Words of a memory, one a step, of bits (steps, …), the first lowest."""
    packed = np.packbits(bits.reshape(len(bits), -1), 1, "little")
    return [int.from_bytes(word.tobytes(), "little") for word in packed]


def by_lane(config, values: np.ndarray, lane: int, filler) -> np.ndarray:
    """Of values by output (groups * rows, ...), those of one output lane, step by step."""
    sizes, rest = (config.groups, config.rows), values.shape[1:]
    padded = np.full((config.groups, config.row_groups * config.pe, *rest), filler, values.dtype)
    padded[:, : config.rows] = values.reshape(*sizes, *rest)
    shape = (config.group_sets, config.group_lanes, config.row_groups, config.pe, *rest)
    group, row = divmod(lane, config.pe)
    return padded.reshape(shape)[:, group, :, row].reshape(-1, *rest)

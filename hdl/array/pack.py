"""Weights as the words of a weight memory."""

import numpy as np

__all__ = ["by_lane", "weight_words"]


def weight_words(config, weights: np.ndarray) -> list[int]:
    """One word a step of an MVTU: for each group at once, for each of pe rows, simd weights.

    Steps go through the sets of groups, in each through the row groups, in each through the
    columns; the weights (groups * rows, cols) have group 0 first, words have lane 0 lowest.


    Padding cannot change a result: its weight is 0, or the bit 1 (+1) where weights are bipolar:
    the padded inputs are zero bits, which a popcount of XNOR then does not count, and which are
    the number 0 where inputs are not bipolar.
    """
    sets, lanes = config.group_sets, config.group_lanes
    rows, cols = config.row_groups * config.pe, config.col_groups * config.simd
    codes = (weights + 1) // 2 if config.w.bipolar else weights & ((1 << config.w.width) - 1)
    padded = np.full((config.groups, rows, cols), 1 if config.w.bipolar else 0, np.int64)
    padded[:, : config.rows, : config.cols] = codes.reshape(config.groups, config.rows, config.cols)
    shape = (sets, lanes, config.row_groups, config.pe, config.col_groups, config.simd)
    steps = padded.reshape(shape).transpose(0, 2, 4, 1, 3, 5).reshape(config.interval, -1)
    bits = (steps[:, :, None] >> np.arange(config.w.width)) & 1
    packed = np.packbits(bits.reshape(config.interval, -1).astype(np.uint8), 1, "little")
    return [int.from_bytes(word.tobytes(), "little") for word in packed]


def by_lane(config, values: np.ndarray, lane: int, filler) -> np.ndarray:
    """Of values by output (groups * rows, ...), those of one output lane, step by step."""
    sizes, rest = (config.groups, config.rows), values.shape[1:]
    padded = np.full((config.groups, config.row_groups * config.pe, *rest), filler, values.dtype)
    padded[:, : config.rows] = values.reshape(*sizes, *rest)
    shape = (config.group_sets, config.group_lanes, config.row_groups, config.pe, *rest)
    group, row = divmod(lane, config.pe)
    return padded.reshape(shape)[:, group, :, row].reshape(-1, *rest)

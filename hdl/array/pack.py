"""Weights as the words of a weight memory."""

import numpy as np

__all__ = ["weight_words"]


def weight_words(config, weights: np.ndarray) -> list[int]:
    """One word a step of an MVTU: for each of pe rows, simd weights, lane 0 lowest.

    Padding cannot change a result: its weight is 0, or the bit 1 (+1) where weights are bipolar:
    the padded inputs are zero bits, which a popcount of XNOR then does not count, and which are
    the number 0 where inputs are not bipolar.
    """
    rows, cols = config.row_groups * config.pe, config.col_groups * config.simd
    codes = (weights + 1) // 2 if config.w.bipolar else weights & ((1 << config.w.width) - 1)
    padded = np.full((rows, cols), 1 if config.w.bipolar else 0, np.int64)
    padded[: config.rows, : config.cols] = codes
    shape = (config.row_groups, config.pe, config.col_groups, config.simd)
    steps = padded.reshape(shape).transpose(0, 2, 1, 3).reshape(config.interval, -1)
    bits = (steps[:, :, None] >> np.arange(config.w.width)) & 1
    packed = np.packbits(bits.reshape(config.interval, -1).astype(np.uint8), 1, "little")
    return [int.from_bytes(word.tobytes(), "little") for word in packed]

"""Small circuits whose synthesised size is watched."""

from functools import partial

import numpy as np
from amaranth.hdl import signed

from hdl.array.mvtu import MVTU
from hdl.array.weights import Weights
from hdl.dot.integer import Integer
from hdl.dot.popcount import Popcount
from hdl.number import BIPOLAR, Number, holding
from hdl.quant.argmax import ArgMax
from hdl.quant.threshold import Threshold
from hdl.stream.converter import Converter
from hdl.stream.fifo import FIFO
from hdl.stream.register_slice import RegisterSlice

__all__ = ["CIRCUITS", "argmax", "converter", "fifo", "mvtu", "threshold", "weights"]


def integers(number: Number, shape) -> np.ndarray:
    """The same random values of a number every time."""
    draw = np.random.default_rng(0).integers
    if number.bipolar:
        return 2 * draw(0, 2, shape) - 1
    return draw(number.low, number.high, shape, endpoint=True)


def fifo(depth: int, width: int) -> FIFO:
    """A queue of one lane."""
    return FIFO(FIFO.Config(depth=depth, width=width, lanes=1))


def converter(i_lanes: int, o_lanes: int, items: int, width=1) -> Converter:
    """A width converter."""
    return Converter(Converter.Config(width=width, items=items, i_lanes=i_lanes, o_lanes=o_lanes))


def integer(width: int, *, multiplier: bool = False) -> Integer:
    """A dot product of four lanes, both operands signed and of the same width."""
    number = Number(width=width, signed=True)
    return Integer(Integer.Config(lanes=4, x=number, w=number, multiplier=multiplier))


def threshold(channels: int, levels: int, width: int) -> Threshold:
    """A threshold unit with random thresholds."""
    x, o = Number(width=width, signed=True), holding(0, levels)
    config = Threshold.Config(channels=channels, levels=levels, x=x, o=o)
    return Threshold(config, np.sort(integers(x, (channels, levels)), axis=1))


def argmax(items: int, lanes: int, width: int) -> ArgMax:
    """An arg max of signed scores."""
    return ArgMax(ArgMax.Config(items=items, lanes=lanes, x=Number(width=width, signed=True)))


def weights(width: int, depth: int, storage: str) -> Weights:
    """A weight memory with random words."""
    bits = integers(Number(width=1), (depth, width))
    words = [int("".join(map(str, row)), 2) for row in bits.tolist()]
    return Weights(Weights.Config(width=width, depth=depth, storage=storage), words)


def mvtu(rows: int, cols: int, pe: int, simd: int, x: Number, w: Number, levels: int,
         storage: str = "lut", *, multiplier: bool = False) -> MVTU:  # fmt: skip
    """A dense layer with random weights and thresholds spread over its sums."""
    matrix = integers(w, (rows, cols))
    low = np.minimum(matrix * x.low, matrix * x.high).sum(axis=1)
    high = np.maximum(matrix * x.low, matrix * x.high).sum(axis=1)
    if x.bipolar and w.bipolar:
        low, high = (low + cols * bool(levels)) // 2, (high + cols * bool(levels)) // 2
    thresholds = None
    if levels:
        near = np.random.default_rng(1).normal(0.5, 0.1, (rows, levels))
        thresholds = np.sort(low[:, None] + near * (high - low)[:, None], axis=1).astype(int)
    acc = holding(int(low.min()), int(high.max()))
    sums = acc if not (x.bipolar and w.bipolar) else holding(2 * acc.low - 1, 2 * acc.high + 1)
    o = (BIPOLAR if levels == 1 else holding(0, levels)) if levels else sums
    config = MVTU.Config(rows=rows, cols=cols, pe=pe, simd=simd, x=x, w=w, acc=acc, o=o,
                         levels=levels, base=-1 if o.bipolar else 0, storage=storage,
                         multiplier=multiplier)  # fmt: skip
    return MVTU(config, matrix, thresholds)


TERNARY = Number(width=2, signed=True)

CIRCUITS = {
    "register slice 32": lambda: RegisterSlice(RegisterSlice.Config(shape=8, lanes=4)),
    "fifo registers 2x32": partial(fifo, 2, 32),
    "fifo lut 32x8": partial(fifo, 32, 8),
    "fifo bram 1024x36": partial(fifo, 1024, 36),
    "converter 16 to 49": partial(converter, 16, 49, 784),
    "converter 16 to 8": partial(converter, 16, 8, 64),
    "converter 3 to 7": partial(converter, 3, 7, 21, signed(4)),
    "popcount 16": lambda: Popcount(Popcount.Config(lanes=16)),
    "popcount 64": lambda: Popcount(Popcount.Config(lanes=64)),
    "integer 4x3x3": partial(integer, 3),
    "integer 4x8x8 multiplier": partial(integer, 8, multiplier=True),
    "threshold 32x1": partial(threshold, 32, 1, 8),
    "threshold 16x7": partial(threshold, 16, 7, 10),
    "argmax 10": partial(argmax, 10, 1, 11),
    "weights lut 64x64": partial(weights, 64, 64, "lut"),
    "weights bram 36x1024": partial(weights, 36, 1024, "bram"),
    "mvtu binary 64x64 pe8 simd8": partial(mvtu, 64, 64, 8, 8, BIPOLAR, BIPOLAR, 1),
    "mvtu ternary 16x32 pe4 simd8": partial(mvtu, 16, 32, 4, 8, TERNARY, TERNARY, 2),
}
"""By name, the function that makes each."""

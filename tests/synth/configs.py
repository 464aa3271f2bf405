"""Small circuits whose synthesised size is watched."""

from collections.abc import Sequence
from functools import partial

import numpy as np
from amaranth.hdl import signed

from hdl.array.mvtu import MVTU
from hdl.array.weights import Weights
from hdl.dot.bitcount import BitCount
from hdl.dot.booth import Booth
from hdl.dot.folded import Folded
from hdl.dot.integer import Integer
from hdl.dot.popcount import Popcount, RowsPopcount
from hdl.number import BIPOLAR, Number, holding
from hdl.quant.argmax import ArgMax
from hdl.quant.threshold import Threshold
from hdl.stream.add import Add
from hdl.stream.concat import Concat
from hdl.stream.converter import Converter
from hdl.stream.fifo import FIFO
from hdl.stream.fork import Fork
from hdl.stream.gather import Gather
from hdl.stream.register_slice import RegisterSlice
from hdl.stream.scatter import Scatter
from hdl.window.columns import Columns
from hdl.window.pool import Pool
from hdl.window.sliding import SlidingWindow
from hdl.window.upsample import Upsample
from tests.hdl.quad import Quad

__all__ = [
    "CIRCUITS", "add", "argmax", "columns", "concat", "converter", "fifo", "fork", "gather",
    "mvtu", "pool", "scatter", "threshold", "upsample", "weights", "window",
]  # fmt: skip


def integers(number: Number, shape) -> np.ndarray:
    """The same random values of a number every time."""
    draw = np.random.default_rng(0).integers
    if number.bipolar:
        return 2 * draw(0, 2, shape) - 1
    return draw(number.low, number.high, shape, endpoint=True)


def register_slice(width: int, lanes: int) -> RegisterSlice:
    """A register slice."""
    return RegisterSlice(RegisterSlice.Config(shape=width, lanes=lanes))


def popcount(lanes: int, fabric="xilinx") -> Popcount:
    """A bipolar dot product."""
    return Popcount(Popcount.Config(lanes=lanes, fabric=fabric))


def rows_popcount(lanes: int, words: int) -> RowsPopcount:
    """A bipolar dot product and a bias for DSP48E1s."""
    return RowsPopcount(RowsPopcount.Config(lanes=lanes, words=words))


def bit_count(lanes: int) -> BitCount:
    """A popcount of plain bits."""
    return BitCount(BitCount.Config(stages=(lanes,)))


def folded(steps: int, pe: int, simd: int) -> Folded:
    """Popcounts with random constant weights of some steps."""
    return Folded(Folded.Config.of(integers(BIPOLAR, (steps, pe, simd))))


def quad(lanes: int, words: int) -> Quad:
    """Four processing elements with one DSP48E1."""
    return Quad(Quad.Config(lanes=lanes, words=words))


def fifo(depth: int, width: int) -> FIFO:
    """A queue of one lane."""
    return FIFO(FIFO.Config(depth=depth, width=width, lanes=1))


def converter(i_lanes: int, o_lanes: int, items: int, width=1) -> Converter:
    """A width converter."""
    return Converter(Converter.Config(width=width, items=items, i_lanes=i_lanes, o_lanes=o_lanes))


def fork(width: int, lanes: int, readers: int) -> Fork:
    """A fork of lanes of so many bits."""
    return Fork(Fork.Config(width=width, lanes=lanes, readers=readers))


def gather(lanes: int, vectors: int, beats: int, repeats: int, width=1) -> Gather:
    """Vectors of so many transfers, side by side."""
    return Gather(Gather.Config(width=width, lanes=lanes, vectors=vectors, beats=beats,
                                repeats=repeats))  # fmt: skip


def scatter(lanes: int, vectors: int, beats: int, width=1) -> Scatter:
    """Vectors of so many transfers, one after the other."""
    return Scatter(Scatter.Config(width=width, lanes=lanes, vectors=vectors, beats=beats))


def add(items: int, lanes: int, x: Sequence[Number], gains: Sequence[Sequence[int]]) -> Add:
    """A sum of maps, its result as wide as it must be."""
    ends = [
        np.sort(np.outer(gain, (number.low, number.high)), axis=1)
        for number, gain in zip(x, gains)
    ]
    low, high = (sum(np.broadcast_to(end[:, k], items) for end in ends) for k in (0, 1))
    o = holding(int(low.min()), int(high.max()))
    gains = tuple(map(tuple, gains))
    return Add(Add.Config(items=items, lanes=lanes, x=tuple(x), gains=gains, o=o))


def concat(number: Number, *sizes: int) -> Concat:
    """Pixels of one number side by side."""
    return Concat(Concat.Config(x=(number,) * len(sizes), sizes=sizes, o=number))


def window(height: int, width: int, channels: int, lanes: int, kernel: tuple[int, int],
           x: Number, **options) -> SlidingWindow:  # fmt: skip
    """A sliding window unit whose line buffer loses no cycle."""
    config = SlidingWindow.Config(height=height, width=width, channels=channels, lanes=lanes,
                                  kernel=kernel, x=x, **options)  # fmt: skip
    return SlidingWindow(config.fitted(max(config.i_beats, config.o_beats)))


def columns(width: int, kernel: int, stride: int, beats: int, repeats: int, lanes: int,
            x: Number) -> Columns:  # fmt: skip
    """A unit that puts the taps of a kernel's row side by side."""
    return Columns(Columns.Config(width=width, kernel=kernel, stride=stride, beats=beats,
                                  repeats=repeats, lanes=lanes, x=x))  # fmt: skip


def pool(height: int, width: int, groups: int, lanes: int, kernel: tuple[int, int], x: Number,
         op: str = "max") -> Pool:  # fmt: skip
    """A pool over blocks."""
    taps = kernel[0] * kernel[1]
    o = x if op == "max" else holding(taps * x.low, taps * x.high)
    return Pool(Pool.Config(height=height, width=width, groups=groups, lanes=lanes, kernel=kernel,
                            x=x, o=o, op=op))  # fmt: skip


def upsample(height: int, width: int, groups: int, lanes: int, factor: tuple[int, int],
             x: Number) -> Upsample:  # fmt: skip
    """An upsampling."""
    return Upsample(Upsample.Config(height=height, width=width, groups=groups, lanes=lanes,
                                    factor=factor, x=x))  # fmt: skip


def integer(width: int, *, lanes: int = 4, multiplier: bool = False) -> Integer:
    """A dot product, both operands signed and of the same width."""
    number = Number(width=width, signed=True)
    return Integer(Integer.Config(lanes=lanes, x=number, w=number, multiplier=multiplier))


def booth(lanes: int, x: int, w: int) -> Booth:
    """A dot product by Booth digits, both operands signed."""
    x, w = Number(width=x, signed=True), Number(width=w, signed=True)
    return Booth(Booth.Config(lanes=lanes, x=x, w=w))



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
         storage: str = "lut", **options) -> MVTU:  # fmt: skip
    """A layer with random weights and thresholds spread over its sums."""
    matrix = integers(w, (options.get("groups", 1) * rows, cols))
    low = np.minimum(matrix * x.low, matrix * x.high).sum(axis=1)
    high = np.maximum(matrix * x.low, matrix * x.high).sum(axis=1)
    if x.bipolar and w.bipolar:
        low, high = (low + cols * bool(levels)) // 2, (high + cols * bool(levels)) // 2
    thresholds = None
    if levels:
        near = np.random.default_rng(1).normal(0.5, 0.1, (len(matrix), levels))
        thresholds = np.sort(low[:, None] + near * (high - low)[:, None], axis=1).astype(int)
    acc = holding(int(low.min()), int(high.max()))
    sums = acc if not (x.bipolar and w.bipolar) else holding(2 * acc.low - 1, 2 * acc.high + 1)
    o = (BIPOLAR if levels == 1 else holding(0, levels)) if levels else sums
    config = MVTU.Config(rows=rows, cols=cols, pe=pe, simd=simd, x=x, w=w, acc=acc, o=o,
                         levels=levels, base=-1 if o.bipolar else 0, storage=storage,
                         **options)  # fmt: skip
    return MVTU(config, matrix, thresholds)


TERNARY, FEW = Number(width=2, signed=True), Number(width=4)
SAME = (1, 1, 1, 1)

CIRCUITS = {
    "register slice 32": partial(register_slice, 8, 4),
    "fifo registers 2x32": partial(fifo, 2, 32),
    "fifo lut 32x8": partial(fifo, 32, 8),
    "fifo bram 1024x36": partial(fifo, 1024, 36),
    "converter 16 to 49": partial(converter, 16, 49, 784),
    "converter 16 to 8": partial(converter, 16, 8, 64),
    "converter 3 to 7": partial(converter, 3, 7, 21, signed(4)),
    "popcount 64": partial(popcount, 64),
    "popcount 128": partial(popcount, 128),
    "popcount 64 to two rows with a bias": partial(rows_popcount, 64, 3),
    "popcount 64 of LUTs alone": partial(popcount, 64, "lut"),
    "popcount 64 portable": partial(popcount, 64, "portable"),
    "popcount 256": partial(popcount, 256),
    "popcount 64 of plain bits": partial(bit_count, 64),
    "popcount 8 x 64 of weights in 4 steps": partial(folded, 4, 8, 64),
    "quad 64 of 4 words": partial(quad, 64, 4),
    "integer 4x3x3": partial(integer, 3),
    "integer 4x8x8 multiplier": partial(integer, 8, multiplier=True),
    "integer 16x2x2": partial(integer, 2, lanes=16),
    "booth 16x4x4": partial(booth, 16, 4, 4),
    "booth 8x8x2": partial(booth, 8, 8, 2),
    "threshold 32x1": partial(threshold, 32, 1, 8),
    "threshold 16x7": partial(threshold, 16, 7, 10),
    "argmax 10": partial(argmax, 10, 1, 11),
    "weights lut 64x64": partial(weights, 64, 64, "lut"),
    "weights bram 36x1024": partial(weights, 36, 1024, "bram"),
    "mvtu binary 64x64 pe8 simd8": partial(mvtu, 64, 64, 8, 8, BIPOLAR, BIPOLAR, 1),
    "mvtu ternary 16x32 pe4 simd8": partial(mvtu, 16, 32, 4, 8, TERNARY, TERNARY, 2),
    "mvtu 3x3 convolution 16 to 16 pe4 simd8": partial(
        mvtu, 16, 144, 4, 8, FEW, TERNARY, 3, "bram", repeated=True),
    "mvtu 3x3 depthwise 32 in 8 lanes": partial(
        mvtu, 1, 9, 1, 1, FEW, TERNARY, 3, groups=32, group_lanes=8, repeated=True),
    "weights bram packed 32x2304": partial(weights, 32, 2304, "bram"),
    "fork 64 to two": partial(fork, 64, 1, 2),
    "gather 4 of 32 in 16 beats": partial(gather, 32, 4, 16, 16),
    "scatter 4 of 32 in 16 beats": partial(scatter, 32, 4, 16),
    "add 16 of uint4": partial(add, 16, 16, (FEW, FEW), ((1,), (1,))),
    "concat 16 and 16": partial(concat, FEW, 16, 16),
    "window 30x30x64 3x3 in 32 lanes twice": partial(
        window, 30, 30, 64, 32, (3, 3), BIPOLAR, repeats=2),
    "window 28x28x16 3x3 padded": partial(window, 28, 28, 16, 16, (3, 3), TERNARY, padding=SAME),
    "window 56x56x64 3x3 padded in bram": partial(
        window, 56, 56, 64, 16, (3, 3), FEW, padding=SAME),
    "columns 3 of 16 lanes of uint4": partial(columns, 30, 3, 1, 3, 2, 16, FEW),
    "pool max 28x28 2x2 in 32 lanes": partial(pool, 28, 28, 2, 32, (2, 2), BIPOLAR),
    "pool sum 7x7 of uint4 in 16 lanes": partial(pool, 7, 7, 1, 16, (7, 7), FEW, "sum"),
    "upsample 8x8 twice in 16 lanes": partial(upsample, 8, 8, 2, 16, (2, 2), FEW),
}
"""By name, the function that makes each."""

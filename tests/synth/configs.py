"""Small circuits whose synthesised size is watched."""

from collections.abc import Sequence

import numpy as np

from hdl.array.mvtu import MVTU
from hdl.array.planes import BitPlanes
from hdl.array.serial import SerialMVTU
from hdl.array.systolic import Systolic
from hdl.array.systolic_config import Columns as Cells
from hdl.array.systolic_os import OutputStationary
from hdl.array.weights import Weights
from hdl.dot.booth import Booth
from hdl.number import BIPOLAR, Number, holding
from hdl.quant.argmax import ArgMax
from hdl.quant.requantize_table import RequantizeTable
from hdl.quant.threshold import Threshold
from hdl.stream.add import Add
from hdl.stream.concat import Concat
from hdl.stream.converter import Converter
from hdl.stream.fifo import FIFO
from hdl.stream.fork import Fork
from hdl.stream.gather import Gather
from hdl.stream.register_slice import RegisterSlice
from hdl.stream.repeat import Repeat
from hdl.stream.scatter import Scatter
from hdl.window.columns import Columns
from hdl.window.pool import Pool
from hdl.window.sliding import SlidingWindow
from hdl.window.upsample import Upsample
from tests.hdl.quad import Quad
from tests.synth.dots import integers

__all__ = [
    "add", "argmax", "columns", "concat", "converter", "fifo", "fork", "gather",
    "mvtu", "pool", "requantize", "scatter", "threshold", "upsample", "weights", "window",
]  # fmt: skip


def register_slice(width: int, lanes: int) -> RegisterSlice:
    """A register slice."""
    return RegisterSlice(RegisterSlice.Config(shape=width, lanes=lanes))


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


def repeat(width: int, lanes: int, times: int, step: int) -> Repeat:
    """Transfers so many times, each shifted by a step."""
    return Repeat(Repeat.Config(width=width, lanes=lanes, times=times, step=step))


def threshold(channels: int, levels: int, width: int) -> Threshold:
    """A threshold unit with random thresholds."""
    x, o = Number(width=width, signed=True), holding(0, levels)
    config = Threshold.Config(channels=channels, levels=levels, x=x, o=o)
    return Threshold(config, np.sort(integers(x, (channels, levels)), axis=1))


def argmax(items: int, lanes: int, width: int) -> ArgMax:
    """An arg max of signed scores."""
    return ArgMax(ArgMax.Config(items=items, lanes=lanes, x=Number(width=width, signed=True)))


def requantize(channels: int, shifts: int, power=False) -> RequantizeTable:
    """An affine requantization of 20-bit sums to int8, channels of some right shifts from 8 on."""
    multiplier = integers(Number(width=30), channels) * (not power) + (1 << 30)
    numbers = {"x": Number(width=20, signed=True), "o": Number(width=8, signed=True)}
    return RequantizeTable(RequantizeTable.Config.of(
        multiplier, 8 + np.arange(channels) % shifts, zero_point=-9, **numbers))  # fmt: skip


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


def serial(rows: int, cols: int, pe: int, simd: int, x: Number, w: Number) -> SerialMVTU:
    """The sums of a layer with random weights, by bit planes."""
    matrix = integers(w, (rows, cols))
    ends = matrix * x.low, matrix * x.high
    low, high = np.minimum(*ends).sum(axis=1), np.maximum(*ends).sum(axis=1)
    o = holding(int(low.min()), int(high.max()))
    config = SerialMVTU.Config(rows=rows, cols=cols, pe=pe, simd=simd, x=x, w=w, o=o, levels=0)
    return SerialMVTU(config.narrowed(matrix), matrix)


def bit_planes(pe: int, frames: int, simd: int, gate: str = "and") -> BitPlanes:
    """A bit-plane engine."""
    return BitPlanes(BitPlanes.Config(pe=pe, frames=frames, simd=simd, gate=gate))


def systolic(rows: int, cols: int, lanes: int) -> Systolic:
    """Of cells of signed 4 x 4 bit products, for a clock enable."""
    number = Number(width=4, signed=True)
    dot = Booth.Config(lanes=lanes, x=number, w=number)
    return Systolic(Systolic.Config.uniform(rows=rows, cols=cols, dot=dot))


def output_stationary(rows: int, cols: int, lanes: int) -> OutputStationary:
    """Of the same cells, with sums of 16 bits."""
    number = Number(width=4, signed=True)
    cells = Cells(dot=Booth.Config(lanes=lanes, x=number, w=number), count=cols)
    acc = Number(width=16, signed=True)
    return OutputStationary(OutputStationary.Config(rows=rows, columns=cells, acc=acc))


TERNARY, FEW = Number(width=2, signed=True), Number(width=4)
SAME = (1, 1, 1, 1)

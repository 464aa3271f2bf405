"""Small circuits whose synthesised size is watched; most of them are of the estimates' samples."""

import numpy as np

from generators.cost.sample.case import FEW, SAME, TERNARY
from generators.cost.sample.maps import add, concat
from generators.cost.sample.mvtu import mvtu, weights
from generators.cost.sample.quant import argmax, threshold
from generators.cost.sample.streams import converter, fifo, fork, gather, repeat, scatter
from generators.cost.sample.windows import columns, pool, upsample, window
from hdl.array.planes import BitPlanes
from hdl.array.serial import SerialMVTU
from hdl.array.systolic import Systolic
from hdl.array.systolic_config import Columns as Cells
from hdl.array.systolic_os import OutputStationary
from hdl.dot.booth import Booth
from hdl.number import Number, holding
from hdl.quant.requantize_table import RequantizeTable
from hdl.stream.register_slice import RegisterSlice
from tests.hdl.quad import Quad
from tests.synth.dots import integers

__all__ = [
    "FEW", "SAME", "TERNARY", "add", "argmax", "bit_planes", "columns", "concat", "converter",
    "fifo", "fork", "gather", "mvtu", "output_stationary", "pool", "quad", "register_slice",
    "repeat", "requantize", "scatter", "serial", "systolic", "threshold", "upsample", "weights",
    "window",
]  # fmt: skip


def register_slice(width: int, lanes: int) -> RegisterSlice:
    """A register slice."""
    return RegisterSlice(RegisterSlice.Config(shape=width, lanes=lanes))


def quad(lanes: int, words: int) -> Quad:
    """Four processing elements with one DSP48E1."""
    return Quad(Quad.Config(lanes=lanes, words=words))


def requantize(channels: int, shifts: int, power=False) -> RequantizeTable:
    """An affine requantization of 20-bit sums to int8, channels of some right shifts from 8 on."""
    multiplier = integers(Number(width=30), channels) * (not power) + (1 << 30)
    numbers = {"x": Number(width=20, signed=True), "o": Number(width=8, signed=True)}
    return RequantizeTable(RequantizeTable.Config.of(
        multiplier, 8 + np.arange(channels) % shifts, zero_point=-9, **numbers))  # fmt: skip


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

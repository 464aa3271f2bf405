# amaranth: UnusedElaboratable=no

"""Units for layers beside the MVTU: bit-serial, unrolled and floating-point ones."""

from functools import partial

import numpy as np

from generators.cost.sample.case import (
    BYTE,
    FEW,
    INT4,
    INT8,
    TERNARY,
    Sample,
    drawn,
    integers,
    named,
    outputs,
    pick,
    short,
    size,
    spread,
    sums,
)
from hdl.array.minifloat import MinifloatMVTU
from hdl.array.serial import SerialMVTU
from hdl.array.unrolled import Unrolled
from hdl.minifloat import Minifloat
from hdl.number import BIPOLAR, Number

__all__ = ["HFP8", "HFP8_BACK", "designed", "draw", "minifloat", "serial", "unrolled"]

U2, S2, S3 = Number(width=2), Number(width=2, signed=True), Number(width=3, signed=True)
HFP8 = Minifloat(exponent=4, mantissa=3, bias=11)
HFP8_BACK = Minifloat(exponent=5, mantissa=2, bias=15)

SERIAL = (  # rows, cols, pe, simd, x, w, levels, options
    (64, 64, 8, 32, U2, TERNARY, 3, {}),
    (64, 64, 8, 32, INT4, INT4, 0, {}),
    (64, 64, 16, 64, U2, BIPOLAR, 3, {}),
    (32, 144, 4, 36, FEW, INT4, 15, {"repeated": True}),
    (64, 64, 8, 32, TERNARY, TERNARY, 0, {}),
    (48, 96, 6, 16, FEW, BIPOLAR, 1, {}),
    (32, 64, 4, 64, BYTE, INT8, 0, {"storage": "bram"}),
    (32, 64, 4, 16, U2, S2, 0, {}),
    (32, 64, 2, 32, Number(width=3), S3, 7, {}),
    (24, 48, 6, 12, INT4, BIPOLAR, 1, {}),
    (16, 128, 4, 64, BIPOLAR, S2, 3, {}),
    (64, 36, 8, 9, FEW, INT4, 0, {"repeated": True}),
    (32, 32, 4, 32, U2, BIPOLAR, 3, {}),
    (40, 100, 5, 20, S3, Number(width=5, signed=True), 15, {}),
    (64, 128, 4, 32, Number(width=6), Number(width=6, signed=True), 0, {"storage": "bram"}),
)
UNROLLED = (  # rows, cols, x, w, levels
    (16, 16, BIPOLAR, BIPOLAR, 1),
    (20, 72, BIPOLAR, BIPOLAR, 1),
    (16, 32, BIPOLAR, BIPOLAR, 3),
    (10, 32, BIPOLAR, BIPOLAR, 0),
    (16, 16, TERNARY, TERNARY, 2),
    (10, 16, U2, INT4, 0),
    (8, 24, FEW, TERNARY, 1),
)
MINIFLOATS = (  # rows, cols, pe, format, options
    (64, 32, 2, HFP8, {"chunk": 8}),
    (30, 50, 3, HFP8_BACK, {"chunk": 16, "biased": True}),
    (16, 32, 1, HFP8, {"chunk": 64}),
    (32, 64, 4, HFP8, {"chunk": 16, "biased": True}),
    (16, 64, 4, HFP8_BACK, {"chunk": 32}),
)


def serial(rows: int, cols: int, pe: int, simd: int, x: Number, w: Number, levels: int,
           **options) -> SerialMVTU:  # fmt: skip
    """A layer with random weights, by bit planes, and thresholds spread over its sums."""
    matrix = integers(w, (rows, cols))
    low, high = sums(matrix, x.low, x.high)
    thresholds = spread(low, high, levels) if levels else None
    o = outputs(levels, int(low.min()), int(high.max()))
    config = SerialMVTU.Config(rows=rows, cols=cols, pe=pe, simd=simd, x=x, w=w, o=o,
                               levels=levels, base=-1 if o.bipolar else 0, **options)  # fmt: skip
    return SerialMVTU(config.narrowed(matrix), matrix, thresholds)


def unrolled(rows: int, cols: int, x: Number, w: Number, levels: int) -> Unrolled:
    """A layer of random constants, and thresholds spread over its sums, or counts."""
    matrix = integers(w, (rows, cols))
    low, high = sums(matrix, x.low, x.high)
    o = outputs(levels, int(low.min()), int(high.max()))
    if x.bipolar and w.bipolar:
        low, high = (low + cols) // 2, (high + cols) // 2
    thresholds = spread(low, high, levels) if levels else None
    return Unrolled(Unrolled.Config.of(matrix, thresholds, None, o, -1 if o.bipolar else 0, x, w))


def minifloat(rows: int, cols: int, pe: int, number: Minifloat = HFP8,
              **options) -> MinifloatMVTU:  # fmt: skip
    """A layer with random weights, and a bias where it has one."""
    config = MinifloatMVTU.Config(rows=rows, cols=cols, pe=pe, x_type=number, w_type=number,
                                  **options)  # fmt: skip
    draw = np.random.default_rng(0).integers
    top = (1 << number.magnitude) - 1
    weights = draw(-top, top, (rows, cols), endpoint=True)
    return MinifloatMVTU(config, weights, draw(-1 << 14, 1 << 14, rows) if config.biased else None)


def _serial(*case) -> Sample:
    *case, options = case
    rows, cols, pe, simd, x, w, levels = case
    name = f"{rows}x{cols} pe{pe} simd{simd} {short(x)} x {short(w)} {levels} levels"
    return Sample("serial", name + named(options), partial(serial, *case, **options))


def _unrolled(*case) -> Sample:
    rows, cols, x, w, levels = case
    name = f"{rows}x{cols} {short(x)} x {short(w)} {levels} levels"
    return Sample("unrolled", name, partial(unrolled, *case))


def _minifloat(*case) -> Sample:
    *case, options = case
    rows, cols, pe, number = case
    name = f"{rows}x{cols} pe{pe} 1-{number.exponent}-{number.mantissa}{named(options)}"
    return Sample("minifloat", name, partial(minifloat, *case, **options))


def designed() -> tuple[Sample, ...]:
    """What the estimates are fitted to."""
    cases = ((_serial, SERIAL), (_unrolled, UNROLLED), (_minifloat, MINIFLOATS))
    return tuple(make(*case) for make, some in cases for case in some)


def _drawn_serial(rng: np.random.Generator) -> Sample:
    pe, simd = size(rng, 1, 12), size(rng, 8, 64)
    if pe * simd > 360:
        raise ValueError("larger than is quickly synthesised")
    rows, cols = pe * size(rng, 1, 16), simd * size(rng, 1, 8)
    x = Number(width=int(rng.integers(2, 9)), signed=bool(rng.random() < 0.4))
    w = pick(rng, BIPOLAR, TERNARY, INT4, Number(width=3, signed=True), INT8)
    options = pick(rng, {}, {}, {"repeated": True}, {"storage": "bram"})
    return _serial(rows, cols, pe, simd, x, w, pick(rng, 0, 0, 1, 3, 7), options)


def _drawn_unrolled(rng: np.random.Generator) -> Sample:
    """Two thirds of them bipolar, as layers that are unrolled are."""
    rows, cols = size(rng, 4, 64), size(rng, 8, 128)
    if rng.random() < 0.66:
        if rows * cols > 1500:
            raise ValueError("larger than is quickly synthesised")
        return _unrolled(rows, cols, BIPOLAR, BIPOLAR, pick(rng, 0, 1, 1, 3))
    if rows * cols > 250:
        raise ValueError("larger than is quickly synthesised")
    x, w = pick(rng, (TERNARY, TERNARY), (U2, TERNARY), (FEW, INT4), (BYTE, TERNARY))
    return _unrolled(rows, cols, x, w, pick(rng, 0, 1, 3))


def _drawn_minifloat(rng: np.random.Generator) -> Sample:
    pe = size(rng, 1, 4)
    options = {"chunk": pick(rng, 8, 16, 64), "biased": bool(rng.random() < 0.5)}
    number = pick(rng, HFP8, HFP8_BACK)
    return _minifloat(pe * size(rng, 2, 12), size(rng, 8, 100), pe, number, options)


def draw(rng: np.random.Generator, count: int) -> list[Sample]:
    """Random ones."""
    return drawn(rng, count, (_drawn_serial, _drawn_unrolled, _drawn_minifloat, _drawn_serial,
                              _drawn_unrolled))  # fmt: skip

# amaranth: UnusedElaboratable=no

"""Matrix-vector-threshold units on integers, and their weight memories."""

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
from hdl.array.loadable import Loadable, in_block
from hdl.array.mvtu import MVTU
from hdl.array.weights import Weights
from hdl.number import BIPOLAR, Number, holding

__all__ = ["designed", "draw", "loadable", "mvtu", "weights"]

U2, U3, U5, U6 = (Number(width=width) for width in (2, 3, 5, 6))
S2, S3, S6 = (Number(width=width, signed=True) for width in (2, 3, 6))

MVTUS = (  # rows, cols, pe, simd, x, w, levels, storage, options
    (64, 64, 8, 8, BIPOLAR, BIPOLAR, 1, "lut", {}),
    (64, 64, 4, 32, BIPOLAR, BIPOLAR, 1, "lut", {}),
    (256, 256, 16, 16, BIPOLAR, BIPOLAR, 1, "lut", {}),
    (256, 256, 16, 64, BIPOLAR, BIPOLAR, 1, "bram", {}),
    (256, 784, 16, 49, BIPOLAR, BIPOLAR, 1, "lut", {}),
    (128, 128, 32, 32, BIPOLAR, BIPOLAR, 1, "bram", {}),
    (10, 256, 2, 32, BIPOLAR, BIPOLAR, 0, "lut", {}),
    (16, 32, 4, 8, TERNARY, TERNARY, 2, "lut", {}),
    (64, 64, 8, 16, TERNARY, TERNARY, 2, "bram", {}),
    (32, 32, 4, 8, FEW, INT4, 15, "lut", {}),
    (64, 64, 8, 8, U2, TERNARY, 3, "lut", {}),
    (10, 64, 2, 8, FEW, INT4, 0, "lut", {}),
    (32, 64, 4, 16, BYTE, BIPOLAR, 1, "lut", {}),
    (32, 64, 4, 16, FEW, BIPOLAR, 3, "bram", {}),
    (16, 32, 4, 4, BYTE, INT8, 0, "lut", {}),
    (16, 32, 2, 4, BYTE, INT8, 7, "bram", {}),
    (32, 32, 8, 8, BIPOLAR, INT4, 3, "lut", {}),
    (96, 100, 6, 20, BIPOLAR, BIPOLAR, 1, "lut", {}),
    (512, 512, 8, 128, BIPOLAR, BIPOLAR, 1, "bram", {}),
    (10, 128, 5, 16, BIPOLAR, BIPOLAR, 0, "lut", {}),
    (48, 60, 4, 12, TERNARY, TERNARY, 1, "lut", {}),
    (32, 48, 8, 6, U2, S2, 3, "lut", {}),
    (24, 36, 3, 9, U3, S3, 7, "lut", {}),
    (40, 30, 5, 10, U6, BIPOLAR, 1, "lut", {}),
    (12, 40, 3, 5, U5, S6, 0, "bram", {}),
    (30, 64, 10, 16, BIPOLAR, S2, 1, "lut", {}),
    (64, 576, 16, 32, BIPOLAR, BIPOLAR, 1, "lut", {"repeated": True}),
    (64, 27, 16, 3, BYTE, BIPOLAR, 1, "lut", {"repeated": True}),
    (128, 144, 8, 16, U2, TERNARY, 3, "bram", {"repeated": True}),
    (16, 36, 4, 4, FEW, INT4, 7, "lut", {"repeated": True, "groups": 4}),
    (1, 9, 1, 1, FEW, INT4, 7, "lut", {"repeated": True, "groups": 32, "group_lanes": 8}),
    (1, 9, 1, 9, FEW, TERNARY, 3, "const", {"repeated": True, "groups": 8, "group_lanes": 8}),
    (1, 9, 1, 3, FEW, INT4, 0, "lut", {"repeated": True, "groups": 24, "group_lanes": 6}),
    (96, 216, 8, 24, U2, BIPOLAR, 3, "lut", {"repeated": True}),
    (1, 25, 1, 5, U3, TERNARY, 7, "lut", {"repeated": True, "groups": 40, "group_lanes": 4}),
    (256, 1152, 4, 32, BIPOLAR, BIPOLAR, 1, "bram", {"repeated": True}),
    (16, 32, 4, 4, BYTE, INT8, 0, "lut", {"multiplier": True}),
    (64, 64, 8, 8, BIPOLAR, BIPOLAR, 1, "ram", {}),
    (64, 256, 4, 8, BIPOLAR, BIPOLAR, 1, "ram", {}),
    (16, 144, 4, 8, FEW, TERNARY, 3, "bram", {"repeated": True}),
    (64, 256, 4, 8, BIPOLAR, BIPOLAR, 1, "bram", {}),
)
WEIGHTS = (  # width, depth, storage
    (64, 64, "lut"), (512, 6, "lut"), (200, 8, "lut"), (32, 200, "lut"), (24, 512, "lut"),
    (36, 1024, "bram"), (32, 2304, "bram"), (128, 2304, "bram"), (20, 3000, "bram"),
    (72, 576, "bram"), (8, 18432, "bram"),
)  # fmt: skip
LOADABLES = ((64, 16), (96, 64), (40, 200), (36, 1024), (64, 1))  # width, depth
LANES = (3, 5, 8, 9, 12, 16, 16, 18, 20, 24, 27, 32, 32, 36, 48, 49, 64)
"""Of popcounts that are drawn: their trees are known, so that no search depends on the time."""


def mvtu(rows: int, cols: int, pe: int, simd: int, x: Number, w: Number, levels: int,
         storage: str = "lut", **options) -> MVTU:  # fmt: skip
    """A layer with random weights and thresholds spread over its sums."""
    matrix = integers(w, (options.get("groups", 1) * rows, cols))
    low, high = sums(matrix, x.low, x.high)
    if x.bipolar and w.bipolar:
        low, high = (low + cols * bool(levels)) // 2, (high + cols * bool(levels)) // 2
    thresholds = spread(low, high, levels) if levels else None
    acc = holding(int(low.min()), int(high.max()))
    o = outputs(levels, acc.low, acc.high)
    if not levels and x.bipolar and w.bipolar:
        o = holding(2 * acc.low - 1, 2 * acc.high + 1)
    config = MVTU.Config(rows=rows, cols=cols, pe=pe, simd=simd, x=x, w=w, acc=acc, o=o,
                         levels=levels, base=-1 if o.bipolar else 0, storage=storage,
                         **options)  # fmt: skip
    return MVTU(config, matrix, thresholds)


def weights(width: int, depth: int, storage: str) -> Weights:
    """A weight memory with random words."""
    return Weights(Weights.Config(width=width, depth=depth, storage=storage), _words(width, depth))


def loadable(width: int, depth: int) -> Loadable:
    """A weight memory that is written at run time, with random words."""
    config = Loadable.Config(width=width, depth=depth, block=in_block(width, depth))
    return Loadable(config, _words(width, depth), config.window)


def _words(width: int, depth: int) -> list[int]:
    bits = integers(Number(width=1), (depth, width))
    return [int("".join(map(str, row)), 2) for row in bits.tolist()]


def _mvtu(*case) -> Sample:
    rows, cols, pe, simd, x, w, levels, storage, options = case
    numbers = f"{short(x)} x {short(w)}"
    name = f"{rows}x{cols} pe{pe} simd{simd} {numbers} {levels} levels {storage}{named(options)}"
    return Sample("mvtu", name, partial(mvtu, *case[:-1], **options))


def _weights(width: int, depth: int, storage: str) -> Sample:
    return Sample("weights", f"{width}x{depth} {storage}", partial(weights, width, depth, storage))


def _loadable(width: int, depth: int) -> Sample:
    return Sample("loadable", f"{width}x{depth}", partial(loadable, width, depth))


def designed() -> tuple[Sample, ...]:
    """What the estimates are fitted to."""
    cases = ((_mvtu, MVTUS), (_weights, WEIGHTS), (_loadable, LOADABLES))
    return tuple(make(*case) for make, some in cases for case in some)


def _folds(rng: np.random.Generator, bits: int, most: int = 500,
           known: tuple[int, ...] = ()) -> tuple[int, int, int, int]:  # fmt: skip
    """A matrix and its lanes, of products of so many bits; simd and pe need not divide it."""
    while True:
        cols, rows = size(rng, 8, 400), size(rng, 4, 128)
        simd, pe = size(rng, 1, min(cols, 64)), size(rng, 1, min(rows, 16))
        simd = pick(rng, *known) if known else simd
        if rng.random() < 0.7:  # as networks are folded: divisors
            cols, rows = simd * -(-cols // simd), pe * -(-rows // pe)
        if 12 <= simd * pe * bits <= most and simd <= cols and rows * cols / simd / pe < 3000:
            return rows, cols, pe, simd


def _options(rng: np.random.Generator, rows: int, pe: int) -> dict:
    """Whether windows come, and how many frames share weights."""
    chosen = rng.random()
    if chosen < 0.4:
        return {"repeated": True}
    if chosen < 0.5:
        return {"repeated": True, "frames": pick(rng, 2, 3, 4)}
    return {}


def _binary(rng: np.random.Generator) -> Sample:
    rows, cols, pe, simd = _folds(rng, 1, 400, LANES)
    levels, storage = pick(rng, 1, 1, 1, 0), pick(rng, "lut", "lut", "bram", "ram")
    options = _options(rng, rows, pe)
    if storage != "ram" and -(-cols // simd) > 1 and rng.random() < 0.2:
        options = {"accumulator": "dsp"} | options
    return _checked(rows, cols, pe, simd, BIPOLAR, BIPOLAR, levels, storage, options)


def _number(rng: np.random.Generator, most: int, signed: bool) -> Number:
    return Number(width=int(rng.integers(2, most + 1)), signed=signed)


def _mixed(rng: np.random.Generator) -> Sample:
    """Of one operand that is bipolar, or of ternary weights."""
    few = _number(rng, 8, False)
    x, w = pick(rng, (few, BIPOLAR), (BIPOLAR, _number(rng, 4, True)), (few, TERNARY),
                (TERNARY, TERNARY))  # fmt: skip
    return _integers(rng, x, w)


def _narrow(rng: np.random.Generator) -> Sample:
    return _integers(rng, _number(rng, 6, bool(rng.random() < 0.3)), _number(rng, 6, True))


def _wide(rng: np.random.Generator) -> Sample:
    return _integers(rng, Number(width=8, signed=bool(rng.random() < 0.5)), INT8)


def _integers(rng: np.random.Generator, x: Number, w: Number) -> Sample:
    rows, cols, pe, simd = _folds(rng, x.width * w.width)
    levels = pick(rng, 0, 1, 3, 7, 15)
    storage = pick(rng, "lut", "lut", "bram")
    return _checked(rows, cols, pe, simd, x, w, levels, storage, _options(rng, rows, pe))


def _multiplier(rng: np.random.Generator) -> Sample:
    """Of products that networks are given to DSP slices."""
    width = int(rng.integers(4, 9))
    x, w = Number(width=width, signed=pick(rng, False, True)), Number(width=width, signed=True)
    rows, cols, pe, simd = _folds(rng, 64, 2000)
    options = {"multiplier": True} | _options(rng, rows, pe)
    return _checked(rows, cols, pe, simd, x, w, pick(rng, 0, 0, 3), pick(rng, "lut", "bram"),
                    options)  # fmt: skip


def _depthwise(rng: np.random.Generator) -> Sample:
    lanes, sets, cols = size(rng, 1, 12), size(rng, 1, 16), pick(rng, 9, 9, 25, 5)
    simd, x = pick(rng, 1, 3, cols), pick(rng, Number(width=2), Number(width=3), FEW, BYTE)
    options = {"repeated": True, "groups": lanes * sets, "group_lanes": lanes}
    w, storage = pick(rng, TERNARY, INT4, INT8), "lut"
    if sets == 1 and simd == cols:
        storage = "const"
    return _checked(1, cols, 1, simd, x, w, pick(rng, 0, 1, 3, 7), storage, options)


def _checked(*case) -> Sample:
    """The sample, if there is such a configuration; ValueError if not."""
    mvtu(*case[:-1], **case[-1])
    return _mvtu(*case)


def _drawn_weights(rng: np.random.Generator) -> Sample:
    if rng.random() < 0.5:
        return _weights(size(rng, 4, 400), size(rng, 2, 512), "lut")
    return _weights(size(rng, 4, 200), size(rng, 128, 4000), "bram")


def _drawn_loadable(rng: np.random.Generator) -> Sample:
    return _loadable(size(rng, 4, 200), size(rng, 1, 1500))


def draw(rng: np.random.Generator, count: int) -> list[Sample]:
    """Random ones; half of the units are binary or of one operand that is."""
    return drawn(rng, count, (
        _binary, _mixed, _narrow, _binary, _depthwise, _multiplier, _drawn_weights, _binary,
        _mixed, _wide, _narrow, _drawn_loadable,
    ))  # fmt: skip

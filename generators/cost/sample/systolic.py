# amaranth: UnusedElaboratable=no

"""Systolic arrays, weight-stationary and output-stationary."""

from functools import partial

import numpy as np

from generators.cost.sample.case import INT4, INT8, Sample, drawn, named, pick, short, size
from hdl.array.systolic import Systolic
from hdl.array.systolic_config import Columns
from hdl.array.systolic_os import OutputStationary
from hdl.dot.select import select
from hdl.number import BIPOLAR, Number

__all__ = ["array", "designed", "draw", "output_stationary"]

FEW = Number(width=4)
S2, S3, S6 = (Number(width=width, signed=True) for width in (2, 3, 6))
DSP = {"multiplier": True}
ARRAYS = (  # rows, cols, lanes, x, w, bits of a sum, options
    (2, 2, 4, INT4, INT4, None, {"stalls": True}),
    (2, 4, 16, S2, S2, 10, {}),
    (2, 8, 16, S2, S2, 10, {"reach": 2}),
    (3, 4, 8, FEW, INT4, 15, {}),
    (2, 4, 8, INT8, INT8, 24, DSP),
    (4, 8, 2, INT8, INT8, 23, {"reach": 2} | DSP),
    (2, 4, 16, INT8, BIPOLAR, 13, {}),
    (2, 4, 32, BIPOLAR, BIPOLAR, 9, {}),
    (4, 2, 64, BIPOLAR, BIPOLAR, 11, {"reach": 2}),
    (1, 8, 8, S3, S3, None, {}),
    (4, 4, 4, Number(width=2), S6, 16, {}),
    (2, 4, 4, INT8, INT8, 20, {"stalls": True}),
    (2, 4, 8, FEW, INT4, 15, DSP),
    (2, 2, 16, FEW, BIPOLAR, 12, {}),
    (3, 2, 1, INT8, INT8, 20, {"stalls": True} | DSP),
    (6, 6, 2, INT4, INT4, 14, {"reach": 3}),
)
OUTPUT_STATIONARY = (
    (2, 2, 4, INT4, INT4, 16, {"stalls": True}),
    (3, 4, 8, S2, S2, 12, {}),
    (2, 4, 16, BIPOLAR, BIPOLAR, 10, {"reach": 2}),
    (2, 4, 4, INT8, INT8, 22, DSP),
    (4, 2, 8, FEW, BIPOLAR, 14, {"stalls": True}),
    (4, 4, 2, S6, S3, 14, {"reach": 2}),
    (2, 6, 2, INT8, INT8, 20, {"stalls": True} | DSP),
)


def array(rows: int, cols: int, lanes: int, x: Number, w: Number, acc: int | None, *,
          multiplier: bool = False, reach: int = 1, stalls: bool = False) -> Systolic:  # fmt: skip
    """A weight-stationary array of cells that take the fewest LUTs."""
    dot = select(x, w, lanes, multiplier=multiplier, rows=cols)
    sums = None if acc is None else Number(width=acc, signed=True)
    return Systolic(Systolic.Config.uniform(rows=rows, cols=cols, dot=dot, acc=sums, reach=reach,
                                            stalls=stalls))  # fmt: skip


def output_stationary(rows: int, cols: int, lanes: int, x: Number, w: Number, acc: int, *,
                      multiplier: bool = False, reach: int = 1,
                      stalls: bool = False) -> OutputStationary:  # fmt: skip
    """The same with sums that stay."""
    dot = select(x, w, lanes, multiplier=multiplier, rows=cols)
    columns = Columns(dot=dot, count=cols, reach=reach)
    return OutputStationary(OutputStationary.Config(
        rows=rows, columns=columns, acc=Number(width=acc, signed=True), stalls=stalls))  # fmt: skip


def _array(build, circuit: str, *case) -> Sample:
    *case, options = case
    rows, cols, lanes, x, w, acc = case
    sums = "any" if acc is None else acc
    name = f"{rows}x{cols} of {lanes} lanes {short(x)} x {short(w)} acc{sums}{named(options)}"
    return Sample(circuit, name, partial(build, *case, **options))


KINDS = ((array, "systolic"), (output_stationary, "output_stationary"))


def designed() -> tuple[Sample, ...]:
    """What the estimates are fitted to."""
    return tuple(_array(*kind, *case) for kind, cases in zip(KINDS, (ARRAYS, OUTPUT_STATIONARY))
                 for case in cases)  # fmt: skip


def _drawn(rng: np.random.Generator, kind) -> Sample:
    """Of the numbers of networks; as wide as a vector's sum needs, or as a layer's."""
    x, w = pick(rng, (INT4, INT4), (INT8, INT8), (BIPOLAR, BIPOLAR), (FEW, INT4), (S2, S2),
                (FEW, BIPOLAR), (INT8, INT4))  # fmt: skip
    rows, cols, lanes = size(rng, 1, 5), size(rng, 2, 8), size(rng, 1, 32)
    options = {"reach": 2} if cols % 2 == 0 and rng.random() < 0.3 else {}
    options |= {"stalls": True} if rng.random() < 0.5 else {}
    bits = x.width * w.width
    if bits >= 16 and rng.random() < 0.5:
        options |= DSP
        bits //= 8
    if not 60 <= rows * cols * lanes * bits <= 500:
        raise ValueError("larger than is quickly synthesised")
    case = (rows, cols, lanes, x, w, int(rng.integers(12, 25)), options)
    kind[0](*case[:-1], **options)
    return _array(*kind, *case)


def draw(rng: np.random.Generator, count: int) -> list[Sample]:
    """Random ones, of either kind in turn."""
    return drawn(rng, count, [partial(_drawn, kind=kind) for kind in KINDS])

# amaranth: UnusedElaboratable=no

"""Matrix-vector units whose datapath is not that of the numbers: shifts, codebooks, fusible units.

As :mod:`generators.finn.datapath` makes them of a layer, here of random weights.
"""

from functools import partial

import numpy as np

from generators.cost.sample.case import Sample, drawn, integers, pick, size, sums
from hdl.array.mvtu import MVTU
from hdl.dot.codebook import Codebook
from hdl.dot.fusible import Fusible
from hdl.dot.shift import Shift
from hdl.dot.shift_terms import MAX_EXPONENTS
from hdl.number import Number, holding
from sim.golden.formats import integer
from sim.golden.formats.terms import Terms, serial

__all__ = ["dense", "designed", "draw"]

RADIX = 2
"""Bits of a weight that a term stands for: one of +-1, +-2 in radix 4."""

DENSE = (  # rows, cols, pe, simd, inputs, weights, datapath, storage
    (64, 64, 8, 16, "uint4", "int4", "shift", "lut"),
    (64, 64, 8, 16, "int4", "ternary", "shift", "lut"),
    (32, 64, 4, 8, "uint8", "int8", "shift", "bram"),
    (64, 64, 8, 16, "uint4", "int4", "shift_serial", "lut"),
    (32, 64, 4, 8, "uint8", "int8", "shift_serial", "bram"),
    (64, 64, 8, 16, "uint4", "int4", "codebook", "lut"),
    (32, 64, 4, 8, "uint8", "int3", "codebook", "lut"),
    (32, 64, 4, 16, "int4", "int4", "fusible", "lut"),
    (32, 64, 4, 8, "int8", "int8", "fusible", "bram"),
    (64, 64, 8, 32, "uint2", "int2", "fusible", "lut"),
)


def dense(rows: int, cols: int, pe: int, simd: int, x: str, w: str, datapath: str,
          storage: str) -> MVTU:  # fmt: skip
    """The unit of a dense layer on a datapath, with random weights; it emits the sums."""
    form, source = integer.parse(w), integer.parse(x)
    wide = integers(Number(width=form.width, signed=form.signed), (rows, cols))
    matrix = np.clip(wide, form.low, form.high)
    low, high = sums(matrix, source.low, source.high)
    acc = holding(int(low.min()), int(high.max()))
    cell, words = _DATAPATHS[datapath](
        Number(width=source.width, signed=source.signed), matrix, simd, form
    )
    config = MVTU.Config(rows=rows, cols=words.shape[1], pe=pe, simd=simd, x=cell.x, w=cell.w,
                         acc=acc, o=acc, levels=0, storage=storage, cell=cell)  # fmt: skip
    return MVTU(config, words)


def _shift(x: Number, matrix: np.ndarray, simd: int, form) -> tuple[Shift.Config, np.ndarray]:
    """Powers of two, or Booth's digits of all other weights."""
    exponents = max(1, int(np.abs(matrix).max()).bit_length())
    starts = (0,)
    if exponents > MAX_EXPONENTS or not Terms(exponents).contains(matrix).all():
        exponents, starts = RADIX, _digits(matrix)
    cell = Shift.Config(lanes=1, x=x, exponents=exponents, starts=starts)
    return cell, Terms(exponents, starts, cell.offset).encode(matrix)


def _shift_serial(x: Number, matrix: np.ndarray, simd: int, form):
    """A digit a cycle, of inputs that are shifted ever further."""
    steps, cols = len(_digits(matrix)), matrix.shape[1]
    wide = Number(width=x.width + RADIX * (steps - 1), signed=x.signed)
    cell = Shift.Config(lanes=1, x=wide, exponents=RADIX)
    terms = Terms(RADIX, tuple(range(0, RADIX * steps, RADIX)), cell.offset)
    padded = np.pad(matrix, ((0, 0), (0, -cols % simd)))
    return cell, serial(terms.codes(padded), simd)


def _digits(matrix: np.ndarray) -> tuple[int, ...]:
    starts = (0,)
    while not Terms(RADIX, starts).contains(matrix).all():
        starts = (*starts, RADIX * len(starts))
    return starts


def _codebook(x: Number, matrix: np.ndarray, simd: int, form) -> tuple[Codebook.Config, np.ndarray]:
    values = tuple(np.unique(matrix).tolist())
    return Codebook.Config(lanes=1, x=x, values=values), np.searchsorted(values, matrix)


def _fusible(x: Number, matrix: np.ndarray, simd: int, form) -> tuple[Fusible.Config, np.ndarray]:
    w = Number(width=form.width, signed=form.signed)
    return Fusible.Config(lanes=1, x=x, w=w), matrix


_DATAPATHS = {
    "shift": _shift,
    "shift_serial": _shift_serial,
    "codebook": _codebook,
    "fusible": _fusible,
}


def _dense(*case) -> Sample:
    rows, cols, pe, simd, x, w, datapath, storage = case
    name = f"{datapath} {rows}x{cols} pe{pe} simd{simd} {x} x {w} {storage}"
    return Sample("mvtu", name, partial(dense, *case))


def designed() -> tuple[Sample, ...]:
    """What the estimates are fitted to."""
    return tuple(_dense(*case) for case in DENSE)


def _drawn(rng: np.random.Generator, datapath: str) -> Sample:
    x = pick(rng, "uint2", "uint4", "int4", "uint8", "int8")
    w = pick(rng, "ternary", "int3", "int4", "int4", "int8")
    if datapath in ("codebook", "fusible") and w == "ternary":
        w = "int2"
    bits = integer.parse(x).width * integer.parse(w).width
    simd, pe = size(rng, 2, 32), size(rng, 1, 12)
    if not 64 <= simd * pe * bits <= 800:
        raise ValueError("larger than is quickly synthesised")
    case = (pe * size(rng, 1, 16), simd * size(rng, 1, 12), pe, simd, x, w, datapath,
            pick(rng, "lut", "lut", "bram"))  # fmt: skip
    dense(*case)
    return _dense(*case)


def draw(rng: np.random.Generator, count: int) -> list[Sample]:
    """Random ones, of each datapath in turn."""
    return drawn(rng, count, [partial(_drawn, datapath=name) for name in _DATAPATHS])

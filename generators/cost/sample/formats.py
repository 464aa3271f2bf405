# amaranth: UnusedElaboratable=no

"""Matrix-vector units on numbers in formats of their own.

As :mod:`generators.finn.coded` makes them of a layer, here of random weights.
"""

from functools import partial

import numpy as np

from generators.cost.sample.case import Sample, drawn, pick, size, sums
from hdl.array.mvtu import MVTU
from hdl.dot.biscaled import BiScaled
from hdl.dot.biscaled_blocks import BiScaledBlocks
from hdl.dot.fpec import FPEC
from hdl.dot.fpec_shared import SharedFPEC
from hdl.dot.grouped import Grouped
from hdl.number import Number, holding
from sim.golden.formats import integer
from sim.golden.formats.made import made

__all__ = ["coded", "designed", "draw"]

Format = str | dict
"""Integers by the name of their type, or the fields of a format in model.json."""


def fpec(bits: int, **fields) -> dict:
    """Fixed point with errors."""
    return {"format": "fpec", "bits": bits, **fields}


def biscaled(bits: int, shift: int, **fields) -> dict:
    """Integers of two scales."""
    return {"format": "biscaled", "bits": bits, "shift": shift, **fields}


def grouped(bits: int, group: int, exponents: int, **fields) -> dict:
    """Groups of integers that share a scale."""
    return {"format": "grouped", "bits": bits, "group": group, "exponents": exponents, **fields}


def blocks(bits: int, block: int, exponents: int, **fields) -> dict:
    """Block floating point."""
    return {"format": "blockfloat", "bits": bits, "block": block, "exponents": exponents, **fields}


MVTUS = (  # rows, cols, pe, simd, inputs, weights, storage
    (32, 64, 4, 8, fpec(4), fpec(4), "lut"),
    (32, 64, 4, 16, fpec(6, signed=False), fpec(6), "bram"),
    (16, 64, 4, 8, fpec(4, magnitude=1), fpec(4, magnitude=1), "lut"),
    (32, 64, 4, 16, "uint4", fpec(4), "lut"),
    (32, 64, 4, 8, fpec(6), "int4", "lut"),
    (32, 64, 4, 16, fpec(4), fpec(4, lanes=4), "lut"),
    (16, 64, 2, 16, fpec(5), fpec(5, lanes=8, compensators=2), "lut"),
    (32, 64, 4, 16, biscaled(4, 2), biscaled(4, 2), "lut"),
    (32, 64, 4, 8, "uint4", biscaled(6, 2), "bram"),
    (32, 64, 4, 16, "uint6", biscaled(6, 2, block=16), "lut"),
    (16, 64, 4, 16, biscaled(5, 2, signed=False), biscaled(5, 2, block=8, limit=2), "bram"),
    (32, 64, 4, 16, "uint4", grouped(4, 16, 4), "lut"),
    (16, 64, 4, 16, "uint6", grouped(6, 8, 4), "bram"),
    (32, 64, 4, 16, "int4", grouped(4, 8, 4, mantissa="simple", mantissa_bits=2), "lut"),
    (32, 64, 4, 16, blocks(4, 16, 4), blocks(4, 16, 4), "lut"),
    (16, 64, 2, 32, blocks(8, 16, 8, signed=False), blocks(8, 16, 8), "bram"),
    (24, 60, 3, 12, fpec(5), fpec(5), "lut"),
    (20, 40, 5, 10, "int3", fpec(4, magnitude=2), "bram"),
    (32, 64, 4, 8, fpec(6), fpec(6, lanes=4), "bram"),
    (24, 60, 3, 12, biscaled(5, 3), biscaled(5, 3), "lut"),
    (16, 64, 2, 32, biscaled(6, 2, signed=False), biscaled(6, 2, block=32, limit=1), "lut"),
    (24, 48, 3, 24, "uint3", grouped(5, 12, 6), "lut"),
    (16, 96, 4, 24, blocks(6, 8, 6), blocks(5, 8, 3), "lut"),
)


def coded(rows: int, cols: int, pe: int, simd: int, x: Format, w: Format, storage: str) -> MVTU:
    """The unit of a dense layer with random weights that emits the sums."""
    rng = np.random.default_rng(0)
    source = integer.parse(x) if isinstance(x, str) else made(x)
    if isinstance(w, str):
        form = integer.parse(w)
        data = rng.integers(form.low, form.high, (rows, cols), endpoint=True)
        words = data
    else:
        form = made(w)
        data = form.encode(rng.laplace(size=(rows, cols)) * (1 << w["bits"] - 2))
        words = form.words(data)
    low, high = _ends(source, data, form, x, w)
    acc = holding(int(low.min()), int(high.max()))
    number = holding(int(data.min()), int(data.max()))
    cell, block = _cell(x, w, _number(source), number)
    if not isinstance(w, str):
        words = words.reshape(rows, cols // block, -1)
    config = MVTU.Config(rows=rows, cols=cols // block, pe=pe, simd=max(1, simd // block),
                         x=cell.x, w=cell.w, acc=acc, o=acc, levels=0, storage=storage,
                         cell=cell)  # fmt: skip
    return MVTU(config, words)


def _number(source) -> Number:
    if isinstance(source, integer.Integer):
        return Number(width=source.width, signed=source.signed)
    return Number(width=source.bits, signed=getattr(source, "signed", True))


def _ends(source, data: np.ndarray, form, x: Format, w: Format) -> tuple[np.ndarray, np.ndarray]:
    """Lowest and highest sum of each row, of FPEC in units of an error."""
    kinds = [some["format"] for some in (x, w) if isinstance(some, dict)]
    if "fpec" not in kinds:
        return sums(data, source.low, source.high)
    unit = (source if isinstance(x, dict) else form).unit
    q, d = (data, 0 * data) if isinstance(w, str) else form.decode(data)
    number, most = _number(source), unit // 2 if isinstance(x, dict) else 0
    low, high = sums(unit * q + d, number.low, number.high)
    error = most * np.abs(q).sum(axis=1)
    return low - error, high + error


def _cell(x: Format, w: Format, qx: Number, weights: Number):
    """The dot product of one lane, and how many columns that is."""
    form = w if isinstance(w, dict) else x
    qw = weights if isinstance(w, str) else Number(width=w["bits"], signed=w.get("signed", True))
    return _CELLS[form["format"]](x, w, qx, qw)


def _fpec(x: Format, w: Format, qx: Number, qw: Number):
    both = isinstance(x, dict) and isinstance(w, dict)
    errors = "both" if both else "x" if isinstance(x, dict) else "w"
    some = x if isinstance(x, dict) else w
    fields = {"lanes": 1, "qx": qx, "qw": qw, "magnitude": some.get("magnitude", 0),
              "errors": errors}  # fmt: skip
    block = 1 if isinstance(w, str) else w.get("lanes", 1)
    if block == 1:
        return FPEC.Config(**fields), 1
    served = w.get("compensators", 1)
    return SharedFPEC.Config(**fields, block=block, compensators=served), block


def _biscaled(x: Format, w: Format, qx: Number, qw: Number):
    if isinstance(x, dict):  # words are expanded before
        qx = Number(width=x["bits"] + x["shift"], signed=x.get("signed", True))
    fields = {"lanes": 1, "qx": qx, "qw": qw, "w_shift": w["shift"]}
    if "block" not in w:
        return BiScaled.Config(**fields), 1
    block, limit = w["block"], w.get("limit", 1)
    return BiScaledBlocks.Config(**fields, block=block, limit=limit, skewed=True), block


def _grouped(x: Format, w: Format, qx: Number, qw: Number):
    block = w.get("group") or w["block"]
    exponents = 1 if isinstance(x, str) else x["exponents"]
    return Grouped.Config(lanes=1, group=block, x_element=qx, w_element=qw,
                          exponents=w["exponents"], x_exponents=exponents, skewed=True,
                          mantissa_bits=w.get("mantissa_bits", 0)), block  # fmt: skip


_CELLS = {"fpec": _fpec, "biscaled": _biscaled, "grouped": _grouped, "blockfloat": _grouped}


def _coded(*case) -> Sample:
    rows, cols, pe, simd, x, w, storage = case
    name = f"{rows}x{cols} pe{pe} simd{simd} {_named(x)} x {_named(w)} {storage}"
    return Sample("mvtu", name, partial(coded, *case))


def _named(form: Format) -> str:
    """A format, or the type of integers."""
    return form if isinstance(form, str) else "_".join(map(str, form.values()))


def designed() -> tuple[Sample, ...]:
    """What the estimates are fitted to."""
    return tuple(_coded(*case) for case in MVTUS)


def _drawn(rng: np.random.Generator, pairs, block: int = 1) -> Sample:
    """A unit of some formats of inputs and weights, of lanes that are whole blocks."""
    bits = int(rng.integers(3, 7))
    x, w = pairs(rng, bits, block)
    pe, simd = size(rng, 1, 6), block * size(rng, 1, max(1, 24 // block))
    if not 120 <= pe * simd * bits * bits <= 700:
        raise ValueError("larger than is quickly synthesised")
    case = (pe * size(rng, 1, 8), simd * size(rng, 1, 6), pe, simd, x, w,
            pick(rng, "lut", "lut", "bram"))  # fmt: skip
    coded(*case)
    return _coded(*case)


def _fpecs(rng: np.random.Generator, bits: int, block: int) -> tuple[Format, Format]:
    size = {"magnitude": pick(rng, 0, 0, 1, 2)}
    x = fpec(bits, signed=pick(rng, True, False), **size)
    if block > 1:
        return x, fpec(bits, lanes=block, **size)
    return pick(rng, (x, fpec(bits, **size)), (x, "int4"), ("uint4", fpec(bits, **size)))


def _biscaleds(rng: np.random.Generator, bits: int, block: int) -> tuple[Format, Format]:
    shift = pick(rng, 1, 2, 3)
    fields = {"block": block, "limit": pick(rng, 1, 2)} if block > 1 else {}
    x = pick(rng, "uint4", biscaled(bits, min(shift, bits - 1)))
    return x, biscaled(bits, min(shift, bits - 1), **fields)


def _groups(rng: np.random.Generator, bits: int, block: int) -> tuple[Format, Format]:
    simple = {"mantissa": "simple", "mantissa_bits": 2} if rng.random() < 0.3 else {}
    x = pick(rng, "uint4", "int4", "uint6")
    return x, grouped(bits, block, pick(rng, 2, 4, 6), **simple)


def _blockfloats(rng: np.random.Generator, bits: int, block: int) -> tuple[Format, Format]:
    exponents = pick(rng, 3, 4, 6, 8)
    return blocks(bits, block, exponents, signed=pick(rng, True, False)), blocks(
        bits, block, exponents)  # fmt: skip


def _in_blocks(pairs):
    def one(rng: np.random.Generator) -> Sample:
        return _drawn(rng, pairs, pick(rng, 4, 8, 12, 16))

    return one


def draw(rng: np.random.Generator, count: int) -> list[Sample]:
    """Random ones, of each format in turn."""
    return drawn(rng, count, (
        partial(_drawn, pairs=_fpecs), partial(_drawn, pairs=_biscaleds), _in_blocks(_groups),
        _in_blocks(_blockfloats), _in_blocks(_biscaleds), _in_blocks(_fpecs),
    ))  # fmt: skip

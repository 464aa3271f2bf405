"""The datapaths beside the plain ones, for the table of arithmetic."""

from collections.abc import Iterator
from functools import partial

from hdl.array.serial import SerialMVTU
from hdl.dot.codebook import Codebook
from hdl.dot.fusible import Fusible
from hdl.dot.integer import Integer
from hdl.dot.shift import Shift
from hdl.number import Number
from hdl.quant.requantize import Requantize
from tests.benchmarks.case import Case
from tests.synth import dots

__all__ = ["datapaths"]

LANES = 16
S4, S8 = Number(width=4, signed=True), Number(width=8, signed=True)

SHIFTS = {
    "4 x log4, 7 powers of two": (S4, 7, (0,), "behavioural 4 x 4"),
    "8 x log4, 7 powers of two": (S8, 7, (0,), "behavioural 8 x 8"),
    "4 x 4, two terms": (S4, 2, (0, 2), "behavioural 4 x 4"),
    "8 x 8, four terms": (S8, 2, (0, 2, 4, 6), "behavioural 8 x 8"),
    "4 x 4, a term a cycle, 2 cycles": (Number(width=6, signed=True), 2, (0,), ""),
    "8 x 8, a term a cycle, 4 cycles": (Number(width=14, signed=True), 2, (0,), ""),
}
BOOK = (-120, -83, -60, -41, -28, -16, -9, -3, 2, 7, 14, 24, 37, 55, 80, 117)


def datapaths() -> Iterator[Case]:
    """Shifts, tables, bricks and bit planes in time; LUTs of a MAC a cycle, or of a lane."""
    for name, (x, exponents, starts, rival) in SHIFTS.items():
        config = Shift.Config(lanes=LANES, x=x, exponents=exponents, starts=starts)
        yield Case(f"shift, {name}", "MAC", LANES, LANES, config.build, rival)
    config = Codebook.Config(lanes=LANES, x=S4, values=BOOK)
    yield Case("codebook, 4 x 16 values of 8 bits", "MAC", LANES, LANES, config.build)
    for bits, lanes in ((2, 64), (4, 16), (8, 4)):
        x = Number(width=bits, signed=True)
        config = Fusible.Config(lanes=lanes, x=x, w=x)
        yield Case(f"four fusible units, {bits} x {bits}", "MAC", lanes, lanes, config.build,
                   f"behavioural {bits} x {bits}")  # fmt: skip
    yield from _bricks()
    config = SerialMVTU.Config(rows=64, cols=128, pe=8, simd=128, x=S4, w=S4,
                               o=Number(width=16, signed=True), levels=0)  # fmt: skip
    weights = dots.integers(S4, (64, 128))
    yield Case("bit-serial MVTU of 8 PE x 128 SIMD, complete", "synapse", 1024, 128,
               partial(SerialMVTU, config, weights))  # fmt: skip
    for name, fields in (("by channel", {}), ("constant, in LUTs", {"product": "constant"})):
        yield Case(f"requantization of 20 bits to 8, {name}", "output", 1, 1,
                   partial(_requantize, **fields))  # fmt: skip


def _bricks() -> Iterator[Case]:
    """Units whose mode is a port, in 2 x 2 products, and as many that do not fuse."""
    x = Number(width=2, signed=True)
    fixed = Integer.Config(lanes=16, x=x, w=x)
    yield Case("sixteen 2 x 2, signed, and a tree", "MAC", 16, 16, fixed.build)
    for count in (1, 4):
        macs = 16 * count
        yield Case(f"{macs} 2 x 2 of run-time sign, and a tree", "MAC", macs, macs,
                   partial(dots.fixed_bricks, count))  # fmt: skip
    yield Case("fusible unit of any mode, without its control", "MAC", 16, 16, dots.fusion_bricks,
               "sixteen 2 x 2, signed, and a tree", 1.25 * 51, published="32.3 F")  # fmt: skip
    yield Case("fusible unit of any mode", "MAC", 16, 16, dots.fusion_unit,
               "16 2 x 2 of run-time sign, and a tree")  # fmt: skip
    yield Case("four fusible units of any mode", "MAC", 64, 64, partial(dots.fusion_sum, 4),
               "64 2 x 2 of run-time sign, and a tree")  # fmt: skip


def _requantize(**fields) -> Requantize:
    factor = {"multiplier": 1518500250, "shift": 9} if fields else {}
    return Requantize.Config(x=Number(width=20, signed=True), o=S8, right=(8, 10), zero_point=3,
                             low=-128, high=127, **fields, **factor).build()  # fmt: skip

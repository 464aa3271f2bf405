"""Small dot products whose synthesised size is watched."""

from generators.cost.sample.case import integers
from hdl.dot.bitcount import BitCount
from hdl.dot.booth import Booth
from hdl.dot.codebook import Codebook, of_values
from hdl.dot.codebook_products import Products
from hdl.dot.folded import Folded
from hdl.dot.fusible import Fusible
from hdl.dot.fusible_bricks import FusionBricks
from hdl.dot.fusible_sum import FusionSum
from hdl.dot.fusible_temporal import FusionTemporal
from hdl.dot.fusible_unit import FusionUnit
from hdl.dot.integer import Integer
from hdl.dot.matrix import ConstantMatrix
from hdl.dot.popcount import Popcount, RowsPopcount
from hdl.dot.shift import Shift
from hdl.number import BIPOLAR, Number
from tests.hdl.dot.fixed_bricks import FixedBricks

__all__ = [
    "bit_count", "booth", "codebook", "fixed_bricks", "folded", "fusible", "fusion_bricks",
    "fusion_sum", "fusion_temporal", "fusion_unit", "integer", "integers", "popcount", "products",
    "rows_popcount", "shift",
]  # fmt: skip


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


def integer(width: int, *, lanes: int = 4, multiplier: bool = False) -> Integer:
    """A dot product, both operands signed and of the same width."""
    number = Number(width=width, signed=True)
    return Integer(Integer.Config(lanes=lanes, x=number, w=number, multiplier=multiplier))


def booth(lanes: int, x: int, w: int) -> Booth:
    """A dot product by Booth digits, both operands signed."""
    x, w = Number(width=x, signed=True), Number(width=w, signed=True)
    return Booth(Booth.Config(lanes=lanes, x=x, w=w))


def shift(x: int, exponents: int, *starts: int) -> Shift:
    """A dot product of 16 lanes with terms of so many exponents, from these up."""
    x = Number(width=x, signed=True)
    return Shift(Shift.Config(lanes=16, x=x, exponents=exponents, starts=starts))


def codebook(x: int, values: int) -> Codebook:
    """A dot product of 16 lanes with so many values of 8 bits."""
    x, values = Number(width=x, signed=True), integers(Number(width=8, signed=True), values)
    return Codebook(Codebook.Config(lanes=16, x=x, values=tuple(values.tolist())))


def products(x: int, values: tuple[int, ...]) -> Products:
    """A dot product of 16 lanes with a few values."""
    return of_values(Number(width=x, signed=True), values, 16).build()


def constant_matrix(rows: int, cols: int, x: int, w: int) -> ConstantMatrix:
    """All dot products of a constant matrix, both operands signed."""
    x, w = Number(width=x, signed=True), Number(width=w, signed=True)
    return ConstantMatrix(ConstantMatrix.Config.of(integers(w, (rows, cols)), x))


def fixed_bricks(units: int = 1) -> FixedBricks:
    """What fusible units are compared with."""
    return FixedBricks(units)


def fusion_bricks() -> FusionBricks:
    """A fusible unit without its control."""
    return FusionBricks(FusionBricks.Config())


def fusion_unit() -> FusionUnit:
    """A fusible unit with a control of its own."""
    return FusionUnit(FusionUnit.Config())


def fusion_sum(units: int) -> FusionSum:
    """Fusible units in the same mode, with their control."""
    return FusionSum(FusionSum.Config(units=units))


def fusion_temporal() -> FusionTemporal:
    """A fusible unit for 16 bits over time."""
    return FusionTemporal(FusionTemporal.Config())


def fusible(lanes: int, x: int, w: int) -> Fusible:
    """A dot product by fusible units, both operands signed."""
    x, w = Number(width=x, signed=True), Number(width=w, signed=True)
    return Fusible(Fusible.Config(lanes=lanes, x=x, w=w))

"""Dot products of block floating point: both operands have an exponent for each block."""

from hdl.compress.fabric import Kind
from hdl.dot.grouped import Grouped
from hdl.number import Number

__all__ = ["block_float"]


def block_float(x: Number, w: Number, *, lanes: int, block: int, x_exponents: int,
                w_exponents: int, fabric: Kind = "xilinx",
                **options) -> Grouped.Config:  # fmt: skip
    r"""Sum of products of numbers :math:`x_i 2^d` and :math:`w_i 2^e`, d and e of each block.

    It is :class:`hdl.dot.grouped.Grouped` with exponents of both operands and no mantissas: the
    products of mantissas are added as integers, each block's sum is shifted by d + e, and all are
    added without rounding. A lane is a block; its words hold mantissas, the first lowest, and above
    them the exponent.

    Parameters
    ----------
    x, w : mantissas of inputs and weights
    lanes, block : blocks, and elements of each
    x_exponents, w_exponents : how many there may be
    options : ``rows_per_stage``, ``skewed``
    """
    return Grouped.Config(lanes=lanes, group=block, x_element=x, w_element=w, fabric=fabric,
                          exponents=w_exponents, x_exponents=x_exponents, **options)  # fmt: skip

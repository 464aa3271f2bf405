"""Circuits of blocks that share scales, whose resources are kept."""

from functools import partial

from hdl.dot.blockfloat import block_float
from hdl.dot.grouped import Grouped
from hdl.number import Number

__all__ = ["GROUPED", "blocks", "grouped"]


def grouped(bits: int, exponents: int, mantissa_bits: int = 0, *, lanes: int = 1,
            group: int = 16, skewed: bool = True) -> Grouped:  # fmt: skip
    """A dot product of signed integers with weights in groups of so many exponents."""
    number = Number(width=bits, signed=True)
    return Grouped.Config(lanes=lanes, group=group, x_element=number, w_element=number,
                          exponents=exponents, mantissa_bits=mantissa_bits,
                          skewed=skewed).build()  # fmt: skip


def blocks(bits: int, exponents: int, *, lanes: int = 1, block: int = 16) -> Grouped:
    """A dot product in block floating point, of signed mantissas and as many exponents each."""
    number = Number(width=bits, signed=True)
    return block_float(number, number, lanes=lanes, block=block, x_exponents=exponents,
                       w_exponents=exponents, skewed=True).build()  # fmt: skip


GROUPED = {
    "grouped 16 of 4 by 4, powers": partial(grouped, 4, 4),
    "grouped 16 of 4 by 4, powers, all bits at once": partial(grouped, 4, 4, skewed=False),
    "grouped 3 x 16 of 4 by 4, simple mantissas": partial(grouped, 4, 4, 2, lanes=3),
    "block floating 16 of 4 by 4": partial(blocks, 4, 4),
}
"""By name, the function that makes each."""

"""Counters and memories in LUTs, counted as synthesis maps them."""

from functools import cache

from generators.synth.resources import Cost
from hdl.counter import LUT_BITS

__all__ = ["bits", "either", "in_place", "multiplies", "ram", "steps", "walk"]

DSP_BITS = 9
"""From so many bits on a product is a DSP slice's, by yosys."""

_WALK = (0, 1, 3, 4, 5, 6, 8, 10.5, 11, 12.5, 16, 16, 20)
"""LUTs of a counter of so many bits, its last value included: a LUT a bit up to six inputs, two
up to twelve. As yosys 0.70 makes of 75 sizes from 2 to 4096; from seven bits on they vary by 2."""


def bits(size: int) -> int:
    """Bits of a number from 0 to size - 1."""
    return (size - 1).bit_length()


def multiplies(width: int, factor: int) -> bool:
    """Whether a number times a constant, of so many bits, takes a DSP slice.

    It does not where it is but wires, nor where few bits are left above the factor's lowest one.
    """
    return factor & factor - 1 > 0 and width - (factor & -factor).bit_length() + 1 >= DSP_BITS


@cache
def walk(size: int) -> Cost:
    """A number that each step raises, and whether it is the last: :func:`hdl.counter.walk`.

    From 13 bits on it is a carry chain, whose bits are a LUT each.
    """
    if size < 2:
        return Cost()
    width = bits(size)
    lut = _WALK[width] if width <= LUT_BITS else width + 1 + (width + 4) // 6
    return Cost(lut=lut, ff=width + 1)


def steps(*sizes: int) -> Cost:
    """Counters one within the other; those of one value are none."""
    return sum((walk(size) for size in sizes), Cost())


@cache
def either(places: int) -> int:
    """LUTs of a bit that is one of so many: one chooses among four, another among two of these."""
    total = 0
    while places > 1:
        places = -(-places // (2 if places == 2 else 4))
        total += places
    return total


@cache
def ram(width: int, depth: int) -> tuple[int, int]:
    """LUTs of a LUT RAM that is read elsewhere than written, and banks, one of which is read.

    RAM32M holds 32 words of 6 bits, RAM64M 64 of 3; yosys takes which is cheaper by its costs, an
    eighth of which remains where no bit of a cell is used. RAM128X1D holds 128 words of one bit.
    """
    found = []
    for columns, rows in ((3, 64), (6, 32)):
        banks, units = -(-depth // rows), -(-width // columns)
        cost = (units + 7 * width / columns) * banks + _banks(width, banks)
        found.append((cost, 4 * units * banks, banks))
    if 64 < depth <= 128:
        found.append((8 * width, 4 * width, 1))
    return min(found)[1:]


@cache
def in_place(width: int, depth: int) -> tuple[int, int]:
    """As :func:`ram`, of a LUT RAM that is read only where it is written.

    RAM32M holds 32 words of 8 bits in four LUTs; one holds 64 of a bit, two 128, four 256.
    """
    found = []
    for luts, columns, rows in ((4, 1, 256), (2, 1, 128), (1, 1, 64), (4, 8, 32)):
        banks = -(-depth // rows)
        cost = 2 * luts * width / columns * banks + _banks(width, banks)
        found.append((cost, luts * -(-width // columns) * banks, banks))
    return min(found)[1:]


def _banks(width: int, banks: int) -> float:
    """About what further banks add to yosys' costs, in which a cell of four LUTs is 8."""
    return (0.5 * width + 1) * (banks - 1)

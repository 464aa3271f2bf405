"""Sums of bits that count classes of a constant matrix."""

from dataclasses import dataclass
from functools import cache, cached_property
from typing import NamedTuple

__all__ = ["Bit", "Plan", "Sum", "below", "into_range", "luts_about"]


class Bit(NamedTuple):
    """A wire in a heap: it counts 2^column where it is 1, or 0 if inverted.

    Wires are numbered: first the inputs, then the result bits of the sums in their order.
    """

    wire: int
    column: int = 0
    inverted: bool = False

    def negated(self) -> "Bit":
        """The same with the other inversion."""
        return self._replace(inverted=not self.inverted)


@dataclass(frozen=True)
class Sum:
    """Bits added: (their sum + constant) modulo 2^width, in binary."""

    bits: tuple[Bit, ...]
    constant: int
    width: int

    @cached_property
    def heights(self) -> tuple[int, ...]:
        """Bits of each column, without the constant."""
        heights = [0] * self.width
        for bit in self.bits:
            heights[bit.column] += 1
        return tuple(heights)

    @cached_property
    def high(self) -> int:
        """The largest sum without the constant."""
        return sum(n << column for column, n in enumerate(self.heights))


@dataclass(frozen=True)
class Plan:
    """Shared sums, each of inputs and of sums before it; then one of each row.

    inputs : number of input bits.
    sums : those that several others add again, as the counts of classes.
    rows : of each row, the sum that leaves: a dot product, as a popcount of agreeing inputs; or,
        where there are thresholds, a number whose top bit alone tells whether it reaches its own.
    """

    inputs: int
    sums: tuple[Sum, ...]
    rows: tuple[Sum, ...]


def below(bits: tuple[Bit, ...], width: int) -> tuple[Bit, ...]:
    """The bits that count modulo 2^width."""
    return tuple(bit for bit in bits if bit.column < width)


def into_range(low: int, size: int, width: int) -> int:
    """The constant of fewest ones after which low … low + size cross no multiple of 2^width."""
    least = -low % (1 << width)
    choices = range(least, least + (1 << width) - size)
    return min((k % (1 << width) for k in choices), key=lambda k: (k.bit_count(), k))


@cache
def luts_about(heights: tuple[int, ...], constant: int = 0) -> float:
    """About how many LUTs add bits to a binary number modulo 2^len(heights).

    Column by column: counters of seven bits take two LUTs, what is left two, one (full and half
    adders), and the sums stay alone in their column.
    """
    luts, carries = 0, [0] * (len(heights) + 2)
    for column, height in enumerate(heights):
        bits = height + carries[column] + (constant >> column & 1)
        last = column == len(heights) - 1
        while bits > 1:
            if last:  # parity alone
                luts += -(-(bits - 1) // 5)
                break
            taken = min(bits, 7)
            luts += 1 if taken <= 3 else 2
            carries[column + 1] += 1
            carries[column + 2] += taken > 3
            bits -= taken - 1
    return luts

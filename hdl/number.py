"""Integers as a circuit sees them."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Shape, Value

from hdl.checks import positive

__all__ = ["BIPOLAR", "Number", "holding"]


@dataclass(frozen=True, kw_only=True)
class Number:
    """An integer of width bits: unsigned, two's complement (signed), or bipolar.

    A bipolar number is one bit: 1 for +1 and 0 for -1.
    """

    width: int
    signed: bool = False
    bipolar: bool = False

    def __post_init__(self) -> None:
        positive("Number", width=self.width)
        if self.bipolar and (self.width != 1 or self.signed):
            raise ValueError("Number must be one unsigned bit to be bipolar")

    @property
    def shape(self) -> Shape:
        """The Amaranth shape of the bits."""
        return Shape(self.width, self.signed)

    @property
    def low(self) -> int:
        """The lowest value."""
        return -1 if self.bipolar else -(1 << self.width - 1) if self.signed else 0

    @property
    def high(self) -> int:
        """The highest value."""
        return 1 if self.bipolar else (1 << self.width - self.signed) - 1

    def value(self, bits: Value) -> Value:
        """The number that the bits of a port of this shape mean, to calculate with."""
        return Cat(Const(1, 1), ~bits).as_signed() if self.bipolar else bits


BIPOLAR = Number(width=1, bipolar=True)


def holding(low: int, high: int) -> Number:
    """The narrowest number that holds low to high: unsigned where low >= 0."""
    if low >= 0:
        return Number(width=max(1, high.bit_length()))
    return Number(width=1 + max((-low - 1).bit_length(), max(0, high).bit_length()), signed=True)

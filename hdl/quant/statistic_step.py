"""The step of a block of numbers: a power of two, by the leading one of the largest magnitude."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from hdl.checks import integer, positive
from hdl.number import Number

__all__ = ["BlockCode"]


@dataclass(frozen=True, kw_only=True)
class BlockCode:
    r"""Codes of blocks of sums, x 2^-r = m 2^e: what m and e are of, and the search for e.

    :math:`e = clip(\lfloor \log_2 \max |x / 2^r| \rfloor - (bits - 1 - signed), 0, exponents-1)`,
    0 where all are zero; :math:`m = clip(\lfloor x / 2^{r + e} + 1/2 \rfloor)` in ``bits`` bits.
    Without signs a negative x is taken for 0.

    x : Number
        The sums.
    bits : int
        Of a mantissa, its sign included.
    exponents : int
        How many there are, from 0 up.
    signed : bool
        Whether mantissas have signs.
    right_shift : int
        r; below 0 it is to the left.
    """

    x: Number
    bits: int
    exponents: int
    signed: bool = True
    right_shift: int = 0

    def __post_init__(self) -> None:
        positive("BlockCode", bits=self.bits, exponents=self.exponents)
        integer("BlockCode", right_shift=self.right_shift)
        if self.x.bipolar:
            raise ValueError("BlockCode sums must not be bipolar")
        if self.x.width < 1 + self.x.signed:
            raise ValueError("BlockCode sums must have at least 2 bits with a sign, not 1")
        if self.bits < 1 + self.signed:
            raise ValueError("BlockCode bits must be at least 2 with a sign, not 1")

    @property
    def left(self) -> int:
        """Places that a sum is shifted to the left."""
        return max(0, -self.right_shift)

    @property
    def right(self) -> int:
        """Places of a sum below 1."""
        return max(0, self.right_shift)

    @property
    def o(self) -> Number:
        """A mantissa."""
        return Number(width=self.bits, signed=self.signed)

    @property
    def exponent(self) -> int:
        """Bits of the exponent."""
        return (self.exponents - 1).bit_length()

    @property
    def base(self) -> int:
        """The lowest bit of a magnitude that asks for an exponent above 0."""
        return self.right + self.bits - self.signed

    @property
    def magnitude(self) -> int:
        """Bits of a sum, shifted to the left, but its sign."""
        return self.x.width + self.left - self.x.signed

    @property
    def flags(self) -> int:
        """The highest exponent that some sum asks for."""
        largest = self.magnitude + (self.x.signed and self.signed)  # of the lowest sum
        return min(self.exponents - 1, max(0, largest - self.base))

    def scaled(self, x: Value) -> Value:
        """The sum, shifted to the left."""
        return x.shift_left(self.left)

    def reached(self, m: Module, x: Value, name: str) -> Value:
        """The bits of a magnitude that ask for exponents 1, 2, …; the last is for all above too.

        No magnitude is made below them: of -x = ~x + 1 the carry is there where all bits are 0.
        """
        count, x = self.flags, self.scaled(x)
        if not count:
            return Const(0, 0)
        negative = x < 0
        middle = x[self.base : self.base + count - 1]
        above = x[self.base + count - 1 :]
        if not self.x.signed:
            return Cat(middle, above.any())
        if not self.signed:
            return Cat(middle, above.any()) & (~negative).replicate(count)
        borrow = negative & ~x[: self.base].any()
        total = Signal(count, name=f"{name}_magnitude")
        m.d.comb += total.eq((middle ^ negative.replicate(count - 1)) + borrow)
        return Cat(total[:-1], total[-1] | (above ^ negative.replicate(len(above))).any())

    def leading(self, flags: Value, way: int = 0) -> Value:
        """The exponent that bits ask for, less so many, but not below 0."""
        found = Const(0, 1)
        for place in range(way, len(flags)):
            found = Mux(flags[place], place - way + 1, found)
        return Cat(found, Const(0, self.exponent))[: self.exponent]

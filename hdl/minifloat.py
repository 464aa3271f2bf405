"""Floating-point numbers of few bits as a circuit sees them."""

from dataclasses import dataclass
from typing import Literal, get_args

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data

from hdl.checks import positive
from hdl.number import Number

__all__ = ["DIGIT", "DLFLOAT", "Minifloat", "Parts", "Rounding", "coarse", "fine", "ordered",
           "rebased", "refuse_rounding", "split"]  # fmt: skip

Rounding = Literal["up", "even"]
"""To the nearest number; of two equally near the one away from zero, or the one of even code."""

DIGIT = 4
"""Leading zeros are shifted out by so many at once, then by single ones."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    r"""Zero and :math:`\pm 2^p (1 + f / 2^{fraction})`, low <= p <= high, field by field.

    The fields are ``fraction`` f, ``exponent`` p - low, ``some`` (0 for zero, whose other fields
    are 0 but for the sign) and ``sign`` (1 for minus), the first lowest.
    """

    low: int
    high: int
    fraction: int

    def __post_init__(self) -> None:
        if self.low > self.high or self.fraction < 0:
            what = f"ascending powers and a fraction, not {self.low}..{self.high}, {self.fraction}"
            raise ValueError(f"Parts must have {what}")

    @property
    def exponent(self) -> int:
        """Bits of the exponent."""
        return max(1, (self.high - self.low).bit_length())

    @property
    def layout(self) -> data.StructLayout:
        """The fields."""
        return data.StructLayout({"fraction": self.fraction, "exponent": self.exponent,
                                  "some": 1, "sign": 1})  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Minifloat:
    r"""Zero and :math:`\pm 2^{e - bias} (1 + m / 2^{mantissa})`, 0 <= e < 2^exponent.

    The magnitude is the word Cat(m, e), but 0 is zero; there are no subnormal numbers, infinities
    and NaN. The code is the magnitude with its sign, a number in two's complement.
    """

    exponent: int
    mantissa: int
    bias: int
    signed: bool = True

    def __post_init__(self) -> None:
        positive("Minifloat", exponent=self.exponent, mantissa=self.mantissa)

    @property
    def magnitude(self) -> int:
        """Bits of the magnitude."""
        return self.exponent + self.mantissa

    @property
    def code(self) -> Number:
        """What codes are."""
        return Number(width=self.magnitude + self.signed, signed=self.signed)

    @property
    def parts(self) -> Parts:
        """The same numbers, field by field."""
        high = (1 << self.exponent) - 1 - self.bias
        return Parts(low=-self.bias, high=high, fraction=self.mantissa)


DLFLOAT = Minifloat(exponent=6, mantissa=9, bias=31)
"""What products of HFP8 are added in."""


def split(code: Value, number: Minifloat) -> tuple[Value, Value]:
    """The sign and the magnitude of a code."""
    magnitude = code[: number.magnitude]
    if not number.signed:
        return Const(0, 1), magnitude
    sign = code[-1]
    return sign, Mux(sign, -magnitude, magnitude)[: number.magnitude]


def ordered(sign: Value, magnitude: Value) -> Value:
    """The code of a sign and a magnitude; zero may have either sign."""
    bits = Cat(magnitude, Const(0, 1))
    return ((bits ^ sign.replicate(len(bits))) + sign)[: len(bits)].as_signed()


def rebased(fields: data.View, number: Parts, low: int) -> Value:
    """The exponent of such a number, counted from the power ``low``; 0 of zero."""
    if number.low == low:
        return fields.exponent
    return Mux(fields.some, fields.exponent + (number.low - low), 0)


def coarse(m: Module, bits: Value) -> tuple[Value, Value]:
    """Whole digits, shifted left until the leading one is in the highest, and where that was."""
    count = len(bits) // DIGIT
    place, shifted = Signal(range(count), name="digit"), Signal(len(bits), name="shifted")
    m.d.comb += shifted.eq(bits << DIGIT * (count - 1))
    for k in range(1, count):
        with m.If(bits[DIGIT * k :].any()):
            m.d.comb += [place.eq(k), shifted.eq(bits << DIGIT * (count - 1 - k))]
    return shifted, place


def fine(bits: Value) -> tuple[Value, Value]:
    """Then shifted left until the leading one is on top, and by how many places."""
    *_, low, mid, high = bits
    zeros = Mux(high, 0, Mux(mid, 1, Mux(low, 2, 3)))
    return (bits << zeros)[: len(bits)], zeros


def refuse_rounding(owner: str, rounding: str) -> None:
    """Refuse what is no :data:`Rounding`.

    Raises
    ------
    ValueError
        "Owner rounding must be up or even, not 'odd'".
    """
    if rounding not in get_args(Rounding):
        raise ValueError(f"{owner} rounding must be up or even, not {rounding!r}")

"""Floating-point numbers of few bits, without subnormals, infinities and NaN: HFP8 and DLFloat."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from sim.golden.checks import positive
from sim.golden.formats.words import bits_of

__all__ = ["BACKWARD", "DOUBLE", "FORWARD", "Minifloat", "Rounding", "dlfloat"]

Rounding = Literal["up", "even"]
"""To the nearest number; of two equally near the one away from zero, or the one of even code."""

DOUBLE = 52
"""Fraction bits of a float64."""


@dataclass(frozen=True)
class Minifloat:
    r"""Zero and :math:`\pm 2^{e - bias} (1 + m / 2^{mantissa})`, with integers as codes.

    The code is :math:`\pm (e 2^{mantissa} + m)`, 0 <= e < 2^exponent: the codes' order is that of
    the numbers. It is the convention of DLFloat (Agrawal et al., "DLFloat: A 16-b Floating Point
    Format Designed for Deep Learning Training and Inference", ARITH 2019): all exponents are those
    of normal numbers, but code 0 is zero. The code of all ones, which DLFloat keeps for infinity
    and NaN, is here the largest number.

    Numbers from :attr:`min` to :attr:`max` are in range: 2^-11 to 30 of HFP8 1-4-3 (Sun et al.,
    "Hybrid 8-bit Floating Point Training and Inference", NeurIPS 2019). The code that 2^-bias
    would have is that of zero, so that it becomes :attr:`least`, next above, as whatever in range
    is nearer to that than to other numbers. What is smaller in magnitude than min becomes zero,
    what is larger than max becomes max; of an unsigned format negative numbers become zero.

    Raises
    ------
    TypeError
        If exponent or mantissa is no positive integer, or bias no integer.
    ValueError
        If there is no such rounding, or more bits than float64 has for exact products.
    """

    exponent: int
    mantissa: int
    bias: int
    signed: bool = True
    rounding: Rounding = "up"

    def __post_init__(self) -> None:
        positive("Minifloat", exponent=self.exponent, mantissa=self.mantissa)
        if not isinstance(self.bias, int):
            raise TypeError(f"Minifloat bias must be an integer, not {self.bias!r}")
        if self.rounding not in get_args(Rounding):
            what = f"one of {', '.join(get_args(Rounding))}, not {self.rounding!r}"
            raise ValueError(f"Minifloat rounding must be {what}")
        if self.exponent > 8 or self.mantissa > 23 or abs(self.bias) > 255:
            what = "at most 8 exponent and 23 mantissa bits and a bias of at most 255"
            raise ValueError(f"Minifloat must have {what}")

    @property
    def high(self) -> int:
        """The largest code."""
        return (1 << self.exponent + self.mantissa) - 1

    @property
    def low(self) -> int:
        """The smallest code."""
        return -self.high if self.signed else 0

    @property
    def width(self) -> int:
        """Bits of a code."""
        return self.exponent + self.mantissa + self.signed

    @property
    def max(self) -> float:
        """The largest number."""
        return float(self.decode(self.high))

    @property
    def min(self) -> float:
        """The smallest magnitude that does not become zero, 2^-bias."""
        return 2.0**-self.bias

    @property
    def least(self) -> float:
        """The smallest positive number."""
        return float(self.decode(1))

    def contains(self, values: np.ndarray) -> np.ndarray:
        """Which of the integers are codes."""
        values = np.asarray(values)
        return (values >= self.low) & (values <= self.high)

    def words(self, values: np.ndarray) -> np.ndarray:
        """Codes (...) to the bits (..., width) of their two's complement, the lowest first."""
        return bits_of(values, self.width)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Codes to the numbers that they are."""
        codes = np.asarray(codes, np.int64)
        magnitude = np.abs(codes)
        one = 1 << self.mantissa
        significand = np.where(codes == 0, 0, magnitude % one + one) * np.sign(codes)
        return np.ldexp(significand.astype(np.float64),
                        (magnitude >> self.mantissa) - self.bias - self.mantissa)  # fmt: skip

    def encode(self, v: np.ndarray) -> np.ndarray:
        """Real numbers to the codes of the numbers that they are rounded to.

        Raises
        ------
        ValueError
            If one is infinite or not a number.
        """
        v = np.asarray(v, np.float64)
        if not np.all(np.isfinite(v)):
            raise ValueError("Minifloat numbers must be finite")
        if not self.signed:
            v = np.maximum(v, 0)
        fraction, power = np.frexp(np.abs(v))  # |v| = fraction 2^power, 1/2 <= fraction < 1
        significand = np.ldexp(fraction, self.mantissa + 1)
        even = self.rounding == "even"
        nearest = np.rint(significand) if even else np.floor(significand + 0.5)
        field = power.astype(np.int64) - 1 + self.bias
        # A significand rounded up to 2 is a 1 of the next exponent.
        code = (field - 1) * (1 << self.mantissa) + nearest.astype(np.int64)
        code = np.where((v == 0) | (field < 0), 0, np.clip(code, 1, self.high))
        return np.sign(v).astype(np.int64) * code

    def round(self, v: np.ndarray) -> np.ndarray:
        """What decode makes of encode, of finite numbers, faster."""
        v = np.asarray(v, np.float64)
        v = v if self.signed else np.maximum(v, 0)
        rounded = v.copy()
        self.round_normal(rounded)
        magnitude = np.clip(np.abs(rounded), self.least, self.max)
        return np.where(np.abs(v) < self.min, 0.0, np.copysign(magnitude, v))

    def round_normal(self, v: np.ndarray) -> None:
        """Round the significands of an array in place, without a look at the range.

        A float64 is a sign and a magnitude, and magnitudes are ordered as these integers are: half
        a step is added, or less one unit if it ends on an even number, and the rest cut off.
        """
        bits, drop = v.view(np.int64), DOUBLE - self.mantissa
        half = 1 << drop - 1
        if self.rounding == "even":
            bits += (bits >> drop & 1) + (half - 1)
        else:
            bits += half
        bits &= -1 << drop


FORWARD = Minifloat(4, 3, 11)
"""HFP8 of weights and activations."""

BACKWARD = Minifloat(5, 2, 15)
"""HFP8 of gradients."""


def dlfloat(rounding: Rounding = "up") -> Minifloat:
    """DLFloat, 1-6-9: what products of HFP8 are added in."""
    return Minifloat(6, 9, 31, rounding=rounding)

"""Logarithmic numbers: zero, and signed powers of two."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Log", "quantise"]

_ROOT = np.sqrt(0.5)
"""The double next above the square root of 1/2, so that no double lies between the two."""


def quantise(x: np.ndarray, low: int, high: int) -> np.ndarray:
    r"""Round to a power of two: :math:`sign(x) 2^{clip(round(\log_2 |x|), low, high)}`.

    It is rounded in the domain of logarithms, so that 2^k stands for what lies between
    :math:`2^{k - 1/2}` and :math:`2^{k + 1/2}`. These are irrational: there are no ties. Zero stays
    zero, and nothing else becomes zero: what is smaller than 2^low becomes 2^low.
    """
    x = np.asarray(x, np.float64)
    mantissa, exponent = np.frexp(np.abs(x))  # |x| = mantissa * 2^exponent, 1/2 <= mantissa < 1
    exponent = np.clip(np.where(mantissa >= _ROOT, exponent, exponent - 1), low, high)
    return np.sign(x) * np.ldexp(1.0, exponent)


@dataclass(frozen=True)
class Log:
    """Zero and :math:`s 2^e`, s = -1 or +1, in codes of ``bits``: a sign above a field.

    The field, of bits - 1 bits, is 0 for zero and k for e = low + k - 1. Zero has no sign: the code
    of the sign alone is none.

    Raises
    ------
    TypeError
        If bits is no integer of at least 2.
    """

    bits: int
    low: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.bits, int) or self.bits < 2:
            raise TypeError(f"Log bits must be an integer of at least 2, not {self.bits!r}")

    @property
    def exponents(self) -> int:
        """How many there are."""
        return (1 << self.bits - 1) - 1

    @property
    def high(self) -> int:
        """The largest exponent."""
        return self.low + self.exponents - 1

    def contains(self, values: np.ndarray) -> np.ndarray:
        """Which of the numbers are values of the format."""
        return np.asarray(values) == self.quantise(values)

    def quantise(self, x: np.ndarray) -> np.ndarray:
        """The values of the format that real numbers become, see :func:`quantise`."""
        return quantise(x, self.low, self.high)

    def encode(self, x: np.ndarray) -> np.ndarray:
        """Real numbers, quantised, to unsigned codes."""
        values = self.quantise(x)
        field = np.where(values == 0, 0, np.frexp(values)[1] - self.low)
        return (values < 0).astype(np.int64) << self.bits - 1 | field

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Unsigned codes to values: integers where all fit int64, else floats.

        Raises
        ------
        ValueError
            If a code is a zero with a sign.
        """
        codes = np.asarray(codes, np.int64)
        sign, field = codes >> self.bits - 1, codes & self.exponents
        if np.any((field == 0) & (sign == 1)):
            raise ValueError("Log codes must not be a zero with a sign")
        powers = np.ldexp(1.0, field - 1 + self.low)
        values = np.where(field == 0, 0.0, np.where(sign, -powers, powers))
        return values.astype(np.int64) if self.low >= 0 and self.high < 63 else values

"""Integer formats: bipolar, ternary, intN and uintN."""

import re
from dataclasses import dataclass

import numpy as np

MAX_WIDTH = 32
ACCEPTED = f"bipolar, ternary, intN or uintN with N from 1 to {MAX_WIDTH}"


@dataclass(frozen=True)
class Integer:
    """A set of integers low, low + step, ..., high and its code of width bits.

    The code of a bipolar value is one bit, 1 for +1. Every other code is the value itself, in
    two's complement where low < 0 (ternary: 2 bits).
    """

    name: str
    low: int
    high: int
    step: int
    width: int

    @property
    def signed(self) -> bool:
        """Whether a code is to be read as two's complement."""
        return self.low < 0 and self.step == 1

    @property
    def bipolar(self) -> bool:
        """Whether the values are -1 and +1 and travel as one bit."""
        return self.step == 2

    def contains(self, values: np.ndarray) -> np.ndarray:
        """Which of the integers are values of the format."""
        inside = (values >= self.low) & (values <= self.high)
        return inside & ((values - self.low) % self.step == 0)

    def encode(self, values: np.ndarray) -> np.ndarray:
        """Values to unsigned codes of width bits."""
        values = np.asarray(values, np.int64)
        if self.bipolar:
            return (values + 1) // 2
        return values & ((1 << self.width) - 1)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Unsigned codes of width bits to values."""
        codes = np.asarray(codes, np.int64)
        if self.bipolar:
            return 2 * codes - 1
        if not self.signed:
            return codes
        sign = 1 << self.width - 1
        return (codes ^ sign) - sign


def parse(name: str) -> Integer:
    """Read a format's name.

    Raises
    ------
    ValueError
        If it is none of the names accepted.
    """
    if name == "bipolar":
        return Integer(name, -1, 1, 2, 1)
    if name == "ternary":
        return Integer(name, -1, 1, 1, 2)
    match = re.fullmatch(r"(u?)int([1-9][0-9]?)", name)
    if match is None or int(match[2]) > MAX_WIDTH:
        raise ValueError(f"Type must be {ACCEPTED}, not {name!r}")
    width = int(match[2])
    if match[1]:
        return Integer(name, 0, (1 << width) - 1, 1, width)
    return Integer(name, -(1 << width - 1), (1 << width - 1) - 1, 1, width)


def smallest(low: int, high: int) -> Integer:
    """The narrowest intN (uintN where low >= 0) that holds low to high."""
    if low >= 0:
        return parse(f"uint{max(1, high.bit_length())}")
    return parse(f"int{1 + max((-low - 1).bit_length(), max(0, high).bit_length())}")

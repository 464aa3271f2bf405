"""Shiftable fixed point: numbers that are small are stored shifted to the left."""

from dataclasses import dataclass

import numpy as np

from sim.golden.checks import positive
from sim.golden.formats.biscaled import BiScaled
from sim.golden.rounding import half_up

__all__ = ["Shiftable"]


@dataclass(frozen=True)
class Shiftable:
    r"""Codes c of ``bits`` and a flag f, for :math:`c\, u 2^{-L f}`, L = ``shift``.

    The unit is :math:`u = maximum / 2^{bits}`, or if signed :math:`maximum / 2^{bits - 1}`. What is
    below :math:`maximum\, 2^{-L}` is stored with a flag, in units of u 2^-L. That is BiScaled fixed
    point whose numbers are wide where there is no flag: the same words but for the inverted bit, so
    the same circuits, with the same shift; its integers count in units of u 2^-L.

    K. Zhong et al., "Exploring the Potential of Low-Bit Training of Convolutional Neural Networks"
    (2020).

    Raises
    ------
    TypeError
        If bits or shift is no positive integer.
    ValueError
        If the maximum is not positive.
    """

    bits: int
    shift: int
    maximum: float = 1.0
    signed: bool = False

    def __post_init__(self) -> None:
        positive("Shiftable", bits=self.bits, shift=self.shift)
        if not self.maximum > 0:
            raise ValueError(f"Shiftable maximum must be positive, not {self.maximum!r}")

    @property
    def format(self) -> BiScaled:
        """The format whose numbers, fine and wide, are the same."""
        return BiScaled(self.bits, self.shift, self.signed)

    @property
    def unit(self) -> float:
        """What one of the integers of ``format`` stands for: one of a code with a flag."""
        return self.maximum / (1 << self.bits - self.signed) / (1 << self.shift)

    def encode(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Codes and flags of real numbers: rounded to the nearest, of two the higher, and clipped.

        Without a sign x < 0 counts as 0.
        """
        x = np.asarray(x, np.float64)
        x = x if self.signed else np.maximum(x, 0)
        flags = (np.abs(x) < self.maximum / (1 << self.shift)).astype(np.int64)
        scale = np.where(flags, self.unit, self.unit * (1 << self.shift))
        low = -(1 << self.bits - 1) if self.signed else 0
        codes = np.clip(half_up(x / scale), low, (1 << self.bits - self.signed) - 1)
        return codes, flags

    def integers(self, codes: np.ndarray, flags: np.ndarray) -> np.ndarray:
        """The integers of ``format``: of a number without a flag the code is shifted."""
        return np.asarray(codes, np.int64) << self.shift * (1 - np.asarray(flags, np.int64))

    def decode(self, codes: np.ndarray, flags: np.ndarray) -> np.ndarray:
        """The real numbers of codes and flags."""
        return self.integers(codes, flags) * self.unit

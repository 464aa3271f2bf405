"""Fixed point with error compensation: an integer and an estimate of what rounding has left."""

from dataclasses import dataclass

import numpy as np

from sim.golden.formats.words import bits_of
from sim.golden.rounding import half_up

__all__ = ["FPEC"]

MAX_BITS, MAX_MAGNITUDE = 16, 2


@dataclass(frozen=True)
class FPEC:
    r"""Numbers :math:`q + d 2^{-(m + 1)}`: q of ``bits``, :math:`|d| \le 2^m`, m = ``magnitude``.

    A code is :math:`c = q 2^{m + 2} + d`, so that codes ascend as numbers do; those of an unsigned
    format are not negative. A word holds q in its lowest bits, above it whether there is an error
    (the paper's EZB, inverted), whether that is negative (EDB; 0 where there is none), and |d| - 1
    in m bits (EMB). The number 0 is a word of zeros.

    S. Jain, S. Venkataramani, V. Srinivasan, J. Choi, P. Chuang, L. Chang, "Compensated-DNN: Energy
    Efficient Low-Precision Deep Neural Networks by Compensating Quantization Errors", DAC 2018.

    Raises
    ------
    ValueError
        If bits is no integer of 1 to 16, or magnitude none of 0 to 2.
    """

    bits: int
    signed: bool = True
    magnitude: int = 0

    def __post_init__(self) -> None:
        if not isinstance(self.bits, int) or not 1 <= self.bits <= MAX_BITS:
            what = f"an integer from 1 to {MAX_BITS}, not {self.bits!r}"
            raise ValueError(f"FPEC bits must be {what}")
        if not isinstance(self.magnitude, int) or not 0 <= self.magnitude <= MAX_MAGNITUDE:
            what = f"an integer from 0 to {MAX_MAGNITUDE}, not {self.magnitude!r}"
            raise ValueError(f"FPEC magnitude must be {what}")

    @property
    def unit(self) -> int:
        """Units of an error that are one of q."""
        return 2 << self.magnitude

    @property
    def most(self) -> int:
        """The largest error, in its units: that of half a unit of q."""
        return 1 << self.magnitude

    @property
    def q_low(self) -> int:
        """The lowest q."""
        return -(1 << self.bits - 1) if self.signed else 0

    @property
    def q_high(self) -> int:
        """The highest q."""
        return (1 << self.bits - self.signed) - 1

    @property
    def low(self) -> int:
        """The lowest code."""
        return 2 * self.unit * self.q_low - self.most * self.signed

    @property
    def high(self) -> int:
        """The highest code."""
        return 2 * self.unit * self.q_high + self.most

    @property
    def width(self) -> int:
        """Bits of a word."""
        return self.bits + 2 + self.magnitude

    def encode(self, v: np.ndarray) -> np.ndarray:
        r"""The codes of numbers.

        :math:`q = clip(\lfloor v + 1/2 \rfloor)`, :math:`e = clip(v - q, -1/2, 1/2)`, and d is e
        rounded to its unit, ties away from zero. An unsigned format takes v < 0 for 0.
        """
        v = np.asarray(v, np.float64)
        v = v if self.signed else np.maximum(v, 0)
        q = np.clip(half_up(v), self.q_low, self.q_high)
        e = np.clip(v - q, -0.5, 0.5)
        return self.join(q, np.sign(e).astype(np.int64) * half_up(np.abs(e) * self.unit))

    def join(self, q: np.ndarray, d: np.ndarray) -> np.ndarray:
        """The codes of q with the errors d."""
        return 2 * self.unit * np.asarray(q, np.int64) + np.asarray(d, np.int64)

    def contains(self, codes: np.ndarray) -> np.ndarray:
        """Which integers are codes."""
        codes = np.asarray(codes)
        small = np.abs(self._split(codes)[1]) <= self.most
        return (codes >= self.low) & (codes <= self.high) & small

    def decode(self, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """q and d of codes.

        Raises
        ------
        ValueError
            If an integer is no code.
        """
        codes = np.asarray(codes, np.int64)
        wrong = codes[~self.contains(codes)]
        if wrong.size:
            raise ValueError(f"Codes must be of {self}, not {wrong.flat[0]}")
        return self._split(codes)

    def _split(self, codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        q = (codes + self.unit) // (2 * self.unit)
        return q, codes - 2 * self.unit * q

    def words(self, codes: np.ndarray) -> np.ndarray:
        """The bits (..., width) of the words of codes, lowest first."""
        q, d = self.decode(codes)
        size = np.where(d == 0, 0, np.abs(d) - 1)
        parts = bits_of(q, self.bits), bits_of(d != 0, 1), bits_of(d < 0, 1)
        return np.concatenate([*parts, bits_of(size, self.magnitude)], axis=-1)

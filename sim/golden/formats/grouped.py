"""Group-wise scaled integers: groups of weights with scales that cost a shift, or an addition."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from sim.golden.checks import positive
from sim.golden.formats.words import bits_of, blocks_of
from sim.golden.rounding import half_up

__all__ = ["MAX_MANTISSA_BITS", "By", "Grouped", "Mantissa"]

Mantissa = Literal["power", "simple"]
By = Literal["squares", "max"]

MAX_MANTISSA_BITS = 3
"""The LUT that adds has no inputs for more."""

STEPS, OCTAVES = 16, 2
"""Units that are tried: so many for each factor of two, and so many of these."""


@dataclass(frozen=True)
class Grouped:
    r"""The integers :math:`f M 2^e`, f signed of ``bits``, M and e shared by ``group`` columns.

    0 <= e < ``exponents``. M is 1 ("power"), or ("simple") with K = ``mantissa_bits`` one of
    :math:`2^K` and :math:`2^K (1 + 2^{-k})`, 1 <= k <= K, so that f M = f 2^K + (f 2^K >> k). A
    group is the innermost axis' next ``group`` numbers. Its word has the group's f, the first
    lowest, each of ``bits``, above them e, and above it k, or 0 where M = 2^K; of one exponent, or
    of one M, there is nothing in the word.

    Constrained group-wise scaling: K. Zhong et al., "Exploring the Potential of Low-Bit Training
    of Convolutional Neural Networks" (2020). With a real unit of all groups, see :meth:`fit`,
    "power" is what is called same mantissa there; with one exponent it has one scale.

    Raises
    ------
    TypeError
        If bits, group or exponents is no positive integer.
    ValueError
        If the mantissa is none, or has other bits than its kind.
    """

    bits: int
    group: int
    exponents: int
    mantissa: Mantissa = "power"
    mantissa_bits: int = 0

    def __post_init__(self) -> None:
        positive("Grouped", bits=self.bits, group=self.group, exponents=self.exponents)
        kinds = get_args(Mantissa)
        if self.mantissa not in kinds:
            raise ValueError(f"Mantissa must be one of {', '.join(kinds)}, not {self.mantissa!r}")
        least, most = (1, MAX_MANTISSA_BITS) if self.mantissa == "simple" else (0, 0)
        if not least <= self.mantissa_bits <= most:
            what = f"from {least} to {most} of a {self.mantissa} mantissa"
            raise ValueError(f"Mantissa_bits must be {what}, not {self.mantissa_bits}")

    @property
    def width(self) -> int:
        """Bits of a group's word."""
        return self.group * self.bits + self.field + self.mantissa_field

    @property
    def field(self) -> int:
        """Bits of the exponent."""
        return (self.exponents - 1).bit_length()

    @property
    def mantissa_field(self) -> int:
        """Bits that tell M."""
        return self.mantissa_bits.bit_length()

    @property
    def low(self) -> int:
        """The lowest number."""
        return -self._top << self.bits - 1

    @property
    def high(self) -> int:
        """The highest number."""
        return self._top * ((1 << self.bits - 1) - 1)

    @property
    def _top(self) -> int:
        """The largest scale."""
        return max(scale for scale, _, _ in self._scales())

    def _scales(self) -> Iterator[tuple[int, int, int]]:
        """The scales M 2^e, ascending, and of each e and k."""
        one = 1 << self.mantissa_bits
        mantissas = [(one, 0), *((one + (one >> k), k) for k in range(1, self.mantissa_bits + 1))]
        return iter(sorted((m << e, e, k) for e in range(self.exponents) for m, k in mantissas))

    def encode(self, v: np.ndarray, *, by: By = "squares") -> np.ndarray:
        """Real numbers (..., columns) to the numbers of the format that stand for them.

        f is rounded to the nearest, of two the higher, and saturated. The scale of a group is that
        of least squared error, or (``max``) the smallest that saturates none, and the largest where
        all do; of equally good ones the smallest.

        Raises
        ------
        ValueError
            If the columns are no multiple of the group, or the way is unknown.
        """
        if by not in get_args(By):
            raise ValueError(f"Scales must be by one of {', '.join(get_args(By))}, not {by!r}")
        v = np.asarray(v, np.float64)
        groups = blocks_of(v, self.group, "Grouped")
        best = np.full((*groups.shape[:-1], 1), np.inf)
        found = np.zeros(groups.shape, np.int64)
        for scale, _, _ in self._scales():
            rounded = half_up(groups / scale)
            f = np.clip(rounded, *self._range)
            error = (f * scale - groups) ** 2 if by == "squares" else np.abs(f - rounded)
            error = error.sum(axis=-1, keepdims=True)
            # Where all saturate the last, the largest, is to stay.
            better = error < best if by == "squares" else best > 0
            best = np.where(better, error, best)
            found = np.where(better, f * scale, found)
        return found.reshape(v.shape)

    def decode(self, values: np.ndarray) -> np.ndarray:
        """What the numbers stand for: themselves, as floats."""
        return np.asarray(values, np.float64)

    def fit(self, w: np.ndarray, *, by: By = "squares", real: bool = True) -> float:
        r"""The unit u of the integers with the least :math:`\sum (u encode(w / u) - w)^2`.

        The largest scale with M = 2^K is tried from what the largest weight needs, down by
        2^(1/16) to a quarter of it; without ``real``, only powers of two. So all formats of the
        same bits try the same, whatever their scales: more of them are never worse. For weights of
        zeros the unit is 1.

        Raises
        ------
        ValueError
            As :meth:`encode`.
        """
        w = np.asarray(w, np.float64)
        largest = float(np.abs(w).max(initial=0))
        if not largest:
            return 1.0
        need = np.log2(largest / max(1, self._range[1]))
        if real:
            tops = need - np.arange(STEPS * OCTAVES + 1) / STEPS
        else:
            tops = np.ceil(need) - np.arange(OCTAVES + 1)
        units = np.exp2(tops - (self.exponents - 1) - self.mantissa_bits)
        errors = [((unit * self.encode(w / unit, by=by) - w) ** 2).sum() for unit in units]
        return float(units[int(np.argmin(errors))])

    def contains(self, values: np.ndarray) -> np.ndarray:
        """Which of the integers (..., columns) are in a group of the format."""
        *_, inside = self._split(values)
        return np.repeat(inside, self.group, axis=-1).reshape(np.shape(values))

    def split(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """f (..., groups, group), e and k (..., groups) of numbers: the smallest scale there is.

        Raises
        ------
        ValueError
            If the columns are no multiple of the group, or a group is none of the format.
        """
        f, e, k, inside = self._split(values)
        if not np.all(inside):
            count = self.exponents * (1 + self.mantissa_bits)
            what = f"{self.bits} bits times one of {count} scales"
            raise ValueError(f"Grouped numbers of a group must be integers of {what}")
        return f, e, k

    def words(self, values: np.ndarray) -> np.ndarray:
        """Numbers (..., columns) to bits (..., groups, width) of words, lowest first."""
        f, e, k = self.split(values)
        fields = bits_of(f, self.bits).reshape(*e.shape, -1)
        above = bits_of(e, self.field), bits_of(k, self.mantissa_field)
        return np.concatenate([fields, *above], axis=-1)

    @property
    def _range(self) -> tuple[int, int]:
        """Of f."""
        return -(1 << self.bits - 1), (1 << self.bits - 1) - 1

    def _split(self, values: np.ndarray):
        """f, e and k of each group, and whether it is one of the format."""
        v = blocks_of(np.asarray(values, np.int64), self.group, "Grouped")
        low, high = self._range
        f = np.zeros_like(v)
        e, k = np.zeros(v.shape[:-1], np.int64), np.zeros(v.shape[:-1], np.int64)
        done = np.zeros(v.shape[:-1], bool)
        for scale, exponent, code in self._scales():
            quotient, rest = np.divmod(v, scale)
            fits = (rest == 0) & (quotient >= low) & (quotient <= high)
            here = fits.all(axis=-1) & ~done
            f = np.where(here[..., None], quotient, f)
            e, k = np.where(here, exponent, e), np.where(here, code, k)
            done |= here
        return f, e, k, done

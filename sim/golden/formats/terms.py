"""Integers as sums of a few signed powers of two: canonical signed digits."""

from dataclasses import dataclass

import numpy as np

__all__ = ["Terms", "recode", "serial"]


def recode(value: int, exponents: int) -> list[tuple[int, int]]:
    """An integer as terms (sign, exponent), exponents ascending, all below ``exponents``.

    They are its canonical signed digits, the fewest, no two of which are neighbours; where these
    take a larger exponent the largest stands for it, as often as it takes: 7 = 4 + 4 - 1 of three
    exponents.
    """
    terms = []
    while 3 * abs(value) >= 1 << exponents + 1:  # the highest digit is 2^exponents or more
        sign = 1 if value > 0 else -1
        terms.append((sign, exponents - 1))
        value -= sign << exponents - 1
    digits, exponent = [], 0
    while value:
        if value % 2:
            digit = 2 - value % 4
            digits.append((digit, exponent))
            value -= digit
        value //= 2
        exponent += 1
    return digits + terms


@dataclass(frozen=True)
class Terms:
    """:math:`w = sum_d s_d 2^{e_d}`, e_d from ``starts[d]`` to ``starts[d] + exponents - 1``.

    A term's code is a field of its exponent less its start plus ``offset``, or 0 for none, below a
    sign, which is 1 for -1 and 0 where there is no term. The code of w has its first term lowest.

    Raises
    ------
    TypeError
        If exponents or offset is no positive integer.
    """

    exponents: int
    starts: tuple[int, ...] = (0,)
    offset: int = 1

    def __post_init__(self) -> None:
        for name in ("exponents", "offset"):
            value = getattr(self, name)
            if not isinstance(value, int) or value <= 0:
                raise TypeError(f"Terms {name} must be a positive integer, not {value!r}")

    @property
    def field(self) -> int:
        """Bits of a term's field."""
        return (self.offset + self.exponents - 1).bit_length()

    @property
    def width(self) -> int:
        """Bits of a code."""
        return len(self.starts) * (1 + self.field)

    def contains(self, weights: np.ndarray) -> np.ndarray:
        """Which of the integers are such sums of their canonical signed digits."""
        values, places = np.unique(np.asarray(weights, np.int64), return_inverse=True)
        inside = np.array([self._placed(value) is not None for value in values.tolist()])
        return inside[places.reshape(np.shape(weights))]

    def split(self, weights: np.ndarray) -> np.ndarray:
        """Terms (..., terms, 3) of integers: of each sign (0 or 1), nonzero, exponent from start.

        Raises
        ------
        ValueError
            If an integer is no such sum of its canonical signed digits.
        """
        weights = np.asarray(weights, np.int64)
        values, places = np.unique(weights, return_inverse=True)
        table = np.zeros((len(values), len(self.starts), 3), np.int64)
        for row, value in enumerate(values.tolist()):
            placed = self._placed(value)
            if placed is None:
                ends = ", ".join(f"{low}..{low + self.exponents - 1}" for low in self.starts)
                what = f"sums of signed powers of two with the exponents {ends}, not {value}"
                raise ValueError(f"Weights must be {what}")
            for term, (sign, exponent) in placed.items():
                table[row, term] = int(sign < 0), 1, exponent - self.starts[term]
        return table[places.reshape(weights.shape)]

    def _placed(self, value: int) -> dict[int, tuple[int, int]] | None:
        """An integer's digits by the term that has them: the first free one, by their starts."""
        free = sorted(range(len(self.starts)), key=self.starts.__getitem__)
        placed = {}
        for sign, exponent in sorted(recode(value, max(self.starts) + self.exponents),
                                     key=lambda digit: digit[1]):  # fmt: skip
            fits = (term for term in free if 0 <= exponent - self.starts[term] < self.exponents)
            term = next(fits, None)
            if term is None:
                return None
            placed[term] = sign, exponent
            free.remove(term)
        return placed

    def codes(self, weights: np.ndarray) -> np.ndarray:
        """Codes (..., terms) of the terms of integers, each of 1 + field bits."""
        sign, nonzero, exponent = np.moveaxis(self.split(weights), -1, 0)
        return nonzero * (sign << self.field | exponent + self.offset)

    def encode(self, weights: np.ndarray) -> np.ndarray:
        """Integers to unsigned codes."""
        return (self.codes(weights) << self._places).sum(axis=-1)

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Unsigned codes to integers.

        Raises
        ------
        ValueError
            If a code holds a term that there is not.
        """
        terms = np.asarray(codes, np.int64)[..., None] >> self._places & (2 << self.field) - 1
        sign, field = terms >> self.field, terms & (1 << self.field) - 1
        exponent = field - self.offset
        inside = (exponent >= 0) & (exponent < self.exponents)
        if not np.all(np.where(field == 0, sign == 0, inside)):
            raise ValueError("Terms codes must hold exponents of the format, zeros without a sign")
        powers = np.int64(1) << np.maximum(exponent, 0) + np.array(self.starts)
        return np.where(field == 0, 0, np.where(sign, -powers, powers)).sum(axis=-1)

    @property
    def _places(self) -> np.ndarray:
        """Of a code, the lowest bit of each term."""
        return np.arange(len(self.starts)) * (1 + self.field)


def serial(codes: np.ndarray, lanes: int) -> np.ndarray:
    """Codes (rows, cols, terms) as a matrix (rows, cols * terms) for a circuit of one term a cycle.

    The columns come in transfers of so many lanes, each repeated for each term: with the first
    terms of its lanes, with the second ones, and so on.

    Raises
    ------
    ValueError
        If cols is no multiple of lanes.
    """
    rows, cols, count = codes.shape
    if cols % lanes:
        raise ValueError(f"Columns must be a multiple of {lanes} lanes, not {cols}")
    split = codes.reshape(rows, cols // lanes, lanes, count)
    return split.swapaxes(2, 3).reshape(rows, cols * count)

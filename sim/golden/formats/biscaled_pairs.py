"""The two scales of BiScaled fixed point that suit data with a long tail."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sim.golden.formats.biscaled import BiScaled

__all__ = ["Pair", "pairs"]


@dataclass(frozen=True)
class Pair:
    """Two scales of the same bits: integer and fraction bits (IB, FB), the sign in neither."""

    fine: tuple[int, int]
    wide: tuple[int, int]
    signed: bool = True

    @property
    def bits(self) -> int:
        """Of a code, the sign included."""
        return sum(self.fine) + self.signed

    @property
    def shift(self) -> int:
        """How far a wide code is shifted."""
        return self.fine[1] - self.wide[1]

    @property
    def unit(self) -> float:
        """What one of the integers stands for: the fine scale."""
        return 2.0 ** -self.fine[1]

    @property
    def format(self) -> BiScaled:
        """The format of these scales."""
        return BiScaled(self.bits, self.shift, self.signed)

    def error(self, data: np.ndarray) -> float:
        """Mean square of what data in this format lack."""
        data = np.asarray(data, np.float64)
        found = self.format.encode(data / self.unit) * self.unit
        return float(np.mean((found - data) ** 2))


def pairs(data: np.ndarray, bits: int, *, signed: bool = True, neighbours: int = 0) -> Pair:
    r"""The scales of data by the length of their tail :math:`\lceil\log_2(P_{100}/P_{90})\rceil`.

    Wide is the finest scale whose integer bits hold the largest absolute value P_100; fine has as
    many fraction bits more as the tail is long, at least one and at most all that there are. With
    ``neighbours`` n, of the wide scales up to n bits coarser or finer and the tails up to n longer
    or shorter, that of the least mean squared error, of equal ones the nearest to the former.

    BiScaled-DNN (see :class:`sim.golden.formats.biscaled.BiScaled`).

    Raises
    ------
    ValueError
        If the data are all 0, or the bits too few for two scales.
    """
    if bits - signed < 1:
        raise ValueError(f"Pairs must be of at least {1 + signed} bits, not {bits}")
    size = np.abs(np.asarray(data, np.float64)).ravel()
    largest = size.max(initial=0)
    if not largest:
        raise ValueError("Pairs must be of data that are not all 0")
    integer, most = _power(largest), bits - signed
    bulk = np.percentile(size, 90)
    tail = min(max(_power(largest / bulk), 1), most) if bulk else most
    found = [_pair(integer + a, b, most, signed) for a, b in _near(tail, neighbours, most)]
    return min(found, key=lambda pair: pair.error(data)) if neighbours else found[0]


def _near(tail: int, neighbours: int, most: int) -> Iterator[tuple[int, int]]:
    """What to add to the integer bits, and tails, the nearest first."""
    steps = sorted(range(-neighbours, neighbours + 1), key=abs)
    return ((a, tail + b) for a in steps for b in steps if 1 <= tail + b <= most)


def _pair(integer: int, tail: int, most: int, signed: bool) -> Pair:
    fine, wide = integer - tail, integer
    return Pair((fine, most - fine), (wide, most - wide), signed)


def _power(ratio: float) -> int:
    """The smallest k with ratio <= 2^k."""
    mantissa, exponent = np.frexp(ratio)
    return int(exponent) - int(mantissa == 0.5)

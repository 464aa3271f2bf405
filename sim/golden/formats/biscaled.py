"""BiScaled fixed point: integers of few bits on a fine scale, and long tails on a wide one."""

from dataclasses import dataclass, replace

import numpy as np

from sim.golden.checks import positive
from sim.golden.formats.words import bits_of, blocks_of, number_of
from sim.golden.rounding import half_up

__all__ = ["BiScaled", "dot"]


@dataclass(frozen=True)
class BiScaled:
    r"""The integers q (fine) and :math:`q 2^d` (wide), q of ``bits``, d = ``shift``.

    A word has q in its lowest bits and above it whether it is wide; a number that is fine, too, has
    the word of the fine one.

    With a ``block``, at most ``limit`` of so many consecutive numbers of the innermost axis are
    beyond q, and these have one word. Its lowest bits are the low parts, each of ``bits``, the
    first number's lowest: :math:`l \equiv v` modulo :math:`2^{bits}`, a number as q is. Above them
    is a list of ``limit`` times a position in the block and, above that, h of a number
    :math:`v = l + 2^{bits} h` beyond q, ascending by position: if signed, first the bit that is set
    where l < 0, then the d bits of v above l, whose sum is h; else only the latter. Unused entries
    are zero. So the list adds what the lanes lack, a number of about d bits.

    What a block has no list for is stored without: a layer of numbers that do not fit has no
    block, and a bit each that says whether a number is wide (:meth:`fitted`).

    S. Jain, S. Venkataramani, V. Srinivasan, J. Choi, K. Gopalakrishnan, L. Chang, "BiScaled-DNN:
    Quantizing Long-tailed Datastructures with Two Scale Factors for Deep Neural Networks", DAC
    2019.

    Parameters
    ----------
    threshold : numbers of at least this absolute value are wide; None: those that are not fine

    Raises
    ------
    TypeError
        If a size is no positive integer.
    ValueError
        If the shift is beyond the bits of an absolute value, so that neither scale would have what
        is just beyond the fine one, or the limit is beyond the block.
    """

    bits: int
    shift: int
    signed: bool = True
    threshold: int | None = None
    block: int | None = None
    limit: int = 1

    def __post_init__(self) -> None:
        optional = {"threshold": self.threshold, "block": self.block}
        given = {name: value for name, value in optional.items() if value is not None}
        positive("BiScaled", bits=self.bits, shift=self.shift, limit=self.limit, **given)
        if self.shift > self.bits - self.signed:
            kind = "signed" if self.signed else "unsigned"
            what = f"at most {self.bits - self.signed} of {self.bits} {kind} bits, not {self.shift}"
            raise ValueError(f"BiScaled shift must be {what}")
        if self.block is not None and self.limit > self.block:
            what = f"at most its block of {self.block}, not {self.limit}"
            raise ValueError(f"BiScaled limit must be {what}")

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
        """The lowest number."""
        return self.q_low << self.shift

    @property
    def high(self) -> int:
        """The highest number."""
        return self.q_high << self.shift

    @property
    def position(self) -> int:
        """Bits of a position in a block."""
        return (self.block - 1).bit_length() if self.block else 0

    @property
    def entry(self) -> int:
        """Bits of an entry of a block's list."""
        return self.position + self.shift + self.signed

    @property
    def width(self) -> int:
        """Bits of a word: of a number, or of a block."""
        return self.bits * self.block + self.limit * self.entry if self.block else self.bits + 1

    @property
    def effective_bits(self) -> float:
        """Bits of a number in memory."""
        return self.width / (self.block or 1)

    def encode(self, v: np.ndarray) -> np.ndarray:
        r"""Real numbers to numbers of the format.

        Fine is :math:`f = \lfloor v + 1/2 \rfloor`, where it is of ``bits`` and \|v\| below the
        threshold; else wide :math:`2^d\, clip(\lfloor v / 2^d + 1/2 \rfloor)`. Without a sign v < 0
        counts as 0. Of a block, only the ``limit`` largest \|v\|, of equal ones the first, may be
        beyond q; others saturate there.
        """
        v = np.asarray(v, np.float64)
        v = v if self.signed else np.maximum(v, 0)
        fine = half_up(v)
        fits = self._is_fine(fine)
        if self.threshold is not None:
            fits &= np.abs(v) < self.threshold
        q = np.clip(half_up(v / (1 << self.shift)), self.q_low, self.q_high)
        found = np.where(fits, fine, q << self.shift)
        if self.block is None:
            return found
        beyond = blocks_of(np.where(self._is_fine(found), 0, np.abs(v)), self.block, "BiScaled")
        rank = np.argsort(np.argsort(-beyond, axis=-1, kind="stable"), axis=-1)
        dropped = ((rank >= self.limit) & (beyond > 0)).reshape(v.shape)
        return np.where(dropped, np.clip(fine, self.q_low, self.q_high), found)

    def decode(self, values: np.ndarray) -> np.ndarray:
        """What the numbers stand for: themselves, as floats."""
        return np.asarray(values, np.float64)

    def contains(self, values: np.ndarray) -> np.ndarray:
        """Which of the integers are numbers of the format; of a block not more than its list has.

        Raises
        ------
        ValueError
            If there is a block of which the numbers (..., columns) are no multiple.
        """
        values = np.asarray(values, np.int64)
        fine = self._is_fine(values)
        wide = (values % (1 << self.shift) == 0) & (values >= self.low) & (values <= self.high)
        if self.block is not None:
            blocks = blocks_of(wide & ~fine, self.block, "BiScaled")
            wide &= (np.cumsum(blocks, axis=-1) <= self.limit).reshape(values.shape)
        return fine | wide

    def fitted(self, values: np.ndarray) -> "BiScaled":
        """The format itself, or without its block if in some block there is more than its list has.

        That is the fallback of a whole layer, and is lossless.
        """
        return self if self.contains(values).all() else replace(self, block=None, limit=1)

    def words(self, values: np.ndarray) -> np.ndarray:
        """Bits of words, lowest first: (..., width), or (..., blocks, width) of (..., columns).

        Raises
        ------
        ValueError
            If some are no numbers of the format, or no multiple of the block.
        """
        values = np.asarray(values, np.int64)
        if not self.contains(values).all():
            what = f"of {self.bits} bits, or these shifted by {self.shift}"
            if self.block is not None:
                what += f", at most {self.limit} of each {self.block}"
            raise ValueError(f"BiScaled numbers must be integers {what}")
        wide = ~self._is_fine(values)
        if self.block is None:
            q = np.where(wide, values >> self.shift, values) & (1 << self.bits) - 1
            return bits_of(q | wide.astype(np.int64) << self.bits, self.width)
        v, wide = (blocks_of(some, self.block, "BiScaled") for some in (values, wide))
        low = bits_of(v, self.bits).reshape(*v.shape[:-1], -1)
        # The wide ones first, each kind in its order.
        place = np.argsort(~wide, axis=-1, kind="stable")[..., : self.limit]
        used = np.take_along_axis(wide, place, axis=-1)
        beyond = np.take_along_axis(v, place, axis=-1)
        top = beyond >> self.bits & (1 << self.shift) - 1
        if self.signed:
            top = top << 1 | beyond >> self.bits - 1 & 1
        entries = np.where(used, place | top << self.position, 0)
        listed = bits_of(entries, self.entry).reshape(*v.shape[:-1], -1)
        return np.concatenate([low, listed], axis=-1)

    def values(self, words: np.ndarray) -> np.ndarray:
        """The numbers of words, as bits (..., width): the inverse of :meth:`words`."""
        words = np.asarray(words, np.int64)
        if self.block is None:
            return self._low(words[..., : self.bits]) << self.shift * words[..., self.bits]
        shape = (*words.shape[:-1], self.block)
        low = self._low(words[..., : self.bits * self.block].reshape(*shape, self.bits))
        entries = words[..., self.bits * self.block :].reshape(*shape[:-1], self.limit, self.entry)
        place = number_of(entries[..., : self.position])
        h = entries[..., self.position :]
        if self.signed:
            h = h[..., 0] + number_of(h[..., 1:]) - (h[..., -1] << self.shift)
        else:
            h = number_of(h)
        added = np.where(place[..., None] == np.arange(self.block), h[..., None], 0).sum(axis=-2)
        return (low + (added << self.bits)).reshape(*shape[:-2], -1)

    def _is_fine(self, values: np.ndarray) -> np.ndarray:
        return (values >= self.q_low) & (values <= self.q_high)

    def _low(self, bits: np.ndarray) -> np.ndarray:
        """The number q of its bits."""
        return number_of(bits) - (bits[..., -1] << self.bits if self.signed else 0)


def dot(bx: np.ndarray, by: np.ndarray, selx: np.ndarray, sely: np.ndarray,
        shift: int) -> np.ndarray:  # fmt: skip
    r""":math:`\sum_i bx_i by_i 2^{shift (selx_i + sely_i)}` of codes (..., lanes), 1 for wide.

    In units of the product of two fine numbers' units.
    """
    bx, by, selx, sely = (np.asarray(some, np.int64) for some in (bx, by, selx, sely))
    return (bx * by << shift * (selx + sely)).sum(axis=-1)

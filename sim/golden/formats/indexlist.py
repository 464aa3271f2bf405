"""Which numbers are wide: for each block of them a list, of a count and of positions."""

from dataclasses import dataclass

import numpy as np

from sim.golden.checks import positive
from sim.golden.formats.words import bits_of, blocks_of, number_of

__all__ = ["IndexList"]


@dataclass(frozen=True)
class IndexList:
    """Selectors of ``block`` columns as a count, lowest, and ``limit`` positions, ascending.

    Positions beyond the count are 0. A layer with a block in which more selectors are set is stored
    with a bit for each number instead (``bits``): a layer's flag tells which, so that nothing is
    lost, nothing stalls, and a circuit has one of the two.

    BiScaled-DNN (see :class:`sim.golden.formats.biscaled.BiScaled`).

    Raises
    ------
    TypeError
        If block or limit is no positive integer.
    ValueError
        If the limit is beyond the block.
    """

    block: int
    limit: int

    def __post_init__(self) -> None:
        positive("IndexList", block=self.block, limit=self.limit)
        if self.limit > self.block:
            what = f"at most its block of {self.block}, not {self.limit}"
            raise ValueError(f"IndexList limit must be {what}")

    @property
    def count(self) -> int:
        """Bits of the count."""
        return self.limit.bit_length()

    @property
    def position(self) -> int:
        """Bits of a position."""
        return (self.block - 1).bit_length()

    @property
    def width(self) -> int:
        """Bits of a block's list."""
        return self.count + self.limit * self.position

    def fits(self, selectors: np.ndarray) -> bool:
        """Whether no block of selectors (..., columns) has more set than a list holds."""
        blocks = blocks_of(np.asarray(selectors, bool), self.block, "IndexList")
        return bool((blocks.sum(axis=-1) <= self.limit).all())

    def bits(self, selectors: np.ndarray) -> float:
        """Bits that say of a number in memory whether it is wide: its part of a list, or one."""
        return self.width / self.block if self.fits(selectors) else 1.0

    def packed_bits(self, selectors: np.ndarray) -> float:
        """As ``bits``, of lists without unused positions: one after the other, as they are sent."""
        if not self.fits(selectors):
            return 1.0
        return self.count / self.block + self.position * float(np.mean(selectors))

    def encode(self, selectors: np.ndarray) -> np.ndarray:
        """The lists of selectors (..., columns): uint8 bits (..., blocks, width), lowest first.

        Raises
        ------
        ValueError
            If a block has more selectors set than a list holds, or the columns are no multiple of
            the block.
        """
        blocks = blocks_of(np.asarray(selectors, bool), self.block, "IndexList")
        counts = blocks.sum(axis=-1)
        if np.any(counts > self.limit):
            what = f"at most {self.limit} set in a block of {self.block}, not {counts.max()}"
            raise ValueError(f"IndexList selectors must be {what}")
        places = np.argsort(~blocks, axis=-1, kind="stable")[..., : self.limit]
        places = np.where(np.take_along_axis(blocks, places, axis=-1), places, 0)
        fields = bits_of(places, self.position).reshape(*counts.shape, -1)
        return np.concatenate([bits_of(counts, self.count), fields], axis=-1)

    def decode(self, lists: np.ndarray) -> np.ndarray:
        """The selectors (..., columns) of lists (..., blocks, width)."""
        lists = np.asarray(lists)
        counts = number_of(lists[..., : self.count])
        fields = lists[..., self.count :].reshape(*counts.shape, self.limit, self.position)
        places = number_of(fields)
        used = np.arange(self.limit) < counts[..., None]
        found = (places[..., None] == np.arange(self.block)) & used[..., None]
        return found.any(axis=-2).reshape(*counts.shape[:-1], -1)

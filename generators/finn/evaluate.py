"""Many designs of a network at once: their cycles and resources, by gathers from tables."""

from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from generators.finn.space import RESOURCES, Space

__all__ = ["Evaluated", "evaluate", "random_picks"]

BLOCK = 1 << 15
"""Designs at once: so many rows of all columns stay in a processor's caches."""


@dataclass(frozen=True, eq=False)
class Evaluated:
    """Of each design the cycles a frame of its slowest layer, and its estimated resources (n,)."""

    cycles: np.ndarray
    lut: np.ndarray
    ff: np.ndarray
    bram18: np.ndarray
    dsp: np.ndarray

    def __len__(self) -> int:
        return len(self.cycles)

    def __getitem__(self, index) -> "Evaluated":
        """The designs of an index, a slice or a mask."""
        return Evaluated(*(getattr(self, field.name)[index] for field in fields(self)))

    def within(self, **most: float) -> np.ndarray:
        """Which designs take at most so many cycles and so much of each resource (n,)."""
        fits = np.ones(len(self), bool)
        for name, amount in most.items():
            fits &= getattr(self, name) <= amount
        return fits

    def front(self) -> np.ndarray:
        """Designs of which no other has both as few cycles and as few LUTs; the fastest first."""
        order = np.lexsort((self.lut, self.cycles))
        least = np.minimum.accumulate(self.lut[order])
        better = np.r_[True, least[1:] < least[:-1]]
        return order[better]


def evaluate(space: Space, picks: np.ndarray) -> Evaluated:
    r"""Evaluate designs: :math:`\text{cycles} = \max_l c_l`, resources are sums.

    They are those of :meth:`.Space.evaluate` at the design's own cycles, so without the queues that
    only a schedule shows. Nothing is done design by design.

    Parameters
    ----------
    space : tables of a network
    picks : int array (n, layers), of each layer the number of its candidate

    Raises
    ------
    ValueError
        If the picks are not of the space.
    """
    picks = np.asarray(picks)
    sizes = [len(table.cycles) for table in space.tables]
    if picks.ndim != 2 or picks.shape[1] != len(sizes):
        raise ValueError(f"Picks must have shape (n, {len(sizes)}), not {picks.shape}")
    if picks.size and (picks.min() < 0 or (picks >= sizes).any()):
        raise ValueError(f"Picks must be numbers of candidates, below {sizes}")
    cycles, used = np.ones(len(picks)), np.empty((len(picks), len(RESOURCES)))
    for table, picked in zip(space.tables, picks.T):
        np.maximum(cycles, table.cycles[picked], out=cycles)
    for index in _contexts(space, cycles):
        for start in range(0, len(index), BLOCK):
            some = index[start : start + BLOCK]
            used[some] = space.evaluate(picks[some], cycles[some[0]])
    return Evaluated(cycles, *used.T)


def _contexts(space: Space, cycles: np.ndarray) -> Iterator[np.ndarray]:
    """The designs between whose layers the same stands at the same lanes."""
    places = np.searchsorted(space.breaks, np.floor(cycles), "right")
    order = np.argsort(places, kind="stable")
    ends = np.flatnonzero(np.diff(places[order])) + 1
    return (index for index in np.split(order, ends) if len(index))


def random_picks(space: Space, count: int, rng: np.random.Generator) -> np.ndarray:
    """So many designs, each candidate of a layer as likely (count, layers)."""
    return np.stack([rng.integers(0, len(table.cycles), count) for table in space.tables], axis=1)

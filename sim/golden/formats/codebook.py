"""Non-uniform numbers: a table of values, and indices into it."""

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

__all__ = ["Codebook", "Start", "cluster"]

Start = Literal["random", "density", "linear"]


@dataclass(frozen=True)
class Codebook:
    """The numbers :math:`w = C[idx]` of a table C, with the index as code.

    Raises
    ------
    ValueError
        If there are no values.
    """

    values: tuple[float, ...]

    def __post_init__(self) -> None:
        if not self.values:
            raise ValueError("Codebook must have some values")

    @property
    def width(self) -> int:
        """Bits of an index, at least one."""
        return max(1, (len(self.values) - 1).bit_length())

    def encode(self, x: np.ndarray) -> np.ndarray:
        """The index of the nearest value, of equally near ones of the lowest value's first."""
        values = np.asarray(self.values)
        order = np.argsort(values, kind="stable")
        distance = np.abs(np.asarray(x)[..., None] - values[order])
        return order[np.argmin(distance, axis=-1)]

    def decode(self, indices: np.ndarray) -> np.ndarray:
        """Indices to values."""
        return np.asarray(self.values)[indices]


def cluster(x: np.ndarray, count: int, *, start: Start = "linear", seed: int = 0,
            rounds: int = 100) -> np.ndarray:  # fmt: skip
    """The k-means centroids of numbers, ascending: a codebook of least squared error.

    Lloyd's algorithm, at most so many rounds, from the starting points of Han et al., "Deep
    Compression" (ICLR 2016): "random" numbers of x, drawn with the seed without replacement;
    "density", the quantiles (k + 1/2) / count of x; "linear", evenly from its lowest to its
    highest. A number halfway between two centroids belongs to the lower; a centroid to which none
    belongs stays.

    Raises
    ------
    ValueError
        If there is no such start, or there are fewer numbers than centroids.
    """
    if start not in get_args(Start):
        raise ValueError(f"Start must be one of {', '.join(get_args(Start))}, not {start!r}")
    x = np.sort(np.asarray(x, np.float64), axis=None)
    if not 0 < count <= len(x):
        what = f"1 to {len(x)} values for as many numbers, not {count}"
        raise ValueError(f"Codebook must have {what}")
    sums = np.concatenate([[0.0], np.cumsum(x)])
    centroids = _start(x, count, start, seed)
    for _ in range(rounds):
        middles = (centroids[:-1] + centroids[1:]) / 2
        ends = np.concatenate([[0], np.searchsorted(x, middles, side="right"), [len(x)]])
        sizes = np.diff(ends)
        means = np.diff(sums[ends]) / np.maximum(sizes, 1)
        moved = np.sort(np.where(sizes, means, centroids))
        if np.array_equal(moved, centroids):
            break
        centroids = moved
    return centroids


def _start(x: np.ndarray, count: int, start: Start, seed: int) -> np.ndarray:
    if start == "random":
        return np.sort(np.random.default_rng(seed).choice(x, count, replace=False))
    if start == "density":
        return np.quantile(x, (np.arange(count) + 0.5) / count)
    return np.linspace(x[0], x[-1], count)

"""Fronts: designs of which none is better in both of two figures, spread over their range."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from math import isqrt, log
from typing import Any

__all__ = ["nondominated", "sweep"]

Key = Callable[[Any], tuple[float, float]]


def nondominated(points: Iterable[Any], key: Key) -> list[Any]:
    """The points of which no other has both figures of ``key`` as low; ascending in the first.

    Of points alike in both the first is kept.
    """
    found = []
    for point in sorted(points, key=key):
        if not found or key(point)[1] < key(found[-1])[1]:
            found.append(point)
    return found


@dataclass(frozen=True)
class _Gap:
    """Between two neighbours: whatever the first figure is up to ``low``, the second is ``high``'s
    or more; a design that has it up to ``end`` and the second as low as ``least`` is known."""

    low: int
    high: float
    end: int
    least: float

    @property
    def size(self) -> float:
        """Area where points may still be, both figures to a logarithmic scale; 0 where none is."""
        if self.end - self.low < 2 or self.high <= self.least:
            return 0.0
        return log((self.end - 1) / max(1, self.low)) * log(self.high / max(1, self.least)) + 1e-9


def sweep(solve: Callable[[int], Any | None], first: Any, last: Any, count: int, key: Key,
          tell: Callable[[int], None] = lambda number: None) -> list[Any]:  # fmt: skip
    """So many points of a front at most, ascending in the first figure.

    Each is sought in the middle of the largest area where one may still be.

    Parameters
    ----------
    solve : finds the design with the least second figure whose first is at most so much, or None
    first, last : the ends of the front: least in the first figure, and in the second
    count : how many points, the ends among them
    key : both figures of a design, positive
    tell : is told how many points there are
    """
    points = [first, last]
    gaps = [_gap(int(key(first)[0]), first, last, key)]
    while len(points) < count:
        gap = max(gaps, key=lambda gap: gap.size, default=None)
        if gap is None or not gap.size:
            break
        gaps.remove(gap)
        tell(len(points))
        limit = min(gap.end - 1, max(gap.low + 1, isqrt(gap.low * gap.end)))
        point = solve(limit)
        if point is None or key(point)[1] >= gap.high:
            gaps.append(_Gap(limit, gap.high, gap.end, gap.least))
            continue
        points.append(point)
        reached, value = int(key(point)[0]), key(point)[1]
        gaps.append(_Gap(gap.low, gap.high, reached, value))
        gaps.append(_Gap(limit, value, gap.end, gap.least))
    return nondominated(points, key)


def _gap(low: int, first: Any, last: Any, key: Key) -> _Gap:
    return _Gap(low, key(first)[1], int(key(last)[0]), key(last)[1])

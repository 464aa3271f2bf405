"""In which enabled cycle a dot product reads its lanes, and the bits of its operands."""

from collections.abc import Iterable, Sequence

__all__ = ["cycles", "in_turns", "places"]


def in_turns(lanes: int, most: int) -> tuple[int, ...]:
    """How many lanes are read in cycle 0, 1, …: ``most``, and in the last what is left."""
    full, rest = divmod(lanes, most)
    return (most,) * full + ((rest,) if rest else ())


def cycles(stages: Iterable[int]) -> tuple[int, ...]:
    """The cycle of each lane, of how many are read in cycle 0, 1, …."""
    return tuple(stage for stage, count in enumerate(stages) for _ in range(count))


def places(times: Sequence[int], count: int) -> tuple[tuple[int, ...], ...]:
    """Which bits are read in each of so many cycles, of the cycle of each bit."""
    return tuple(tuple(place for place, time in enumerate(times) if time == cycle)
                 for cycle in range(count))  # fmt: skip

"""Schedules of full and half adders alone, where a search finds none: there always is one."""

from hdl.compress.heap import Heap
from hdl.compress.solve import LEVELS_PER_STAGE

__all__ = ["adders"]


def adders(heap: Heap):
    """A schedule as :func:`hdl.compress.beam.beam` gives it, of a heap without pairs.

    Three bits of a column are an adder's, and two left over a half adder's, until no column has
    more than two (Wallace, "A Suggestion for a Fast Multiplier", 1964).
    """
    columns = heap.columns
    bits, levels = [0] * columns, []
    while True:
        stage, within = divmod(len(levels), LEVELS_PER_STAGE)
        if not within:
            arrived = heap.bits[stage] if stage < len(heap.bits) else ()
            bits = [a + b for a, b in zip(bits, (*arrived, *[0] * columns))]
            if max(bits) <= 2 and stage + 1 >= len(heap.bits):
                return tuple(levels), _end(bits) if heap.rows == 1 else ()
        bits, blocks = _level(bits)
        levels.append(blocks)


def _level(bits: list[int]):
    """What is left after a level of adders, and these."""
    blocks, after = [], bits + [0]
    for column, count in enumerate(bits):
        if count < 3:
            continue
        for name, size, times in (("FA", 3, count // 3), ("HA", 2, count % 3 // 2)):
            if times:
                blocks.append((name, column, times))
                after[column] -= (size - 1) * times
                after[column + 1] += times
    return after[:-1], tuple(blocks)


def _end(bits: list[int]) -> tuple[str, ...]:
    """An adder from the first column of two bits up."""
    first = next((column for column, count in enumerate(bits) if count > 1), len(bits))
    kinds = ["none"] * first + ["P2"] * (len(bits) - first)
    if bits[-1] == 0 and first < len(bits) - 1:
        kinds[-1] = "top"
    return tuple(kinds)

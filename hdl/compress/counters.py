"""Schedules of bit heaps by counters of seven bits, and a search for what these leave.

A counter of seven takes two LUTs and leaves four bits fewer: no block takes less for a bit. So they
stand wherever there are seven bits of a column, and only for the last few is there a search.
"""

from hdl.compress.adders import adders
from hdl.compress.beam import search
from hdl.compress.heap import Heap

__all__ = ["counters"]

WIDTH = 32
"""States that the search keeps."""

PATIENCE = 2
"""Further stages that save nothing, after which no more are tried."""

SAVED = 1.5
"""LUTs that a further stage must save."""


def counters(heap: Heap):
    """A schedule as :func:`hdl.compress.beam.beam` gives it, of a heap without pairs."""
    before = _sevens(heap)
    least = len(before[2]) // 2
    least = max(least, len(heap.bits) if len(heap.bits) > 1 else 0)
    best, waited = None, 0
    for stages in range(least, least + 12):
        ends = [search(heap, stages, 1, WIDTH, limits, before) for limits in range(2)]
        if best is None and not any(ends):
            ends = [search(heap, stages, 1, WIDTH, 2, before)]
        end = min((end for end in ends if end), key=lambda one: one[0], default=None)
        if end is not None and (best is None or end[0] <= best[0] - SAVED):
            best, waited = end, 0
        elif best is not None:
            waited += 1
        if waited == PATIENCE:
            break
    return adders(heap) if best is None else best[1:]


def _sevens(heap: Heap):
    """LUTs, what is left of each column and the levels, when no column has seven bits any more."""
    columns = heap.columns
    luts, given, levels = 0, (0,) * columns, ()
    stage = 0
    while True:
        arrived = heap.bits[stage] if stage < len(heap.bits) else ()
        bits = [a + b for a, b in zip(given, (*arrived, *[0] * columns))]
        if stage + 1 >= len(heap.bits) and max(bits) < 7:
            return luts, given, levels
        blocks = tuple(("A06", column, n // 7) for column, n in enumerate(bits) if n >= 7)
        for _, column, n in blocks:
            bits[column] -= 7 * n
            for place in range(column, min(column + 3, columns)):
                bits[place] += n
            luts += 2 * n
        given, levels, stage = tuple(bits), (*levels, (), blocks), stage + 1

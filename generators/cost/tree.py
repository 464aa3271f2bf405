"""Compressor trees of heaps of bits, estimated without a schedule: bits are only counted.

:func:`hdl.compress.beam.beam` decides which blocks stand where, which takes it seconds. Here each
stage takes what that most often takes, by column, so that LUTs and registers are near those of its
schedule: 0.1 ms instead.
"""

from typing import NamedTuple

from generators.cost.constants import cached, of
from hdl.compress.heap import Heap

__all__ = ["Tree", "tree"]

HIGH = (2, 4, 10, 25, 60, 150, 380, 1000)
"""How high columns may be 0, 1, … stages before the last adder, as in hdl.compress.beam."""

TERNARY = (3, 5, 12, 28, 66, 150, 380, 1000)
"""The same where the last adder takes three rows."""

SAVED, LEAST = 0.918, 5
"""Which share of its LUTs a stage more may leave, and how many it must save after others."""

MOST = 16
"""How high columns may be where a stage more is tried."""


class Tree(NamedTuple):
    """LUTs and registers of a tree, the result's among them, and its stages before the end."""

    lut: float
    ff: float
    stages: int


@cached
def tree(heap: Heap, ones: int = 0) -> Tree:
    """The tree of a heap without pairs.

    While bits are still to come, counters take seven of a column and leave three. Then columns are
    made lower stage by stage, for as few stages as do it, or one more that saves LUTs.

    Parameters
    ----------
    ones : the columns in which a constant one is among the bits of the first stage: registers of
        ones are all the same, and synthesis makes them once.
    """
    lut, ff, bits, waits = _wait(heap, ones)
    lows = TERNARY if heap.ternary else HIGH
    found = None
    least = 1 if waits else 0
    known = of("tree")
    share = known.end if waits > 1 else known.alone
    if all(_ended(bits, lows[:more], heap.ternary) is None for more in range(least, len(lows))):
        lows = (lows[0], *lows)  # carries fill a column that has none of its own to add
    for more in range(least, len(lows)):
        one = _ended(bits, lows[:more], heap.ternary)
        if one is None:
            continue
        one = Tree(lut + share * one[0], known.register * (ff + one[1]), waits + more)
        if found is not None:
            saves = one.lut < min(SAVED * found.lut, found.lut - share * LEAST * (waits > 1) + 0.1)
            return one if max(bits) <= MOST and saves else found
        found = one
    return found


def _wait(heap: Heap, ones: int) -> tuple[int, int, list[int], int]:
    """LUTs, registers and what is left of each column when the last bits are there; the stages."""
    lut = ff = 0
    nothing = [0] * heap.columns
    bits = [*nothing]
    for some in heap.bits[:-1]:
        bits = [a + b for a, b in zip(bits, (*some, *nothing))]
        for column, count in enumerate(bits):
            if count >= 7:  # first come, first taken
                ones &= ~(1 << column)
        bits, luts = _level(bits, None, carry=True)
        lut, ff = lut + luts, ff + sum(bits) - max(0, ones.bit_count() - 1)
    last = heap.bits[-1] if heap.bits else ()
    return lut, ff, [a + b for a, b in zip(bits, (*last, *nothing))], max(0, len(heap.bits) - 1)


def _ended(bits: list[int], lows: tuple[int, ...], ternary: bool) -> tuple[int, int] | None:
    """LUTs and registers of as many stages and the last adder, if that can take what is left."""
    lut = ff = 0
    for low in reversed(lows):
        for carry, limit in ((False, 3 * low // 2), (True, low)):
            bits, luts = _level(bits, limit, carry=carry)
            lut += luts
        ff += sum(bits)
    last = _adder(bits, ternary)
    return None if last is None else (lut + last, ff + len(bits) * (last > 0))


def _level(bits: list[int], limit: int | None, *, carry: bool) -> tuple[list[int], int]:
    """What is left after a level, and its LUTs: counters of seven bits or six, and full adders.

    Without a limit there are counters only.
    """
    given, lut = [0] * (len(bits) + 3), 0
    for column, here in enumerate(bits):
        sevens = here // 7 if carry else 0
        if sevens:
            here, lut = here - 7 * sevens, lut + 2 * sevens
            for k in range(3):
                given[column + k] += sevens
        while limit is not None and here + given[column] > limit and here >= 2:
            taken = 6 if carry and here >= 6 else min(here, 3)
            here, lut = here - taken, lut + 1 + (taken == 6)
            for k in range(3 if taken == 6 else 2):
                given[column + k] += 1
        given[column] += here
    return given[: len(bits)], lut


def _adder(bits: list[int], ternary: bool) -> int | None:
    """LUTs of an adder from the first column of two bits up; None if columns are too high."""
    first = next((column for column, count in enumerate(bits) if count > 1), None)
    if first is None:
        return 0
    left = bits[first:]
    if ternary and max(left) == 3:
        return len(left)
    left[0] -= 1  # the carry in
    lut, column = 0, 0
    while column < len(left):
        above = left[column + 1] if column + 1 < len(left) else None
        if above is None and left[column] <= 0:
            break  # the last carry
        if left[column] <= 2:
            column, lut = column + 1, lut + 1
        elif above is not None and ((left[column] <= 4 and above <= 1) or (
                left[column] <= 6 and not above)):  # fmt: skip
            column, lut = column + 2, lut + 2
        else:
            return None
    return lut

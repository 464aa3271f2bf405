"""Which class counts rows of a constant bipolar matrix share: a tree of heaps of bits."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from hdl.dot.constant_sums import Bit, Plan, Sum, below, into_range, luts_about
from hdl.dot.constant_tree import leaves, tree

__all__ = ["plan"]

PRICE = 1.0
"""LUTs that a bit of a class costs those who count it again: two subsets, half a LUT in each."""


class _Class(NamedTuple):
    """Inputs that agree with the same rows of a set, up to all of them disagreeing.

    pattern : bit r is 1 where row r of the set is opposite to the first row.
    bits : their sum - offset is the number of inputs that agree with the first row.
    size : number of inputs.
    """

    pattern: int
    bits: tuple[Bit, ...]
    size: int
    offset: int

    def negated(self) -> "_Class":
        """Counts those that disagree, size - count, of the same bits inverted."""
        weights = sum(1 << bit.column for bit in self.bits)
        bits = tuple(bit.negated() for bit in self.bits)
        return self._replace(bits=bits, offset=weights - self.offset - self.size)


def plan(weights: np.ndarray, thresholds: Sequence[int] | None = None) -> Plan:
    """Share the counting of classes between rows.

    Parameters
    ----------
    weights : int array (rows, cols) of -1 and 1
    thresholds : of each row, the popcount from which its output bit is 1
    """
    rows, cols = weights.shape
    negative = np.asarray(weights) < 0
    if thresholds is None:
        targets = {r: 0 for r in range(rows)}
        width = cols.bit_length()
    else:
        # popcount >= t where the others, cols - popcount, are less than cols - t + 1: a sign bit.
        negative = ~negative
        targets = {r: cols - int(t) + 1 for r, t in enumerate(thresholds) if 1 <= t <= cols}
        width = 0
    counted = _Builder(negative, targets, width)
    if targets:
        counted.grow(tree(negative, sorted(targets)))
    last = []
    for r in range(rows):
        if r in counted.rows:
            last.append(counted.rows[r])
        else:
            last.append(Sum((), int(thresholds[r] <= 0), 1))
    return Plan(cols, tuple(counted.sums), tuple(last))


class _Builder:
    """Descends a tree of rows and adds up the classes of each node."""

    def __init__(self, negative: np.ndarray, targets: dict[int, int], width: int) -> None:
        self._negative, self._targets, self._width = negative, targets, width
        self._cols = negative.shape[1]
        self._wires = self._cols
        self.sums: list[Sum] = []
        self.rows: dict[int, Sum] = {}

    def grow(self, root) -> None:
        """All rows of a tree, which is a row or a pair of trees."""
        members = leaves(root)
        whole = []
        for column in range(self._cols):
            signs = self._negative[members, column]
            pattern = sum(1 << k for k, sign in enumerate(signs ^ signs[0]) if sign)
            bit = Bit(column, 0, bool(signs[0]))
            whole.append(_Class(pattern, (bit,), 1, 0))
        self._node(root, _merged(whole))

    def _node(self, node, classes: list[_Class]) -> None:
        members = leaves(node)
        if len(members) == 1:
            self._row(members[0], classes)
        elif len(members) == 2:
            self._pair(members, classes)
        else:
            classes = [self._reduced(one) for one in classes]
            low = 0
            for child in node:
                count = len(leaves(child))
                self._node(child, _merged(_restricted(classes, low, count)))
                low += count

    def _add(self, bits: tuple[Bit, ...], constant: int, width: int) -> tuple[Bit, ...]:
        """A new sum's result, as bits of a heap."""
        self.sums.append(Sum(bits, constant, width))
        self._wires += width
        return tuple(Bit(self._wires - width + k, k) for k in range(width))

    def _reduced(self, one: _Class) -> _Class:
        """A class in fewer bits, if they are worth their LUTs."""
        heights = _heights(one.bits)
        packs = sum((height + 1) // 7 for height in heights)
        width = one.size.bit_length()
        constant = into_range(one.offset, one.size, width)
        choices = {
            "bits": PRICE * len(one.bits),
            "packs": 2 * packs + PRICE * (len(one.bits) + _saved(heights)),
            "number": luts_about(_cut(heights, width), constant) + PRICE * width,
        }
        best = min(choices, key=choices.get)
        if best == "number" and len(one.bits) > 2:
            offset = one.offset + constant
            bits = self._add(below(one.bits, width), constant, width)
            return one._replace(bits=bits, offset=offset % (1 << width))
        if best == "packs" and packs:
            return one._replace(bits=self._packed(one.bits, len(heights)))
        return one

    def _packed(self, bits: tuple[Bit, ...], columns: int) -> tuple[Bit, ...]:
        """Counters of six or seven bits of a column, as long as there are so many."""
        out = []
        for column in range(columns):
            some = [bit for bit in bits if bit.column == column]
            while len(some) >= 6:
                taken = tuple(bit._replace(column=0) for bit in some[:7])
                out += [bit._replace(column=bit.column + column) for bit in self._add(taken, 0, 3)]
                some = some[7:]
            out += some
        return tuple(out)

    def _start(self, row: int, offset: int) -> tuple[int, int]:
        """What to add to bits whose sum is offset too large, and the width of the result."""
        target = self._targets[row]
        if self._width:
            return -offset, self._width
        return -offset - target, 1 + max(target - 1, self._cols - target).bit_length()

    def _row(self, row: int, classes: list[_Class]) -> None:
        bits = tuple(bit for one in classes for bit in one.bits)
        constant, width = self._start(row, sum(one.offset for one in classes))
        self.rows[row] = _sum(bits, constant, width)

    def _pair(self, members: list[int], classes: list[_Class]) -> None:
        """Two rows: the sum and the difference of what is equal and what is opposite in them."""
        found = {one.pattern: one for one in classes}
        empty = _Class(0, (), 0, 0)
        same, other = found.get(0, empty), found.get(2, empty)
        ways = [self._direct, self._numbers] if same.bits and other.bits else [self._direct]
        made = [way(members, same, other) for way in ways]
        best = min(range(len(ways)), key=lambda k: made[k][0])
        _, sums, rows = made[best]
        self.sums += sums
        self._wires += sum(one.width for one in sums)
        self.rows.update(zip(members, rows))

    def _direct(self, members, same: _Class, other: _Class):
        rows = []
        for row, second in zip(members, (other, other.negated())):
            constant, width = self._start(row, same.offset + second.offset)
            rows.append(_sum(same.bits + second.bits, constant, width))
        return sum(self._cost(row) for row in rows), [], rows

    def _numbers(self, members, same: _Class, other: _Class):
        """As two numbers a and b, with constants such that a + b and a - b are the rows."""
        starts = [self._start(members[0], same.offset + other.offset),
                  self._start(members[1], same.offset - other.size - other.offset)]  # fmt: skip
        width = max(width for _, width in starts)
        # a + b + carry is of one row, a + ~b + carry = a - b - 1 + carry of the other. The first
        # row wants a + b to be its bits + u, the second bits - bits + v.
        (u, first), (v, second) = starts
        best = None
        for carry in (0, 1):
            for back in (0, 1):
                total, rest = u - carry, v + 1 - back
                if (total + rest) % 2:
                    continue
                for half in (0, 1 << width - 1):
                    a = ((total + rest) // 2 + half) % (1 << width)
                    b = ((total - rest) // 2 + half) % (1 << width)
                    sums = [_sum(same.bits, a, width), _sum(other.bits, b, width)]
                    cost = sum(luts_about(one.heights, one.constant) for one in sums)
                    if best is None or cost < best[0]:
                        best = cost, sums, (carry, back)
        cost, sums, carries = best
        left = [Bit(self._wires + k, k) for k in range(width)]
        right = [Bit(self._wires + width + k, k) for k in range(width)]
        rows = []
        for carry, size, invert in zip(carries, (first, second), (False, True)):
            bits = left + [bit.negated() if invert else bit for bit in right]
            rows.append(Sum(below(tuple(bits), size), carry, size))
        return cost + sum(self._cost(row) for row in rows), sums, rows

    def _cost(self, row: Sum) -> float:
        if not self._width and max(row.heights) <= 2 and row.constant in (0, 1):
            return (row.width + 2) // 2
        return luts_about(row.heights, row.constant)


def _sum(bits: tuple[Bit, ...], constant: int, width: int) -> Sum:
    return Sum(below(bits, width), constant % (1 << width), width)


def _heights(bits: Sequence[Bit]) -> tuple[int, ...]:
    heights = [0] * (1 + max(bit.column for bit in bits))
    for bit in bits:
        heights[bit.column] += 1
    return tuple(heights)


def _cut(heights: tuple[int, ...], width: int) -> tuple[int, ...]:
    return (heights + (0,) * width)[:width]


def _saved(heights: tuple[int, ...]) -> int:
    """Minus the bits that counters of seven save."""
    return -sum(4 * (n // 7) + 3 * (n % 7 == 6) for n in heights)


def _restricted(classes: Sequence[_Class], low: int, count: int) -> list[_Class]:
    """The classes as a part of the rows sees them."""
    mask = (1 << count) - 1
    out = []
    for one in classes:
        pattern = one.pattern >> low & mask
        if pattern & 1:
            one, pattern = one.negated(), pattern ^ mask
        out.append(one._replace(pattern=pattern))
    return out


def _merged(classes: Sequence[_Class]) -> list[_Class]:
    """Classes of equal pattern as one, in the order of patterns."""
    groups = defaultdict(list)
    for one in classes:
        groups[one.pattern].append(one)
    return [
        _Class(pattern, tuple(bit for one in some for bit in one.bits),
               sum(one.size for one in some), sum(one.offset for one in some))
        for pattern, some in sorted(groups.items())
    ]  # fmt: skip

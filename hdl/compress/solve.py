"""Schedules of compressor trees by integer programming, with HiGHS.

The variables are how often each block stands at each level in each column; what is left of the
pairs and bits there must suffice, and at the end no column may hold more than the last adder takes.
The number of bits only changes magnitudes, so heaps of a thousand bits are no larger problems.
"""

from collections import defaultdict
from collections.abc import Iterable

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from hdl.compress.blocks import BLOCKS, LUT_ONLY
from hdl.compress.heap import Heap

__all__ = ["FINAL", "FINAL_BITS", "LEVELS_PER_STAGE", "solve"]

LEVELS_PER_STAGE = 2
"""LUTs in a row between registers; the last may be followed by a carry chain."""

FINAL = ("none", "P2", "6lo", "6hi", "4lo", "4hi", "top")
"""What stands in a column of the last adder: nothing (one bit at most), a position that adds two
bits, the two positions of an atom that counts six bits, or four and one; or the chain's carry."""

FINAL_BITS = {"none": 1, "P2": 2, "6lo": 6, "6hi": 0, "4lo": 4, "4hi": 1, "top": 0, "T3": 3}
"""How many bits that takes, without the chain's carry in. T3, of ternary heaps only, adds three and
the majority of the three below; up to the top all are then T3, the lowest of which takes a fourth
in place of the majority."""
CARRY_COST, BIT_COST, PAIR_COST = 0.01, 0.003, 0.002
"""Of a CARRY4, a bit and an unread pair in front of a register, in LUTs: for equal LUTs."""


class _Program:
    """A linear program that grows: variables by key, rows of terms between bounds."""

    def __init__(self) -> None:
        self.index: dict[tuple, int] = {}
        self.cost, self.low, self.high, self.whole = [], [], [], []
        self.rows, self.between = [], []

    def var(self, *key, cost=0.0, low=0, high=np.inf, whole=True) -> None:
        self.index[key] = len(self.index)
        for values, value in zip((self.cost, self.low, self.high, self.whole),
                                 (cost, low, high, whole)):  # fmt: skip
            values.append(value)

    def row(self, terms: Iterable[tuple[tuple, float]], low: float, high: float) -> None:
        found = defaultdict(float)
        for key, factor in terms:
            if key in self.index:
                found[self.index[key]] += factor
        self.rows.append(found)
        self.between.append((low, high))

    def solve(self, gap: float, nodes: int) -> dict[tuple, int] | None:
        places = [(r, c, v) for r, row in enumerate(self.rows) for c, v in row.items()]
        r, c, v = zip(*places)
        matrix = coo_array((v, (r, c)), shape=(len(self.rows), len(self.index))).tocsr()
        low, high = zip(*self.between)
        found = milp(
            np.array(self.cost),
            constraints=LinearConstraint(matrix, low, high),
            bounds=Bounds(self.low, self.high),
            integrality=np.array(self.whole, int),
            options={"mip_rel_gap": gap, "node_limit": nodes},
        )
        if found.x is None:
            return None
        return {key: round(found.x[place]) for key, place in self.index.items()}


def solve(heap: Heap, levels: int, *, gap: float = 0.01, nodes: int = 300):
    """A schedule of so many levels, or None where none was found among so many nodes.

    The search ends by its nodes and never by the clock: the same heap has the same schedule however
    busy the machine is.

    Returns
    -------
    (levels, final)
        Of each level (block, column, count); of each column one of FINAL, () for two rows.
    """
    width = heap.columns
    names = tuple(BLOCKS) if heap.fabric == "xilinx" else LUT_ONLY
    program = _Program()
    for level in range(levels):
        last = level % LEVELS_PER_STAGE == LEVELS_PER_STAGE - 1
        for column in range(width):
            for name in names:
                block = BLOCKS[name]
                if (block.chain and not last) or column + block.columns > width:
                    continue
                cost = block.luts + CARRY_COST * block.carry4
                program.var("n", name, level, column, cost=cost)
            kept = (BIT_COST, PAIR_COST) if level and not level % LEVELS_PER_STAGE else (0, 0)
            program.var("bits", level, column, cost=kept[0], whole=False)
            program.var("pairs", level, column, cost=kept[1], whole=False)
    for column in range(width):
        program.var("bits", levels, column, cost=BIT_COST, whole=False)
        program.var("pairs", levels, column, high=0, whole=False)
    for level in range(levels):
        for column in range(width):
            _balance(program, heap, names, level, column)
    for column in range(width):
        arrived = _arrived(heap, 0, column)
        program.row([(("bits", 0, column), 1)], arrived, arrived)
        count = heap.pairs[column] if column < len(heap.pairs) else 0
        program.row([(("pairs", 0, column), 1)], count, count)
    (_two_rows if heap.rows == 2 else _last_adder)(program, heap, levels)
    found = program.solve(gap, nodes)
    return None if found is None else _schedule(found, heap, levels)


def _arrived(heap: Heap, level: int, column: int) -> int:
    """Bits that arrive at a level: those of a stage at its first; of later ones than any, never."""
    stage, within = divmod(level, LEVELS_PER_STAGE)
    if within or stage >= len(heap.bits) or column >= len(heap.bits[stage]):
        return 0
    return heap.bits[stage][column]


def _balance(program: _Program, heap: Heap, names, level: int, column: int) -> None:
    """What is left after a level, and that blocks take no more than there is."""
    made, taken, pairs = [], [], []
    for name in names:
        block = BLOCKS[name]
        for found, counts in ((made, block.out), (taken, block.bits), (pairs, block.pairs)):
            found += [(("n", name, level, column - k), n) for k, n in enumerate(counts) if n]
    left = [(key, -n) for key, n in taken]
    now, after = ("bits", level, column), ("bits", level + 1, column)
    program.row([(now, 1), *left], 0, np.inf)
    arrived = _arrived(heap, level + 1, column)
    program.row([(after, 1), (now, -1), *taken, *((key, -n) for key, n in made)],
                arrived, arrived)  # fmt: skip
    now, after = ("pairs", level, column), ("pairs", level + 1, column)
    program.row([(after, 1), (now, -1), *pairs], 0, 0)


def _two_rows(program: _Program, heap: Heap, levels: int) -> None:
    for column in range(heap.columns):
        program.row([(("bits", levels, column), 1)], 0, 2)


def _last_adder(program: _Program, heap: Heap, levels: int) -> None:
    """One chain of positions, from the first column with more than a bit; it takes a carry in."""
    width = heap.columns
    atoms = heap.fabric == "xilinx"
    for column in range(width):
        for kind in FINAL:
            usable = atoms or kind in ("none", "P2", "top")
            if kind.endswith("lo") and column + 1 == width:
                usable = False  # nothing is above: a P2 does
            top = kind == "top" and (column + 1 < width or column == 0)
            if top or (kind.endswith("hi") and column == 0):
                usable = False
            cost = 0 if kind in ("none", "top") else 1
            program.var("final", kind, column, cost=cost, high=int(usable))
        program.var("carry in", column, high=int(atoms))
    for column in range(width):
        program.row([(("final", kind, column), 1) for kind in FINAL], 1, 1)
        for atom in "64":
            low, high = ("final", f"{atom}lo", column), ("final", f"{atom}hi", column + 1)
            program.row([(low, 1), (high, -1)], 0, 0)
        here, before = ("final", "none", column), ("final", "none", column - 1)
        if column:
            program.row([(before, 1), (here, -1)], 0, 1)
            program.row([(("carry in", column), 1), (here, 1), (before, -1)], -np.inf, 0)
            program.row([(("final", "top", column), 1), (before, 1)], -np.inf, 1)
        else:
            program.row([(("carry in", column), 1), (here, 1)], -np.inf, 1)
        room = [(("final", kind, column), -n) for kind, n in FINAL_BITS.items()]
        room.append((("carry in", column), -1))
        program.row([(("bits", levels, column), 1), *room], -np.inf, 0)


def _schedule(found: dict[tuple, int], heap: Heap, levels: int):
    blocks = tuple(
        tuple(
            (name, column, found["n", name, level, column])
            for name in BLOCKS
            for column in range(heap.columns)
            if found.get(("n", name, level, column))
        )
        for level in range(levels)
    )
    if heap.rows == 2:
        return blocks, ()
    final = tuple(
        next(kind for kind in FINAL if found["final", kind, column])
        for column in range(heap.columns)
    )
    return blocks, final

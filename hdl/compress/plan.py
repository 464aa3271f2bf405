"""Plans of compressor trees: which blocks at which level, and what that takes."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache, cached_property
from itertools import pairwise
from pathlib import Path

from hdl.compress.beam import beam
from hdl.compress.blocks import BLOCKS
from hdl.compress.counters import counters
from hdl.compress.heap import Heap
from hdl.compress.solve import FINAL_BITS, LEVELS_PER_STAGE, solve

__all__ = ["SCHEDULES", "Plan", "known", "levels_of", "plan"]

SCHEDULES = Path(__file__).with_name("schedules.json")
"""Schedules of common heaps, by ``python -m tests.synth.schedules``."""


WIDTH = 16
"""States that the search keeps."""

MOST_PAIRS = 320
"""Of a heap that HiGHS solves, within half a minute; a search compresses a larger one."""

GAP = 0.02
"""From the optimum to the solution that HiGHS stops at."""


@dataclass(frozen=True)
class Plan:
    """How a heap is compressed.

    levels : of each level (block, column, count), two levels a stage, a register after each stage.
    final : of each column what the last adder has there, see ``solve.FINAL``; none for two rows.

    Raises
    ------
    ValueError
        If a block takes what is not there, or stands where no circuit can have it; if more is left
        than the end takes, or the end is no adder.
    """

    heap: Heap
    levels: tuple[tuple[tuple[str, int, int], ...], ...]
    final: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if len(self.levels) % LEVELS_PER_STAGE:
            raise ValueError(f"Plan must have whole stages, not {len(self.levels)} levels")
        for level, (bits, pairs) in enumerate(self.walk):
            if min((*bits, *pairs)) < 0:
                raise ValueError(f"Plan takes more in level {level} than there is")
        self._refuse_blocks()
        self._refuse_end()

    def _refuse_blocks(self) -> None:
        """Counters that leave no time or place for their chain."""
        for level, blocks in enumerate(self.levels):
            for name, column, _ in blocks:
                if column + BLOCKS[name].columns > self.heap.columns:
                    raise ValueError(f"Plan takes more in level {level} than there is")
                if not BLOCKS[name].chain:
                    continue
                if self.heap.fabric != "xilinx":
                    raise ValueError(f"Plan of LUTs alone must have no counters, but has {name}")
                if level % LEVELS_PER_STAGE < LEVELS_PER_STAGE - 1:
                    raise ValueError(f"Plan must have a register after {name} in level {level}")

    def _refuse_end(self) -> None:
        final = "".join(f"{kind} " for kind in self.final)
        parts = "(P2|6lo 6hi|4lo 4hi) " if self.heap.fabric == "xilinx" else "P2 "
        columns = self.heap.columns if self.heap.rows == 1 else 0
        threes = f"|({parts})*(T3 )+" if self.heap.ternary else ""
        adder = re.fullmatch(f"(none )*(({parts})+(top )?{threes})?", final)
        if len(self.final) != columns or not adder:
            raise ValueError(f"Plan must end in an adder of {columns} columns, not {self.final}")
        bits, pairs = self.walk[-1]
        if any(pairs) or len(self.heap.bits) > 1 + self.stages:
            raise ValueError("Plan leaves some of the heap unread")
        room = self._room()
        if any(count > most for count, most in zip(bits, room)):
            raise ValueError(f"Plan leaves {bits} bits where {room} end")

    def _room(self) -> list[int]:
        """How many bits the end takes of each column."""
        if self.heap.rows == 2:
            return [2] * self.heap.columns
        room = [FINAL_BITS[kind] for kind in self.final]
        if self.adds and self.heap.fabric == "xilinx":
            room[self.first] += 1  # the carry in
        if "T3" in self.final:
            room[self.final.index("T3")] += 1
        return room

    @cached_property
    def walk(self) -> tuple[tuple[tuple[int, ...], tuple[int, ...]], ...]:
        """Bits and pairs left at each level while its blocks take theirs, and at the end.

        What a level's blocks give is there from the next on; a negative number tells an error. The
        end takes what arrives after the last stage, too.
        """
        bits, pairs = [0] * self.heap.columns, [0] * self.heap.columns
        pairs[: len(self.heap.pairs)] = self.heap.pairs
        seen, given = [], [0] * self.heap.columns
        for level, blocks in enumerate(self.levels):
            bits = [a + b + c for a, b, c in zip(bits, given, self.arriving(level))]
            given = [0] * self.heap.columns
            for name, column, count in blocks:
                block = BLOCKS[name]
                _add(bits, block.bits, column, -count)
                _add(pairs, block.pairs, column, -count)
                _add(given, block.out, column, count)
            seen.append((tuple(bits), tuple(pairs)))
        late = self.arriving(len(self.levels))
        bits = [a + b + c for a, b, c in zip(bits, given, late)]
        return (*seen, (tuple(bits), tuple(pairs)))

    def arriving(self, level: int) -> list[int]:
        """Bits that arrive before a level."""
        stage, within = divmod(level, LEVELS_PER_STAGE)
        found = self.heap.bits[stage] if not within and stage < len(self.heap.bits) else ()
        return list(found) + [0] * (self.heap.columns - len(found))

    @property
    def stages(self) -> int:
        """Registers before the end."""
        return len(self.levels) // LEVELS_PER_STAGE

    @property
    def first(self) -> int:
        """The lowest column of the last adder."""
        return next(c for c, kind in enumerate(self.final) if kind != "none")

    @property
    def adds(self) -> bool:
        """Whether there is a last adder, with a register behind."""
        return any(kind != "none" for kind in self.final)

    @property
    def latency(self) -> int:
        """Enabled cycles from stage 0 to the result."""
        return self.stages + self.adds

    @cached_property
    def pair_stages(self) -> tuple[tuple[int, ...], ...]:
        """Of each column, how many pairs are read in stage 0, 1, …: in order, the first first."""
        found = []
        for column, total in enumerate(self.heap.pairs):
            left = [total, *(pairs[column] for _, pairs in self.walk[1:-1:LEVELS_PER_STAGE])]
            found.append(tuple(a - b for a, b in pairwise(left)))
        return tuple(found)

    @cached_property
    def luts(self) -> int:
        """LUTs of blocks and of the last adder."""
        return sum(BLOCKS[name].luts * count for name, _, count in self._blocks()) + sum(
            kind not in ("none", "top") for kind in self.final
        )

    @cached_property
    def carry4(self) -> int:
        """CARRY4s."""
        last = sum(kind not in ("none", "top") for kind in self.final)
        return -(-last // 4) + sum(BLOCKS[b].carry4 * n for b, _, n in self._blocks())

    @cached_property
    def ff(self) -> int:
        """Flip-flops: of the bits between stages, and of the result behind the last adder."""
        found = self.heap.columns if self.adds else 0
        for level in range(LEVELS_PER_STAGE - 1, len(self.levels), LEVELS_PER_STAGE):
            found += sum(self.walk[level][0])
            found += sum(sum(BLOCKS[name].out[: self.heap.columns - column]) * count
                         for name, column, count in self.levels[level])  # fmt: skip
        return found

    def _blocks(self) -> Iterator[tuple[str, int, int]]:
        return (block for level in self.levels for block in level)


def _add(counts: list[int], some: tuple[int, ...], column: int, times: int) -> None:
    """Add to the columns from one upwards; what is beyond the last is a multiple of 2^width."""
    for k, n in enumerate(some):
        if column + k < len(counts):
            counts[column + k] += n * times


@cache
def plan(heap: Heap) -> Plan:
    """The plan of a heap: out of the data, or found within half a minute.

    Small heaps of pairs are solved by HiGHS: a search takes a tenth more LUTs there, but hardly
    more for plain bits, of which an unrolled layer has hundreds of heaps. Where these may end in
    three rows, counters of seven bits come first and a search last.
    """
    if heap.fabric == "portable":  # behavioural adders go by the plan of LUTs
        found = plan(replace(heap, fabric="lut"))
        return replace(found, heap=heap)
    if heap in known():
        return Plan(heap, *known()[heap])
    if heap.ternary:
        return Plan(heap, *counters(heap))
    least = levels_of(heap)
    for levels in (least, least + LEVELS_PER_STAGE) if 0 < sum(heap.pairs) <= MOST_PAIRS else ():
        found = solve(heap, levels, gap=GAP)
        if found is not None:
            return Plan(heap, *found)
    return Plan(heap, *beam(heap, width=WIDTH))


def levels_of(heap: Heap) -> int:
    """Levels that compress a heap well: so few that hardly a LUT is saved by more.

    A pair weighs as much as a bit and a half. Found by solving heaps of one column.
    """
    counts = (tuple(1.5 * n for n in heap.pairs), *heap.bits)
    high = max(sum(column[c] for column in counts if c < len(column))
               for c in range(heap.columns))  # fmt: skip
    if high <= 2 and not any(heap.pairs) and heap.rows == 2:
        least = 0
    else:
        least = next((n for n, most in ((2, 6), (4, 24), (6, 60), (8, 220), (10, 800))
                      if high <= most), 12)  # fmt: skip
    return max(least, LEVELS_PER_STAGE * len(heap.bits) if len(heap.bits) > 1 else 0)


@cache
def known() -> dict[Heap, tuple]:
    """The schedules in the data, levels and last adder of each heap."""
    found = {}
    for one in json.loads(SCHEDULES.read_text()) if SCHEDULES.exists() else ():
        heap = Heap(tuple(one["pairs"]), tuple(map(tuple, one["bits"])), one.get("width", 0),
                    one["rows"], one["fabric"])  # fmt: skip
        levels = tuple(tuple((b, c, n) for b, c, n in level) for level in one["levels"])
        found[heap] = levels, tuple(one["final"])
    return found

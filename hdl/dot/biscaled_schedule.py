"""In which cycle each bit of blocks with lists is needed."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from hdl.dot.selection import Selection
from hdl.dot.stages import cycles, places

__all__ = ["Schedule"]


@dataclass(frozen=True)
class Schedule:
    """The cycles of ``lanes`` blocks, whose words are the numbers' and, of weights, a list's.

    number_stages, entry_stages : how many numbers, and list entries, rows take in cycle 0, 1, ….
    x_word, w_word : bits of a number's word.
    h : bits of an entry above its position.
    """

    lanes: int
    block: int
    limit: int
    number_stages: tuple[int, ...]
    entry_stages: tuple[int, ...]
    x_word: int
    w_word: int
    h: int

    @cached_property
    def numbers(self) -> tuple[int, ...]:
        """The cycle in which each number is multiplied."""
        return cycles(self.number_stages)

    def selection(self, lane: int) -> Selection:
        """Of a number of a block by a position."""
        return Selection(self._of_block(lane), self.x_word)

    def _of_block(self, lane: int) -> tuple[int, ...]:
        return self.numbers[lane * self.block : (lane + 1) * self.block]

    @cached_property
    def entries(self) -> tuple[int, ...]:
        """The cycle in which each entry is multiplied: one after the other, when all are ready."""
        stages = cycles(self.entry_stages)
        ready = [self.selection(entry // self.limit).ready for entry in range(len(stages))]
        start = max(time - stage for time, stage in zip(ready, stages))
        return tuple(start + stage for stage in stages)

    @cached_property
    def x(self) -> tuple[int, ...]:
        """The cycle of each bit of x."""
        return tuple(_times(self.numbers, self.x_word))

    @cached_property
    def w(self) -> tuple[int, ...]:
        """The cycle of each bit of w: of a position's that in which the first LUT selects by it."""
        found = []
        for lane in range(self.lanes):
            found += _times(self._of_block(lane), self.w_word)
            for entry in range(lane * self.limit, (lane + 1) * self.limit):
                found += self.selection(lane).position_times
                found += [self.entries[entry]] * self.h
        return tuple(found)

    def places(self, times: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
        """Of cycle 0, 1, … the places of bits with these times."""
        return places(times, 1 + max(*self.x, *self.w))


def _times(times: Iterable[int], width: int) -> list[int]:
    return [time for time in times for _ in range(width)]

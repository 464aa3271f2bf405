"""In which cycle each pass of a systolic engine starts."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

__all__ = ["Clock", "Pace", "Supply", "Timeline"]


class Pace(Protocol):
    """What the circuit says of its time, in cycles; Engine.Config is one.

    ``interval``: least from the start of a pass to the next one's. ``drain``: from the cycle after
    a pass's last vector to the earliest start of one that waits for what it wrote.
    """

    interval: int
    drain: int

    def move(self, transfers: tuple) -> int:
        """From when these may start to when a pass behind them may."""

    def supply(self) -> "Supply | None":
        """Who brings the weights, from the first pass on; None where all are on chip."""


class Supply(Protocol):
    """When weights are there."""

    def start(self, opened: int) -> int:
        """The earliest start of the next pass, the one before having started in cycle opened."""


@dataclass(frozen=True, kw_only=True)
class Timeline:
    """In which cycle each pass of a batch starts, the first one's in cycle 0.

    ``vectors``: of each pass. ``fills``: cycles that each pass waited for its weights. ``drains``:
    those that it then waited for what is written, ``transfers``: and for weights and
    activations that had not come from the external memory, or gone there. ``period``: from a
    batch's start to the next one's, where loading and unloading are no slower.
    """

    starts: tuple[int, ...]
    vectors: tuple[int, ...]
    drains: tuple[int, ...]
    fills: tuple[int, ...]
    transfers: tuple[int, ...]
    period: int

    @property
    def compute(self) -> int:
        """Cycles of a batch in which a vector enters the array."""
        return sum(self.vectors)

    @property
    def transfer(self) -> int:
        """Cycles of a batch in which none does, for want of what is to come."""
        return sum(self.transfers)

    @property
    def fill_drain(self) -> int:
        """The other cycles of a batch in which none does."""
        return self.period - self.compute - self.transfer


class Clock:
    """Lets passes start, batch after batch.

    Pass p starts max(vectors, pace.interval) cycles after pass p - 1, where it waits not before
    pace.drain cycles after the last vector of pass p - wait, and when its weights are there.

    Parameters
    ----------
    vectors, waits : of each pass of a batch, see :class:`hdl.engine.program.Pass`
    pace : the circuit's
    moves : cycles of the transfers before each pass, from when all before it have written

    Members
    -------
    starts, fills, drains, transfers : lists, of each pass so far as in :class:`Timeline`
    """

    def __init__(self, vectors: Sequence[int], waits: Sequence[int], pace: Pace,
                 moves: Sequence[int] = ()) -> None:  # fmt: skip
        self._vectors, self._waits = vectors, waits
        self._moves = moves or [0] * len(vectors)
        self._pace, self._supply = pace, pace.supply()
        self.starts: list[int] = []
        self.fills: list[int] = []
        self.drains: list[int] = []
        self.transfers: list[int] = []

    def batch(self, earliest: int) -> None:
        """Start the passes of one more batch, the first one not before cycle earliest."""
        vectors, count = self._vectors, len(self._vectors)
        for number, wait in enumerate(self._waits):
            p, before = len(self.starts), 0 if not self.starts else self.starts[-1]
            sent = before + vectors[(p - 1) % count] if p else 0
            loaded = max(sent, before + self._pace.interval)
            done = loaded
            if wait and p >= wait:
                q = p - wait
                done = max(done, self.starts[q] + vectors[q % count] + self._pace.drain)
            moved = 0
            if self._moves[number]:
                if p:
                    done = max(done, sent + self._pace.drain)
                moved = done + self._moves[number]
            start = max(done, 0 if number else earliest)
            there = max(start, moved)
            if self._supply is not None:
                there = max(there, self._supply.start(before))
            self.starts.append(there)
            self.fills.append(loaded - sent)
            self.drains.append(done - loaded)
            self.transfers.append(there - start)

    def timeline(self) -> Timeline:
        """Of a batch from which on all are alike, or the eighth, where none waits for its input."""
        count, periods = len(self._vectors), []
        while len(periods) < 2 or (periods[-1] != periods[-2] and len(periods) < 8):
            self.batch(0)
            if len(self.starts) > count:
                periods.append(self.starts[-count] - self.starts[-2 * count])
        mine, begin = slice(-2 * count, -count), self.starts[-2 * count]
        return Timeline(
            starts=tuple(start - begin for start in self.starts[mine]),
            vectors=tuple(self._vectors), fills=tuple(self.fills[mine]),
            drains=tuple(self.drains[mine]), transfers=tuple(self.transfers[mine]),
            period=periods[-1],
        )  # fmt: skip

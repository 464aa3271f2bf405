"""In which cycle each batch is loaded, run and unloaded."""

from dataclasses import dataclass

import numpy as np

from hdl.engine.config import Config
from hdl.engine.load import departs

__all__ = ["Batch", "Schedule"]


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Of one batch: when its passes start, when its last input is taken and when outputs leave."""

    starts: tuple[int, ...]
    loaded: int
    outputs: np.ndarray


class Schedule:
    """The cycles of batches, inputs being offered without a gap and outputs taken at once.

    Cycle 0 is the first without reset: with external weights the time until inputs are offered
    matters, as these are read from then on.

    Parameters
    ----------
    config : of the engine
    batches : how many
    offered : the cycle from which on inputs are offered

    Members
    -------
    batches : the :class:`Batch` of each
    """

    def __init__(self, config: Config, batches: int, offered: int = 0) -> None:
        self._config, self._offered_at = config, offered
        self._words = config.load_unit.depart(2).reshape(2, -1)
        self._loaded: list[int] = []
        self._freed: list[int] = []
        self._offered: list[int] = []
        self._taken: list[int] = []
        self._reads: list[int] = []
        self._done: list[int] = []
        clock = config.program.clock(config)
        self.batches = []
        count = len(config.program.passes)
        for number in range(batches):
            self._load(number)
            room = self._done[number - 2] + 1 if number > 1 else 0
            clock.batch(max(self._loaded[-1] + 1, room))
            end = clock.starts[-1] + config.program.vectors[-1] - 1
            self._freed.append(end + config.address)
            outputs = self._unload(end + config.address + config.written + 1)
            mine = tuple(clock.starts[-count:])
            self.batches.append(Batch(starts=mine, loaded=self._loaded[-1], outputs=outputs))

    def _load(self, number: int) -> None:
        """When a batch's last word is written: shifted as a whole where it must wait."""
        first, second = self._words
        start = int(first[0]) + self._offered_at
        if number:
            start = self._loaded[-1] + int(second[0] - first[-1])
        if number > 1:
            start = max(start, self._freed[number - 2] + 1)
        self._loaded.append(start + int(first[-1] - first[0]))

    def _unload(self, there: int) -> np.ndarray:
        """When the transfers of a batch leave.

        A word is offered the cycle after it is read; behind one that is not taken at once, one
        more is read.
        """
        unit = self._config.unload_unit
        begin = max(there, self._reads[-1] + 1) if self._reads else there
        self._offered += [begin + 1 + k for k in range(unit.words)]
        taken, left = departs(unit.converters, np.array(self._offered))
        for k in range(len(self._reads), len(self._offered)):
            read = max(begin, self._reads[-1] + 1) if self._reads else begin
            self._reads.append(max(read, int(taken[k - 2]) + 1) if k > 1 else read)
        self._done.append(self._reads[-1])
        return left[-unit.transfers :]

    @property
    def latency(self) -> int:
        """Cycles from the first input to the last output of the first batch."""
        return int(self.batches[0].outputs[-1]) - self._offered_at

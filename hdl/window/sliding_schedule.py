"""When a sliding window unit takes its words and emits its transfers."""

from itertools import count

import numpy as np

from hdl.window.sliding_walk import Walk

__all__ = ["Schedule"]


class Schedule:
    r"""The walk through a line buffer of some depth, a consumer always ready.

    Word n is taken at :math:`t_n = n + T_n` and transfer p issued at :math:`e_p = p + E_p`, one
    cycle before it leaves. T and E never fall: :math:`T_n = max(T_{n-1}, a_n - n, r + 1 - n)` where
    the word arrives at a_n and r is when the window ends whose words it overwrites, and
    :math:`E_p = max(E_{p-1}, t_x + 1 - p)` where p reads word x. So what counts is the end of each
    window, and of each run of new words.
    """

    def __init__(self, walk: Walk, depth: int) -> None:
        self.walk, self.depth = walk, depth
        self._slots = self._released_by(np.arange(walk.words))
        self._frames = 1 - int(self._slots.min()) // walk.windows
        self._plan = self._planned()

    def _released_by(self, word: np.ndarray) -> np.ndarray:
        """How many windows have ended, from the frame's first on, when there is room for a word."""
        oldest = self.walk.oldest[:-1]
        earlier, within = np.divmod(word - self.depth - oldest[0], self.walk.words)
        slot = np.searchsorted(oldest - oldest[0], within, side="right")
        return earlier * self.walk.windows + slot

    def _planned(self) -> list[tuple[list[tuple[int, int, int]], int | None]]:
        """Of each window: its runs of new words (slot, word, word + 1 - transfer), its release."""
        walk, oldest = self.walk, self.walk.oldest
        window, transfer, word = walk.runs
        last = word + walk.block - 1
        runs = list(zip(self._slots[last].tolist(), last.tolist(), (word + 1 - transfer).tolist()))
        bounds = np.searchsorted(window, np.arange(walk.windows + 1)).tolist()
        ends = (np.arange(walk.windows) + 1) * walk.transfers
        frees = (ends - self.depth - oldest[:-1]).tolist()
        moves = (np.diff(oldest) > 0).tolist()
        return [
            (runs[bounds[w] : bounds[w + 1]], frees[w] if moves[w] else None)
            for w in range(walk.windows)
        ]

    def _run(self, waits=None):
        """Of each frame f: E - f (words - transfers) of its windows' ends, and T of what they free.

        ``waits`` has the running maximum of a_n - n, frame by frame; None if all are there.
        """
        walk = self.walk
        before = self._frames * walk.windows
        slack = 1 if waits is None else int(waits[0][0]) + 1  # the very first word is awaited
        rooms = [0] * (before + 1)
        for frame in count():
            ends: list[int] = []
            wait = None if waits is None else waits[frame].tolist()
            for runs, free in self._plan:
                for slot, word, offset in runs:
                    taken = rooms[before + slot]
                    if wait is not None and wait[word] > taken:
                        taken = wait[word]
                    if taken + offset > slack:
                        slack = taken + offset
                ends.append(slack)
                rooms.append(rooms[-1] if free is None else max(rooms[-1], slack + free))
            yield np.array(ends), np.array(rooms[-walk.windows :])
            slack += walk.windows * walk.transfers - walk.words
            del rooms[: walk.windows]

    def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cycle in which each word is taken and each transfer leaves."""
        walk = self.walk
        frames, transfers = len(arrivals) // walk.words, walk.windows * walk.transfers
        words = np.arange(len(arrivals))
        waits = np.maximum.accumulate(arrivals - words).reshape(frames, walk.words)
        rooms = [np.zeros(self._frames * walk.windows + 1, np.int64)]
        rooms += [left for _, (_, left) in zip(range(frames), self._run(waits))]
        slots = self._slots + walk.windows * (self._frames + np.arange(frames)[:, None])
        taken = np.maximum(waits, np.concatenate(rooms)[slots])

        _, start, first = walk.runs
        at = (start[:, None] + np.arange(walk.block)).ravel()
        word = (first[:, None] + np.arange(walk.block)).ravel()
        slack = np.zeros((frames, transfers), np.int64)
        behind = np.arange(frames)[:, None] * (walk.words - transfers)
        slack[:, at] = taken[:, word] + (word + 1 - at) + behind
        slack[0, 0] = taken[0, 0] + 1
        issued = np.maximum.accumulate(slack.ravel()) + np.arange(slack.size)
        return taken.ravel() + words, issued + 1

    def interval(self) -> int:
        """Cycles a frame in the steady state.

        Each frame's times follow from those of some frames before by sums and maxima alone, so if
        all of these advance by at most (at least) so much, then all later do.
        """
        walk = self.walk
        least = max(0, walk.windows * walk.transfers - walk.words)
        times: list[np.ndarray] = []
        for now in self._run():
            times.append(np.concatenate(now))
            for period in range(1, len(times) - self._frames + 1):
                recent = range(len(times) - self._frames, len(times))
                steps = [times[k] - times[k - period] for k in recent]
                low, high = (int(f(steps)) for f in (np.min, np.max))
                low, high = (max(-(-rate // period), least) for rate in (low, high))
                if low == high:
                    return walk.words + high

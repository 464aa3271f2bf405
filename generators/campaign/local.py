"""Work on the cores of this machine, a process each."""

import multiprocessing
import os
import signal
import sys
from collections import Counter
from collections.abc import Hashable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from typing import Any

from generators.campaign.work import MOST_DEATHS, Task, Work, attempt, died

__all__ = ["completed", "cores"]


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def completed(work: Work, tasks: Mapping[Hashable, Task], workers: int | None = None,
              ) -> Iterator[tuple[Hashable, Any]]:  # fmt: skip
    """Key and result, or ``Failed``, of each task, each once and as they come.

    A process that dies (killed, or out of memory) takes all of the pool with it. What had not ended
    is begun again: each task that was under way by itself, until a process died with it
    ``MOST_DEATHS`` times.
    """
    left, deaths = dict(tasks), Counter[Hashable]()
    while left:
        suspects = [key for key in left if deaths[key]]
        some = {key: left[key] for key in suspects[:1] or left}
        with _Pool(work, some, min(workers or cores(), len(some))) as pool:
            for key, result in pool.results():
                del left[key]
                yield key, result
        deaths.update(pool.lost)
        for key in pool.lost:
            if deaths[key] >= MOST_DEATHS:
                del left[key]
                yield key, died()


class _Pool:
    """A pool of processes until it ends, or breaks: then ``lost`` are the tasks under way."""

    def __init__(self, work: Work, tasks: Mapping[Hashable, Task], workers: int) -> None:
        self.lost: list[Hashable] = []
        # Processes that are forked from one with threads may hang.
        context = multiprocessing.get_context("spawn")
        self._pool = ProcessPoolExecutor(workers, context, initializer=_prepare)
        self._work, self._tasks, self._workers = work, iter(tasks.items()), workers
        self._given: dict[Future, Hashable] = {}

    def __enter__(self) -> "_Pool":
        return self

    def __exit__(self, *_) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)

    def results(self) -> Iterator[tuple[Hashable, Any]]:
        """Key and result as they come; it ends where the pool breaks."""
        try:
            self._give()
            while self._given:
                for future in wait(self._given, return_when=FIRST_COMPLETED).done:
                    result = future.result()
                    yield self._given.pop(future), result
                self._give()
        except BrokenProcessPool:
            self.lost = list(self._given.values())

    def _give(self) -> None:
        """One task to each process: what waits behind it might be blamed for what it does."""
        for key, task in islice(self._tasks, self._workers - len(self._given)):
            self._given[self._pool.submit(attempt, self._work, *task)] = key


def _prepare() -> None:
    """An interrupt ends a process in silence, and removes what it was writing."""
    signal.signal(signal.SIGINT, lambda *_: sys.exit(130))

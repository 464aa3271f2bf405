"""Work on the workers of a Dask cluster."""

from collections import Counter, deque
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

from generators.campaign.work import MOST_DEATHS, Failed, Task, Work, attempt, died
from generators.network.error import ModelError

__all__ = ["completed"]

SECONDS = 15
"""That a scheduler, and then a first worker, is waited for."""


def completed(work: Work, tasks: Mapping[Hashable, Task], scheduler: str,
              seconds: float = SECONDS) -> Iterator[tuple[Hashable, Any]]:  # fmt: skip
    """Key and result, or ``Failed``, of each task, each once and as they come.

    Dask gives a task to another worker if its worker dies, also if the result was not fetched yet.
    It gives up a task after some deaths of workers to which it was given, also those that never
    began it: so few are given at once, and one that was given up is given again, until that
    happened ``MOST_DEATHS`` times.

    Raises
    ------
    ModelError
        If the scheduler cannot be reached, has no workers, or is lost; if there is no Dask.
    """
    try:
        import distributed
    except ImportError:
        raise ModelError(scheduler, "Scheduler needs Dask: pip install bitloom[cluster]") from None
    with _connected(distributed, scheduler, seconds) as client:
        yield from _Run(distributed, client, scheduler, work, tasks).results()


def _connected(distributed, scheduler: str, seconds: float):
    """A client of a scheduler that has workers."""
    start = f"start one with dask scheduler, and workers with dask worker {scheduler}"
    try:
        client = distributed.Client(scheduler, timeout=seconds, set_as_default=False)
    except (OSError, ValueError, TypeError):  # a timeout is an OSError; the others: no address
        raise ModelError(scheduler, f"Scheduler cannot be reached; {start}") from None
    try:
        client.wait_for_workers(1, timeout=seconds)
    except TimeoutError:
        client.close()
        what = f"Scheduler has no workers; start some with dask worker {scheduler}"
        raise ModelError(scheduler, what) from None
    return client


class _Run:
    """The tasks of a run: those that wait for their turn, and those that were given."""

    def __init__(self, distributed, client, scheduler: str, work: Work,
                 tasks: Mapping[Hashable, Task]) -> None:  # fmt: skip
        self._distributed, self._client, self._scheduler = distributed, client, scheduler
        self._work, self._tasks = work, tasks
        self._left, self._deaths = deque(tasks), Counter[Hashable]()
        self._given: dict[str, tuple[Hashable, Any]] = {}  # the futures are kept, or Dask forgets

    def results(self) -> Iterator[tuple[Hashable, Any]]:
        """Key and result as they come."""
        try:
            yield from self._results()
        except (OSError, self._distributed.CancelledError):
            what = "Scheduler was lost; what had ended is kept, and the same command goes on there"
            raise ModelError(self._scheduler, what) from None

    def _results(self) -> Iterator[tuple[Hashable, Any]]:
        ended = self._distributed.as_completed([], loop=self._client.loop, raise_errors=False)
        self._give(ended)
        while self._given:
            future = next(ended)
            key, _ = self._given.pop(future.key)
            result = self._result(key, future)
            if result is not None:
                yield key, result[0]
            self._give(ended)

    def _result(self, key: Hashable, future) -> tuple[Any] | None:
        """The result of what has ended; None where it is to be given again."""
        try:
            return (future.result(),)
        except self._distributed.KilledWorker:
            self._deaths[key] += 1
            if self._deaths[key] >= MOST_DEATHS:
                return (died(),)
            self._left.appendleft(key)
            return None
        except (OSError, self._distributed.CancelledError):
            raise
        except Exception as error:  # of Dask: what the work raises is a result
            return (Failed(str(error) or type(error).__name__),)

    def _give(self, ended) -> None:
        """Give tasks until each thread of a worker has one, and one waits behind it."""
        threads = sum(self._client.nthreads().values())
        while self._left and len(self._given) < max(2, 2 * threads):
            key = self._left.popleft()
            future = self._client.submit(attempt, self._work, *self._tasks[key], pure=False)
            self._given[future.key] = key, future
            ended.add(future)

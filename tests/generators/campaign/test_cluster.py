"""Work on a Dask cluster of two processes, of which one is killed; and clusters that are none."""

import os
import re
import signal
import socket
import sys
import warnings
from functools import partial
from types import SimpleNamespace

import pytest
from distributed import CancelledError, KilledWorker, LocalCluster

from generators.campaign import cluster
from generators.campaign.work import Failed
from generators.network.error import ModelError
from tests.generators.campaign.stand_in import QUIET, begun, patient, refused

pytestmark = pytest.mark.filterwarnings("ignore::ResourceWarning")


@pytest.fixture(scope="module")
def scheduler():
    """The address of a cluster of two workers."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with LocalCluster(n_workers=2, threads_per_worker=1, processes=True, **QUIET) as made:
            yield made.scheduler_address


def test_a_killed_worker_loses_nothing_and_nothing_counts_twice(scheduler, tmp_path):
    """Killed when it has done something, while it does something else."""
    given = {number: (str(tmp_path), number) for number in range(16)}
    found, killed = [], None
    for key, (result, process) in cluster.completed(patient, given, scheduler):
        found.append((key, result))
        if len(found) == 4:
            killed = process
            os.kill(killed, signal.SIGKILL)
    assert killed is not None
    assert sorted(found) == [(number, number * number) for number in range(16)]
    assert set(begun(tmp_path)) == set(range(16))


def test_what_raises_is_told_and_the_others_go_on(scheduler, tmp_path):
    given = {number: (str(tmp_path), number) for number in (1, 2, 3, 4)}
    found = dict(cluster.completed(refused, given, scheduler))
    assert found == {1: 1, 2: 4, 3: Failed("'three'"), 4: 16}
    assert begun(tmp_path) == [1, 2, 4]


def _refusal(scheduler: str, what: str) -> str:
    return f"^{re.escape(f'{scheduler}: {what}')}$"


def test_a_scheduler_that_is_none():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    what = (f"Scheduler cannot be reached; start one with dask scheduler, and workers with "
            f"dask worker {address}")  # fmt: skip
    with pytest.raises(ModelError, match=_refusal(address, what)):
        next(cluster.completed(patient, {}, address, seconds=1))


def test_a_cluster_without_workers():
    with LocalCluster(n_workers=0, processes=False, protocol="tcp", **QUIET) as made:
        address = made.scheduler_address
        what = f"Scheduler has no workers; start some with dask worker {address}"
        with pytest.raises(ModelError, match=_refusal(address, what)):
            next(cluster.completed(patient, {}, address, seconds=1))


class Ended(list):
    """Futures that have ended: ``as_completed`` of the stub."""

    add = list.append

    def __next__(self):
        return self.pop(0)


class Stub:
    """A client whose futures end in what is prepared for a task, one after the other."""

    loop = None

    def __init__(self, **ends) -> None:
        self.ends, self.given = ends, []

    def nthreads(self) -> dict[str, int]:
        return {"worker": 1}

    def submit(self, attempt, work, name, *, pure):
        self.given.append(name)
        end = self.ends[name].pop(0)
        return SimpleNamespace(key=f"{name}{len(self.given)}", result=partial(_end, end))


def _end(end):
    if isinstance(end, Exception):
        raise end
    return end


def stubbed(client: Stub):
    """The results of a run on a stub."""
    dask = SimpleNamespace(as_completed=lambda *_, **__: Ended(), KilledWorker=KilledWorker,
                           CancelledError=CancelledError)  # fmt: skip
    tasks = {name: (name,) for name in client.ends}
    return cluster._Run(dask, client, "tcp://x:1", None, tasks).results()


def killed() -> KilledWorker:
    return KilledWorker("task", "worker", 3)


def test_what_dask_gives_up_is_given_again():
    client = Stub(a=[killed(), killed(), 1], b=[killed(), killed(), killed()], c=[3])
    died = Failed("3 workers died with it; is there memory enough?")
    assert dict(stubbed(client)) == {"a": 1, "b": died, "c": 3}
    assert sorted(client.given) == list("aaabbbc")


def test_what_fails_on_the_way_is_told():
    assert dict(stubbed(Stub(a=[TypeError("no such function")], b=[2]))) == {
        "a": Failed("no such function"), "b": 2}  # fmt: skip


@pytest.mark.parametrize("error", [CancelledError(), OSError("closed")])
def test_a_scheduler_that_is_lost(error):
    what = "Scheduler was lost; what had ended is kept, and the same command goes on there"
    run = stubbed(Stub(a=[1], b=[error]))
    assert next(run) == ("a", 1)
    with pytest.raises(ModelError, match=_refusal("tcp://x:1", what)):
        next(run)


def test_without_dask(monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    what = "Scheduler needs Dask: pip install bitloom[cluster]"
    with pytest.raises(ModelError, match=_refusal("tcp://x:1", what)):
        next(cluster.completed(patient, {}, "tcp://x:1"))

"""Syntheses of many circuits: equal ones once, those that are kept not at all."""

import re
from itertools import islice

import pytest
from distributed import LocalCluster

from generators.campaign import syntheses
from generators.campaign.syntheses import CampaignError, Job
from generators.network.error import ModelError
from generators.synth import synthesize
from generators.synth.resources import Cost
from hdl.stream.register_slice import RegisterSlice
from tests.generators.campaign.stand_in import QUIET, begun, made


def job(name: str, lines: int) -> Job:
    return Job(name, "module" + "\n" * lines)


@pytest.fixture
def marks(monkeypatch, tmp_path):
    """An empty cache, and a folder where the stand-in leaves its marks."""
    folder = tmp_path / "marks"
    folder.mkdir()
    monkeypatch.setenv("BITLOOM_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("MARKS", str(folder))
    return folder


def run(jobs, **options) -> dict[str, int]:
    found = syntheses.run(jobs, workers=1, work=made, **options)
    return {job.name: synthesis.cost.lut for job, synthesis in found}


def test_equal_circuits_are_synthesised_once(marks):
    told = []
    found = run([job("a", 3), job("b", 5), job("c", 3)], tell=lambda *count: told.append(count))
    assert found == {"a": 3, "b": 5, "c": 3}
    assert len(begun(marks)) == 2
    assert told == [(1, 2), (2, 2)]


def test_a_run_goes_on_where_it_stopped(marks):
    jobs = [job(str(lines), lines) for lines in range(1, 9)]
    first = syntheses.run(jobs, workers=1, work=made)
    some = [one.name for one, _ in islice(first, 3)]
    first.close()
    before = begun(marks)
    told = []
    assert run(jobs, tell=lambda *count: told.append(count)) == {str(n): n for n in range(1, 9)}
    assert told[-1] == (8, 8) and [done for done, _ in told] == list(range(1, 9))
    kept = sorted(len(job.text) for job in jobs if job.name in some)
    assert all(before.count(size) == begun(marks).count(size) == 1 for size in kept)
    assert run(jobs) == {str(n): n for n in range(1, 9)}
    assert len(begun(marks)) <= len(before) + 8 - len(kept)


def test_what_is_kept_is_what_measure_finds(marks, monkeypatch):
    circuit = RegisterSlice(RegisterSlice.Config(shape=2, lanes=4))
    one = Job.of("slice", circuit)
    (_, found), = syntheses.run([one], workers=1, work=made)
    monkeypatch.setattr(synthesize, "run_yosys", None)
    assert synthesize.measure(circuit) == found
    assert found.cost == Cost(lut=one.text.count("\n"))


def test_one_that_fails_is_named_behind_the_others(marks):
    jobs = [job("a", 3), Job("one", "nothing"), job("b", 4), Job("two", "nothing at all")]
    found = []
    with pytest.raises(CampaignError) as caught:
        found += (job.name for job, _ in syntheses.run(jobs, workers=1, work=made))
    why = "Yosys failed: ERROR: no module"
    what = f"synthesis: 2 circuits could not be synthesised: one, two: {why}"
    assert str(caught.value) == what
    assert caught.value.failed == {"one": why, "two": why}
    found += run(jobs[::2])
    assert sorted({*found}) == ["a", "b"] and len(begun(marks)) == 4


def test_a_worker_with_another_yosys_is_refused(monkeypatch):
    monkeypatch.setattr(syntheses.synthesize, "tool", lambda: "Yosys 0.71 (git sha1 0)")
    what = "worker: Yosys must be 0.70, as where it is kept, not 0.71"
    with pytest.raises(ModelError, match=f"^{re.escape(what)}$"):
        syntheses.synthesise("", None, "0.70")


@pytest.mark.parametrize("told", ["Yosys 0.70 (git sha1 2342a58, clang++ 20)", "0.70.0.0.post1259"])
def test_releases_are_told_by_number(monkeypatch, told):
    monkeypatch.setattr(syntheses.synthesize, "tool", lambda: told)
    assert syntheses.release() == "0.70"


def _slices() -> dict[str, RegisterSlice]:
    return {str(lanes): RegisterSlice(RegisterSlice.Config(shape=2, lanes=lanes))
            for lanes in (1, 2, 3)}  # fmt: skip


@pytest.fixture
def cluster():
    """The address of a Dask scheduler with a worker."""
    with LocalCluster(n_workers=1, threads_per_worker=1, processes=True, **QUIET) as made:
        yield made.scheduler_address


@pytest.mark.slow
@pytest.mark.parametrize("where", ["here", "there"])
def test_yosys_itself(monkeypatch, tmp_path, request, where):
    """On other processes, whose results are those of this one."""
    scheduler = request.getfixturevalue("cluster") if where == "there" else None
    monkeypatch.setenv("BITLOOM_CACHE", str(tmp_path))
    jobs = [Job.of(name, circuit) for name, circuit in _slices().items()]
    found = {job.name: found for job, found in syntheses.run(jobs, scheduler=scheduler)}
    assert found == {name: synthesize.measure(circuit) for name, circuit in _slices().items()}

"""Syntheses of many circuits, kept by digest as those of :mod:`generators.synth.synthesize`."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property

from amaranth.lib import wiring

from generators.campaign import cluster, local
from generators.campaign.work import Failed, Work
from generators.emit.verilog import to_rtlil
from generators.network.error import ModelError
from generators.synth import synthesize
from generators.synth.synthesize import Synthesis

__all__ = ["CampaignError", "Job", "run"]

Tell = Callable[[int, int], None]
"""Called with how many different circuits are there, of how many that were asked for so far."""


@dataclass(frozen=True)
class Job:
    """A circuit that is synthesised: its name, and the RTLIL of its module ``top``."""

    name: str
    text: str
    script: str | None = None

    @classmethod
    def of(cls, name: str, component: wiring.Component, script: str | None = None) -> "Job":
        """Of a component, by another script than the usual one if one is given."""
        return cls(name, to_rtlil(component), script)

    @cached_property
    def digest(self) -> str:
        """What the synthesis is kept by; that of equal circuits is one."""
        return synthesize.digest(self.text, self.script)


class CampaignError(ModelError):
    """Some circuits that could not be synthesised; all others were, and are kept."""

    def __init__(self, failed: dict[str, str]) -> None:
        self.failed = failed
        count = "1 circuit" if len(failed) == 1 else f"{len(failed)} circuits"
        told = "; ".join(f"{name}: {why}" for name, why in _together(failed))
        super().__init__("synthesis", f"{count} could not be synthesised: {told}")


def _together(failed: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Names and a reason, those of the same reason side by side."""
    for why in dict.fromkeys(failed.values()):
        yield ", ".join(name for name, other in failed.items() if other == why), why


def run(jobs: Iterable[Job], *, scheduler: str | None = None, workers: int | None = None,
        tell: Tell | None = None, work: Work | None = None,
        ) -> Iterator[tuple[Job, Synthesis]]:  # fmt: skip
    """Job and synthesis of each job: those that are kept at once, then the others as they come.

    ``jobs`` may be made one by one: of those that are kept nothing is held on to.

    On ``workers`` processes of this machine, by default one a core, or on a Dask cluster by the
    address of its scheduler (``tcp://…``). Equal circuits are synthesised once. Each synthesis is
    kept here when it comes, so that a run that was stopped goes on where it stopped. Workers need
    Bitloom and a yosys of the same release, but none of the files here.

    Parameters
    ----------
    tell : called after each different circuit
    work : what makes of RTLIL, script and release of yosys what is kept, on a worker

    Raises
    ------
    CampaignError
        At the end, if some could not be synthesised: their names, and why.
    ModelError
        If there is no yosys, or the scheduler cannot be reached or is lost.
    """
    seen, waiting = set(), {}
    for job in jobs:
        found = None if job.digest in waiting else synthesize.kept(job.digest)
        if found is None:
            waiting.setdefault(job.digest, []).append(job)
            continue
        seen.add(job.digest)
        _tell(tell, len(seen), len(seen) + len(waiting))
        yield job, found
    failed, count = {}, len(seen) + len(waiting)
    tasks = {digest: (some[0].text, some[0].script, release()) for digest, some in waiting.items()}
    for digest, made in _completed(work or synthesise, tasks, scheduler, workers):
        seen.add(digest)
        _tell(tell, len(seen), count)
        if isinstance(made, Failed):
            failed |= {job.name: made.why for job in waiting[digest]}
            continue
        synthesize.keep(digest, made)
        found = synthesize.kept(digest)
        yield from ((job, found) for job in waiting[digest])
    if failed:
        raise CampaignError(failed)


def _tell(tell: Tell | None, done: int, count: int) -> None:
    if tell is not None:
        tell(done, count)


def _completed(work: Work, tasks: dict, scheduler: str | None, workers: int | None):
    if scheduler is None:
        return local.completed(work, tasks, workers)
    return cluster.completed(work, tasks, scheduler)


def release() -> str:
    """Of yosys: another one maps the same circuit to other cells."""
    found = re.search(r"\d+\.\d+", synthesize.tool())
    return found[0] if found else synthesize.tool()


def synthesise(text: str, script: str | None, wanted: str) -> synthesize.Made:
    """The work of a worker: synthesise RTLIL by a yosys of a release."""
    if release() != wanted:
        raise ModelError("worker", f"Yosys must be {wanted}, as where it is kept, not {release()}")
    return synthesize.run(text, script)

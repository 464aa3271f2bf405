"""Designs by synthesis, circuit by circuit, as ``generators.finn --synth`` counts them."""

from collections.abc import Callable, Iterator, Sequence

from amaranth.lib import wiring

from generators.campaign import syntheses
from generators.finn import loading, plan
from generators.finn.assemble import edge_slice
from generators.synth.resources import Cost
from hdl.bus.load import Chain

__all__ = ["circuits", "measured"]


def circuits(planned: plan.Plan) -> Iterator[tuple[str, wiring.Component]]:
    """What a design is made of, with names."""
    for part in planned.parts:
        yield part.name, part.build()
    for name, edge in zip(("input", "output"), planned.edges):
        yield f"{name} edge", edge_slice(edge)
    if (chain := loading.chain(planned.parts)) is not None:
        yield "load bus", Chain(chain)


def measured(plans: Sequence[plan.Plan], tell: Callable[[str], None], *,
             scheduler: str | None = None, workers: int | None = None) -> list[Cost]:  # fmt: skip
    """The resources of each design; a circuit that several have is synthesised once.

    Parameters
    ----------
    tell : is told what is under way
    scheduler : address of a Dask cluster, or None for this machine's cores
    workers : processes on this machine; None for as many as cores

    Raises
    ------
    CampaignError
        If circuits cannot be synthesised.
    ModelError
        If there is no yosys, or no such cluster.
    """
    jobs, made = {}, []
    for number, planned in enumerate(plans, 1):
        tell(f"writing the circuits of design {number} of {len(plans)}")
        mine = []
        for name, component in circuits(planned):
            job = syntheses.Job.of(f"{planned.network.name}: {name}", component)
            jobs.setdefault(job.digest, job)
            mine.append(job.digest)
        made.append(mine)
    say = lambda done, count: tell(f"synthesised {done} of {count} circuits")  # noqa: E731
    run = syntheses.run(jobs.values(), scheduler=scheduler, workers=workers, tell=say)
    costs = {job.digest: found.cost for job, found in run}
    return [sum((costs[digest] for digest in mine), Cost()) for mine in made]

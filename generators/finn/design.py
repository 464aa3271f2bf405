"""A design as a whole: its circuits, their queues, the schedule, and what all of it takes."""

from dataclasses import dataclass

import numpy as np

from generators.finn import cost, depth, loading, lower
from generators.finn.between import array
from generators.finn.cost import Cost
from generators.finn.part import Choice, Part
from generators.finn.space import Space
from hdl.bus.axis import Edge

__all__ = ["Design", "choices", "design"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """Choices, the circuits between the two edges, what these do, and what they cost.

    ``cycles`` is what circuits that are not folded may take for a frame, ``more`` what queues take
    beyond what any schedule needs (4,), see :func:`generators.finn.between.measured`.
    """

    picks: tuple[int, ...]
    cycles: int | float
    choices: dict[str, Choice]
    edges: tuple[Edge, Edge]
    parts: list[Part]
    interval: int
    latency: int
    batch: int
    total: Cost
    more: np.ndarray


def choices(space: Space, picks: tuple[int, ...]) -> dict[str, Choice]:
    """The choice of each layer."""
    return {table.name: table.candidates[pick].choice
            for table, pick in zip(space.tables, picks)}  # fmt: skip


def design(space: Space, picks: tuple[int, ...], cycles: int | float) -> Design:
    """The design of these candidates, what is not folded taking at most so many cycles."""
    chosen = choices(space, picks)
    i_edge, parts, o_edge = lower.parts(space.network, chosen, cycles=int(cycles))
    batch = lower.batch(space.network, chosen)
    scheduled = depth.schedule(i_edge, parts, o_edge, batch)
    around = cost.edges(i_edge, o_edge) + loading.cost(parts)
    total = sum((cost.part(part) for part in scheduled.parts), around)
    least = space.evaluate(np.array([picks], int), cycles)[0]
    return Design(
        picks=picks,
        cycles=cycles,
        choices=chosen,
        edges=(i_edge, o_edge),
        parts=scheduled.parts,
        interval=scheduled.interval,
        latency=scheduled.latency,
        batch=batch,
        total=total,
        more=array(total) - least,
    )

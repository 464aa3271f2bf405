"""A design as a whole: its circuits, their queues, the schedule, and what all of it takes."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from generators.finn import cost, depth, loading, lower
from generators.finn.between import array
from generators.finn.cost import Cost
from generators.finn.part import Choice, Part, owners, queued
from generators.finn.space import Space
from hdl.bus.axis import Edge

__all__ = ["Circuits", "Design", "choices", "design"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Design:
    """Choices, the circuits between the two edges, what these do, and what they cost.

    ``cycles`` is what circuits that are not folded may take for a frame, ``more`` what queues take
    beyond what any schedule needs (4,), see :func:`generators.finn.between.measured`. ``sure`` says
    that no other storages of its queues are better, see :func:`generators.finn.queues.best`.
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
    sure: bool = True


def choices(space: Space, picks: tuple[int, ...]) -> dict[str, Choice]:
    """The choice of each layer."""
    return {table.name: table.candidates[pick].choice
            for table, pick in zip(space.tables, picks)}  # fmt: skip


class Circuits:
    """The circuits of some candidates, for which queues are planned.

    Parameters
    ----------
    picks, cycles : as of :func:`design`
    """

    def __init__(self, space: Space, picks: tuple[int, ...], cycles: int | float) -> None:
        self._picks, self._cycles = picks, cycles
        self._choices = choices(space, picks)
        found = lower.parts(space.network, self._choices, cycles=int(cycles))
        self._i_edge, self.parts, self._o_edge = found
        self._batch = lower.batch(space.network, self._choices)
        self._around = cost.edges(self._i_edge, self._o_edge) + loading.cost(self.parts)
        self._least = space.evaluate(np.array([picks], int), cycles)[0]

    def design(self, fifos: Mapping[str, str]) -> Design:
        """With the queues of some layers in these storages, of others as their candidates say.

        Its choices say so of layers that have queues in memories.
        """
        chosen = {name: replace(choice, fifo=fifos.get(name, choice.fifo))
                  for name, choice in self._choices.items()}  # fmt: skip
        parts = queued(self.parts, chosen)
        scheduled = depth.schedule(self._i_edge, parts, self._o_edge, self._batch)
        own = owners(scheduled.parts, chosen)
        there = {own[part.name][0] for part in scheduled.parts
                 if part.kind == "fifo" and part.config.depth > 2}  # fmt: skip
        chosen = {name: choice if name in there else self._choices[name]
                  for name, choice in chosen.items()}  # fmt: skip
        total = sum((cost.part(part) for part in scheduled.parts), self._around)
        return Design(
            picks=self._picks,
            cycles=self._cycles,
            choices=chosen,
            edges=(self._i_edge, self._o_edge),
            parts=scheduled.parts,
            interval=scheduled.interval,
            latency=scheduled.latency,
            batch=self._batch,
            total=total,
            more=array(total) - self._least,
        )


def design(space: Space, picks: tuple[int, ...], cycles: int | float) -> Design:
    """The design of these candidates, what is not folded taking at most so many cycles."""
    return Circuits(space, picks, cycles).design({})

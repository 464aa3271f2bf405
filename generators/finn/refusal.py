"""Why a wish cannot be fulfilled, or nothing is faster: what binds, where, and what fits."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from generators.finn import cost, linear, lower, optimum, search
from generators.finn.budget import Budget
from generators.finn.cost import Cost
from generators.finn.design import Design, choices
from generators.finn.space import Space
from generators.network.error import ModelError

__all__ = ["Asked", "bound", "infeasible", "too_few"]

SLOW = 1 << 40
"""Cycles a frame that any design is faster than."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A wish (:class:`generators.finn.plan.Wish`), and what there is to fulfil it.

    ``whole`` makes a design of picks and cycles.
    """

    space: Space
    budget: Budget
    whole: Callable[[tuple[int, ...], int | float], Design]
    wish: Any


def bound(asked: Asked, cycles: int | float) -> str:
    """Why nothing takes less than so many cycles a frame."""
    space, slowest = asked.space, _slowest(asked.space)
    faster = [step for step in search.steps(space) if step < cycles]
    if faster:
        total = _nearest(asked, faster[-1])[1]
        need = asked.budget.need(total)
        return f"{faster[-1]:,} cycles a frame would take {need} (estimate)"
    if slowest is not None and slowest[0] > space.least:
        return f"{slowest[1]} takes {slowest[0]:,} cycles a frame at best"
    return f"nothing takes less than {cycles:,} cycles a frame"


def _slowest(space: Space) -> tuple[int | float, str] | None:
    """The layer that takes most cycles a frame at best, if any is folded."""
    fewest = [(table.cycles.min().item(), table.name) for table in space.tables]
    return max(fewest, key=lambda pair: pair[0], default=None)


def _nearest(asked: Asked, cycles: int | float) -> tuple[tuple[int, ...], Cost]:
    """The design nearest to the board, and what it takes; with its queues, if it fits without."""
    found = search.nearest(asked.space, cycles, asked.budget.amounts)
    cycles = asked.space.own(found.picks, cycles)
    used = asked.space.evaluate(np.array([found.picks], int), cycles)[0]
    total = Cost(*used[:2].tolist(), *(round(n) for n in used[2:]))
    if asked.budget.worst(total)[0] <= 1:
        total = asked.whole(found.picks, cycles).total
    return found.picks, total


def too_few(asked: Asked) -> ModelError:
    """The refusal of less cycles than the edges or what is not folded take."""
    wish = asked.wish
    what = f"{wish.cycles} cycles a frame are too few for {asked.space.taker}; {_best(asked)}"
    return ModelError(wish.text, what)


def infeasible(asked: Asked) -> ModelError:
    """The refusal of a wish of which no design fits."""
    wish, slowest = asked.wish, _slowest(asked.space)
    rest = _best(asked)
    if wish.cycles is not None and slowest is not None and slowest[0] > wish.cycles:
        what = f"{wish.cycles} cycles a frame are too few for {slowest[1]}"
        return ModelError(wish.text, f"{what}, which takes {slowest[0]} as folded; {rest}")
    cycles = SLOW if wish.cycles is None else wish.cycles
    picks, total = _nearest(asked, cycles)
    _, name = asked.budget.worst(total)
    chosen = choices(asked.space, picks)
    layers: dict[str, Cost] = {}
    cycles = int(asked.space.own(picks, cycles))
    for part in lower.parts(asked.space.network, chosen, cycles=cycles)[1]:
        layers[part.layer] = layers.get(part.layer, Cost()) + cost.part(part)
    most = max(layers, key=lambda layer: getattr(layers[layer], name))
    at = f"most of it at {most}"
    if most in chosen:
        choice = chosen[most]
        at += f" (pe={choice.pe}, simd={choice.simd}, {choice.storage})"
    need = asked.budget.need(total)
    what = f"Network must fit the board, but needs {need} (estimate), {at}"
    return ModelError(wish.text, f"{what}; {rest}")


def _best(asked: Asked) -> str:
    """What a user may wish for instead."""
    space, wish = asked.space, asked.wish
    best = None
    if wish.cycles is not None:
        found = optimum.fastest(space, asked.budget.amounts, asked.whole)
        best = found.design
    if best is None and not space.tables:
        return "fewer frames a second take less"
    if best is None:
        folded = wish.folds or any(layer.fold for layer in linear.linear_layers(space.network))
        return f"nothing fits {asked.budget.board.name}" + (" as folded" if folded else "")
    rate = wish.clock_mhz * 1e6 / best.cycles
    return f"the most that fits is {rate:,.0f} frames a second ({best.cycles} cycles a frame)"

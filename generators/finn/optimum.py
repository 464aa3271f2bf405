"""The best design as a whole: a search of tables, and queues, which only a schedule tells.

The tables count of queues what any schedule needs, so the best design of the tables is a lower
bound of all designs. Where there are few designs, the next best of the tables is looked at as a
whole, one after the other, until the bound of those left is no better than the best seen: that is
the optimum, proven. Else the queues of a design that does not fit are set aside, for what is left
is nearly always enough for other designs' queues, and how far the result may be from the bound is
said.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np

from generators.finn import search
from generators.finn.between import array
from generators.finn.design import Design
from generators.finn.select import SLACK, WEIGHTS
from generators.finn.space import Space

__all__ = ["Optimum", "either", "fastest", "fits", "quickest", "smallest", "weight"]

Whole = Callable[[tuple[int, ...], int | float], Design]

ROUNDS = 4
"""Designs whose queues are set aside, at most."""

TRIES = 64
"""Designs that are looked at as a whole where there are few."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Optimum:
    """The best design found, if any fits; ``proven`` says that none is better, or fits.

    ``gap`` is how much less than its LUTs (or cycles, where the fewest are sought) a better design
    might take, as a part of these; 0 if proven.
    """

    design: Design | None
    proven: bool
    gap: float = 0.0


def smallest(space: Space, cycles: int | float, amounts: np.ndarray, whole: Whole, *,
             alone: bool = False) -> Optimum:  # fmt: skip
    """The design of the fewest LUTs that takes at most so many cycles a frame and fits."""
    if search.few(space, cycles, alone=alone):
        return _one_by_one(space, cycles, amounts, whole, alone)
    reserve, low = np.zeros(4), None
    for _ in range(ROUNDS):
        found = search.smallest(space, cycles, amounts - reserve, alone=alone)
        if low is None:
            low = found
        if found.picks is None:
            return Optimum(design=None, proven=found.proven and not reserve.any())
        design = whole(found.picks, cycles)
        if fits(design, amounts):
            best = weight(design)
            gap = max(0.0, best - low.bound) / best
            return _told(design, low.proven and gap * best <= SLACK, gap)
        reserve = np.maximum(reserve, reserve + array(design.total) - amounts)
    return Optimum(design=None, proven=False)


def _told(design: Design, proven: bool, gap: float) -> Optimum:
    return Optimum(design=design, proven=proven, gap=0.0 if proven else gap)


def _one_by_one(space: Space, cycles, amounts: np.ndarray, whole: Whole, alone: bool) -> Optimum:
    best, seen = None, []
    while True:
        found = search.smallest(space, cycles, amounts, alone=alone, without=seen)
        if found.picks is None or (best is not None and found.bound >= weight(best) - SLACK):
            return Optimum(design=best, proven=found.proven)
        if len(seen) == TRIES:
            gap = 0.0 if best is None else (weight(best) - found.bound) / weight(best)
            return Optimum(design=best, proven=False, gap=gap)
        design = whole(found.picks, cycles)
        seen.append(found.picks)
        if fits(design, amounts) and (best is None or weight(design) < weight(best)):
            best = design


def weight(design: Design) -> float:
    """What is minimised: LUTs, and very little of the others."""
    return float(array(design.total) @ WEIGHTS)


def fits(design: Design, amounts: np.ndarray) -> bool:
    """Whether a design takes no more than there is."""
    return bool((array(design.total) <= amounts + SLACK).all())


def fastest(space: Space, least: int, amounts: np.ndarray, whole: Whole) -> Optimum:
    """The design of the fewest cycles a frame that fits, of these the one with the fewest LUTs.

    Vectors share fetches of weights only where no design of so few cycles fits else.
    """
    some, reserve, first = search.steps(space, least), np.zeros(4), None
    while some:
        found = search.fastest(space, some, amounts - reserve)
        if found is None:
            return Optimum(design=None, proven=not reserve.any())
        first = found.cycles if first is None else first
        best = either(space, found.cycles, amounts, whole)
        if best.design is not None:
            proven = first == found.cycles
            return Optimum(design=best.design, proven=proven, gap=1 - first / found.cycles)
        if best.proven and not reserve.any():  # queues alone: no design of so many cycles fits
            first = None
        some = some[some.index(found.cycles) + 1 :]
        if not search.few(space, found.cycles):
            design = whole(found.picks, found.cycles)
            reserve = np.maximum(reserve, reserve + array(design.total) - amounts)
    return Optimum(design=None, proven=first is None)


def quickest(space: Space, cycles: int | float, least: int, amounts: np.ndarray,
             whole: Whole) -> Optimum:  # fmt: skip
    """The design of the lowest latency that takes at most so many cycles a frame and fits.

    What is not folded is as fast as it can be. The latency is a schedule's, so designs are looked
    at by their bound (:func:`generators.finn.search.quickest`), the lowest first, until none left
    is bounded lower than the best seen, or so many were seen: ``gap`` is then what is between.
    """
    best, seen, low = None, [], None
    for _ in range(TRIES if search.few(space, cycles, alone=True) else ROUNDS):
        found = search.quickest(space, cycles, least, amounts, seen)
        low = found if low is None else low
        if found.picks is None or (best is not None and found.bound >= best.latency):
            return Optimum(design=best, proven=found.proven)
        design = whole(found.picks, least)
        seen.append(found.picks)
        if fits(design, amounts) and (best is None or design.latency < best.latency):
            best = design
    return Optimum(design=best, proven=False, gap=1 - low.bound / best.latency if best else 0.0)


def either(space: Space, cycles: int | float, amounts: np.ndarray, whole: Whole) -> Optimum:
    """The smallest design whose vectors share no fetches of weights, else of any.

    For then a frame's latency is longer, and a host must offer whole batches.
    """
    found = smallest(space, cycles, amounts, whole, alone=True)
    if found.design is not None or all(table.alone.all() for table in space.tables):
        return found
    other = smallest(space, cycles, amounts, whole)
    return replace(other, proven=other.proven and found.proven)

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
from functools import partial

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
    might take, as a part of these; 0 if proven. ``bound`` is a weight that none is below.
    """

    design: Design | None
    proven: bool
    gap: float = 0.0
    bound: float = np.inf


def smallest(space: Space, cycles: int | float, amounts: np.ndarray, whole: Whole,
             alone: bool = False) -> Optimum:  # fmt: skip
    """The design of the fewest LUTs that takes at most so many cycles a frame and fits.

    What is not folded follows the slowest layer, so each run of cycles in which it stays the same
    is searched alone, the slowest first: fewer cycles rarely take less. Runs whose layers alone
    take more than the best design so far are left out.
    """
    some = [step for step in search.steps(space) if step <= cycles] if space.tables else [cycles]
    best, bound, proven = None, np.inf, True
    for slow, run in reversed(search.runs(space, some)):
        most = np.inf if best is None else weight(best)
        if search.least_weight(space, run[-1], alone=alone) >= most - SLACK:
            break
        found = _in_run(space, run[-1], amounts, whole, slow, alone, most)
        bound, proven = min(bound, found.bound), proven and found.proven
        if found.design is not None and weight(found.design) < most:
            best = found.design
    return _told(best, proven, bound)


def _in_run(space: Space, cycles, amounts: np.ndarray, whole: Whole, slow, alone: bool,
            most: float = np.inf, known: search.Found | None = None) -> Optimum:  # fmt: skip
    """The smallest design of a run (:func:`generators.finn.search.runs`), if below ``most``.

    ``known`` is what the tables say of that, if that was asked before.
    """
    if search.few(space, cycles, alone=alone):
        return _one_by_one(space, cycles, amounts, whole, slow, alone, most)
    reserve, low = np.zeros(4), None
    for _ in range(ROUNDS):
        found, known = known, None
        found = found or search.smallest(space, cycles, amounts - reserve, slow=slow, alone=alone,
                                         most=most)  # fmt: skip
        low = low or found
        if found.picks is None:
            proven = found.proven and (not reserve.any() or low.bound >= most - SLACK)
            return Optimum(design=None, proven=proven, bound=low.bound)
        design = whole(found.picks, space.own(found.picks, cycles))
        if fits(design, amounts):
            return _told(design, low.proven, low.bound)
        reserve = np.maximum(reserve, reserve + array(design.total) - amounts)
    return Optimum(design=None, proven=False, bound=low.bound)


def _told(design: Design | None, proven: bool, bound: float) -> Optimum:
    """What was found, where no design weighs less than a bound."""
    if design is None:
        return Optimum(design=None, proven=proven, bound=bound)
    best = weight(design)
    gap = max(0.0, best - bound) / best if best else 0.0
    proven = proven and gap * best <= SLACK
    return Optimum(design=design, proven=proven, gap=0.0 if proven else gap, bound=bound)


def _one_by_one(space: Space, cycles, amounts: np.ndarray, whole: Whole, slow, alone: bool,
                most: float) -> Optimum:  # fmt: skip
    best, seen, sure = None, [], True
    while True:
        found = search.smallest(space, cycles, amounts, slow=slow, alone=alone, without=seen,
                                most=most)  # fmt: skip
        if found.picks is None:
            proven = found.proven and sure
            return Optimum(design=best, proven=proven, bound=min(most, found.bound))
        if len(seen) == TRIES:
            return Optimum(design=best, proven=False, bound=found.bound)
        design = whole(found.picks, space.own(found.picks, cycles))
        seen.append(found.picks)
        sure = sure and design.sure
        if fits(design, amounts) and weight(design) < most:
            best, most = design, weight(design)


def weight(design: Design) -> float:
    """What is minimised: LUTs, and very little of the others."""
    return float(array(design.total) @ WEIGHTS)


def fits(design: Design, amounts: np.ndarray) -> bool:
    """Whether a design takes no more than there is."""
    return bool((array(design.total) <= amounts + SLACK).all())


def fastest(space: Space, amounts: np.ndarray, whole: Whole) -> Optimum:
    """The design of the fewest cycles a frame that fits, of these the one with the fewest LUTs.

    Vectors share fetches of weights only where no design of so few cycles fits else.
    """
    some, reserve, first = search.steps(space), np.zeros(4), None
    while some:
        found = search.fastest(space, some, amounts - reserve)
        if found is None:
            return Optimum(design=None, proven=not reserve.any())
        first = found.cycles if first is None else first
        seek = partial(_in_run, space, found.cycles, amounts, whole, found.slow)
        best = _either(space, seek) if reserve.any() else seek(found.alone, known=found)
        if best.design is not None:
            proven = first == found.cycles
            return replace(best, proven=proven, gap=1 - first / found.cycles)
        if best.proven and not reserve.any():  # queues alone: no design of so many cycles fits
            first = None
        some = some[some.index(found.cycles) + 1 :]
        if not search.few(space, found.cycles):
            design = whole(found.picks, space.own(found.picks, found.cycles))
            reserve = np.maximum(reserve, reserve + array(design.total) - amounts)
    return Optimum(design=None, proven=first is None)


def quickest(space: Space, cycles: int | float, amounts: np.ndarray, whole: Whole) -> Optimum:
    """The design of the lowest latency that takes at most so many cycles a frame and fits.

    The latency is a schedule's, so designs are looked at by their bound
    (:func:`generators.finn.search.quickest`), the lowest first, until none left is bounded lower
    than the best seen, or so many were seen: ``gap`` is then what is between. A frame takes no less
    time than its slowest layer, so runs of cycles are looked at from the fastest that fits.
    """
    some = [step for step in search.steps(space) if step <= cycles]
    some = some[search.possible(space, some, amounts, alone=True) :] if some else some
    best, bound, proven = None, np.inf, True
    for slow, run in search.runs(space, some):
        if best is not None and slow >= best.latency:
            break
        best, low, sure = _quickest_in_run(space, run[-1], amounts, whole, slow, best)
        bound, proven = min(bound, low), proven and sure
    gap = 0.0 if proven or best is None else max(0.0, 1 - bound / best.latency)
    return Optimum(design=best, proven=proven, gap=gap)


def _quickest_in_run(space: Space, cycles, amounts: np.ndarray, whole: Whole, slow,
                     best: Design | None) -> tuple[Design | None, float, bool]:  # fmt: skip
    """The best so far or a better one of a run, the run's lowest bound, and whether it is proven.

    Designs that were looked at are out of the bound.
    """
    seen, sure = [], True
    for _ in range(TRIES if search.few(space, cycles, alone=True) else ROUNDS):
        found = search.quickest(space, cycles, amounts, slow=slow, without=seen)
        if found.picks is None or (best is not None and found.bound >= best.latency):
            proven = found.proven and sure
            return best, np.inf if proven else found.bound, proven
        design = whole(found.picks, space.own(found.picks, cycles))
        seen.append(found.picks)
        sure = sure and design.sure
        if fits(design, amounts) and (best is None or design.latency < best.latency):
            best = design
    return best, found.bound, False


def either(space: Space, cycles: int | float, amounts: np.ndarray, whole: Whole) -> Optimum:
    """The smallest design whose vectors share no fetches of weights, else of any.

    For then a frame's latency is longer, and a host must offer whole batches.
    """
    return _either(space, partial(smallest, space, cycles, amounts, whole))


def _either(space: Space, seek: Callable[[bool], Optimum]) -> Optimum:
    found = seek(True)
    if found.design is not None or all(table.alone.all() for table in space.tables):
        return found
    other = seek(False)
    return replace(other, proven=other.proven and found.proven)

"""Which folds: the fewest LUTs within so many cycles, or the fewest cycles within a board."""

from dataclasses import dataclass, replace
from math import floor, prod

import numpy as np

from generators.finn.between import contexts
from generators.finn.prune import undominated
from generators.finn.select import SLACK, WEIGHTS, Program, Selected
from generators.finn.space import Space

__all__ = ["Found", "fastest", "least_weight", "nearest", "possible", "quickest", "runs",
           "smallest", "steps"]  # fmt: skip

FEW = 5000
"""Designs so few that all of them are kept, where some are not wanted."""


@dataclass(frozen=True, kw_only=True)
class Found:
    """A candidate of each layer by its number, none if nothing fits, within ``cycles`` a frame.

    ``bound`` is the least weight (:data:`generators.finn.select.WEIGHTS`) that any such design has,
    ``proven`` whether the solver proved that, or that nothing fits; ``slow`` as of :func:`runs`,
    ``alone`` whether no fetches are shared where layers can do without.
    """

    cycles: int | float
    picks: tuple[int, ...] | None
    bound: float
    proven: bool
    slow: int | float = 0
    alone: bool = False


def masks(space: Space, cycles: int | float, *, alone: bool = False) -> list[np.ndarray]:
    """Which candidates take at most so many cycles, ``alone`` without sharing weight fetches."""
    found = [table.cycles <= cycles for table in space.tables]
    return [mask & table.alone for mask, table in zip(found, space.tables)] if alone else found


def few(space: Space, cycles: int | float, *, alone: bool = False) -> bool:
    """Whether so few designs take at most so many cycles that each may be looked at."""
    return prod(int(mask.sum()) for mask in masks(space, cycles, alone=alone)) <= FEW


def least_weight(space: Space, cycles: int | float, *, alone: bool = False) -> float:
    """What the layers alone take at least in so many cycles, whatever stands between them.

    Of unrolled layers that no solution had yet it is an estimate.
    """
    found = zip(space.tables, masks(space, cycles, alone=alone))
    return sum((table.used[mask] @ WEIGHTS).min(initial=np.inf) for table, mask in found)


def smallest(space: Space, cycles: int | float, amounts: np.ndarray, *, slow: int | float = 0,
             alone: bool = False, without=(), most: float = np.inf) -> Found:  # fmt: skip
    """The design of the fewest LUTs, then of little else, that takes at most so many cycles.

    What a design takes is that of its very circuits, but of queues only what they take whatever
    the schedule is. Estimates stand for line buffers and unrolled layers that no solution had yet;
    they are replaced, and the program solved again, until a solution has none.

    Parameters
    ----------
    amounts : of resources (4,)
    slow : cycles that at least one layer must take; see :func:`runs`
    alone : whether frames may not share fetches of weights where layers can do without
    without : picks of designs that are not wanted
    most : weight that is of no interest any more, nor any larger one
    """
    found = _smallest(space, cycles, amounts, 0, alone, without, most)
    if found.picks is None or _reaches(space, found.picks, slow):
        return found
    return _smallest(space, cycles, amounts, slow, alone, without, most)


def _smallest(space: Space, cycles, amounts: np.ndarray, slow, alone: bool, without,
              most: float) -> Found:  # fmt: skip
    whole = few(space, cycles, alone=alone)
    while True:
        program = _program(space, cycles, alone, slow, few=bool(without))
        if program is None:
            return Found(cycles=cycles, picks=None, bound=np.inf, proven=True)
        found = program.select(amounts, without, _slower(space, slow), whole=whole)
        if found.bound >= most - SLACK:
            return Found(cycles=cycles, picks=None, bound=found.bound, proven=True)
        changed = found.picks is not None and space.settle(found.picks)
        if not changed and (whole or found.picks is None):
            return Found(cycles=cycles, picks=found.picks, bound=found.bound, proven=found.proven)
        whole = whole or not changed  # fractions, which are nearly picks, settle most of it sooner


def _reaches(space: Space, picks, slow: int | float) -> bool:
    taken = (table.cycles[pick] for table, pick in zip(space.tables, picks))
    return not slow or max(taken) >= slow


def _slower(space: Space, slow: int | float) -> list[np.ndarray] | None:
    """Which candidates take at least so many cycles, if that matters."""
    return [table.cycles >= slow for table in space.tables] if slow else None


def runs(space: Space, some: list[int | float]) -> list[tuple[int | float, list[int | float]]]:
    """Ascending numbers of cycles, in runs in which the same stands between the layers.

    Beside each run the cycles that a layer must take for a design to belong to it, as what is not
    folded follows the slowest layer; 0 where no faster design is left out.
    """
    found = contexts(space.breaks, some)
    return [(run[0] if space.tables and run[0] > space.fewest else 0, run) for run in found]


def nearest(space: Space, cycles: int | float, amounts: np.ndarray) -> Found:
    """The design whose most used resource is the least part of what there is."""
    while True:
        found = _program(space, cycles)
        found = found.nearest(amounts) if found else Selected(None, np.inf, True)
        if found.picks is None or not space.settle(found.picks):
            return Found(cycles=cycles, picks=found.picks, bound=found.bound, proven=found.proven)


def quickest(space: Space, cycles: int | float, amounts: np.ndarray, *, slow: int | float = 0,
             without=()) -> Found:  # fmt: skip
    """The design whose latency is bounded lowest; ``slow`` and so on as of :func:`smallest`.

    A layer's last output comes no sooner than its own work takes, and what layers behind it then
    have left to do when their last input is there: the largest such sum is the bound.
    """
    wanted = masks(space, cycles, alone=True)
    if not all(mask.any() for mask in wanted):
        return Found(cycles=cycles, picks=None, bound=np.inf, proven=True)
    spans, rests = zip(*(times(table) for table in space.tables)) if space.tables else ((), ())
    between, both = space.between(cycles), [np.stack(pair, 1) for pair in zip(spans, rests)]
    slower = _slower(space, slow)
    if slower:
        both = [np.column_stack([pair, ~mask]) for pair, mask in zip(both, slower)]
    while True:
        left = wanted
        if not few(space, cycles, alone=True):
            left = undominated(space.tables, between, wanted, both)
        program = Program(space.tables, between, left)
        found = program.quickest(amounts, spans, rests, space.paths, without, slower)
        if found.picks is None or not space.settle(found.picks):
            return Found(cycles=cycles, picks=found.picks, bound=found.bound, proven=found.proven)


def times(table) -> tuple[np.ndarray, np.ndarray]:
    """Cycles of a frame from a layer's first input, and from its last, to its last output (n,).

    At least: pipelines' registers are not counted, whose number only a compressor tree's plan
    tells. All rows but the first group are left when a vector is there.
    """
    spans, rests = [], []
    for candidate in table.candidates:
        mvtu, found = candidate.folded.mvtu, candidate.folded.matrix
        vectors = found.vectors if found.dense else found.vectors // candidate.folded.frames
        spans.append(vectors * mvtu.interval)
        passes = getattr(mvtu, "row_groups", 1) if hasattr(mvtu, "col_groups") else 1
        rests.append((passes - 1) * getattr(mvtu, "col_groups", 1) + 1)
    return np.array(spans, float), np.array(rests, float)


def _program(space: Space, cycles: int | float, alone: bool = False, slow: int | float = 0, *,
             few: bool = False):  # fmt: skip
    """The program of so many cycles, nothing if a layer is too slow, or none slow enough.

    Dominated candidates are left out: with their neighbours they take no less in any design. They
    are kept where designs are looked at one by one.
    """
    wanted, slower = masks(space, cycles, alone=alone), _slower(space, slow)
    if not all(mask.any() for mask in wanted):
        return None
    if slower and not any((mask & some).any() for mask, some in zip(wanted, slower)):
        return None
    between = space.between(cycles)
    if few:
        return Program(space.tables, between, wanted)
    if slower:
        times = [~mask[:, None] for mask in slower]
    else:
        times, wanted = None, [mask & some for mask, some in zip(wanted, _lasting(space, cycles))]
    return Program(space.tables, between, undominated(space.tables, between, wanted, times))


def _lasting(space: Space, cycles: int | float) -> list[np.ndarray]:
    """Candidates that some best design of at most so many cycles may have, or any of fewer.

    Others are no faster than one that takes no more, wherever it stands; found once a run.
    """
    place = int(np.searchsorted(space.breaks, floor(cycles), "right"))
    if place not in space.lasting:
        most = space.breaks[place] if place < len(space.breaks) else np.inf
        wanted = [table.cycles < most for table in space.tables]
        times = [np.column_stack([table.cycles, ~table.alone]) for table in space.tables]
        space.lasting[place] = undominated(space.tables, space.between(cycles), wanted, times,
                                           lasting=True)  # fmt: skip
    return space.lasting[place]


def steps(space: Space) -> list[int | float]:
    """The cycles a frame that designs may take, ascending: those of their slowest layer."""
    fewest = space.fewest
    found = {max(fewest, cycles) for table in space.tables for cycles in table.cycles.tolist()}
    return sorted(found or {fewest})


def fastest(space: Space, some: list[int | float], amounts: np.ndarray) -> Found | None:
    """The design of the fewest of some numbers of cycles, ascending, that fits; or None.

    What is allowed to be slower has more candidates, but may not need less: what is not folded has
    other lanes then, which may divide those of its neighbours worse. So feasibility is monotonic
    only between the numbers of cycles where these lanes change, and in each such run it is
    sought, the fastest run first. In a run, what is not feasible at its most cycles is nowhere.
    """
    start = possible(space, some, amounts)
    for slow, run in runs(space, some[start:]):
        low, high, best, stride = 0, len(run), None, 1
        while low < high:  # ever larger steps up to what fits, for that is mostly near; then halves
            middle = min(low + stride - 1, len(run) - 1) if best is None else (low + high) // 2
            found = _either(space, run[middle], amounts, slow)
            if found.picks is None:
                low, stride = middle + 1, 2 * stride
            else:
                best, high = found, middle
        if best is not None:
            return replace(best, slow=slow)
    return None


def _either(space: Space, cycles, amounts: np.ndarray, slow) -> Found:
    """The smallest design without shared fetches of weights, else the smallest."""
    found = smallest(space, cycles, amounts, slow=slow, alone=True)
    if found.picks is not None or all(table.alone.all() for table in space.tables):
        return replace(found, alone=True)
    return smallest(space, cycles, amounts, slow=slow)


def possible(space: Space, some, amounts: np.ndarray, *, alone: bool = False) -> int:
    """The first of some cycles at which layers fit if nothing stood between them: a lower bound.

    Of fractions of candidates, as the linear relaxation has it; that is monotonic.
    """
    nothing = replace(space.between(some[-1]), factors=(), edges=np.zeros(4))
    low, high = 0, len(some)
    while low < high:
        middle = (low + high) // 2
        wanted = masks(space, some[middle], alone=alone)
        fits = all(mask.any() for mask in wanted)
        if fits:
            program = Program(space.tables, nothing, [_cheap(*pair) for pair in
                                                      zip(space.tables, wanted)])  # fmt: skip
            fits = program.select(amounts, whole=False).picks is not None
        low, high = (low, middle) if fits else (middle + 1, high)
    return low


def _cheap(table, mask: np.ndarray) -> np.ndarray:
    """Without candidates that another one is no dearer than, whatever its lanes are."""
    places = np.flatnonzero(mask)
    order = places[np.lexsort(table.used[places].T[::-1])]
    left, kept = np.zeros(len(mask), bool), np.empty((0, 4))
    for place in order:  # the fewest LUTs first: only earlier ones can be no dearer
        if not (kept <= table.used[place]).all(1).any():
            kept = np.vstack([kept, table.used[place]])
            left[place] = True
    return left

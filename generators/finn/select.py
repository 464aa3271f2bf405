"""The choice of one candidate a layer as an integer program, for HiGHS.

A binary variable stands for each candidate, and a flow goes from tensor to tensor: how much of it
is in each state (one, of an integer solution), and in each cell of the tables between layers. What
flows into a cell's row leaves its states, what flows into its column enters the layers' classes,
so that the linear relaxation is that of a shortest path but for the rows of the budgets.
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import coo_array

from generators.finn.between import Between
from generators.finn.space import Table

__all__ = ["SLACK", "WEIGHTS", "Program", "Selected"]

NODES = 10_000
"""Of the search tree of a solve, not seconds, so that each machine finds the same; a solution is
not proven if there would be more."""

INFEASIBLE = 2
"""What SciPy calls a program without a solution."""

WEIGHTS = np.array([1, 1e-6, 1e-5, 1e-5])
"""Of LUTs, flip-flops, block RAMs and DSP slices: of equal LUTs the fewest of the others."""

SLACK = 1e-6
"""That a solution may be off."""

SOME = 0.1
"""Of a resource of which there is none."""


@dataclass(frozen=True)
class Selected:
    """A candidate of each layer; ``bound`` is what no design's objective is below.

    ``proven`` says whether the solver proved that; without picks, that there is none.
    """

    picks: tuple[int, ...] | None
    bound: float
    proven: bool


class Program:
    """Variables and rows of the tables with some of their candidates.

    Parameters
    ----------
    tables, between : what there is
    masks : of each layer, which candidates there are (n,)
    """

    def __init__(self, tables: tuple[Table, ...], between: Between, masks) -> None:
        self._cells: list[tuple[int, int, float]] = []
        self._right: list[float] = []
        self._used: list[np.ndarray] = []
        self._picks = [(self._add(table.used[places]), places)
                       for table, places in zip(tables, map(np.flatnonzero, masks))]  # fmt: skip
        self._constant = between.edges
        self._binary = sum(len(places) for _, places in self._picks)
        folded = {table.name: (table, *pair) for table, pair in zip(tables, self._picks)}
        for first, places in self._picks:
            self._row([(first + n, 1) for n in range(len(places))], 1)
        states = {"input": self._states(1)}
        self._row([(states["input"][0], 1)], 1)
        for factor in between.factors:
            self._factor(factor, states, folded, between)

    def _add(self, used: np.ndarray) -> int:
        """Variables with these resources (n, 4); the number of the first."""
        first = sum(map(len, self._used))
        self._used.append(used)
        return first

    def _states(self, count: int) -> np.ndarray:
        return self._add(np.zeros((count, 4))) + np.arange(count)

    def _row(self, terms, right: float = 0) -> None:
        row = len(self._right)
        self._cells += [(row, variable, factor) for variable, factor in terms]
        self._right.append(right)

    def _factor(self, factor, states, folded, between: Between) -> None:
        """A layer's cells, and what flows through them."""
        sources = [states[name] for name in factor.inputs]
        shape = factor.used.shape[:-1]
        alive = np.isfinite(factor.used).all(-1)
        for axis, source in enumerate(sources):
            gone = np.setdiff1d(np.arange(shape[axis]), np.flatnonzero(source >= 0))
            alive[(slice(None),) * axis + (gone,)] = False
        if factor.name in folded:
            table, first, places = folded[factor.name]
            gone = np.setdiff1d(np.arange(shape[1]), table.enter[places])
            alive[:, gone] = False
        cells = np.argwhere(alive)
        start = self._add(factor.used[alive])
        for axis, source in enumerate(sources):
            for state in np.flatnonzero(source >= 0):
                here = np.flatnonzero(cells[:, axis] == state)
                self._row([*((start + n, 1) for n in here), (source[state], -1)])
        if factor.name in folded:
            self._enter(table, first, places, cells[:, 1], start)
            states[factor.name] = self._leave(table, first, places)
        elif factor.result is not None:
            count = len(between.states[factor.name])
            results = factor.result[alive]
            variables = np.full(count, -1)
            for state in np.unique(results):
                variables[state] = self._states(1)[0]
                here = np.flatnonzero(results == state)
                self._row([*((start + n, 1) for n in here), (variables[state], -1)])
            states[factor.name] = variables

    def _enter(self, table: Table, first: int, places, classes, start: int) -> None:
        for one in np.unique(table.enter[places]):
            mine = np.flatnonzero(table.enter[places] == one)
            here = np.flatnonzero(classes == one)
            self._row([*((start + n, 1) for n in here), *((first + n, -1) for n in mine)])

    def _leave(self, table: Table, first: int, places) -> np.ndarray:
        variables = np.full(len(table.states), -1)
        for state in np.unique(table.leave[places]):
            variables[state] = self._states(1)[0]
            mine = np.flatnonzero(table.leave[places] == state)
            self._row([*((first + n, 1) for n in mine), (variables[state], -1)])
        return variables

    def select(self, amounts: np.ndarray, without=(), slower=None, *,
               whole: bool = True) -> Selected:  # fmt: skip
        """The design of least weight within the amounts of resources (4,).

        Parameters
        ----------
        amounts : an infinite one binds nothing
        without : picks of designs that are not wanted
        slower : of each layer the candidates (n,) of which a design must have one, if any
        whole : else fractions of candidates may be picked, and only ``bound`` is of use
        """
        limit = amounts - self._constant
        some = np.isfinite(limit)
        rows = [(self._all.T[some], np.full(some.sum(), -np.inf), limit[some] + SLACK)]
        rows += self._wanted(without, slower, len(self._all))
        found = self._solve(self._all @ WEIGHTS, rows, whole)
        return replace(found, bound=found.bound + float(self._constant @ WEIGHTS))

    def nearest(self, amounts: np.ndarray) -> Selected:
        """The design whose most used resource is the least part of its amount; see ``bound``."""
        parts = np.maximum(amounts, SOME)
        used = np.vstack([self._all / parts, np.full((1, 4), -1)])  # less the part itself
        goal = np.append(np.zeros(len(self._all)), 1)
        return self._solve(goal, [(used.T, np.full(4, -np.inf), -self._constant / parts)], True)

    def quickest(self, amounts: np.ndarray, spans, rests, paths, without=(),
                 slower=None) -> Selected:  # fmt: skip
        """The design within the amounts whose latency is bounded lowest; see ``bound``.

        Parameters
        ----------
        spans : of each layer's candidates the cycles from its first input to its last output (n,)
        rests : the same from its last input, at least (n,)
        paths : of each layer, by its number, those behind it up to the output
        """
        count = len(self._all)
        times = np.zeros((len(paths), count + 1))
        times[:, count] = -1
        for row, (layer, behind) in zip(times, enumerate(paths)):
            for one, values in ((layer, spans), *((other, rests) for other in behind)):
                first, places = self._picks[one]
                row[first : first + len(places)] += values[one][places]
        rows = [(times, np.full(len(times), -np.inf), np.zeros(len(times)))]
        used = np.append(self._all.T, np.zeros((4, 1)), axis=1)
        rows.append((used, np.full(4, -np.inf), amounts - self._constant + SLACK))
        rows += self._wanted(without, slower, count + 1)
        goal = np.append(self._all @ WEIGHTS * SLACK, 1)
        return self._solve(goal, rows, whole=True)

    @property
    def _all(self) -> np.ndarray:
        """Resources of all variables."""
        return np.concatenate(self._used)

    def _solve(self, goal: np.ndarray, rows, whole: bool) -> Selected:
        """The least of a goal over all variables, with these rows besides those of the flow."""
        count = len(goal)
        place, variable, factor = map(np.array, zip(*self._cells))
        shape = len(self._right), count
        flow = coo_array((factor, (place, variable)), shape=shape).tocsr()
        constraints = [LinearConstraint(flow, self._right, self._right)]
        constraints += [LinearConstraint(*row) for row in rows if len(row[0])]
        high = np.ones(count)
        high[len(self._all) :] = np.inf
        binary = np.arange(count) < self._binary
        found = milp(goal, constraints=constraints, bounds=Bounds(0, high),
                     integrality=binary.astype(int) * whole,
                     options={"mip_rel_gap": 0.0, "node_limit": NODES})  # fmt: skip
        if found.x is None:
            return Selected(None, np.inf, found.status == INFEASIBLE)
        picks = tuple(int(places[found.x[first : first + len(places)].argmax()])
                      for first, places in self._picks)  # fmt: skip
        bound = found.fun if found.mip_dual_bound is None else found.mip_dual_bound
        return Selected(picks, float(bound), found.status == 0)

    def _wanted(self, without, slower, count: int) -> list[tuple]:
        """Rows of so many variables that leave out designs, or ask for one of some candidates."""
        cuts = np.zeros((len(without), count))
        for row, picks in zip(cuts, without):
            for (first, places), pick in zip(self._picks, picks):
                row[first + np.flatnonzero(places == pick)] = 1
        rows = [(cuts, np.full(len(cuts), -np.inf), np.full(len(cuts), len(self._picks) - 1))]
        if slower:
            some = np.zeros((1, count))
            for (first, places), mask in zip(self._picks, slower):
                some[0, first : first + len(places)] = mask[places]
            rows.append((some, np.ones(1), np.full(1, np.inf)))
        return rows

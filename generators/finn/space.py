"""Every design of a network as tables: its layers' candidates, and what stands between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from generators.emit.report import RESOURCES
from generators.finn import lower_linear, lower_mvtu
from generators.finn.between import Between, Lowering, State, array, entered, forked, measured
from generators.finn.fold import Candidate
from generators.finn.least import least
from generators.finn.linear import linear_layers
from generators.finn.part import Flow
from generators.finn.pipeline import Pipeline
from generators.network import graph

__all__ = ["RESOURCES", "Space", "Table"]

PLANNED = 256
"""Weights of the largest unrolled layer whose circuit is planned, which takes time, unasked."""


@dataclass(eq=False)
class Table:
    """The candidates of a layer.

    cycles : a frame (n,).
    used : what follows from the choice alone (n, 4): the unit, its line buffer, its codes.
    enter : the class of lanes that the candidate takes (n,); ``classes`` has one fold of each.
    leave : the state, one of ``states``, in which its results leave (n,).
    exact : whether ``used`` is the cost of the very circuits (n,): line buffers are the least ones
        at first, unrolled layers estimated without their weights, both as a search needs thousands.
    """

    name: str
    candidates: list[Candidate]
    cycles: np.ndarray
    used: np.ndarray
    enter: np.ndarray
    classes: list
    leave: np.ndarray
    states: list[State]
    exact: np.ndarray

    @cached_property
    def alone(self) -> np.ndarray:
        """Whether the candidate's vectors share no fetch of weights (n,), or all must."""
        found = np.array([candidate.choice.frames == 1 for candidate in self.candidates])
        return found if found.any() else ~found

    @cached_property
    def alike(self) -> np.ndarray:
        """Which candidates have a line buffer alone to settle, as all with the same one (n,)."""
        folds = [candidate.folded for candidate in self.candidates]
        return np.array([found.window is not None and type(found.mvtu) is lower_mvtu.MVTUConfig
                         for found in folds], bool)  # fmt: skip

    @cached_property
    def lines(self) -> np.ndarray:
        """Which candidates have the same line buffer (n,): those of the same number."""
        found: dict = {}
        windows = [candidate.folded.window for candidate in self.candidates]
        return np.array([found.setdefault(window, len(found)) for window in windows])


class Space:
    """The tables of a network.

    Parameters
    ----------
    network : streamlined
    options : the candidates of each folded layer
    """

    def __init__(self, network: graph.Network, options: dict[str, list[Candidate]]) -> None:
        self.network = network
        self.layers = {layer.name: layer for layer in linear_layers(network)}
        self.tables = tuple(_table(network, self.layers[name], candidates)
                            for name, candidates in options.items())  # fmt: skip
        folds = {table.name: (table.states, table.classes) for table in self.tables}
        self._lowering = Lowering(network, folds)
        self.lasting: dict[int, list[np.ndarray]] = {}  # of generators.finn.search

    @property
    def breaks(self) -> list[int]:
        """Cycles a frame from which on ``between`` may differ."""
        return self._lowering.breaks

    @cached_property
    def _least(self) -> tuple[int, str]:
        return least(self.network, self.tables)

    @property
    def least(self) -> int:
        """The fewest cycles a frame of what is not folded; ``taker`` says what takes them."""
        return self._least[0]

    @property
    def taker(self) -> str:
        return self._least[1]

    @cached_property
    def fewest(self) -> int | float:
        """The fewest cycles a frame of any design."""
        return max([self.least, *(table.cycles.min().item() for table in self.tables)])

    def own(self, picks: Sequence[int], cycles: int | float) -> int | float:
        """Cycles a frame that what is not folded may take beside these candidates.

        As many as the slowest of these, so that a fold says all of a design; where nothing is
        folded, as many as are wished.
        """
        taken = (table.cycles[pick].item() for table, pick in zip(self.tables, picks))
        return max([self.least, *(taken if self.tables else [cycles])])

    @cached_property
    def paths(self) -> list[list[int]]:
        """Of each table the numbers of those that its results go through to the output, one way."""
        number = {table.name: n for n, table in enumerate(self.tables)}
        found = []
        for table in self.tables:
            path, name = [], table.name
            while True:
                readers = [one.name for one in self.network.layers if name in one.inputs]
                if not readers:
                    break
                name = readers[0]
                path += [number[name]] if name in number else []
            found.append(path)
        return found

    def between(self, cycles: int | float) -> Between:
        """What stands between the layers where a frame may take so many cycles."""
        return self._lowering.between(cycles)

    def evaluate(self, picks: np.ndarray, cycles: int | float) -> np.ndarray:
        """What designs take (n, 4), each a row of ``picks`` (n, layers) with a candidate's number.

        Of queues it counts what they take whatever the schedule is: see
        :func:`generators.finn.between.measured`.
        """
        between = self.between(cycles)
        total = np.tile(between.edges, (len(picks), 1))
        place = {"input": np.zeros(len(picks), int)}
        columns = {table.name: (table, picks[:, n]) for n, table in enumerate(self.tables)}
        for factor in between.factors:
            cell = tuple(place[name] for name in factor.inputs)
            if factor.name in columns:
                table, picked = columns[factor.name]
                total += table.used[picked]
                cell += (table.enter[picked],)
                place[factor.name] = table.leave[picked]
            elif factor.result is not None:
                place[factor.name] = factor.result[cell]
            total += factor.used[cell]
        return total

    def settle(self, picks: Sequence[int]) -> bool:
        """Replace estimates of these candidates by what their circuits take.

        Returns whether that changed anything. All candidates with the same line buffer learn what
        it takes.
        """
        changed = False
        for table, pick in zip(self.tables, picks):
            if table.exact[pick]:
                continue
            table.exact[pick] = True
            found = _exactly(self.network, self.layers[table.name], table, pick)
            more = found - table.used[pick]
            if abs(more).max() > 1e-9:
                changed = True
                table.used[pick] = found
            if table.alike[pick]:
                same = (table.lines == table.lines[pick]) & ~table.exact
                table.used[same] += more
                table.exact |= same
        return changed


def _table(network: graph.Network, layer, candidates: list[Candidate]) -> Table:
    around: dict = {}
    enter, classes, leave, states, used = [], {}, [], {}, []
    representatives = []
    for candidate in candidates:
        folded = candidate.folded
        key = (lower_linear.entry(folded), folded.way.block, folded.way.word)
        if key not in classes:
            classes[key] = len(classes)
            representatives.append(folded)
        enter.append(classes[key])
        more, state = _around(network, layer, folded, around)
        leave.append(states.setdefault(state, len(states)))
        used.append(array(candidate.cost) + more)
    table = Table(
        name=layer.name,
        candidates=candidates,
        cycles=np.array([candidate.cycles for candidate in candidates]),
        used=np.array(used).reshape(-1, 4),
        enter=np.array(enter, int),
        classes=representatives,
        leave=np.array(leave, int),
        states=list(states),
        exact=np.array([_known(candidate) for candidate in candidates], bool),
    )
    for pick in np.flatnonzero(~table.exact):
        folded = candidates[pick].folded
        if folded.unrolled and layer.weights.data.size <= PLANNED:
            table.used[pick] = _exactly(network, layer, table, int(pick))
            table.exact[pick] = True
    return table


def _known(candidate: Candidate) -> bool:
    """Whether a candidate's cost is that of its very circuits."""
    folded = candidate.folded
    return folded.window is None and not folded.unrolled and not folded.serial


def _around(network, layer, folded, kept: dict) -> tuple[np.ndarray, State]:
    """What stands around a layer's unit, and the state that leaves it all."""
    window = folded.window, folded.columns
    if window not in kept:
        pipeline, state = Pipeline(network, 1, exact=False), entered(folded)
        lower_linear.shape(pipeline, layer, folded, state.flow)
        kept[window] = measured(pipeline.parts, [state])
        if window == (None, None) and folded.way.expand is not None:
            del kept[window]
            return _sum(measured(pipeline.parts, [state]), *_left(network, layer, folded, kept))
    return _sum(kept[window], *_left(network, layer, folded, kept))


def _sum(used: np.ndarray, more: np.ndarray, state: State) -> tuple[np.ndarray, State]:
    return used + more, state


def _left(network, layer, folded, kept: dict) -> tuple[np.ndarray, State]:
    """What stands behind a layer's unit."""
    found, mvtu, scatter = folded.matrix, folded.mvtu, folded.scatter
    lanes = found.rows if folded.unrolled else scatter.lanes if scatter else mvtu.o_lanes
    key = lanes, mvtu.interval, folded.frames
    if key not in kept:
        state = State(Flow("unit", mvtu.o, lanes, found.groups * found.rows, found.vectors))
        pipeline = Pipeline(network, 1, exact=False)
        flow = lower_linear.leave(pipeline, layer, folded, state.flow)
        used = measured(pipeline.parts, [state])
        flow = Flow(f" {layer.name}", flow.number, flow.lanes, flow.items, flow.vectors)
        more, state = forked(network, layer.name, State(flow))
        kept[key] = used + more, state
    return kept[key]


def _exactly(network: graph.Network, layer, table: Table, pick: int) -> np.ndarray:
    """What the very circuits of a candidate take, and the fork behind them."""
    folded = table.candidates[pick].folded
    pipeline, state = Pipeline(network, 1), entered(folded)
    flow = lower_linear.add(pipeline, layer, folded, state.flow)
    used = measured(pipeline.parts, [state])
    flow = Flow(f" {layer.name}", flow.number, flow.lanes, flow.items, flow.vectors)
    more, _ = forked(network, layer.name, State(flow))
    return used + more

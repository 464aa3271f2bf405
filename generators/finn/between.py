"""What stands between folded layers, as tables: by the lanes on both sides, and the cycles sought.

A network is cut at its tensors. What leaves a layer is one of a few states (its lanes); a layer
that is not folded makes of its inputs' states one of its own, and a folded one brings its input
into the lanes of one of its classes. Each cell of the tables is a lowering of that layer alone.
"""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product
from math import floor

import numpy as np

from generators.finn import cost, depth, lower, lower_linear
from generators.finn.lower_mvtu import Folded
from generators.finn.part import Flow, number
from generators.finn.pipeline import Pipeline, tensors_of
from generators.network import check, graph
from generators.synth.resources import Cost
from hdl.stream.fifo import FIFO

__all__ = ["Between", "Factor", "State", "array", "contexts", "entered", "forked", "measured"]

OUTPUT = "output"
"""The name of the factor behind the last layer."""

QUEUES = ((2, "auto"), (3, "lut"), (3, "bram"))
"""Depths of queues in registers, LUT RAM and block RAM, of which each takes the least."""


@dataclass(frozen=True)
class State:
    """What leaves a layer, and whether logic passes its ready on."""

    flow: Flow
    passing: bool = False


@dataclass(frozen=True, eq=False)
class Factor:
    """What a layer takes, by the states of its inputs.

    used : (states of each input …, 4), of a folded layer (states, classes, 4).
    result : of a layer that is not folded the state that leaves it, in the same order; else None.
    """

    name: str
    inputs: tuple[str, ...]
    used: np.ndarray
    result: np.ndarray | None = None


@dataclass(frozen=True, eq=False)
class Between:
    """The factors of a network in its order, what its edges take, and states by tensor."""

    factors: tuple[Factor, ...]
    edges: np.ndarray
    states: dict[str, list[State]]


def array(found: Cost) -> np.ndarray:
    """LUTs, flip-flops, block RAMs and DSP slices."""
    return np.array([found.lut, found.ff, found.bram18, found.dsp], float)


def measured(parts, states) -> np.ndarray:
    """What circuits take with the queues that they have whatever the schedule is.

    A queue counts as the least of each resource that one of any depth and storage takes, so that a
    schedule only ever adds to this.
    """
    passing = {state.flow.source: state.passing for state in states}
    flows = {state.flow.source: state.flow for state in states}
    total = np.zeros(4)
    for part in parts:
        for index in depth.cut(part, passing):
            flow = flows[part.inputs[index]]
            some = [FIFO.Config(depth=n, width=flow.number.shape, lanes=flow.lanes, style=style)
                    for n, style in QUEUES]  # fmt: skip
            queues = [depth.fifo(part, index, config, flow) for config in some]
            total += np.min([array(cost.part(queue)) for queue in queues], axis=0)
        total += array(cost.part(part))
        flows[part.name] = part.flow
    return total


def entered(folded: Folded) -> State:
    """What a folded layer takes, as if it came so."""
    lanes, items = lower_linear.entry(folded)
    form = folded.way.word or folded.x
    return State(Flow("entered", form, lanes, items, folded.matrix.vectors))


def forked(network: graph.Network, name: str, state: State) -> tuple[np.ndarray, State]:
    """What a tensor's fork takes, if it has several readers, and what these see."""
    readers = lower.readers(network, name)
    return _lowered(network, 1, name, lambda pipe, flow: pipe.fork(name, flow, readers), [state])


def _lowered(network, cycles: int, name: str, make, states) -> tuple[np.ndarray, State]:
    """What some circuits take, and the state behind them."""
    pipeline = Pipeline(network, cycles)
    flow = make(pipeline, *(state.flow for state in states))
    used = measured(pipeline.parts, states)
    same = next((state.passing for state in states if state.flow.source == flow.source), None)
    if same is not None:
        return used, State(flow, same)
    passing = {state.flow.source: state.passing for state in states}
    for part in pipeline.parts:
        depth.cut(part, passing)
    return used, State(replace(flow, source=f" {name}"), passing[flow.source])


class Lowering:
    """Factors of a network for so many cycles a frame; those of folded layers are kept.

    Parameters
    ----------
    network : streamlined
    folds : of each folded layer the states that leave it and a representative of each class
    """

    def __init__(self, network: graph.Network, folds: dict[str, tuple[list[State], list]]) -> None:
        self.network, self.folds = network, folds
        self._kept: dict[tuple, np.ndarray] = {}
        self._made: dict[int, Between] = {}

    @cached_property
    def breaks(self) -> list[int]:
        """Cycles from which on something that is not folded may have fewer lanes."""
        return _breaks(self.network)

    def between(self, cycles: int | float) -> Between:
        """The factors where a frame may take so many cycles."""
        place = int(np.searchsorted(self.breaks, floor(cycles), "right"))
        if place not in self._made:
            self._made[place] = self._between(floor(cycles))
        return self._made[place]

    def _between(self, cycles: int) -> Between:
        network, tensors = self.network, tensors_of(self.network)
        source, last = tensors["input"], check.output_layer(network).name
        i_edge = lower.edge(source.type, source.items, cycles)
        cycles = max(cycles, i_edge.beats)
        o_edge = lower.edge(tensors[last].type, tensors[last].items, cycles)
        flow = Flow("input", number(source.type), i_edge.lanes, source.items)
        used, state = forked(network, "input", State(flow))
        states, factors = {"input": [state]}, []
        for layer in network.layers:
            inputs = [states[name] for name in layer.inputs]
            if layer.name in self.folds:
                states[layer.name], _ = self.folds[layer.name]
                factors.append(self._folded(layer, inputs[0]))
            else:
                factor, states[layer.name] = self._other(layer, inputs, cycles)
                factors.append(factor)
        make = lambda pipe, flow: pipe.regroup(last, flow, o_edge.lanes, o_edge.items)  # noqa: E731
        end = [_lowered(network, cycles, OUTPUT, make, [state])[0] for state in states[last]]
        factors.append(Factor(OUTPUT, (last,), np.array(end)))
        return Between(tuple(factors), used + array(cost.edges(i_edge, o_edge)), states)

    def _folded(self, layer, inputs: list[State]) -> Factor:
        _, classes = self.folds[layer.name]
        used = np.array([[self._enter(layer, state, folded) for folded in classes]
                         for state in inputs])  # fmt: skip
        return Factor(layer.name, layer.inputs[:1], used)

    def _enter(self, layer, state: State, folded: Folded) -> np.ndarray:
        key = (layer.name, state, lower_linear.entry(folded), folded.way.block)
        if key not in self._kept:
            make = lambda pipe, flow: lower_linear.enter(pipe, layer, folded, flow)  # noqa: E731
            self._kept[key], _ = _lowered(self.network, 1, layer.name, make, [state])
        return self._kept[key]

    def _other(self, layer, inputs, cycles: int) -> tuple[Factor, list[State]]:
        found: dict[State, int] = {}
        used, result = [], []
        make = lambda pipe, *flows: lower.append(pipe, layer, *flows)  # noqa: E731
        for states in product(*inputs):
            if len(set(zip(layer.inputs, states))) > len(set(layer.inputs)):
                used.append(np.full(4, np.inf))  # one tensor in two states
                result.append(0)
                continue
            taken, state = _lowered(self.network, cycles, layer.name, make, states)
            more, state = forked(self.network, layer.name, state)
            used.append(taken + more)
            result.append(found.setdefault(state, len(found)))
        sizes = [len(states) for states in inputs]
        factor = Factor(layer.name, tuple(layer.inputs), np.array(used).reshape(*sizes, 4),
                        np.array(result).reshape(sizes))  # fmt: skip
        return factor, list(found)


def _breaks(network: graph.Network) -> list[int]:
    """Cycles at which lanes of what is not folded, or of the edges, may change; maybe some more.

    Such a circuit takes ceil(items / lanes) cycles for each vector of items.
    """
    tensors = tensors_of(network)
    found = {1}
    for tensor in (tensors["input"], tensors[check.output_layer(network).name]):
        for bits in range(lower.MIN_EDGE.bit_length(), lower.MAX_EDGE.bit_length() + 1):
            form = number(tensor.type)
            found.add(lower.Edge(number=form, items=tensor.items, width=1 << bits - 1).beats)
    for layer in network.layers:
        if isinstance(layer, graph.Dense | graph.Conv | graph.Flatten | graph.Threshold):
            continue
        shapes = [tensors[name].shape for name in (*layer.inputs, layer.name)]
        vectors = {int(np.prod(shape[:-1])) for shape in shapes}
        vectors.add(int(np.prod(getattr(layer, "kernel", 1)) * np.prod(shapes[-1][:-1])))
        items = {shape[-1] for shape in shapes}
        if isinstance(layer, graph.ArgMax):
            vectors, items = {1}, {int(np.prod(shapes[0]))}
        steps = {-(-size // lanes) for size in items for lanes in range(1, size + 1)}
        found |= {a * b for a in vectors for b in steps}
    return sorted(found)


def contexts(breaks: list[int], steps: list[int | float]) -> list[list[int | float]]:
    """Numbers of cycles, ascending, in runs between which nothing changes but what is folded."""
    places = np.searchsorted(breaks, [floor(step) for step in steps], "right")
    ends = [*np.flatnonzero(np.diff(places)).tolist(), len(steps) - 1]
    starts = [0, *(end + 1 for end in ends[:-1])]
    return [steps[a : b + 1] for a, b in zip(starts, ends)] if steps else []

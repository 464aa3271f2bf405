"""From a network and a wish to a pipeline: folds, circuits, queues, schedule, estimates."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from boards.devices import Board
from generators.finn import fold, limits, linear, loading, lower, optimum, queues, refusal
from generators.finn.budget import Budget
from generators.finn.cost import Cost
from generators.finn.design import Design, choices
from generators.finn.fold import Candidate
from generators.finn.optimum import Optimum
from generators.finn.part import Choice, Part, owners, per_frame
from generators.finn.space import Space
from generators.network import graph
from generators.network.error import ModelError
from hdl.bus.axis import Edge


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a user asks for: at most so many cycles, these folds, within these parts of a board.

    ``goal`` is what of that is best: the most frames a second, or the fewest LUTs if cycles are
    given; or the lowest latency. ``text`` is how the wish was put, for messages; ``host`` what the
    host does before the network, for the manifest (:func:`generators.passes.host_input`).
    """

    board: Board
    clock_mhz: float
    cycles: int | None = None
    goal: Literal["frames", "latency"] = "frames"
    folds: dict[str, graph.Fold] | None = None
    folds_file: str = ""
    part_of: dict[str, float] | None = None
    text: str = "--max"
    host: dict | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that is decided before anything is built; ``bound`` is why nothing is faster.

    ``interval`` is the cycles from ``batch`` frames, which come and go together, to the next.
    ``total`` is what all of it takes, estimated. ``proven`` says that no design is better as far
    as estimates tell; else one may be by ``gap``, a part of the cycles, latency or LUTs.
    """

    network: graph.Network
    choices: dict[str, Choice]
    edges: tuple[Edge, Edge]
    parts: list[Part]
    interval: int
    latency: int
    batch: int = 1
    bound: str = ""
    total: Cost = field(default_factory=Cost)
    proven: bool = False
    gap: float = 0.0

    @property
    def cycles(self) -> int | float:
        """Cycles a frame."""
        return per_frame(self.interval, self.batch)


def plan(network: graph.Network, wish: Wish) -> Plan:
    """Fold a streamlined network as wished.

    Raises
    ------
    ModelError
        If the wish cannot be fulfilled: what binds, where, and the best that fits.
    """
    network = loading.marked(network, wish.folds or {})
    limits.refuse(network)
    space, budget = Space(network, _options(network, wish)), Budget.of(wish)
    whole = _whole(space, wish, budget)
    asked = refusal.Asked(space=space, budget=budget, whole=whole, wish=wish)
    if wish.cycles is not None and wish.cycles < space.least:
        raise refusal.too_few(asked)
    found = _optimum(asked)
    if found.design is None:
        raise refusal.infeasible(asked)
    best = found.design
    _refuse_queues(best, wish, network)
    return Plan(
        network=network,
        choices=best.choices,
        edges=best.edges,
        parts=best.parts,
        interval=best.interval,
        latency=best.latency,
        batch=best.batch,
        bound=_bound(asked, best),
        total=best.total,
        proven=found.proven,
        gap=found.gap,
    )


def _optimum(asked: "refusal.Asked") -> Optimum:
    amounts, wish = asked.budget.amounts, asked.wish
    if wish.goal == "latency":
        cycles = refusal.SLOW if wish.cycles is None else wish.cycles
        return optimum.quickest(asked.space, cycles, amounts, asked.whole)
    if wish.cycles is not None:
        return optimum.either(asked.space, wish.cycles, amounts, asked.whole)
    return optimum.fastest(asked.space, amounts, asked.whole)


def _bound(asked: "refusal.Asked", best: Design) -> str:
    """Why nothing is faster, where that was asked."""
    wish = asked.wish
    free = not wish.folds and wish.cycles is None and wish.goal == "frames"
    return refusal.bound(asked, best.cycles) if free else ""


def _whole(space: Space, wish: Wish,
           budget: Budget) -> Callable[[tuple[int, ...], int | float], Design]:  # fmt: skip
    """Designs as a whole, with the best storages of queues that are free, each once."""
    free = tuple(name for name, (asked, _) in _asked(space.network, wish).items() if _free(asked))
    sought = queues.Queues(free=free, amounts=budget.amounts, quick=wish.goal == "latency")
    kept: dict[tuple, Design] = {}

    def whole(picks: tuple[int, ...], cycles: int | float) -> Design:
        if (picks, cycles) not in kept:
            _refuse_batch(space.network, choices(space, picks), wish)
            kept[picks, cycles] = queues.best(space, picks, cycles, sought)
        return kept[picks, cycles]

    return whole


def _refuse_batch(network: graph.Network, chosen: dict[str, Choice], wish: Wish) -> None:
    """Refuse dense layers' numbers of frames that divide no small one: batches are that long."""
    batch = lower.batch(network, chosen)
    if batch > fold.MAX_FRAMES:
        what = f"Frames of the dense layers must all divide a number up to {fold.MAX_FRAMES}"
        raise ModelError(wish.text, f"{what}, but the least that they divide is {batch}")


def _asked(network: graph.Network, wish: Wish) -> dict[str, tuple[graph.Fold, str]]:
    """What is asked of each folded layer, and where: in a fold file, else in the model."""
    found, folds = {}, wish.folds or {}
    for layer in linear.linear_layers(network):
        found[layer.name] = layer.fold or graph.Fold(), f"{network.name}: layer {layer.name!r}.fold"
        if layer.name in folds:
            found[layer.name] = folds[layer.name], f"{wish.folds_file}: $.{layer.name}"
    return found


def _free(asked: graph.Fold) -> bool:
    """Whether the storage of a layer's queues is chosen: lanes without it mean "auto"."""
    return asked.fifo is None and not (asked.pe or asked.simd)


def _options(network: graph.Network, wish: Wish) -> dict[str, list[Candidate]]:
    asked, found = _asked(network, wish), {}
    for layer in linear.linear_layers(network):
        every = fold.candidates(network, layer, *asked[layer.name], fold.FRAMES)
        found[layer.name] = fold.suiting(every, wish.board)
    return found


def _refuse_queues(best: Design, wish: Wish, network: graph.Network) -> None:
    """Refuse storages of queues that layers whose lanes are given do not have."""
    own = owners(best.parts, best.choices)
    there = {own[part.name][0] for part in best.parts
             if part.kind == "fifo" and part.config.depth > 2}  # fmt: skip
    for name, (asked, where) in _asked(network, wish).items():
        if asked.pe and asked.simd and asked.fifo in ("lut", "bram") and name not in there:
            what = "Fifo must be auto where no queue is longer than two transfers"
            raise ModelError(f"{where}.fifo", f"{what}, not {asked.fifo}")

"""From a network and a wish to a pipeline: folds, circuits, queues, schedule, estimates."""

from dataclasses import dataclass

from boards.devices import Board
from generators.finn import cost, depth, fold, lower, search
from generators.finn.cost import Cost
from generators.finn.lower import Choice, Part
from generators.network import check, graph
from generators.network.error import ModelError
from hdl.bus.axis import Edge


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a user asks for: at most so many cycles, these folds, within these parts of a board.

    ``text`` is how the wish was put, for messages.
    """

    board: Board
    clock_mhz: float
    cycles: int | None = None
    folds: dict[str, graph.Fold] | None = None
    folds_file: str = ""
    part_of: dict[str, float] | None = None
    text: str = "--max"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that is decided before anything is built."""

    network: graph.Network
    choices: dict[str, Choice]
    edges: tuple[Edge, Edge]
    parts: list[Part]
    interval: int
    latency: int


def plan(network: graph.Network, wish: Wish) -> Plan:
    """Fold a streamlined network as wished.

    Raises
    ------
    ModelError
        If the wish cannot be fulfilled: what binds, where, and the best that fits.
    """
    lower.chain(network)
    options = _options(network, wish)
    budget = _budget(wish)
    least = _least_cycles(network)

    def extra(choices: dict[str, Choice]) -> Cost:
        i_edge, parts, o_edge = lower.parts(network, choices)
        return _between(parts) + cost.edges(i_edge, o_edge)

    if wish.cycles is None:
        found = search.fastest(options, least, budget, extra)
    else:
        found = search.cheapest(options, wish.cycles, budget, extra)
    if found is None or not found.fits or (wish.cycles is not None and wish.cycles < least):
        raise _infeasible(options, wish, budget, found, least, extra)
    i_edge, parts, o_edge = lower.parts(network, found.choices)
    scheduled = depth.schedule(i_edge, parts, o_edge)
    return Plan(
        network=network,
        choices=found.choices,
        edges=(i_edge, o_edge),
        parts=scheduled.parts,
        interval=scheduled.interval,
        latency=scheduled.latency,
    )


def _options(network: graph.Network, wish: Wish) -> search.Options:
    folds = wish.folds or {}
    options = {}
    for layer in fold.dense_layers(network):
        asked, where = layer.fold or graph.Fold(), f"{network.name}: layer {layer.name!r}: fold"
        if layer.name in folds:
            asked, where = folds[layer.name], f"{wish.folds_file}: $.{layer.name}"
        options[layer.name] = fold.candidates(network, layer, asked, where)
    return options


def _budget(wish: Wish) -> search.Budget:
    board, part_of = wish.board, wish.part_of or {}
    parts = {name: part_of.get(name, 1.0) for name in search.RESOURCES}
    amounts = {name: int(getattr(board, name) * part) for name, part in parts.items()}
    return search.Budget(board=board, **amounts)


def _least_cycles(network: graph.Network) -> int:
    """Cycles that the widest edges take for a frame."""
    tensors = check.infer(network)
    edges = (tensors["input"], tensors[network.layers[-1].name])
    return max(lower.edge(tensor.type, tensor.items, 1).beats for tensor in edges)


def _between(parts: list[Part]) -> Cost:
    return sum((cost.part(part) for part in parts if part.kind != "mvtu"), Cost())


def _infeasible(options, wish: Wish, budget, found, least: int, extra) -> ModelError:
    """Why a wish cannot be fulfilled, and the best that can."""
    best = search.fastest(options, least, budget, extra)
    if best is None:
        rest = f"no fold fits {budget.board.name}"
    else:
        cycles = max(least, *(c.cycles for c in best.picked.values()))
        rate = wish.clock_mhz * 1e6 / cycles
        rest = f"the most that fits is {rate:,.0f} frames a second ({cycles} cycles a frame)"
    if wish.cycles is not None and wish.cycles < least:
        asked = f"{wish.cycles} cycles a frame are too few for the input and output"
        return ModelError(wish.text, f"{asked}, which take {least} at 1024 bits a cycle; {rest}")
    if found is None and wish.cycles is None:
        found = search.cheapest(options, 1 << 40, budget, extra)
    if found is None:
        slow = min(options, key=lambda n: -min(c.cycles for c in options[n]))
        fewest = min(c.cycles for c in options[slow])
        asked = f"{wish.cycles} cycles a frame are too few for {slow}"
        return ModelError(wish.text, f"{asked}, which takes {fewest} as folded; {rest}")
    _, name = budget.worst(found.total)
    most = max(found.picked, key=lambda n: getattr(found.picked[n].cost, name))
    choice = found.picked[most].choice
    need = f"{name.upper()} {getattr(found.total, name):,.0f} of {getattr(budget, name):,}"
    at = f"most of it at {most} (pe={choice.pe}, simd={choice.simd}, {choice.storage})"
    what = f"Network must fit the board, but needs {need} (estimate), {at}; {rest}"
    return ModelError(wish.text, what)

"""From a network and a wish to a pipeline: folds, circuits, queues, schedule, estimates."""

from dataclasses import astuple, dataclass, replace

from boards.devices import Board
from generators.finn import cost, depth, fold, limits, linear, loading, lower, search
from generators.finn.cost import Cost
from generators.finn.part import Choice, Part, per_frame
from generators.finn.pipeline import tensors_of
from generators.network import graph
from generators.network.error import ModelError
from hdl.bus.axis import Edge

ROUNDS = 4
"""Queues and line buffers are known when a fold is; where they do not fit, it is sought again."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a user asks for: at most so many cycles, these folds, within these parts of a board.

    ``text`` is how the wish was put, for messages; ``host`` what the host does before the network,
    for the manifest (:func:`generators.passes.host_input`).
    """

    board: Board
    clock_mhz: float
    cycles: int | None = None
    folds: dict[str, graph.Fold] | None = None
    folds_file: str = ""
    part_of: dict[str, float] | None = None
    text: str = "--max"
    host: dict | None = None


@dataclass(frozen=True, kw_only=True)
class Plan:
    """Everything that is decided before anything is built; ``bound`` is why nothing is faster.

    ``interval`` is the cycles from ``batch`` frames, which come and go together, to the next.
    """

    network: graph.Network
    choices: dict[str, Choice]
    edges: tuple[Edge, Edge]
    parts: list[Part]
    interval: int
    latency: int
    batch: int = 1
    bound: str = ""

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
    batched = _options(network, wish)
    options = {name: [c for c in all_ if c.choice.frames == 1] or all_
               for name, all_ in batched.items()}  # fmt: skip
    budget = _budget(wish)
    least, _ = _least(network, options, wish.cycles or 1)
    queues = Cost()
    for _ in range(ROUNDS):
        extra = _Extra(network, wish.cycles or 1, queues)
        found = _found(options, batched, wish, least, budget, extra)
        if found is None or not found.fits or (wish.cycles is not None and wish.cycles < least):
            break
        i_edge, parts, o_edge = extra.parts(found.choices, exact=True)
        batch = _batch(network, found.choices, wish)
        scheduled = depth.schedule(i_edge, parts, o_edge, batch)
        around = cost.edges(i_edge, o_edge) + loading.cost(parts)
        needed = sum((cost.part(part) for part in scheduled.parts), around)
        if budget.worst(needed)[0] <= 1:
            return Plan(
                network=network,
                choices=found.choices,
                edges=(i_edge, o_edge),
                parts=scheduled.parts,
                interval=scheduled.interval,
                latency=scheduled.latency,
                batch=batch,
                bound="" if wish.folds else found.bound,
            )
        missed = zip(astuple(queues), astuple(needed), astuple(found.total))
        queues = Cost(*(max(guess, guess + real - estimate) for guess, real, estimate in missed))
        found = replace(found, total=needed, fits=False)
    raise _infeasible(batched, wish, budget, found, least, extra)


def _batch(network: graph.Network, choices: dict[str, Choice], wish: Wish) -> int:
    """Frames that come and go together; refused where dense layers' numbers have no small one."""
    batch = lower.batch(network, choices)
    if batch > fold.MAX_FRAMES:
        what = f"Frames of the dense layers must all divide a number up to {fold.MAX_FRAMES}"
        raise ModelError(wish.text, f"{what}, but the least that they divide is {batch}")
    return batch


def _found(options, batched, wish: Wish, least: int, budget, extra) -> search.Found | None:
    """What is as wished; layers take several frames at once only where nothing else is.

    For then a frame's latency is longer, and a host must offer whole batches.
    """
    if wish.cycles is not None:
        found = search.cheapest(options, wish.cycles, budget, extra)
        if found is not None and found.fits:
            return found
        other = search.cheapest(batched, wish.cycles, budget, extra)
        return other if found is None or (other is not None and other.fits) else found
    found = search.fastest(batched, least, budget, extra)
    if found is None:
        return None
    cycles = max([least, *(candidate.cycles for candidate in found.picked.values())])
    plain = search.cheapest(options, cycles, budget, extra)
    return replace(plain, bound=found.bound) if plain is not None and plain.fits else found


@dataclass(frozen=True)
class _Extra:
    """What stands between the folded layers and at the edges, and a guess at its queues."""

    network: graph.Network
    unfolded: int
    queues: Cost

    def parts(self, choices: dict[str, Choice], *, exact=False) -> tuple[Edge, list[Part], Edge]:
        return lower.parts(self.network, choices, self.unfolded, exact=exact)

    def __call__(self, choices: dict[str, Choice]) -> Cost:
        i_edge, parts, o_edge = self.parts(choices)
        between = (cost.part(part) for part in parts if part.kind not in cost.FOLDED)
        return sum(between, cost.edges(i_edge, o_edge) + loading.cost(parts) + self.queues)


def _options(network: graph.Network, wish: Wish) -> search.Options:
    folds = wish.folds or {}
    options = {}
    for layer in linear.linear_layers(network):
        asked, where = layer.fold or graph.Fold(), f"{network.name}: layer {layer.name!r}.fold"
        if layer.name in folds:
            asked, where = folds[layer.name], f"{wish.folds_file}: $.{layer.name}"
        options[layer.name] = fold.candidates(network, layer, asked, where, fold.FRAMES)
    return options


def _budget(wish: Wish) -> search.Budget:
    board, part_of = wish.board, wish.part_of or {}
    parts = {name: part_of.get(name, 1.0) for name in search.RESOURCES}
    amounts = {name: int(round(board.room(name) * part, 6)) for name, part in parts.items()}
    return search.Budget(board=board, **amounts)


def _least(network: graph.Network, options: search.Options, unfolded: int) -> tuple[int, str]:
    """Cycles that the widest edges and what is not folded take for a frame, and what takes them."""
    tensors = tensors_of(network)
    edges = (tensors["input"], tensors[network.layers[-1].name])
    beats = max(lower.edge(tensor.type, tensor.items, 1).beats for tensor in edges)
    takes = [(beats, f"the input and output, which take {beats} at 1024 bits a cycle")]
    fastest = {name: min(all_, key=lambda c: c.cycles).choice for name, all_ in options.items()}
    _, parts, _ = lower.parts(network, fastest, unfolded, exact=False)
    batch = lower.batch(network, fastest)
    takes += [
        (part.interval // batch, f"{part.layer}, which takes {part.interval // batch}")
        for part in parts
        if part.layer not in options
    ]
    return max(takes, key=lambda pair: pair[0])


def _infeasible(options, wish: Wish, budget, found, least: int, extra: _Extra) -> ModelError:
    """Why a wish cannot be fulfilled, and the best that can."""
    rest = _best(options, wish, budget, least, extra)
    if wish.cycles is not None and wish.cycles < least:
        _, taker = _least(extra.network, options, wish.cycles)
        what = f"{wish.cycles} cycles a frame are too few for {taker}; {rest}"
        return ModelError(wish.text, what)
    if found is None and wish.cycles is None:
        found = search.cheapest(options, 1 << 40, budget, extra)
    if found is None:
        slow = min(options, key=lambda n: -min(c.cycles for c in options[n]))
        fewest = min(c.cycles for c in options[slow])
        asked = f"{wish.cycles} cycles a frame are too few for {slow}"
        return ModelError(wish.text, f"{asked}, which takes {fewest} as folded; {rest}")
    _, name = budget.worst(found.total)
    layers: dict[str, Cost] = {}
    for part in extra.parts(found.choices)[1]:
        layers[part.layer] = layers.get(part.layer, Cost()) + cost.part(part)
    most = max(layers, key=lambda layer: getattr(layers[layer], name))
    at = f"most of it at {most}"
    if most in found.choices:
        choice = found.choices[most]
        at += f" (pe={choice.pe}, simd={choice.simd}, {choice.storage})"
    what = f"Network must fit the board, but needs {budget.need(found.total)} (estimate), {at}"
    return ModelError(wish.text, f"{what}; {rest}")


def _best(options, wish: Wish, budget, least: int, extra: _Extra) -> str:
    """What a user may wish for instead."""
    best = search.fastest(options, least, budget, replace(extra, unfolded=1))
    if best is None and not options:
        return "fewer frames a second take less"
    if best is None:
        folded = wish.folds or any(layer.fold for layer in linear.linear_layers(extra.network))
        return f"nothing fits {budget.board.name}" + (" as folded" if folded else "")
    cycles = max([least, *(c.cycles for c in best.picked.values())])
    rate = wish.clock_mhz * 1e6 / cycles
    return f"the most that fits is {rate:,.0f} frames a second ({cycles} cycles a frame)"

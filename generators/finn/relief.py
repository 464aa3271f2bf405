"""What binds a network, and what would relieve it: the cheapest other fold that is faster."""

from dataclasses import astuple, replace

from generators import passes
from generators.emit import io
from generators.finn import coded, cost, datapath, fold, linear, lower, lower_mvtu
from generators.finn.budget import Budget
from generators.finn.fold import Candidate
from generators.finn.part import Choice, per_frame
from generators.finn.pipeline import tensors_of
from generators.network import graph
from generators.network.error import ModelError
from generators.synth.resources import Cost
from hdl.bus.axis import Edge

__all__ = ["binding", "bottleneck"]

TRIED = 4
"""Lanes of a layer, of the fewest products at once, whose candidates are looked at."""

MOST = 3
"""Layers whose changes a sentence names."""

RESOURCES = {"LUT": "lut", "FF": "ff", "BRAM18": "bram18", "DSP": "dsp"}


def binding(planned) -> list[str]:
    """What takes the network's cycles: folded layers, ``input`` or ``output``, or other layers.

    Other layers take as many lanes as the edges, or what is folded, lets come.
    """
    slow = {part.layer for part in planned.parts if part.interval == planned.interval}
    found = [layer.name for layer in planned.network.layers if layer.name in slow]
    folded = [name for name in found if name in planned.choices]
    edges = [name for name, edge in zip(("input", "output"), planned.edges)
             if edge.beats * planned.batch == planned.interval]  # fmt: skip
    return folded or edges or found


def bottleneck(planned, wish, total: Cost) -> dict:
    """The report's record: what binds, at which layers, and a sentence that says what helps.

    ``binds`` is compute, input, output, or dma: that of a board where it gives frames more slowly
    than the circuits take them. ``total`` is what all circuits take.
    """
    at, slower = binding(planned), io.binding(io.io(planned.edges), planned.cycles, "the circuits")
    if slower is not None:
        slower["sentence"] += _packed(planned, wish, io.WORD * 8)
        return slower
    if at[0] in ("input", "output"):
        edge = planned.edges[at[0] == "output"]
        text = (f"{at[0]} binds: {edge.frame_bytes:,} bytes take {edge.beats:,} cycles a frame "
                f"at {edge.width:,} bits a cycle")
        text += _packed(planned, wish, edge.width) or _wider(edge)
        return {"binds": at[0], "at": at, "cycles": edge.beats, "sentence": text}
    text = f"{_listed(at)} bind{'s' if len(at) == 1 else ''}: {planned.cycles:,} cycles a frame"
    text += _faster(planned, wish, total, at)
    return {"binds": "compute", "at": at, "cycles": planned.cycles, "sentence": text}


def _wider(edge: Edge) -> str:
    """That fewer cycles may be wished for, for which an edge gets wider; AXI has a widest."""
    if edge.width == lower.MAX_EDGE:
        return ""
    wider = replace(edge, width=2 * edge.width)
    return f"; --cycles {wider.beats} would take {wider.width:,} bits a cycle"


def _packed(planned, wish, width: int) -> str:
    """That the host may apply the first thresholds, where fewer bits of input then take less."""
    if wish.host is not None:
        return ""
    try:
        packed, _ = passes.host_input(planned.network)
    except ModelError:
        return ""
    tensors = tensors_of(packed)
    i_edge = lower.edge(tensors["input"].type, tensors["input"].items, 1)
    before, behind = planned.edges
    now = max(before.frame_bytes, behind.frame_bytes) * 8
    then = max(i_edge.frame_bytes, behind.frame_bytes) * 8
    less = -(-then // width)
    return f"; --pack-input would take {less:,}" if less < -(-now // width) else ""


def _faster(planned, wish, total: Cost, at: list[str]) -> str:
    """What other folds of all layers that are slower than that would take, and for how much.

    Half the cycles, or less of a step where half does not fit the board.
    """
    layers = {layer.name: layer for layer in linear.linear_layers(planned.network)}
    unfolded = [name for name in at if name not in layers]
    if unfolded:
        return f", the fewest of {_listed(unfolded)}, which has no fold"
    now = {name: _now(planned, layer) for name, layer in layers.items()}
    first, stuck = None, at
    for goal in (planned.cycles / 2, planned.cycles * 3 / 4, planned.cycles - 1e-4):
        slow = [name for name, one in now.items() if one.cycles > goal]
        found = {name: _cheapest(planned, wish, layers[name], now[name], goal) for name in slow}
        if None in found.values():
            stuck = [name for name, one in found.items() if one is None]
        if None in found.values() or not found:  # nothing: what they read or write binds
            continue
        text, fits = _text(planned, wish, total, now, found)
        if fits:
            return text
        first = first or text
    return first or f", the fewest that {_listed(stuck)} can take"


def _now(planned, layer: linear.Linear) -> Candidate:
    """The candidate that was chosen."""
    choice = planned.choices[layer.name]
    folded = lower_mvtu.fold(planned.network, layer.name, choice)
    return Candidate(choice, folded.cycles, cost.folded(folded))


def _cheapest(planned, wish, layer: linear.Linear, now: Candidate, goal: float):
    """The candidate of at most so many cycles that takes the least more of the board, or None."""
    best, least = None, None
    for pe, simd in _lanes(planned.network, layer, now, goal):
        every = _candidates(planned.network, layer, now.choice, pe, simd)
        for one in fold.suiting(every, wish.board):
            if one.cycles <= goal:
                more = astuple(one.cost - now.cost)
                room = (wish.board.room(name) or 1e-9 for name in RESOURCES.values())
                price = sum(max(0, part) / whole for part, whole in zip(more, room))
                if least is None or price < least:
                    best, least = one, price
    return best


def _candidates(network, layer, choice: Choice, pe: int, simd: int) -> list[Candidate]:
    """As chosen, but with these lanes; a DSP slice may do what LUTs did, or the reverse."""
    either = choice.datapath in ("mvtu", "mvtu_dsp")
    asked = graph.Fold(pe=pe, simd=simd, frames=choice.frames if choice.frames > 1 else None,
                       storage="ram" if choice.storage == "ram" else None,
                       datapath=None if either else choice.datapath)  # fmt: skip
    try:
        return fold.candidates(network, layer, asked, layer.name)
    except ModelError:
        return []


def _lanes(network, layer: linear.Linear, now: Candidate, goal: float) -> list[tuple[int, int]]:
    """Rows and columns at once that take at most so many cycles, the fewest products first."""
    found, choice = linear.matrix(network, layer), now.choice
    block = coded.block(layer) if choice.datapath in datapath.CODED else 1
    simds = (1,) if choice.datapath == "minifloat" else fold.simds(found, block)
    unit = lower_mvtu.fold(network, layer.name, choice).mvtu
    cycles = per_frame(unit.interval * found.vectors, choice.frames)
    scale = cycles / _steps(found, choice.pe, choice.simd)
    some = []
    for pe in fold.pes(found):
        enough = (simd for simd in simds if _steps(found, pe, simd) * scale <= goal)
        simd = next(enough, None)
        if simd is not None:
            some.append((pe, simd))
    return sorted(some, key=lambda lanes: lanes[0] * lanes[1])[:TRIED]


def _steps(found: linear.Matrix, pe: int, simd: int) -> int:
    """Of a frame, with so many rows and columns at once."""
    rows = -(-found.groups * found.rows // pe) if pe > found.rows else (
        found.groups * -(-found.rows // pe))  # fmt: skip
    return found.vectors * rows * -(-found.cols // simd)


def _text(planned, wish, total: Cost, now: dict, found: dict) -> tuple[str, bool]:
    """What other candidates of some layers change, and whether that fits the board."""
    cycles, more = _whole(planned, now, found)
    where = (lambda name: f" at {name}") if len(found) > 1 else (lambda name: "")
    changes = [_change(now[name].choice, one.choice) + where(name) for name, one in found.items()]
    what = _listed(changes) if len(changes) <= MOST else f"other folds of {len(changes)} layers"
    text = f"; {what} would take {cycles:,} for about {_amount(more)} (estimate)"
    short = _short(wish, sum((total, more), Cost()))
    return text + (f", but need {short} then" if short else ""), not short


def _whole(planned, now: dict, found: dict) -> tuple[int | float, Cost]:
    """Cycles and more resources of the network with other candidates of some layers.

    What stands between the layers follows; but where a layer becomes constants, whose circuit
    would have to be planned first, only the folded circuits count.
    """
    new = {name: found.get(name, one) for name, one in now.items()}
    cycles = max(one.cycles for one in new.values())
    if any(one.choice.storage == "const" for one in found.values()):
        return cycles, sum((one.cost - now[name].cost for name, one in found.items()), Cost())
    both = []
    for some in (now, new):
        choices = {name: one.choice for name, one in some.items()}
        i_edge, parts, o_edge = lower.parts(planned.network, choices, exact=False)
        both.append(sum((cost.part(part) for part in parts), cost.edges(i_edge, o_edge)))
    others = [part.interval for part in parts if part.layer not in new]
    beats = [edge.beats * planned.batch for edge in (i_edge, o_edge)]
    return max(cycles, per_frame(max(*others, *beats), planned.batch)), both[1] - both[0]


def _short(wish, needed: Cost) -> str:
    """The first resource that there is not enough of, how much is needed and how much there is."""
    budget = Budget.of(wish)
    for text, name in RESOURCES.items():
        if getattr(needed, name) > getattr(budget, name):
            return f"{text} {getattr(needed, name):,.0f} of {getattr(budget, name):,}"
    return ""


def _change(old: Choice, new: Choice) -> str:
    """What of a fold is another."""
    changed = [f"{name} {getattr(new, name)}" for name in ("pe", "simd", "storage", "datapath")
               if getattr(old, name) != getattr(new, name)]  # fmt: skip
    return " with ".join(changed[:2]) + "".join(f" and {one}" for one in changed[2:])


def _amount(more: Cost) -> str:
    """So many LUTs, block RAMs and DSP slices, to two digits."""
    signs: dict[str, list[str]] = {"more": [], "less": []}
    for text in ("LUT", "BRAM18", "DSP"):
        count = round(getattr(more, RESOURCES[text]))
        if count or text == "LUT":
            size = abs(count)
            coarse = 10 ** max(0, len(str(size)) - 2)
            some = round(size / coarse) * coarse
            signs["less" if count < 0 else "more"].append(f"{some:,} {text}")
    return ", ".join(f"{_listed(some)} {sign}" for sign, some in signs.items() if some)


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"

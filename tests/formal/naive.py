"""What leaves a stream component, by the order of items alone."""

from collections.abc import Callable
from dataclasses import dataclass

from amaranth.hdl import Array, Cat, Const, Mux, Signal, Value

from tests.formal.contract import Port, stable, within

__all__ = ["Rule", "describe"]


@dataclass(frozen=True, kw_only=True)
class Rule:
    """Which numbers of an input frame a number of an output frame is made of.

    A frame enters as ``i_beats`` transfers of each input and leaves as ``o_beats`` of each output.
    Lane l of output transfer k is ``value(k, l, numbers)`` of the numbers at ``sources(k, l)``,
    each (input, transfer, lane); anything, where that is None.

    frames : that can be inside at once: entered whole, and not yet left
    valid : cycles in which an output is offered, from when all it is made of has come
    ready : cycles in which an input is taken, while nothing is owed and all outputs are ready
    whole : whether the first output is owed only when the last input of its frame has come
    early : whether an output may be taken before its input, which is offered until all are
    room : whether the input is ready whenever fewer than ``frames`` are inside
    """

    i_beats: int = 1
    o_beats: int = 1
    sources: Callable = lambda k, lane: ((0, k, lane),)
    value: Callable = lambda k, lane, numbers: numbers[0] if numbers else Const(0)
    frames: int = 1
    valid: int = 1
    ready: int = 1
    whole: bool = False
    early: bool = False
    room: bool = False


def describe(rule: Rule, inputs: tuple[str, ...] = ("i",), outputs: tuple[str, ...] = ("o",)):
    """What a bench claims of a component with these streams."""

    def fill(bench) -> None:
        taken = [Port.of(name, getattr(bench.dut, name)) for name in inputs]
        given = [Port.of(name, getattr(bench.dut, name)) for name in outputs]
        for port in taken:
            bench.assume(stable(bench, port))
        for port in taken[1:]:  # transfer n of all inputs is taken in one cycle
            bench.claim("together", port.moves == taken[0].moves)
        for port in given:
            bench.claim("stable", stable(bench, port))
        owed = [_order(bench, rule, taken, port) for port in given]
        asks = Cat(*(p.valid for p in taken)).all() & Cat(*(p.ready for p in given)).all()
        lazy = asks & ~Cat(*owed).any() & ~taken[0].moves
        bench.claim("progress", within(bench, "i", lazy, rule.ready))

    return fill


def _order(bench, rule: Rule, taken: list[Port], port: Port) -> Value:
    """Claim the order of one output; whether something is owed there, all of which has come."""
    m, name = bench.m, port.name
    enters, first, last, place = _entries(bench, rule, taken, name)
    places = [(k, lane) for k in range(rule.o_beats) for lane in range(len(port.lanes))]
    sources = {at: rule.sources(*at) for at in places}
    needed = [rule.i_beats - 1 if rule.whole else
              max((beat for lane in range(len(port.lanes))
                   for _, beat, _ in sources[k, lane] or ()), default=0)
              for k in range(rule.o_beats)]  # fmt: skip
    beat = Signal(range(rule.o_beats), name=f"{name}_beat")
    leaves = port.moves & (beat == rule.o_beats - 1)
    with m.If(port.moves):
        m.d.sync += beat.eq(Mux(leaves, 0, beat + 1))

    # Frames that have come whole and not left.
    inside = Signal(range(rule.frames + 1), name=f"{name}_inside")
    came = enters & last
    bench.claim("order", ~came | leaves | (inside != rule.frames))
    m.d.sync += inside.eq(inside + came - leaves)
    if rule.frames:
        bench.cover(f"{name}_full", inside == rule.frames)
    late = Array(Const(n, range(rule.i_beats)) for n in needed)[beat]
    owed = (inside != 0) | (place > late)
    there = (inside != 0) | (taken[0].valid & last) | (place + taken[0].valid > late)
    bench.claim("order", ~port.valid | there)  # nothing leaves before it came
    bench.claim("progress", within(bench, name, owed & ~port.valid, rule.valid))
    if rule.room:
        bench.claim("progress", (inside == rule.frames) | taken[0].ready)

    watch = _watch(bench, rule, taken, name, enters & first, enters & last, inside, leaves)
    _compare(bench, rule, taken, port, sources, (enters, place), beat, watch)
    return owed


def _entries(bench, rule: Rule, taken: list[Port], name: str) -> tuple[Value, ...]:
    """Whether an input transfer comes, the first and the last of its frame, and which one it is.

    All inputs' come at once. One that is offered early has come when it is offered first.
    """
    m, enters = bench.m, Signal(name=f"{name}_enters")
    m.d.comb += enters.eq(taken[0].moves)
    if rule.early:
        known = Signal(name=f"{name}_known")
        m.d.sync += known.eq(taken[0].valid & ~taken[0].ready)
        m.d.comb += enters.eq(taken[0].valid & ~known)
    place = Signal(range(rule.i_beats), name=f"{name}_place")
    last = place == rule.i_beats - 1
    with m.If(enters):
        m.d.sync += place.eq(Mux(last, 0, place + 1))
    return enters, place == 0, last, place


def _watch(bench, rule: Rule, taken, name: str, begins, ends, inside, leaves) -> tuple[Value, ...]:
    """Choose a frame as it comes; whether it comes in this cycle, and whether it is next to leave.

    Those before it are counted down as they leave.
    """
    m = bench.m
    chosen, coming, gone = (Signal(name=f"{name}_{what}") for what in ("chosen", "coming", "gone"))
    before = Signal(range(rule.frames + 1), name=f"{name}_ahead")
    chooses = Signal(name=f"{name}_chooses")
    m.d.comb += chooses.eq(bench.free(1, f"{name}_choose") & begins & ~chosen)
    now = Mux(chosen, before, inside)
    comes, leads = chooses | coming, (chooses | chosen) & (now == 0) & ~gone
    m.d.sync += [
        chosen.eq(chosen | chooses),
        coming.eq(comes & ~ends),
        before.eq(now - (leaves & (now != 0))),
        gone.eq(gone | (leads & leaves)),
    ]
    bench.cover(f"{name}_leaves", leads & leaves & chosen if rule.frames else leads & leaves)
    return comes, leads


def _compare(bench, rule: Rule, taken, port: Port, sources: dict, entry, beat, watch) -> None:
    """Keep what one number of the watched frame is made of, and compare it when it leaves."""
    m, name = bench.m, port.name
    (enters, place), (comes, leads) = entry, watch
    known = {at: found for at, found in sources.items() if found is not None}
    which = bench.fixed(range(len(known)), f"{name}_which")
    bench.assume(which < len(known))
    keeps = {}
    for n, found in enumerate(known.values()):
        for s, (number, at, lane) in enumerate(found):
            keeps.setdefault(s, []).append((n, at, taken[number].lanes[lane]))
    right = Signal(name=f"{name}_right")
    numbers = []
    for s, found in keeps.items():
        shape = found[0][2].shape()
        kept, now = (Signal(shape, name=f"{name}_{what}{s}") for what in ("kept", "now"))
        m.d.comb += now.eq(kept)
        for n, at, lane in found:
            with m.If(enters & comes & (which == n) & (place == at)):
                m.d.comb += now.eq(lane)
        m.d.sync += kept.eq(now)
        numbers.append(now)
    m.d.comb += right.eq(1)
    for n, ((k, lane), found) in enumerate(known.items()):
        expected = rule.value(k, lane, numbers[: len(found)])
        with m.If((which == n) & (beat == k)):
            m.d.comb += right.eq(port.lanes[lane] == expected)
    bench.claim("order", ~(port.moves & leads) | right)

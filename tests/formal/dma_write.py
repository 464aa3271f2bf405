"""What is proved of the write DMA: what it writes, where, and in bursts that AXI allows."""

from types import SimpleNamespace

from amaranth.hdl import Array, Cat, Const, Mux, Signal, Value

from hdl.bus import axi
from hdl.bus.bursts import BEATS
from hdl.bus.dma_write import DMAWrite
from tests.formal import regions
from tests.formal.contract import Port, stable, within
from tests.formal.memory import Region, bursts

__all__ = ["BURSTS", "describe", "make"]

BURSTS = 1
"""Under way at once."""


def make() -> DMAWrite:
    """As small as it can be."""
    return DMAWrite(DMAWrite.Config(room=BEATS, bursts=BURSTS, ids=1))


def describe(bench, data: bool = False) -> None:
    """Any region, a producer and a memory that may stall, on each channel by itself.

    data : whether words are compared, too, of which no induction knows what the queue holds
    """
    m, dut, bus = bench.m, bench.dut, bench.dut.bus
    aw, w, i = Port.channel(bus, "aw"), Port.channel(bus, "w"), Port.of("i", dut.i)
    begins = dut.start & dut.idle
    region = Region(bench, begins, dut.address, dut.length)
    region.take(bench, aw.moves, bus.awlen)
    bursts(bench, "burst", region, bus.awvalid, bus.awaddr, bus.awlen)
    bench.assume(stable(bench, i))
    for port in (aw, w):
        bench.claim("stable", stable(bench, port))
    fixed = (bus.awburst == axi.INCR) & (bus.awsize == 3) & (bus.awid == 0) & (bus.awcache == 3)
    bench.claim("fields", fixed & bus.bready & (bus.wid == 0))
    memory = _memory(bench, aw, w)
    waiting = memory.under
    aborts, wasted = Signal(name="aborts"), Signal(name="wasted")
    m.d.sync += [aborts.eq(~dut.idle & (aborts | dut.abort)),
                 wasted.eq(~begins & (wasted | aborts | dut.abort & ~dut.idle))]  # fmt: skip
    words, rest = _words(bench, begins, region, w, aborts | wasted)
    inside = _data(bench, i, w, data)
    opened = Signal(name="opened")
    m.d.sync += opened.eq(~begins & (opened | region.open))
    bench.claim("whole", ~dut.idle | ((waiting == 0) & ~bus.awvalid & ~bus.wvalid))
    bench.claim("whole", ~dut.idle | wasted | ~opened | (words == region.last + 1))
    lazy = (~dut.idle & ~aw.moves & ~w.moves & (bus.awready | ~bus.awvalid)
            & (bus.wready | ~bus.wvalid) & (i.valid & ~i.moves) & (waiting == 0))  # fmt: skip
    bench.claim("progress", within(bench, "idle", lazy, 8))
    model = SimpleNamespace(region=region, aborts=aborts, wasted=wasted, opened=opened,
                            word=words, rest=rest, inside=inside, **vars(memory))  # fmt: skip
    _invariant(bench, begins, model)
    bench.cover("ends", dut.idle & opened & ~wasted)


def _memory(bench, aw: Port, w: Port) -> SimpleNamespace:
    """Claim the beats of each burst, and assume answers only to what is whole."""
    m, bus = bench.m, bench.dut.bus
    offers, beats, done = Signal(name="offers"), Signal(4, name="beats"), Signal(4, name="done")
    m.d.sync += offers.eq(aw.valid & ~aw.ready)
    new = aw.valid & ~offers
    asked, given, under = (Signal(name=name) for name in ("asked", "given", "under"))
    answered = bus.bvalid
    # Of the one burst under way: its address is taken, its last word is; both before the answer.
    bench.assume(~answered | (asked & given))
    bench.claim("outstanding", ~new | ~under | answered)
    m.d.sync += [under.eq(new | (under & ~answered)),
                 asked.eq(aw.moves | (asked & ~answered)),
                 given.eq((w.moves & bus.wlast) | (given & ~answered))]  # fmt: skip
    with m.If(new):
        m.d.sync += beats.eq(bus.awlen)
    with m.If(w.moves):
        m.d.sync += done.eq(Mux(bus.wlast, 0, done + 1))
    now = Mux(new, bus.awlen, beats)
    bench.claim("last", ~w.valid | ((under | new) & ~given))  # no data before their address
    bench.claim("last", ~w.valid | (bus.wlast == (done == now)))
    return SimpleNamespace(new=new, under=under, asked=asked, given=given, done=done, now=now,
                           beats=beats)  # fmt: skip


def _words(bench, begins: Value, region: Region, w: Port, aborts: Value) -> tuple[Signal, Signal]:
    """Claim which bytes of each word are written; the next word, and the length modulo 8."""
    m, dut, bus = bench.m, bench.dut, bench.dut.bus
    word, rest = Signal(31, name="word"), Signal(3, name="rest")
    with m.If(begins):
        m.d.sync += [word.eq(dut.address[3:]), rest.eq(dut.length[:3])]
    with m.Elif(w.moves):
        m.d.sync += word.eq(word + 1)
    ends = Array(Const((1 << (count or 8)) - 1, 8) for count in range(8))[rest]
    right = bus.wstrb == Mux(word == region.last, ends, 0xFF)
    bench.claim("strobes", ~w.valid | right | (aborts & (bus.wstrb == 0)))
    return word, rest


def _data(bench, i: Port, w: Port, data: bool) -> Signal:
    """Claim that any word that is taken is written as it came, after those before it."""
    m, dut = bench.m, bench.dut
    inside, before = Signal(range(BEATS + 2), name="inside"), Signal(range(BEATS + 2), name="ahead")
    chosen, chooses, kept = Signal(name="chosen"), Signal(name="chooses"), Signal(64, name="kept")
    m.d.comb += chooses.eq(bench.free(1, "choose") & i.moves & ~chosen)
    bench.claim("order", (inside != BEATS) | w.moves | ~i.moves)
    bench.claim("order", ~w.valid | (inside != 0))
    with m.If(dut.idle):
        m.d.sync += [inside.eq(0), chosen.eq(0)]
    with m.Else():
        m.d.sync += inside.eq(inside + i.moves - w.moves)
        with m.If(chooses):
            m.d.sync += [chosen.eq(1), kept.eq(i.payload), before.eq(inside - w.moves)]
        with m.Elif(chosen & w.moves):
            m.d.sync += [before.eq(before - 1), chosen.eq(before != 0)]
    if data:
        bench.claim("data", ~(chosen & w.moves & (before == 0)) | (dut.bus.wdata == kept))
    return inside


def _invariant(bench, begins: Value, model: SimpleNamespace) -> None:
    """Claim how the registers inside are related to what is offered, written and waits."""
    m, dut, bus = bench.m, bench.dut, bench.dut.bus
    stop, taken = bench.inner("stop"), bench.inner("taken")
    names = ("busy", "valid", "beats", "last")
    parts = SimpleNamespace(stop=stop, **{name: bench.inner(name, "bursts") for name in names})
    region = Region(bench, begins, dut.address, dut.length)
    region.take(bench, taken, parts.beats)
    stopped = Signal(name="stopped")
    m.d.sync += stopped.eq(~begins & (stopped | stop))
    regions.invariant(bench, parts, ("bursts",), region, begins, stopped)
    pending, issued, flying = map(bench.inner, ("pending", "issued", "flying"))
    rest, muted, left, final, words, enough, aborting = (
        bench.inner("$signal", number=number) for number in (3, 4, 5, 6, 7, 8, 9))
    offered, size = bus.awvalid | pending, parts.beats + 1

    def claim(value: Value) -> None:
        bench.claim("invariant", value)

    claim(aborting == model.aborts)
    claim(~stopped | model.aborts | dut.idle)
    claim(~model.aborts | ~dut.idle | ~parts.busy)
    claim(~offered | parts.valid)
    claim(model.region.last == region.last)
    gone = pending & ~bus.awvalid
    claim(dut.idle | (model.region.at == region.at + Mux(gone, size, 0)))
    claim(model.region.open == (region.open & ~(gone & parts.last)))
    claim(flying == (model.under | model.new))
    claim(~(offered | bus.wvalid) | flying)
    claim(~pending | (~bus.wvalid & ~model.given))
    claim(~model.given | (flying & ~bus.wvalid))
    claim(~flying | model.given | pending | bus.wvalid)
    claim(model.asked == (flying & ~bus.awvalid))
    claim(~bus.awvalid | model.new | (model.beats == bus.awlen))
    claim(~pending | (model.now == parts.beats))
    claim(Mux(bus.wvalid, model.done + left == model.now, model.done == 0))
    claim(~bus.wvalid | (bus.wlast == (left == 0)))
    claim(region.open | ~model.opened | (region.at == region.last + 1))
    ahead = Mux(bus.awvalid & ~pending, size, 0)
    claim(dut.idle | (model.word + Mux(bus.wvalid, left + 1, 0) == region.at + ahead))
    claim(~bus.wvalid | (final == (model.word + left == region.last)))
    claim(~bus.wvalid | (model.word + left <= region.last))
    claim(dut.idle | (rest == model.rest))
    claim(dut.idle | ~muted | model.aborts | model.wasted)
    promised = Mux(bus.wvalid, left + 1, Mux(pending, size, 0))
    claim(dut.idle | (words + Mux(issued, 0, promised) == model.inside))
    claim(~issued | (bus.awvalid & pending))
    claim(~enough | model.aborts | (parts.valid & ~offered & (words > parts.beats) & ~flying))
    claim(~dut.idle | ~Cat(flying, offered, enough, parts.busy, bus.wvalid).any())
    claim(model.inside <= BEATS)
    level = bench.inner("$signal", "queue")
    put, get = (bench.inner(name, "queue") for name in ("put", "get"))
    claim((level == model.inside) & ((put - get)[:4] == level[:4]))
    claim(bench.inner("there", "queue") == (level != 0))
    claim(bench.inner("room", "queue") == (level != BEATS))

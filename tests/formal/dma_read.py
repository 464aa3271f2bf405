"""What is proved of the read DMA: what it asks a memory for, and that all of it leaves."""

from types import SimpleNamespace

from amaranth.hdl import Mux, Signal, Value

from hdl.bus import axi
from hdl.bus.bursts import BEATS
from hdl.bus.dma_read import DMARead
from tests.formal import regions
from tests.formal.contract import Port, stable, within
from tests.formal.memory import Region, bursts

__all__ = ["BURSTS", "describe", "make"]

BURSTS = 1
"""Under way at once, fewer than there is room for."""

ROOM = 2 * BEATS
"""Words of the queue."""


def make() -> DMARead:
    """As small as it can be."""
    return DMARead(DMARead.Config(room=ROOM, bursts=BURSTS, ids=1))


def describe(bench) -> None:
    """Any region, a memory that answers in order and when it likes, a consumer that may stall."""
    m, dut, bus = bench.m, bench.dut, bench.dut.bus
    ar, o = Port.channel(bus, "ar"), Port.of("o", dut.o)
    begins = dut.start & dut.idle
    region = Region(bench, begins, dut.address, dut.length)
    region.take(bench, ar.moves, bus.arlen)
    bursts(bench, "burst", region, bus.arvalid, bus.araddr, bus.arlen)
    bench.claim("stable", stable(bench, ar))
    fixed = (bus.arburst == axi.INCR) & (bus.arsize == 3) & (bus.arid == 0) & (bus.arcache == 3)
    bench.claim("fields", fixed & bus.rready)
    waiting, promised = _memory(bench, ar)
    bench.claim("outstanding", waiting + bus.arvalid <= BURSTS)
    aborts = Signal(name="aborts")
    m.d.sync += aborts.eq(~dut.idle & (aborts | dut.abort))

    # Words that have come and not left; when it is idle again there are none.
    inside = Signal(range(ROOM + 2), name="inside")
    with m.If(dut.idle | aborts):
        m.d.sync += inside.eq(0)
    with m.Else():
        m.d.sync += inside.eq(inside + bus.rvalid - o.moves)
    bench.claim("words", (inside != ROOM) | ~bus.rvalid | aborts)
    bench.claim("words", aborts | dut.idle | ~o.valid | (inside != 0))
    bench.claim("whole", ~dut.idle | (waiting == 0) & ~bus.arvalid)
    opened, wasted = Signal(name="opened"), Signal(name="wasted")
    m.d.sync += [opened.eq(~begins & (opened | region.open)),
                 wasted.eq(~begins & (wasted | aborts))]  # fmt: skip
    begun = Signal(name="begun")
    m.d.sync += begun.eq(begins)
    bench.claim("whole", ~dut.idle | wasted | ~region.open | begun)
    bench.claim("whole", ~dut.idle | aborts | wasted | (inside == 0))
    late = Signal(name="aborts_late")
    m.d.sync += late.eq(aborts)
    bench.claim("stable", stable(bench, o) | aborts | late)
    lazy = (~dut.idle & ~ar.moves & ~bus.rvalid & ~o.moves & (bus.arready | ~bus.arvalid)
            & (waiting == 0) & (o.ready | ~o.valid))  # fmt: skip
    bench.claim("progress", within(bench, "idle", lazy, 12))
    _invariant(bench, region, begins, aborts, inside, waiting, promised)
    bench.cover("ends", dut.idle & opened & ~wasted)


def _invariant(bench, region: Region, begins, aborts, inside, waiting, promised) -> None:
    """Claim how the registers inside are related to what has been asked for and has come."""
    m, dut, bus = bench.m, bench.dut, bench.dut.bus
    stop = bench.inner("stop")
    names = ("busy", "valid", "beats", "last")
    parts = SimpleNamespace(stop=stop, **{name: bench.inner(name, "bursts") for name in names})
    stopped = Signal(name="stopped")
    m.d.sync += stopped.eq(~begins & (stopped | stop))
    regions.invariant(bench, parts, ("bursts",), region, begins, stopped)
    flying, room, enough, issued = map(bench.inner, ("flying", "room", "enough", "issued"))
    aborting, level = bench.inner("$signal"), bench.inner("$signal", "queue")

    def claim(value: Value) -> None:
        bench.claim("invariant", value)

    claim(aborting == aborts)
    claim(~stopped | aborts | dut.idle)
    claim(~aborts | ~dut.idle | ~parts.busy)
    claim(flying == waiting + bus.arvalid)
    claim(~enough | aborts | (parts.valid & ~bus.arvalid & (flying < BURSTS) & (room >= BEATS)))
    claim(~issued | bus.arvalid)
    claim(~bus.arvalid | parts.valid)
    offered = Mux(bus.arvalid & ~issued, bus.arlen + 1, 0)
    claim(dut.idle | aborts | (room + inside + promised + offered == ROOM))
    claim(level == inside)
    put, get = (bench.inner(name, "queue") for name in ("put", "get"))
    claim((put - get)[:5] == level[:5])
    claim(bench.inner("there", "queue") == (inside != 0))
    claim(bench.inner("room", "queue") == (inside != ROOM))
    claim(~dut.idle | ((waiting == 0) & ~bus.arvalid & ~enough & ~parts.busy))
    claim(~dut.idle | aborts | (inside == 0))


def _memory(bench, ar: Port) -> tuple[Signal, Value]:
    """Assume that R answers what AR asked for, LAST at the end of each.

    Returns how many bursts and how many words are not answered.
    """
    m, bus = bench.m, bench.dut.bus
    waiting, done = Signal(range(BURSTS + 2), name="waiting"), Signal(4, name="answered")
    first, second = Signal(4, name="first_beats"), Signal(4, name="second_beats")
    bench.assume((waiting != 0) | ~bus.rvalid)
    bench.assume(bus.rlast == (done == first))
    ends = bus.rvalid & bus.rlast
    m.d.sync += [waiting.eq(waiting + ar.moves - ends),
                 done.eq(Mux(ends, 0, done + bus.rvalid))]  # fmt: skip
    with m.If(ends):
        m.d.sync += first.eq(second)
    with m.If(ar.moves):
        with m.If(waiting - ends == 0):
            m.d.sync += first.eq(bus.arlen)
        with m.Else():
            m.d.sync += second.eq(bus.arlen)
    bench.claim("invariant", Mux(waiting == 0, done == 0, done <= first))
    later = Mux(waiting > 1, second + 1, 0)
    return waiting, Mux(waiting == 0, 0, first - done + 1 + later)

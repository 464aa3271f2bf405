"""What is proved of the bursts that a region is divided into, alone and within the DMAs."""

from amaranth.hdl import Cat, Mux, Signal, Value

from tests.formal.contract import Port, stable, within
from tests.formal.memory import Region, bursts

__all__ = ["describe", "invariant"]


def describe(bench) -> None:
    """Any region, bursts that are taken at any time, and a stop at any time."""
    m, dut = bench.m, bench.dut
    begins = dut.start & ~dut.busy
    region = Region(bench, begins, dut.address, dut.length)
    bench.assume(dut.valid | ~dut.taken)
    bench.assume(~(dut.stop & (dut.taken | begins)))
    region.take(bench, dut.taken, dut.beats)
    bursts(bench, "burst", region, dut.valid, dut.burst_address, dut.beats)
    bench.claim("region", ~dut.valid | (dut.last == (region.at + dut.beats == region.last)))
    port = Port("burst", dut.valid, dut.taken | dut.stop, dut.burst_address)
    bench.claim("stable", stable(bench, port))
    stopped = Signal(name="stopped")
    m.d.sync += stopped.eq(~begins & (stopped | dut.stop))
    third = invariant(bench, dut, (), region, begins, stopped)
    bench.claim("refused", dut.refused == (third & region.none))
    bench.claim("whole", dut.busy | stopped | ~region.open)
    bench.claim("progress", within(bench, "burst", dut.busy & ~dut.valid, 4))
    bench.cover("taken", dut.taken & dut.last & (region.at[:9] == 0))


def invariant(bench, parts, path, region: Region, begins: Value, stopped: Value) -> Signal:
    """Claim how the registers inside are related to what is left of a region.

    Without it induction would begin in states that are never reached. Returns whether a region
    began three cycles ago.
    """
    m = bench.m
    before, end, beat, block, compared = (
        bench.inner(name, *path) for name in ("before", "end", "beat", "block", "compared"))
    known, there = (bench.inner("$signal", *path, number=number) for number in (0, 1))
    begun, second, third = (Signal(name=name) for name in ("first", "second", "third"))
    m.d.sync += [begun.eq(begins), second.eq(begun & ~parts.stop), third.eq(second)]
    busy = parts.busy

    def claim(value: Value) -> None:
        bench.claim("invariant", value)

    steps = Cat(there, known, compared, parts.valid)
    claim(Mux(busy, (steps != 0) & ((steps & (steps - 1)) == 0), steps == 0))
    claim(there == (begun & busy))
    claim(~second | known | ~busy)
    claim(~busy | region.open | begun | (second & known))
    claim(busy | stopped | ~region.open)
    claim(~busy | ~stopped)
    claim(~busy | (Cat(beat, block) == region.at[:29]))
    claim(~begun | (before == region.span))
    claim(~busy | begun | (end == region.last[:30]))
    claim(~busy | begun | (region.none == (before[-1] | end[-1])))
    claim(~region.open | ~region.none)
    claim(~region.open | ((region.at <= region.last) & ~region.last[29:].any()))
    claim(~parts.valid | (parts.beats == (Mux(parts.last, end[:4], 15) - beat)[:4]))
    claim(~(compared | parts.valid) | (parts.last == (block == end[4:-1])))
    return third

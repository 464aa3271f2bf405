"""The memory behind a DMA, and the region that it may touch: AXI's rules as they are written."""

from amaranth.hdl import Cat, Const, Signal, Value

__all__ = ["Region", "bursts"]

WORD, PAGE, BEATS = 8, 4096, 16


class Region:
    """Words that are still to be asked for: those of so many bytes from an address on.

    ``at`` is the next word and ``last`` the last; ``none`` says that there is no region, for there
    are no bytes or some lie beyond 4 GB.
    """

    def __init__(self, bench, begins: Value, address: Value, length: Value) -> None:
        m = bench.m
        self.at, self.last = (Signal(31, name=f"region_{what}") for what in ("at", "last"))
        self.none, self.open = Signal(name="region_none"), Signal(name="region_open")
        span, self.span = Signal(33), Signal(33, name="region_span")
        m.d.comb += span.eq(length - 1)
        last = Signal(31, name="region_end")
        m.d.comb += last.eq(address[3:] + span[3:32])
        with m.If(begins):
            bad = (length == 0) | (last >> 29).bool()
            m.d.sync += [self.at.eq(address[3:]), self.last.eq(last), self.none.eq(bad),
                         self.open.eq(~bad), self.span.eq(span)]  # fmt: skip

    def take(self, bench, taken: Value, beats: Value) -> None:
        """A burst of so many beats, less one, is gone."""
        with bench.m.If(taken):
            bench.m.d.sync += [self.at.eq(self.at + beats + 1),
                               self.open.eq(self.at + beats != self.last)]  # fmt: skip


def bursts(bench, name: str, region: Region, valid: Value, address: Value, beats: Value) -> None:
    """Claim of a burst that is offered: where it begins and ends."""
    end = Signal(31, name=f"{name}_end")
    bench.m.d.comb += end.eq(region.at + beats)
    right = region.open & (address == Cat(Const(0, 3), region.at[:29])) & (end <= region.last)
    whole = (end == region.last) | (end[:4] == 15)
    bench.claim("region", ~valid | right)
    bench.claim("borders", ~valid | (whole & (address[3:12] + beats < PAGE // WORD)))

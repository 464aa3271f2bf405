"""AXI4 read master: one region of a memory, from its begin to its end, again and again."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.counter import walk

__all__ = ["BURST", "BYTES", "AXIRead", "signature"]

BYTES = 8
"""Of a beat: 64 bits."""

BURST = 16
"""Beats of a burst, so that none crosses 4 KB."""


def signature() -> wiring.Signature:
    """The read channels of an AXI4 of 32 address and 64 data bits, as the master sees them."""
    return wiring.Signature({
        "arid": Out(1), "araddr": Out(32), "arlen": Out(8), "arsize": Out(3), "arburst": Out(2),
        "arvalid": Out(1), "arready": In(1),
        "rid": In(1), "rdata": In(64), "rresp": In(2), "rlast": In(1), "rvalid": In(1),
        "rready": Out(1),
    })  # fmt: skip


class AXIRead(wiring.Component):
    """Reads ``config.beats`` beats from address 0 on, and starts again.

    Bursts of 16 beats, the last one of the region shorter. One is asked for when there is room for
    all of its beats (of ``config.room`` beats, and as many again with each ``free``) and fewer than
    ``config.bursts`` are under way, so that beats are always taken at once. An address leaves two
    cycles after the one before at the earliest.

    Members
    -------
    bus : ``Out(signature())``
    free : ``In(1)``
        Whether there is room for ``config.step`` more beats.
    valid, o : ``Out(1)``, ``Out(64)``
        A beat, the cycle after it came, in order.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Beats of the region, room for beats, how much of it is freed at once, and bursts."""

        beats: int
        room: int
        step: int
        bursts: int = 8

        def __post_init__(self) -> None:
            positive("AXIRead", beats=self.beats, room=self.room, step=self.step,
                     bursts=self.bursts)  # fmt: skip
            if self.room < min(BURST, self.beats):
                what = f"at least {min(BURST, self.beats)} beats, not {self.room}"
                raise ValueError(f"AXIRead room must be {what}")

        @property
        def count(self) -> int:
            """Bursts of the region."""
            return -(-self.beats // BURST)

        def size(self, burst: int) -> int:
            """Beats of a burst, counted through all rounds."""
            last = burst % self.count == self.count - 1
            return self.beats - (self.count - 1) * BURST if last else BURST

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "bus": Out(signature()),
            "free": In(1),
            "valid": Out(1),
            "o": Out(64),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config, bus = self.config, self.bus
        issue, enough = Signal(), Signal()
        _, _, last = walk(m, issue, config.count, "burst")
        size = Mux(last, config.size(config.count - 1), BURST)
        room = Signal(range(config.room + 1), init=config.room)
        m.d.sync += room.eq(room - Mux(issue, size, 0) + Mux(self.free, config.step, 0))

        flying = Signal(range(config.bursts + 1))
        ended = bus.rvalid & bus.rlast
        m.d.sync += flying.eq(flying + issue - ended)
        m.d.comb += issue.eq(enough & ~bus.arvalid)
        m.d.sync += enough.eq(~issue & (room >= size) & (flying != config.bursts))

        place = Signal(range(config.count), name="place")
        with m.If(issue):
            m.d.sync += [
                bus.arvalid.eq(1),
                bus.arlen.eq(size - 1),
                bus.araddr.eq(Cat(Const(0, (BURST * BYTES).bit_length() - 1), place)),
                place.eq(Mux(last, 0, place + 1)),
            ]
        with m.Elif(bus.arready):
            m.d.sync += bus.arvalid.eq(0)
        m.d.comb += [
            bus.arid.eq(0), bus.arsize.eq(Const(BYTES.bit_length() - 1)), bus.arburst.eq(1),
            bus.rready.eq(1),
        ]  # fmt: skip
        m.d.sync += [self.valid.eq(bus.rvalid), self.o.eq(bus.rdata)]
        return m

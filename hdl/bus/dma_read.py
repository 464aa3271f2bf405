"""Read DMA: a region of a memory behind AXI3 becomes a stream of words."""

from dataclasses import dataclass

from amaranth.hdl import Module, ResetInserter, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.bus import axi, word
from hdl.bus.bursts import BEATS, Bursts, moved
from hdl.checks import positive
from hdl.stream.fifo import FIFO

__all__ = ["DMARead"]


class DMARead(wiring.Component):
    r"""Read :math:`\lceil length / 8 \rceil` words from ``address`` on.

    INCR bursts of at most 16 beats that end on borders of 128 bytes, in order; ``config.bursts``
    may be under way. One is asked for when the queue behind R has room for 16 more words, so R is
    always taken at once, and no stalled consumer ever blocks the memory. The whole of the last
    word is read, and never another one.

    The first address is offered ``config.latency`` cycles after ``start``; the queue delays a word
    by a cycle, or two where it is block RAM.

    Parameters
    ----------
    config : :class:`DMARead.Config`

    Members
    -------
    start, address, length : ``In(1)``, ``In(32)``, ``In(32)``
        Where to read and how many bytes, a multiple of 8 or not. The lowest three bits of the
        address count as 0. A start is ignored while not idle.
    abort : ``In(1)``
        Ask for nothing more, take what is under way and drop it, and what the queue holds.
        ``o.valid`` may fall. Has no effect while idle.
    idle : ``Out(1)``
        Whether all words have left. A register; it falls the cycle after start.
    refused : ``Out(1)``
        A strobe: the region has no bytes or ends beyond 4 GB, and nothing is read.
    slverr, decerr : ``Out(1)``
        A strobe, the cycle after a beat that the memory answered so; its word counts as any.
    bus : ``Out(axi.axi3_read(64, config.ids))``
    o : ``Out(word.signature())``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Words of the queue, bursts under way at once, and bits of an ID, which is always 0."""

        room: int = 128
        bursts: int = 8
        ids: int = 6

        latency = 6

        def __post_init__(self) -> None:
            positive("DMARead", room=self.room, bursts=self.bursts, ids=self.ids)
            if self.room < BEATS:
                raise ValueError(f"DMARead room must be at least {BEATS} words, not {self.room}")

        @property
        def queue(self) -> FIFO.Config:
            """The queue behind R."""
            return FIFO.Config(depth=self.room, width=8, lanes=word.BYTES)

    o: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "start": In(1), "address": In(32), "length": In(32), "abort": In(1),
            "idle": Out(1, init=1), "refused": Out(1), "slverr": Out(1), "decerr": Out(1),
            "bus": Out(axi.axi3_read(8 * word.BYTES, config.ids)),
            "o": Out(word.signature()),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        config, bus = self.config, self.bus
        aborting, enough = Signal(), Signal()
        m.submodules.bursts = bursts = Bursts()
        queue = FIFO(config.queue)
        m.submodules.queue = ResetInserter(self.idle | aborting)(queue)
        m.d.comb += [
            bus.arburst.eq(axi.INCR), bus.arcache.eq(axi.CACHE),
            bus.arsize.eq(word.BYTES.bit_length() - 1), bus.rready.eq(1),
            bus.araddr.eq(bursts.burst_address), bus.arlen.eq(bursts.beats),
            bursts.start.eq(self.start & self.idle),
            bursts.address.eq(self.address),
            bursts.length.eq(self.length),
            bursts.taken.eq(bus.arvalid & bus.arready),
            bursts.stop.eq(aborting & ~self.idle & ~bus.arvalid),  # a start may come once idle
            self.refused.eq(bursts.refused),
            queue.i.payload.as_value().eq(bus.rdata),
            queue.i.valid.eq(bus.rvalid),
            self.o.payload.eq(queue.o.payload),
            self.o.valid.eq(queue.o.valid),
            queue.o.ready.eq(self.o.ready),
        ]  # fmt: skip
        issue = Signal()
        m.d.comb += issue.eq(enough & ~self.abort & ~aborting)
        room, flying = self._room(m, issue, bursts.beats), self._flying(m, issue)
        m.d.sync += [
            enough.eq(bursts.valid & ~bus.arvalid & ~issue & (room >= BEATS)
                      & (flying != config.bursts)),
            bus.arvalid.eq(issue | (bus.arvalid & ~bus.arready)),
            self.slverr.eq(bus.rvalid & (bus.rresp == axi.SLVERR)),
            self.decerr.eq(bus.rvalid & (bus.rresp == axi.DECERR)),
        ]  # fmt: skip
        with m.If(self.idle):
            m.d.sync += [self.idle.eq(~self.start), aborting.eq(0)]
        with m.Else():
            m.d.sync += aborting.eq(aborting | self.abort)
            left = aborting | (room == config.room)
            m.d.sync += self.idle.eq(~bursts.busy & (flying == 0) & left & ~enough)
        return m

    def _room(self, m: Module, issue: Value, beats: Value) -> Signal:
        """Words of the queue that are neither taken nor asked for."""
        room = Signal(range(self.config.room + 1), init=self.config.room)
        issued = Signal()  # a cycle late: nobody asks so soon
        m.d.sync += issued.eq(issue)
        leaves = self.o.valid & self.o.ready
        with m.If(self.idle):
            m.d.sync += room.eq(self.config.room)
        with m.Else():
            m.d.sync += room.eq(moved(room, leaves, issued, beats))
        return room

    def _flying(self, m: Module, issue: Value) -> Signal:
        """Bursts whose last beat has not come, from when their address is offered."""
        flying = Signal(range(self.config.bursts + 1))
        ends = self.bus.rvalid & self.bus.rlast
        with m.If(issue & ~ends):
            m.d.sync += flying.eq(flying + 1)
        with m.Elif(ends & ~issue):
            m.d.sync += flying.eq(flying - 1)
        return flying

"""Write DMA: a stream of words becomes a region of a memory behind AXI3."""

from dataclasses import dataclass

from amaranth.hdl import Array, Const, Module, Mux, ResetInserter, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.bus import axi, word
from hdl.bus.bursts import BEATS, Bursts, moved
from hdl.checks import positive
from hdl.stream.fifo import FIFO

__all__ = ["DMAWrite"]


class DMAWrite(wiring.Component):
    r"""Write ``length`` bytes, of :math:`\lceil length / 8 \rceil` words, from ``address`` on.

    INCR bursts of at most 16 beats that end on borders of 128 bytes; ``config.bursts`` may be
    under way. The address of a burst is offered when the queue holds all of its words, so no
    stalled producer ever blocks the memory, and its data follow without a gap, the first not
    before the address. Strobes leave out the bytes of the last word beyond the length: no other
    byte is ever written.

    The address of a full burst is offered ``config.latency`` cycles after its last word came.

    Parameters
    ----------
    config : :class:`DMAWrite.Config`

    Members
    -------
    start, address, length : ``In(1)``, ``In(32)``, ``In(32)``
        Where to write and how many bytes, a multiple of 8 or not. The lowest three bits of the
        address count as 0. A start is ignored while not idle.
    abort : ``In(1)``
        Begin no more bursts; complete those that are begun, with strobes 0. Has no effect while
        idle.
    idle : ``Out(1)``
        Whether every burst has been answered. A register; it falls the cycle after start.
    refused : ``Out(1)``
        A strobe: the region has no bytes or ends beyond 4 GB, and nothing is written.
    slverr, decerr : ``Out(1)``
        A strobe, the cycle after the memory answered a burst so.
    bus : ``Out(axi.axi3_write(64, config.ids))``
    i : ``In(word.signature())``
        Not ready while idle; words beyond the region's are taken as the queue has room for them,
        and dropped.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Words of the queue, bursts under way at once, and bits of an ID, which is always 0."""

        room: int = 64
        bursts: int = 8
        ids: int = 6

        latency = 3

        def __post_init__(self) -> None:
            positive("DMAWrite", room=self.room, bursts=self.bursts, ids=self.ids)
            if self.room < BEATS:
                raise ValueError(f"DMAWrite room must be at least {BEATS} words, not {self.room}")

        @property
        def queue(self) -> FIFO.Config:
            """The queue before W."""
            return FIFO.Config(depth=self.room, width=8, lanes=word.BYTES)

    i: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "start": In(1), "address": In(32), "length": In(32), "abort": In(1),
            "idle": Out(1, init=1), "refused": Out(1), "slverr": Out(1), "decerr": Out(1),
            "bus": Out(axi.axi3_write(8 * word.BYTES, config.ids)),
            "i": In(word.signature()),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        config, bus = self.config, self.bus
        aborting, enough, issue, loads = Signal(), Signal(), Signal(), Signal()
        m.submodules.bursts = bursts = Bursts()
        queue = FIFO(config.queue)
        m.submodules.queue = ResetInserter(self.idle)(queue)
        m.d.comb += [
            bus.awburst.eq(axi.INCR), bus.awcache.eq(axi.CACHE),
            bus.awsize.eq(word.BYTES.bit_length() - 1), bus.bready.eq(1),
            bus.awaddr.eq(bursts.burst_address), bus.awlen.eq(bursts.beats),
            bursts.start.eq(self.start & self.idle),
            bursts.address.eq(self.address),
            bursts.length.eq(self.length),
            self.refused.eq(bursts.refused),
            queue.i.payload.eq(self.i.payload),
            queue.i.valid.eq(self.i.valid),
            self.i.ready.eq(queue.i.ready & ~self.idle),
            bus.wdata.eq(queue.o.payload.as_value()),
            queue.o.ready.eq(bus.wvalid & bus.wready),
            issue.eq(enough & ~self.abort & ~aborting),
        ]  # fmt: skip
        offered = self._offer(m, bursts, issue, loads)
        self._data(m, bursts, loads, aborting)
        flying = self._flying(m, issue)
        words = self._words(m, queue.i.valid & queue.i.ready, issue, bursts.beats)
        m.d.sync += [
            enough.eq(bursts.valid & ~offered & ~issue & (words > bursts.beats)
                      & (flying != config.bursts)),
            self.slverr.eq(bus.bvalid & (bus.bresp == axi.SLVERR)),
            self.decerr.eq(bus.bvalid & (bus.bresp == axi.DECERR)),
        ]  # fmt: skip
        m.d.comb += bursts.stop.eq(aborting & ~self.idle & ~offered)  # a start may come once idle
        with m.If(self.idle):
            m.d.sync += [self.idle.eq(~self.start), aborting.eq(0)]
        with m.Else():
            m.d.sync += [
                aborting.eq(aborting | self.abort),
                self.idle.eq(~bursts.busy & (flying == 0) & ~enough),
            ]
        return m

    def _offer(self, m: Module, bursts: Bursts, issue: Value, loads: Value) -> Value:
        """Offer the address, and the burst to the data's side; whether either is waiting.

        The two go their own ways: a memory may take data first, or the address first.
        """
        bus, pending = self.bus, Signal()
        offered = bus.awvalid | pending
        m.d.sync += [
            bus.awvalid.eq(issue | (bus.awvalid & ~bus.awready)),
            pending.eq(issue | (pending & ~loads)),
        ]
        m.d.comb += bursts.taken.eq(offered & (~bus.awvalid | bus.awready) & (~pending | loads))
        self._pending = pending
        return offered

    def _data(self, m: Module, bursts: Bursts, loads: Value, aborting: Value) -> None:
        """Data of one burst after the other, at once when it is offered."""
        bus = self.bus
        left, final, muted, rest = Signal(4), Signal(), Signal(), Signal(3)
        takes, ends = Signal(), Signal()
        m.d.comb += [
            takes.eq(bus.wvalid & bus.wready),
            ends.eq(takes & bus.wlast),
            loads.eq(self._pending & (~bus.wvalid | ends)),
            bus.wstrb.eq(Mux(muted, 0, Mux(final & bus.wlast, _strobes(rest), 0xFF))),
        ]
        with m.If(self.start & self.idle):
            m.d.sync += [rest.eq(self.length[:3]), muted.eq(0)]
        with m.Elif(takes | ~bus.wvalid):  # what is offered stays as it is
            m.d.sync += muted.eq(aborting | self.abort)
        with m.If(loads):
            m.d.sync += [bus.wvalid.eq(1), left.eq(bursts.beats), final.eq(bursts.last),
                         bus.wlast.eq(bursts.beats == 0)]  # fmt: skip
        with m.Elif(takes):
            m.d.sync += [bus.wvalid.eq(~bus.wlast), left.eq(left - 1), bus.wlast.eq(left == 1)]

    def _words(self, m: Module, comes: Value, issue: Value, beats: Value) -> Signal:
        """Words in the queue that are of no burst yet."""
        words, issued = Signal(range(self.config.room + 1)), Signal()
        m.d.sync += issued.eq(issue)  # a cycle late: nobody asks so soon
        with m.If(self.idle):
            m.d.sync += words.eq(0)
        with m.Else():
            m.d.sync += words.eq(moved(words, comes, issued, beats))
        return words

    def _flying(self, m: Module, issue: Value) -> Signal:
        """Bursts that are not answered, from when their address is offered."""
        flying = Signal(range(self.config.bursts + 1))
        with m.If(issue & ~self.bus.bvalid):
            m.d.sync += flying.eq(flying + 1)
        with m.Elif(self.bus.bvalid & ~issue):
            m.d.sync += flying.eq(flying - 1)
        return flying


def _strobes(rest: Value) -> Value:
    """Of the last word's bytes; all where the length is a multiple of 8."""
    return Array(Const((1 << (count or 8)) - 1, 8) for count in range(8))[rest]

"""AXI4 master that copies words between a memory on chip and an external one."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.bus import axi_read
from hdl.checks import positive
from hdl.counter import walk

__all__ = ["AXICopy", "signature"]

BEAT = 64


def signature() -> wiring.Signature:
    """All channels of an AXI4 of 32 address and 64 data bits, as the master sees them."""
    return wiring.Signature({
        **axi_read.signature().members,
        "awid": Out(1), "awaddr": Out(32), "awlen": Out(8), "awsize": Out(3), "awburst": Out(2),
        "awvalid": Out(1), "awready": In(1),
        "wdata": Out(64), "wstrb": Out(8), "wlast": Out(1), "wvalid": Out(1), "wready": In(1),
        "bid": In(1), "bresp": In(2), "bvalid": In(1), "bready": Out(1),
    })  # fmt: skip


class AXICopy(wiring.Component):
    """Copies ``count`` words one way or the other, one copy at a time.

    External word n has ``config.beats`` beats, a power of two, from byte ``8 n beats`` on; it is a
    burst of its own. What is loaded is asked for without waiting for what comes, but not before
    all that was stored has been confirmed.

    Members
    -------
    start : ``In(1)``
        Whether a copy starts: not while another is under way.
    store : ``In(1)``
        With start: to the external memory, else from it.
    place, outside, count : ``In(config.address)``, ``In(config.outside)``, ``In(config.count)``
        With start: the first word on chip and outside, and how many.
    done : ``Out(1)``
        Whether the copy ends: a load's last word is written in this cycle.
    bus : ``Out(signature())``
    address, o : ``Out(config.address)``, ``In(width)``
        What is read on chip, and the word, a cycle later.
    put, write, i : ``Out(config.address)``, ``Out(1)``, ``Out(width)``
        What is written on chip.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Bits of a word, and of addresses on chip and outside and of counts."""

        width: int
        address: int
        outside: int
        count: int

        def __post_init__(self) -> None:
            positive("AXICopy", width=self.width, address=self.address, outside=self.outside,
                     count=self.count)  # fmt: skip
            if self.beats > 256:
                what = f"at most {256 * BEAT} bits wide, not {self.width}"
                raise ValueError(f"AXICopy words must be {what}")

        @property
        def beats(self) -> int:
            """Of a word outside."""
            return 1 << (-(-self.width // BEAT) - 1).bit_length()

        def store_cycles(self, count: int) -> int:
            """Cycles from start to done, where addresses and data are taken at once."""
            return count * (self.beats + 2) + 1

        def load_cycles(self, count: int, latency: int) -> int:
            """Cycles from start to done, of a memory as :class:`hdl.engine.ring.Supply`'s."""
            end = 1 + latency  # the one before the first beat
            for word in range(count):
                end = max(end, 1 + 2 * word + latency) + self.beats
            return end + 2

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "start": In(1), "store": In(1), "place": In(config.address),
            "outside": In(config.outside), "count": In(config.count), "done": Out(1),
            "bus": Out(signature()),
            "address": Out(config.address), "o": In(config.width),
            "put": Out(config.address), "write": Out(1), "i": Out(config.width),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        bus, config = self.bus, self.config
        outside = Signal(config.outside, name="outside_now")
        size = Const(BEAT.bit_length() - 4)
        m.d.comb += [bus.arsize.eq(size), bus.awsize.eq(size), bus.arburst.eq(1),
                     bus.awburst.eq(1), bus.arlen.eq(config.beats - 1),
                     bus.awlen.eq(config.beats - 1), bus.rready.eq(1), bus.bready.eq(1),
                     bus.wstrb.eq(0xFF)]  # fmt: skip
        address = Cat(Const(0, (8 * config.beats).bit_length() - 1), outside)
        asks, sends = self._load(m), self._store(m)
        with m.If(self.start):
            m.d.sync += outside.eq(self.outside)
        with m.Elif(asks | sends[0]):
            m.d.sync += outside.eq(outside + 1)
        with m.If(asks):
            m.d.sync += [bus.arvalid.eq(1), bus.araddr.eq(address)]
        with m.Elif(bus.arready):
            m.d.sync += bus.arvalid.eq(0)
        with m.If(sends[0]):
            m.d.sync += [bus.awvalid.eq(1), bus.awaddr.eq(address)]
        with m.Elif(bus.awready):
            m.d.sync += bus.awvalid.eq(0)
        m.d.comb += self.done.eq(self._loaded | sends[1])
        return m

    def _load(self, m: Module) -> Value:
        """Ask for words and write them; returns whether one is asked for."""
        bus, config = self.bus, self.config
        left, waiting = Signal(config.count, name="to_ask"), Signal(config.count)
        asks, unsure = Signal(), Signal(config.count + 1)
        m.d.sync += unsure.eq(unsure + (bus.awvalid & bus.awready) - bus.bvalid)
        m.d.comb += asks.eq((left != 0) & ~bus.arvalid & (unsure == 0))
        valid, beat = Signal(), Signal(BEAT)
        m.d.sync += [valid.eq(bus.rvalid), beat.eq(bus.rdata)]
        group, _, full = walk(m, valid, config.beats, "group")
        word = Signal(config.beats * BEAT, reset_less=True)
        with m.If(valid):
            for k in range(config.beats):
                with m.If(group == k):
                    m.d.sync += word.word_select(k, BEAT).eq(beat)
        m.d.sync += self.write.eq(valid & full)
        m.d.comb += self.i.eq(word)
        self._loaded = self.write & (waiting == 1)
        with m.If(self.start):
            m.d.sync += [left.eq(Mux(self.store, 0, self.count)), waiting.eq(self.count),
                         self.put.eq(self.place)]  # fmt: skip
        with m.Else():
            m.d.sync += left.eq(left - asks)
            with m.If(self.write):
                m.d.sync += [waiting.eq(waiting - 1), self.put.eq(self.put + 1)]
        return asks

    def _store(self, m: Module) -> tuple[Value, Value]:
        """Read words and send them; returns whether one starts, and whether the last is sent."""
        bus, config = self.bus, self.config
        left, read, sent = Signal(config.count, name="to_send"), Signal(), Signal()
        word = Signal(config.beats * BEAT, reset_less=True)
        takes, whole, ends, going, done = Signal(), Signal(), Signal(), Signal(), Signal()
        *_, last = walk(m, takes, config.beats, "beat")
        m.d.comb += [
            takes.eq(bus.wvalid & bus.wready),
            bus.wdata.eq(word),
            bus.wlast.eq(last),
            whole.eq((takes & last) | sent),
            # The next word waits for this one's address to be taken.
            ends.eq(whole & (~bus.awvalid | bus.awready)),
        ]
        m.d.sync += [
            sent.eq(whole & ~ends),
            going.eq((self.start & self.store) | (ends & (left != 1))),
            read.eq(going),
            done.eq(ends & (left == 1)),
        ]
        with m.If(read):
            m.d.sync += [word.eq(self.o), bus.wvalid.eq(1)]
        with m.Elif(takes):
            m.d.sync += [word.eq(word >> BEAT), bus.wvalid.eq(~last)]
        with m.If(self.start):
            m.d.sync += [left.eq(self.count), self.address.eq(self.place)]
        with m.Elif(ends):
            m.d.sync += [left.eq(left - 1), self.address.eq(self.address + 1)]
        return read, done

"""A memory behind an AXI4 read master, as a circuit for simulation."""

import numpy as np
from amaranth.hdl import Array, Cat, Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In

from hdl.bus import axi_copy
from hdl.bus.axi_read import signature

__all__ = ["Beside", "External"]

DEPTH = 16


class External(wiring.Component):
    """Answers in order: a burst's first beat ``latency`` cycles after its address, one a cycle.

    With ``stall``, in some cycles it takes no address and gives no beat.
    """

    def __init__(self, image: bytes, latency: int, *, stall: bool = False) -> None:
        self._words = np.frombuffer(image, "<u8").tolist()
        self._latency, self._stall = latency, stall
        self.memory = Memory(shape=64, depth=len(self._words), init=self._words)
        super().__init__({"bus": In(signature())})

    def elaborate(self, platform) -> Module:
        m = Module()
        bus = self.bus
        m.submodules.memory = memory = self.memory
        port = memory.read_port(domain="comb")
        asked = Array(Signal(32 + 8 + 32, name=f"asked{k}") for k in range(DEPTH))
        now, put, get, beat = Signal(32), Signal(range(DEPTH)), Signal(range(DEPTH)), Signal(8)
        noise = Signal(16, init=0xACE1)
        m.d.sync += [noise.eq(Cat(noise[0] ^ noise[2] ^ noise[3] ^ noise[5], noise)),
                     now.eq(now + 1)]  # fmt: skip
        pauses = noise[3] if self._stall else 0
        m.d.comb += bus.arready.eq(~(noise[7] if self._stall else 0))
        with m.If(bus.arvalid & bus.arready):
            word = Cat(bus.araddr, bus.arlen, (now + self._latency)[:32])
            m.d.sync += [asked[put].eq(word), put.eq(put + 1)]
        address, count, due = asked[get][:32], asked[get][32:40], asked[get][40:]
        m.d.comb += [
            bus.rvalid.eq((put != get) & (now >= due) & ~pauses),
            port.addr.eq((address >> 3) + beat),
            bus.rdata.eq(port.data),
            bus.rlast.eq(beat == count),
        ]
        with m.If(bus.rvalid & bus.rready):
            m.d.sync += beat.eq(beat + 1)
            with m.If(bus.rlast):
                m.d.sync += [beat.eq(0), get.eq(get + 1)]
        return m


class Writes(wiring.Component):
    """A memory that is written, too: an address with the first beat of its burst, or before."""

    def __init__(self, words: int, latency: int, *, stall: bool = False) -> None:
        self._read = External(bytes(8 * words), latency, stall=stall)
        self._stall = stall
        super().__init__({"bus": In(axi_copy.signature())})

    def elaborate(self, platform) -> Module:
        m = Module()
        bus = self.bus
        m.submodules.read = read = self._read
        for name, member in signature().members.items():
            ours, theirs = getattr(bus, name), getattr(read.bus, name)
            m.d.comb += ours.eq(theirs) if member.flow == In else theirs.eq(ours)
        base, beat, noise = Signal(32), Signal(8), Signal(8, init=0x5A)
        m.d.sync += noise.eq(Cat(noise[7] ^ noise[5] ^ noise[4] ^ noise[3], noise))
        put = read.memory.write_port()
        m.d.comb += [
            bus.awready.eq(1), bus.wready.eq(~noise[1] if self._stall else 1),
            put.addr.eq((Mux(bus.awvalid, bus.awaddr, base) >> 3) + beat),
            put.data.eq(bus.wdata), put.en.eq(bus.wvalid & bus.wready),
        ]  # fmt: skip
        with m.If(bus.awvalid):
            m.d.sync += base.eq(bus.awaddr)
        m.d.sync += bus.bvalid.eq(put.en & bus.wlast)
        with m.If(put.en):
            m.d.sync += beat.eq(Mux(bus.wlast, 0, beat + 1))
        return m


class Beside(wiring.Component):
    """An engine and its memories."""

    def __init__(self, engine, *, stall: bool = False) -> None:
        self._engine, latency, self._memories = engine, engine.config.memory_latency, {}
        if engine.config.tiles:
            self._memories["m_axi"] = External(engine.image, latency, stall=stall)
        if engine.config.copy:
            self._memories["m_maps"] = Writes(1024, latency, stall=stall)
        super().__init__({name: engine.signature.members[name] for name in "io"})

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.engine = engine = self._engine
        wiring.connect(m, wiring.flipped(self.i), engine.i)
        wiring.connect(m, engine.o, wiring.flipped(self.o))
        for prefix, memory in self._memories.items():
            m.submodules[prefix] = memory
            for name, member in memory.bus.signature.members.items():
                ours, theirs = getattr(engine, f"{prefix}_{name}"), getattr(memory.bus, name)
                # The memory's side is the other way round.
                m.d.comb += theirs.eq(ours) if member.flow == In else ours.eq(theirs)
        return m

"""Block RAM behind an AXI3 port and a port of bytes: memory for a board that has no other."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl.bus import axi
from hdl.checks import positive
from hdl.stream.fifo import FIFO

__all__ = ["RAM", "bytes_signature"]

DATA, INCR, SIZE = 64, 1, 3
DEPTH = 8
"""Beats that are read and not yet taken: as many as keep one coming each cycle."""


def bytes_signature(address: int) -> wiring.Signature:
    """A port of bytes as its user sees it: in a cycle a write, a read or nothing.

    ``write`` puts ``data`` at ``address``; after ``read`` comes ``ready`` with ``value``, in the
    order asked.
    """
    return wiring.Signature({
        "address": Out(address),
        "write": Out(1),
        "data": Out(8),
        "read": Out(1),
        "value": In(8),
        "ready": In(1),
    })


class RAM(wiring.Component):
    """A memory of bytes from address 0 on, in block RAM with a register behind what is read.

    AXI3: INCR bursts of whole 8-byte beats, of one to 16, with any strobes; reads and writes at the
    same time, one burst of each, which takes a cycle more than it has beats, and a write two. The
    port of bytes goes first and takes a cycle of the other port for each byte; its ``ready`` comes
    :py:`config.latency` cycles after ``read``. What a burst would read or write beyond the memory
    is answered DECERR, another burst than these SLVERR, and nothing is written then.

    Parameters
    ----------
    config : :class:`RAM.Config`

    Members
    -------
    bus : ``In(axi.axi3(64, config.ids))``
    port : ``In(bytes_signature(config.address))``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Size in bytes, and bits of the bus' IDs."""

        size: int
        ids: int

        latency = 3

        def __post_init__(self) -> None:
            positive("RAM", size=self.size, ids=self.ids)
            # A burst that stays within 4 KB then ends where it begins: within the memory or not.
            if self.size < 4096 or self.size & self.size - 1:
                what = f"a power of two of at least 4096, not {self.size}"
                raise ValueError(f"RAM size must be {what}")

        @property
        def address(self) -> int:
            """Bits of a byte's address."""
            return (self.size - 1).bit_length()

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "bus": In(axi.axi3(DATA, config.ids)),
            "port": In(bytes_signature(config.address)),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        memory = Memory(shape=DATA, depth=self.config.size * 8 // DATA, init=[])
        m.submodules.memory = memory
        self._write(m, memory.write_port(granularity=8))
        self._read(m, memory.read_port())
        return m

    def _answer(self, address: Value, size: Value, burst: Value) -> Value:
        """The response to a burst."""
        done = Mux((size == SIZE) & (burst == INCR), axi.OKAY, axi.SLVERR)
        return Mux(address[self.config.address :].any(), axi.DECERR, done)

    def _write(self, m: Module, put) -> None:
        bus, port = self.bus, self.port
        word, good, takes = Signal(self.config.address - 3, name="put_word"), Signal(), Signal()
        m.d.comb += [
            put.addr.eq(Mux(port.write, port.address[3:], word)),
            put.data.eq(Mux(port.write, Cat([port.data] * 8), bus.wdata)),
            put.en.eq(Mux(port.write, 1 << port.address[:3], Mux(takes & good, bus.wstrb, 0))),
            takes.eq(bus.wvalid & bus.wready),
        ]
        with m.FSM(name="write"):
            with m.State("IDLE"):
                m.d.comb += bus.awready.eq(1)
                answer = self._answer(bus.awaddr, bus.awsize, bus.awburst)
                m.d.sync += [
                    bus.bid.eq(bus.awid),
                    bus.bresp.eq(answer),
                    good.eq(answer == axi.OKAY),
                    word.eq(bus.awaddr[3:]),
                ]
                with m.If(bus.awvalid):
                    m.next = "BEATS"
            with m.State("BEATS"):
                m.d.comb += bus.wready.eq(~port.write)
                with m.If(takes):
                    m.d.sync += word.eq(word + 1)
                    with m.If(bus.wlast):
                        m.next = "ANSWER"
            with m.State("ANSWER"):
                m.d.comb += bus.bvalid.eq(1)
                with m.If(bus.bready):
                    m.next = "IDLE"

    def _read(self, m: Module, get) -> None:
        bus, port, ids = self.bus, self.port, self.config.ids
        word, left = Signal(self.config.address - 3, name="get_word"), Signal(4)
        owed, asks, takes = Signal(range(DEPTH + 1)), Signal(), Signal()
        tag = Signal(ids + 3)  # last, response and ID
        answer, name = Signal(2), Signal(ids)
        m.d.comb += [
            get.addr.eq(Mux(port.read, port.address[3:], word)),
            tag.eq(Cat(left == 0, answer, name)),
            takes.eq(bus.rvalid & bus.rready),
        ]
        m.d.sync += owed.eq(owed + asks - takes)
        with m.FSM(name="read"):
            with m.State("IDLE"):
                m.d.comb += bus.arready.eq(1)
                m.d.sync += [
                    word.eq(bus.araddr[3:]), left.eq(bus.arlen), name.eq(bus.arid),
                    answer.eq(self._answer(bus.araddr, bus.arsize, bus.arburst)),
                ]  # fmt: skip
                with m.If(bus.arvalid):
                    m.next = "BEATS"
            with m.State("BEATS"):
                m.d.comb += asks.eq(~port.read & (owed != DEPTH))
                with m.If(asks):
                    m.d.sync += [word.eq(word + 1), left.eq(left - 1)]
                    with m.If(left == 0):
                        m.next = "IDLE"

        # Behind the memory, and behind the register that its slow output goes to.
        data, tags = Signal(DATA, reset_less=True), [tag]
        beats, mine, place = [asks], [port.read], [port.address[:3]]
        for k in (1, 2):
            for stages in (tags, beats, mine, place):
                stages.append(Signal.like(stages[0], name=f"read{k}"))
                m.d.sync += stages[k].eq(stages[k - 1])
        m.d.sync += [data.eq(get.data), port.ready.eq(mine[2]),
                     port.value.eq(data.word_select(place[2], 8))]  # fmt: skip
        m.submodules.queue = queue = FIFO(FIFO.Config(depth=DEPTH, width=DATA + ids + 3, lanes=1))
        m.d.comb += [
            queue.i.payload[0].eq(Cat(tags[2], data)),
            queue.i.valid.eq(beats[2]),  # it has room for all that is owed
            Cat(bus.rlast, bus.rresp, bus.rid, bus.rdata).eq(queue.o.payload[0]),
            bus.rvalid.eq(queue.o.valid),
            queue.o.ready.eq(bus.rready),
        ]

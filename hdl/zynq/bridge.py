"""From the processor's AXI3 to the registers' AXI4-Lite."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.bus import axi
from hdl.checks import positive

__all__ = ["Bridge"]

DATA = 32
FIXED, WRAP = 0, 2
PAGE, WINDOW = 12, 30
"""Bits of an address in 4 KB, and in the 1 GB that M_AXI_GP0 sees."""


class Bridge(wiring.Component):
    """Takes AXI3 bursts apart into accesses of AXI4-Lite, a beat after the other.

    Bursts of up to 16 beats of 1, 2 or 4 bytes, FIXED, INCR or WRAP; read and write side by side,
    one burst of each at a time. IDs come back. B bears the worst response of its burst, in the
    order OKAY, SLVERR, DECERR. What lies beyond ``config.address`` bits in the processor's window
    is answered DECERR and goes no further. Exclusive accesses are plain ones.

    A beat takes three cycles where the registers answer in the cycle after they were asked: a burst
    of n beats 3 n + 1 cycles to the next burst, and a write one more for its response.

    Members
    -------
    i : ``In(axi.axi3(32, config.ids))``
    o : ``Out(axi.lite(config.address))``
        Addresses of whole words.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Bits of IDs, and of the registers' addresses."""

        ids: int = 12
        address: int = 12

        def __post_init__(self) -> None:
            positive("Bridge", ids=self.ids, address=self.address)
            if not PAGE <= self.address <= WINDOW:  # a burst stays within 4 KB
                what = f"of {PAGE} to {WINDOW} bits, not {self.address}"
                raise ValueError(f"Bridge address must be {what}")

        def cycles(self, beats: int, *, write: bool) -> int:
            """Cycles from one burst to the next, where nobody waits."""
            return 3 * beats + 1 + write

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({"i": In(axi.axi3(DATA, config.ids)), "o": Out(axi.lite(config.address))})

    def elaborate(self, platform) -> Module:
        m = Module()
        self._write(m)
        self._read(m)
        return m

    def _write(self, m: Module) -> None:
        i, o = self.i, self.o
        burst = _Burst(m, "aw", i, self.config)
        asked = Signal()
        sent = Signal()
        m.d.comb += [o.awaddr.eq(burst.word), i.bid.eq(burst.ident)]
        answered = Signal()
        answer = Signal(2)
        with m.If(answered):
            m.d.sync += i.bresp.eq(Mux(answer > i.bresp, answer, i.bresp))
        with m.FSM(name="write"):
            with m.State("IDLE"):
                m.d.comb += i.awready.eq(1)
                m.d.sync += i.bresp.eq(axi.OKAY)
                with m.If(i.awvalid):
                    burst.begin()
                    m.next = "DATA"
            with m.State("DATA"):
                m.d.comb += i.wready.eq(1)
                m.d.sync += [o.wdata.eq(i.wdata), o.wstrb.eq(i.wstrb), asked.eq(0), sent.eq(0)]
                with m.If(i.wvalid):
                    m.next = "ACCESS"
            with m.State("ACCESS"):
                m.d.comb += [o.awvalid.eq(~asked & ~burst.outside),
                             o.wvalid.eq(~sent & ~burst.outside)]  # fmt: skip
                m.d.sync += [asked.eq(asked | o.awready), sent.eq(sent | o.wready)]
                with m.If(burst.outside | ((asked | o.awready) & (sent | o.wready))):
                    m.next = "ANSWER"
            with m.State("ANSWER"):
                m.d.comb += [
                    o.bready.eq(~burst.outside),
                    answered.eq(burst.outside | o.bvalid),
                    answer.eq(Mux(burst.outside, axi.DECERR, o.bresp)),
                ]
                with m.If(answered):
                    burst.step()
                    m.next = "DATA"
                    with m.If(burst.last):
                        m.next = "RESPONSE"
            with m.State("RESPONSE"):
                m.d.comb += i.bvalid.eq(1)
                with m.If(i.bready):
                    m.next = "IDLE"

    def _read(self, m: Module) -> None:
        i, o = self.i, self.o
        burst = _Burst(m, "ar", i, self.config)
        m.d.comb += [o.araddr.eq(burst.word), i.rid.eq(burst.ident), i.rlast.eq(burst.last)]
        with m.FSM(name="read"):
            with m.State("IDLE"):
                m.d.comb += i.arready.eq(1)
                with m.If(i.arvalid):
                    burst.begin()
                    m.next = "ACCESS"
            with m.State("ACCESS"):
                m.d.comb += o.arvalid.eq(~burst.outside)
                with m.If(burst.outside | o.arready):
                    m.next = "ANSWER"
            with m.State("ANSWER"):
                m.d.comb += o.rready.eq(~burst.outside)
                m.d.sync += [i.rdata.eq(Mux(burst.outside, 0, o.rdata)),
                             i.rresp.eq(Mux(burst.outside, axi.DECERR, o.rresp))]  # fmt: skip
                with m.If(burst.outside | o.rvalid):
                    m.next = "BEAT"
            with m.State("BEAT"):
                m.d.comb += i.rvalid.eq(1)
                with m.If(i.rready):
                    burst.step()
                    m.next = "ACCESS"
                    with m.If(burst.last):
                        m.next = "IDLE"


class _Burst:
    """Where a burst is: the word of its beat, and whether that is the last.

    ``begin`` and ``step`` are statements, for the cycles in which it begins and goes on.
    """

    def __init__(self, m: Module, channel: str, bus, config: Bridge.Config) -> None:
        self._m, self._bits = m, config.address
        self._bus = {name: getattr(bus, channel + name)
                     for name in ("addr", "id", "len", "size", "burst")}  # fmt: skip

        def register(name: str, shape: int) -> Signal:
            return Signal(shape, name=f"{channel}_{name}_now", reset_less=True)

        self._address, self._moves = register("addr", self._bits), register("moves", self._bits)
        self._size, self._left = register("size", 2), register("left", 4)
        self.ident, self.outside = register("id", config.ids), register("outside", 1)
        self.word: Value = Cat(Const(0, 2), self._address[2:])
        self.last: Value = self._left == 0

    def begin(self) -> None:
        bus, size = self._bus, self._bus["size"]
        # The bits of the address that change: of a WRAP those of the offset in its bytes, which are
        # a power of two.
        offset = (bus["len"] << size) | Cat(size[0] | size[1], size[1])
        moves = Mux(bus["burst"] == WRAP, offset, Mux(bus["burst"] == FIXED, 0, -1))
        self._m.d.sync += [
            self._address.eq(bus["addr"]),
            self._moves.eq(moves),
            self._size.eq(size),
            self._left.eq(bus["len"]),
            self.ident.eq(bus["id"]),
            self.outside.eq(bus["addr"][self._bits : WINDOW].any()),
        ]

    def step(self) -> None:
        # An unaligned beat reaches no word that the aligned one does not: nothing is to be aligned.
        beyond = self._address + Cat(self._size == n for n in range(3))
        kept = self._address & ~self._moves
        self._m.d.sync += [
            self._address.eq(kept | (beyond & self._moves)),
            self._left.eq(self._left - 1),
        ]

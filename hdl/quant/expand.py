"""BiScaled words to the integers that they are."""

from dataclasses import dataclass

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.number import Number

__all__ = ["Expand"]


class Expand(wiring.Component):
    r"""The number of a word: q, or :math:`2^d q` where the selector above q is 1.

    Words, of a bit more than q, are what queues and line buffers hold; numbers, of ``config.shift``
    = d bits more, what dot products multiply. In front of these a lane is expanded once for all
    rows, which costs each of them nothing; in a dot product it costs about four LUTs a product.

    Pipelined: one number a cycle, ``config.latency`` enabled cycles later.

    Members
    -------
    en : ``In(1)``
        Clock enable of the register.
    x : ``In(config.x.shape)``
        Word.
    o : ``Out(config.o.shape)``
        Number.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Bits of q, the shift of wide numbers, and whether q is signed."""

        bits: int
        shift: int
        signed: bool = True

        latency = 1

        def __post_init__(self) -> None:
            positive("Expand", bits=self.bits, shift=self.shift)

        @property
        def x(self) -> Number:
            """The word."""
            return Number(width=self.bits + 1)

        @property
        def o(self) -> Number:
            """The number."""
            return Number(width=self.bits + self.shift, signed=self.signed)

        def build(self) -> "Expand":
            """The circuit."""
            return Expand(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({"en": In(1), "x": In(config.x.shape), "o": Out(config.o.shape)})

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        q = self.x[: config.bits]
        q = q.as_signed() if config.signed else q
        number = Signal(config.o.shape, reset_less=True)
        with m.If(self.en):
            m.d.sync += number.eq(Mux(self.x[-1], q << config.shift, q))
        m.d.comb += self.o.eq(number)
        return m

"""The plain accumulator: partial sums of one dot product, one after the other."""

from dataclasses import dataclass

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.number import Number

__all__ = ["Accumulator"]


class Accumulator(wiring.Component):
    r"""Running sum: :math:`o' = x + (first\ ?\ init : o)`, modulo 2^width.

    The sum wraps, so only the last one has to fit into ``config.o``. Latency is one enabled cycle.

    Members
    -------
    en : ``In(1)``
        Clock enable.
    first : ``In(1)``
        Whether x starts a new sum.
    x : ``In(config.x.shape)``
        Partial sum.
    init : ``In(config.o.shape)``
        What a new sum starts from.
    o : ``Out(config.o.shape)``
        The sum, a register.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Width of the partial sums and of the total."""

        x: Number
        o: Number

        latency = 1

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "first": In(1),
            "x": In(config.x.shape),
            "init": In(config.o.shape),
            "o": Out(config.o.shape),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        total = Signal(self.config.o.shape, reset_less=True)
        with m.If(self.en):
            m.d.sync += total.eq(self.x + Mux(self.first, self.init, total))
        m.d.comb += self.o.eq(total)
        return m

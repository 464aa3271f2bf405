"""Sums over bit planes in LUTs: doubled before the planes of the next lower weight."""

from dataclasses import dataclass

from amaranth.hdl import Module, Mux, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.number import Number

__all__ = ["SerialAccumulator"]


class SerialAccumulator(wiring.Component):
    r"""Horner's rule: :math:`o' = x + (first\ ?\ 0 : double\ ?\ 2 o : o)`, modulo 2^width.

    The sum wraps, so only the last one has to fit into ``config.o``. Latency is one enabled cycle.
    A LUT a bit: the choice is part of the adder.

    Members
    -------
    en : ``In(1)``
        Clock enable.
    first : ``In(1)``
        Whether x starts a new sum.
    double : ``In(1)``
        Whether x is the first count of half the weight of those before.
    x : ``In(config.x.shape)``
        A count.
    o : ``Out(config.o.shape)``
        The sum, a register.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Width of the counts and of the total."""

        x: Number
        o: Number

        latency = 1

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "first": In(1),
            "double": In(1),
            "x": In(config.x.shape),
            "o": Out(config.o.shape),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        total = Signal(self.config.o.shape, reset_less=True)
        so_far = Mux(self.first, 0, Mux(self.double, total << 1, total))
        with m.If(self.en):
            m.d.sync += total.eq(self.x + so_far)  # x first: the carry takes the left one as it is
        m.d.comb += self.o.eq(total)
        return m

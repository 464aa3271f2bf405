"""Partial sums of many vectors, to each of which a pass adds."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.counter import after
from hdl.engine.scratchpad import Scratchpad
from hdl.number import Number
from hdl.stream.delay import delay

__all__ = ["Sums"]


class Sums(wiring.Component):
    r"""Accumulate passes: :math:`o_{v,c} = i_{v,c} + (first\ ?\ bias_c : o'_{v,c})`.

    Vector v of a pass adds to what vector v of the pass before left, :math:`o'`, or starts from
    the bias. One vector a cycle; a pass starts ``config.reuse`` cycles after the one before at
    least.

    Members
    -------
    valid, end : ``In(1)``
        Two cycles before i: whether there is a vector, and whether it is the pass's last.
    first : ``In(1)``
        Two cycles before i: whether sums start anew.
    bias : ``In(ArrayLayout(config.o.shape, cols))``
        A cycle before i.
    i : ``In(ArrayLayout(config.i.shape, cols))``
        What to add.
    o : ``Out(ArrayLayout(config.o.shape, cols))``
        The sums, a cycle after i.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Vectors whose sums are kept, their columns, and the numbers."""

        depth: int
        cols: int
        i: Number
        o: Number

        reuse = 4

        def __post_init__(self) -> None:
            positive("Sums", depth=self.depth, cols=self.cols)

        @property
        def memory(self) -> Scratchpad.Config:
            """Where the sums are kept."""
            return Scratchpad.Config(depth=self.depth, groups=1, width=self.cols * self.o.width)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "valid": In(1),
            "end": In(1),
            "first": In(1),
            "bias": In(data.ArrayLayout(config.o.shape, config.cols)),
            "i": In(data.ArrayLayout(config.i.shape, config.cols)),
            "o": Out(data.ArrayLayout(config.o.shape, config.cols)),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        m.submodules.memory = memory = Scratchpad(config.memory)
        place, first = Signal(range(config.depth)), Signal()
        with m.If(self.valid):
            m.d.sync += place.eq(after(place, self.end) if len(place) else Const(0))
        m.d.sync += first.eq(self.first)
        start = Signal(data.ArrayLayout(config.o.shape, config.cols), reset_less=True)
        m.d.comb += memory.address.eq(place)
        m.d.sync += start.as_value().eq(Mux(first, self.bias.as_value(), memory.o))
        later = Cat(delay(m, Const(1), Cat(self.valid), 3, "valid", reset=True),
                    delay(m, Const(1), place, 3, "place"))  # fmt: skip
        total = Signal(data.ArrayLayout(config.o.shape, config.cols), reset_less=True)
        m.d.sync += [total[c].eq(self.i[c] + start[c]) for c in range(config.cols)]
        m.d.comb += [self.o.eq(total), memory.write.eq(later[0]), memory.put.eq(later[1:]),
                     memory.i.eq(total)]  # fmt: skip
        return m

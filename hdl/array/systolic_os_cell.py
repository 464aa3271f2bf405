"""A cell of an output-stationary systolic array: a dot product and the sum that stays."""

from dataclasses import dataclass

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl.accumulate.plain import Accumulator
from hdl.array.systolic_config import Columns, sums_of
from hdl.number import Number

__all__ = ["FLAGS", "OutputCell"]

FLAGS = data.StructLayout({"step": 1, "first": 1, "done": 1, "shift": 1})
"""What a cell does: add a dot product, to 0; give its sums away a cycle after, shift others."""


class OutputCell(wiring.Component):
    r"""Sums over steps of each column: :math:`t_c' = \sum_l w_{c,l} x_l + (first\ ?\ 0 : t_c)`.

    Operands, weights and flags pass on a cycle later, operands and flags to the next cell of the
    row, weights to that of the column. While ``done``, the finished sums are copied to registers
    that ``shift`` passes on to the cell below, and fills from the cell above.

    Operands and weights of stage s come s cycles late; ``step`` and ``first`` come
    ``config.dot_latency`` after stage 0, ``done`` one more after the last step.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register; not read without ``config.stalls``.
    x, next_x : ``In``, ``Out(lanes * width)``
        Operands, each lane in its stage.
    w, next_w : ``In``, ``Out(config.columns.hop * lanes * width)``
        Weights, column 0 lowest.
    flags, next_flags : ``In``, ``Out(FLAGS)``
    i, o : ``In``, ``Out(data.ArrayLayout(config.acc.shape, config.columns.hop))``
        Finished sums from above, and those that are next to leave; a ``first`` cell has no i.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Which dot products, the sums, whether it is a column's first, has an enable."""

        columns: Columns
        acc: Number
        first: bool = False
        stalls: bool = True

        @property
        def dot_latency(self) -> int:
            """Enabled cycles by which flags follow the operands."""
            return self.columns.dot.latency

    def __init__(self, config: Config) -> None:
        self.config = config
        dot, hop = config.columns.dot, config.columns.hop
        x, w = dot.lanes * dot.x.width, hop * dot.lanes * dot.w.width
        sums = data.ArrayLayout(config.acc.shape, hop)
        super().__init__({
            "en": In(1),
            "x": In(x),
            "next_x": Out(x),
            "w": In(w),
            "next_w": Out(w),
            "flags": In(FLAGS),
            "next_flags": Out(FLAGS),
            **({} if config.first else {"i": In(sums)}),
            "o": Out(sums),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        en = self.en if config.stalls else Const(1)
        x, w, flags = (Signal(port.shape(), name=name, reset_less=True)
                       for name, port in (("x", self.x), ("w", self.w), ("flags", self.flags)))
        with m.If(en):
            m.d.sync += [x.eq(self.x), w.eq(self.w), flags.eq(self.flags)]
        m.d.comb += [self.next_x.eq(x), self.next_w.eq(w), self.next_flags.eq(flags)]
        size = sums_of(config.columns.dot)
        for number in range(config.columns.reach):
            m.submodules[f"dot{number}"] = dot = config.columns.dot.build()
            weights = w.word_select(number, len(w) // config.columns.reach)
            m.d.comb += [dot.en.eq(en), dot.x.eq(x), dot.w.eq(weights)]
            for k, made in enumerate(dot.o if size > 1 else [dot.o], number * size):
                self._keep(m, en, k, made, flags)
        return m

    def _keep(self, m: Module, en: Value, k: int, made: Value, flags: data.View) -> None:
        """The sum of a column, and the register by which it leaves."""
        config = self.config
        unit = Accumulator(Accumulator.Config(x=config.columns.dot.o, o=config.acc))
        m.submodules[f"acc{k}"] = unit
        adds = flags.step & en if config.stalls else flags.step
        m.d.comb += [unit.en.eq(adds), unit.first.eq(flags.first), unit.x.eq(made)]
        leaves = Signal(config.acc.shape, name=f"leaves{k}", reset_less=True)
        with m.If(en):
            with m.If(flags.done):
                m.d.sync += leaves.eq(unit.o)
            if not config.first:
                with m.Elif(flags.shift):
                    m.d.sync += leaves.eq(self.i[k])
        m.d.comb += self.o[k].eq(leaves)



"""A cell of a weight-stationary systolic array: weights that stay, a dot product, an adder."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl.array.systolic_config import Columns, lane_stages, sums_of
from hdl.dot.packed import Packed
from hdl.number import Number

__all__ = ["Cell"]


class Cell(wiring.Component):
    r"""Partial sums that pass down through a cell: :math:`o_c = i_c + \sum_l w_{c,l} x_l`.

    Operands x and the flag ``swap`` pass on to the next cell of the row a cycle later. Each column
    has its weights twice: those in use, and those that ``load`` shifts to the next column. Where a
    lane is read in stage s of the dot product, it comes s cycles late, and so do its weights:
    ``swap``, with the first lanes of a vector, takes the shifted ones into use just for it.

    ``o`` follows x by ``config.latency`` enabled cycles, i by one.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register but those that are shifted; not read without ``stalls``.
    x, next_x : ``In``, ``Out(lanes * width)``
        Operands, each lane in its stage.
    swap, next_swap : ``In``, ``Out(1)``
        Whether the weights are changed for the vector whose stage 0 is at x.
    load : ``In(lanes)``
        Whether a lane's weights are shifted, whatever ``en`` is.
    w, next_w : ``In``, ``Out(lanes * width)``
        Weights from the column before, and of the last column.
    i, o : ``In``, ``Out(data.ArrayLayout(config.acc.shape, config.columns.hop))``
        Partial sums; a ``first`` cell has no i and starts from 0.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Which dot products, the partial sums, whether it is a column's first, has an enable."""

        columns: Columns
        acc: Number
        first: bool = False
        stalls: bool = True

        @property
        def latency(self) -> int:
            """Enabled cycles from operands of stage 0 to sums."""
            return 1 + self.columns.dot.latency + 1

    def __init__(self, config: Config) -> None:
        self.config = config
        dot = config.columns.dot
        x, w = dot.lanes * dot.x.width, dot.lanes * dot.w.width
        sums = data.ArrayLayout(config.acc.shape, config.columns.hop)
        super().__init__({
            "en": In(1),
            "x": In(x),
            "next_x": Out(x),
            "swap": In(1),
            "next_swap": Out(1),
            "load": In(dot.lanes),
            "w": In(w),
            "next_w": Out(w),
            **({} if config.first else {"i": In(sums)}),
            "o": Out(sums),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        en = self.en if config.stalls else Const(1)
        weights = self._weights(m, self._swaps(m, en))
        x = Signal(len(self.x), reset_less=True)
        with m.If(en):
            m.d.sync += x.eq(self.x)
        m.d.comb += self.next_x.eq(x)
        size = sums_of(config.columns.dot)
        for number in range(config.columns.reach):
            m.submodules[f"dot{number}"] = dot = config.columns.dot.build()
            mine = slice(number * size, (number + 1) * size)
            m.d.comb += [dot.en.eq(en), dot.x.eq(x), dot.w.eq(Cat(*weights[mine]))]
            sums = dot.o if isinstance(config.columns.dot, Packed.Config) else [dot.o]
            for k, made in enumerate(sums, mine.start):
                total = Signal(config.acc.shape, name=f"total{k}", reset_less=True)
                with m.If(en):
                    m.d.sync += total.eq(made if config.first else self.i[k] + made)
                m.d.comb += self.o[k].eq(total)
        return m

    def _swaps(self, m: Module, en: Value) -> list[Value]:
        """Of each lane, whether its weights are changed."""
        stages = lane_stages(self.config.columns.dot)
        flags = [self.swap]
        for stage in range(max(1, stages[-1])):
            later = Signal(name=f"swap{stage + 1}", reset_less=True)
            with m.If(en):
                m.d.sync += later.eq(flags[-1])
            flags.append(later)
        m.d.comb += self.next_swap.eq(flags[1])
        return [flags[stage] & en if self.config.stalls else flags[stage] for stage in stages]

    def _weights(self, m: Module, swaps: list[Value]) -> list[Value]:
        """The weights in use, of each column."""
        width, before, found = self.config.columns.dot.w.width, self.w, []
        for k in range(self.config.columns.hop):
            shifted = Signal(len(self.w), name=f"shifted{k}", reset_less=True)
            used = Signal(len(self.w), name=f"w{k}", reset_less=True)
            for lane, swap in enumerate(swaps):
                with m.If(self.load[lane]):
                    m.d.sync += shifted.word_select(lane, width).eq(before.word_select(lane, width))
                with m.If(swap):
                    m.d.sync += used.word_select(lane, width).eq(shifted.word_select(lane, width))
            before = shifted
            found.append(used)
        m.d.comb += self.next_w.eq(before)
        return found

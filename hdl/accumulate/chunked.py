"""Sums in a floating-point format, chunk by chunk, of several rows in turns."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl.accumulate.chunked_add import FloatAdder
from hdl.checks import positive
from hdl.compress.fabric import Kind
from hdl.minifloat import Minifloat, Parts, Rounding, rebased
from hdl.stream.delay import delay

__all__ = ["ChunkedAccumulator", "Step"]


@dataclass(frozen=True, kw_only=True)
class Step:
    """What an accumulator is told of a step, all in the same cycle.

    valid : whether there is a step at all.
    group : whose sum is added to.
    first : whether the term is the first of a chunk.
    merge : whether, instead of adding a term, the chunk's sum is added to the row's.
    start : whether the chunk is the first of the row.
    """

    valid: Value
    group: Value
    first: Value
    merge: Value
    start: Value


class ChunkedAccumulator(wiring.Component):
    r"""Sums of chunks, and of these: :math:`s' = round((first\ ?\ 0 : s) + x)`, for each group.

    A step with ``merge`` adds a chunk's sum s to the group's: :math:`y' = round(s + (start\ ?\ bias
    : y))`. There is one adder, for both; s and y of each group are in memories in LUTs. As sums are
    written ``config.interval`` enabled cycles after they are read, a group's steps must be so far
    apart: steps of other groups come between.

    A step is looked at in three cycles: its total is read, then the term x is added, then the sum
    written. :meth:`connect` delays what is told of a step for all accumulators at once. o is the
    sum or total of a step, ``config.latency`` enabled cycles after it.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(config.x.layout)``
        Term, a cycle after its step.
    bias : ``In(config.o.parts.layout)``
        What the group's total starts from, with the step.
    o : ``Out(config.o.parts.layout)``
        A register.
    total_group, start
        Of the step's cycle.
    group, first, merge
        Of the cycle after it.
    to_group, to_part, to_total
        Of the last cycle: which sum is written, if any.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The terms, the format of sums, how many rows there are, and what chunks are added to.

        merges : whether there are totals; else there is a single chunk, and no bias.
        biased : whether totals start from a bias instead of zero.
        """

        x: Parts
        o: Minifloat
        groups: int
        merges: bool = True
        biased: bool = False
        rounding: Rounding = "up"
        fabric: Kind = "xilinx"

        def __post_init__(self) -> None:
            positive("ChunkedAccumulator", groups=self.groups)

        @cached_property
        def adder(self) -> FloatAdder.Config:
            """The adder of terms, and of totals if there are."""
            x, o = self.x, self.o.parts
            if self.merges:
                x = Parts(low=x.low, high=max(x.high, o.high), fraction=max(x.fraction, o.fraction))
            return FloatAdder.Config(x=x, o=self.o, rounding=self.rounding, fabric=self.fabric)

        @property
        def interval(self) -> int:
            """Enabled cycles between two steps of a group."""
            return self.adder.latency + 1

        @property
        def latency(self) -> int:
            """Enabled cycles from a step to its sum."""
            return self.adder.latency + 1

    def __init__(self, config: Config) -> None:
        self.config = config
        group = range(config.groups)
        super().__init__({
            "en": In(1),
            "x": In(config.x.layout),
            "bias": In(config.o.parts.layout),
            "o": Out(config.o.parts.layout),
            "total_group": In(group), "start": In(1),
            "group": In(group), "first": In(1), "merge": In(1),
            "to_group": In(group), "to_part": In(1), "to_total": In(1),
        })  # fmt: skip

    @classmethod
    def connect(cls, m: Module, en: Value, accumulators: list, step: Step) -> None:
        """Tell accumulators of one config of a step, each thing in its cycle."""
        latency = accumulators[0].config.adder.latency
        now = Cat(step.valid & ~step.merge, step.valid & step.merge, step.group)
        one = delay(m, en, Cat(now, step.first, step.merge), 1, "step", reset=True)
        size = len(step.group)
        late = delay(m, en, one[: 2 + size], latency, "late_step", reset=True)
        for unit in accumulators:
            m.d.comb += [
                unit.en.eq(en),
                unit.total_group.eq(step.group), unit.start.eq(step.start),
                unit.group.eq(one[2 : 2 + size]), unit.first.eq(one[-2]), unit.merge.eq(one[-1]),
                unit.to_part.eq(late[0]), unit.to_total.eq(late[1]), unit.to_group.eq(late[2:]),
            ]  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        m.submodules.adder = adder = config.adder.build()
        bits = adder.o.as_value()
        part = self._memory(m, "parts", self.to_part, bits, self.group)
        term = self._fields(self.x, config.x)
        if config.merges:
            total = Signal(len(bits), reset_less=True)
            found = self._memory(m, "totals", self.to_total, bits, self.total_group)
            start = self.bias.as_value() if config.biased else Const(0, len(bits))
            with m.If(self.en):
                m.d.sync += total.eq(Mux(self.start, start, found))
            view = Signal(config.o.parts.layout, name="total_fields")
            m.d.comb += view.eq(total)
            term = Mux(self.merge, self._fields(view, config.o.parts), term)
        m.d.comb += [
            adder.en.eq(self.en),
            adder.first.eq(self.first),
            adder.a.eq(part),
            adder.b.eq(term),
            self.o.eq(adder.o),
        ]
        return m

    def _fields(self, value, number: Parts) -> Value:
        """A number as the bits of the adder's fields."""
        to = self.config.adder.x
        exponent = Cat(rebased(value, number, to.low), Const(0, to.exponent))[: to.exponent]
        return Cat(Const(0, to.fraction - number.fraction), value.fraction, exponent, value.some,
                   value.sign)  # fmt: skip

    def _memory(self, m: Module, name: str, write: Value, bits: Value, group: Value) -> Value:
        """What was last written for a group."""
        if self.config.groups == 1:
            register = Signal(len(bits), name=name, reset_less=True)
            with m.If(self.en & write):
                m.d.sync += register.eq(bits)
            return register
        memory = Memory(shape=len(bits), depth=self.config.groups, init=[],
                        attrs={"ram_style": "distributed"})  # fmt: skip
        m.submodules[name] = memory
        port, read = memory.write_port(), memory.read_port(domain="comb")
        m.d.comb += [port.en.eq(self.en & write), port.addr.eq(self.to_group), port.data.eq(bits),
                     read.addr.eq(group)]  # fmt: skip
        return read.data

"""A whole block at once: its step, its mantissas, and the best of several steps."""

from dataclasses import dataclass
from functools import cached_property, reduce
from operator import or_

from amaranth.hdl import Cat, Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.number import Number
from hdl.quant.choice import Choice
from hdl.quant.statistic_error import Errors, joined
from hdl.quant.statistic_lane import Mantissa
from hdl.quant.statistic_step import BlockCode
from hdl.stream.delay import delay

__all__ = ["Block"]


class Block(wiring.Component):
    r"""Word of a block of sums: mantissas of a common step, and its exponent.

    See :class:`hdl.quant.statistic_step.BlockCode` for the equations. The largest magnitude is not
    looked for: its leading one is that of the disjunction of all magnitudes.
    With ``ways`` above 1 as many quantisers work side by side, with the exponents e, e - 1, …,
    none below 0, and the word is the one whose :math:`\sum |x - 2^{r + e} m|` is the least, of
    equals the one of the highest exponent (E2BQM of Cambricon-Q, ISCA 2021).

    Pipelined: one block a cycle, ``config.latency`` enabled cycles later.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(lanes * code.x.width)``
        Sums, lane 0 lowest.
    o : ``Out(config.o.shape)``
        Mantissas, lane 0 lowest, and above them the exponent.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Lanes of a block, its code, and how many steps are tried."""

        lanes: int
        code: BlockCode
        ways: int = 1

        def __post_init__(self) -> None:
            positive("Block", lanes=self.lanes, ways=self.ways)

        @property
        def x(self) -> Number:
            """All sums."""
            return Number(width=self.lanes * self.code.x.width)

        @property
        def o(self) -> Number:
            """The word."""
            return Number(width=self.lanes * self.code.bits + self.code.exponent)

        def lane(self, way: int) -> Mantissa.Config:
            """The quantiser of a lane."""
            return Mantissa.Config(code=self.code, fits=way == 0, errors=self.ways > 1)

        @cached_property
        def errors(self) -> Errors.Config:
            """What a word misses."""
            return Errors.Config(lanes=self.lanes, code=self.code)

        @property
        def choice(self) -> Choice.Config:
            """Which word is best."""
            return Choice.Config(ways=self.ways, error=self.errors.width, width=self.o.width)

        @property
        def latency(self) -> int:
            """Enabled cycles: magnitudes, all, the exponent, mantissas, and errors and choice."""
            found = 3 + Mantissa.Config.latency
            return found if self.ways == 1 else found + self.errors.latency + self.choice.latency

        def build(self) -> "Block":
            """The circuit."""
            return Block(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({"en": In(1), "x": In(config.x.shape), "o": Out(config.o.shape)})

    def elaborate(self, platform) -> Module:
        m = Module()
        config, code = self.config, self.config.code
        sums = [self._sum(lane) for lane in range(config.lanes)]
        asked = [self._late(m, code.reached(m, x, f"x{k}"), 1, f"asked{k}")
                 for k, x in enumerate(sums)]  # fmt: skip
        late = [self._late(m, x, 3, f"x{k}") for k, x in enumerate(sums)]
        flags = self._late(m, reduce(or_, asked), 1, "flags")
        words, errors = [], []
        for way in range(config.ways):
            e = self._late(m, code.leading(flags, way), 1, f"e{way}")
            lanes = [self._lane(m, x, e, way, k) for k, x in enumerate(late)]
            e = self._late(m, e, Mantissa.Config.latency, f"e{way}_late")
            words.append(Cat(*(lane.o for lane in lanes), e))
            if config.ways > 1:
                m.submodules[f"errors{way}"] = missed = config.errors.build()
                m.d.comb += joined(missed, self.en, lanes, e)
                errors.append(missed.o)
        if config.ways == 1:
            m.d.comb += self.o.eq(words[0])
            return m
        m.submodules.choice = choice = config.choice.build()
        m.d.comb += [
            choice.en.eq(self.en),
            choice.x.eq(Cat(*(self._late(m, word, config.errors.latency, f"word{way}")
                              for way, word in enumerate(words)))),
            choice.errors.eq(Cat(errors)),
            self.o.eq(choice.o),
        ]  # fmt: skip
        return m

    def _sum(self, lane: int) -> Value:
        x = self.config.code.x
        bits = self.x.word_select(lane, x.width)
        return bits.as_signed() if x.signed else bits

    def _lane(self, m: Module, x: Value, e: Value, way: int, lane: int) -> Mantissa:
        m.submodules[f"way{way}_lane{lane}"] = dut = self.config.lane(way).build()
        m.d.comb += [dut.en.eq(self.en), dut.x.eq(x), dut.e.eq(e)]
        return dut

    def _late(self, m: Module, value: Value, cycles: int, name: str) -> Value:
        return delay(m, self.en, value, cycles, f"{name}_late")

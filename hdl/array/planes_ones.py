"""Plain popcount, and operands in the cycles in which popcounts read them."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.fabric import Kind
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan, plan
from hdl.compress.tree import compress
from hdl.number import Number, holding
from hdl.stream.delay import delay

__all__ = ["Ones", "skew"]


class Ones(wiring.Component):
    r"""Count ones: :math:`o = \sum_i x_i`, one result a cycle, ``config.latency`` later.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(lanes)``
        Bits, all of the same cycle.
    o : ``Out(config.o.shape)``
        The count.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of bits."""

        lanes: int
        fabric: Kind = "xilinx"

        def __post_init__(self) -> None:
            positive("Ones", lanes=self.lanes)

        @property
        def o(self) -> Number:
            """The count as a number."""
            return holding(0, self.lanes)

        @cached_property
        def plan(self) -> Plan:
            """The compressor tree."""
            return plan(Heap(bits=((self.lanes,),), fabric=self.fabric))

        @property
        def latency(self) -> int:
            """Enabled cycles from bits to count."""
            return self.plan.latency

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({"en": In(1), "x": In(config.lanes), "o": Out(config.o.shape)})

    def elaborate(self, platform) -> Module:
        m = Module()
        bits = [[list(self.x)]]
        m.d.comb += self.o.eq(compress(m, platform, self.config.plan, bits=bits, en=self.en))
        return m


def skew(m: Module, en: Value, bits: Value, stages: tuple[int, ...], name: str) -> Value:
    """Bits delayed by their stage: ``stages`` of them by 0, 1, … enabled cycles, in order.

    The registers are reset, lest a synthesiser make shift registers of them: a LUT a bit.
    """
    parts, low = [], 0
    for cycles, count in enumerate(stages):
        parts.append(delay(m, en, bits[low : low + count], cycles, f"{name}_{cycles}", reset=True))
        low += count
    return Cat(*parts)

"""How many of some bits are set."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.fabric import Kind
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan, plan
from hdl.compress.tree import compress
from hdl.number import Number, holding

__all__ = ["BitCount"]

_CHAINS = {1: ("none",), 2: ("P2", "top"), 3: ("P2", "top"), **{n: ("6lo", "6hi", "top")
                                                                for n in (4, 5, 6, 7)}}  # fmt: skip
"""So few bits are one carry chain alone, in which they are columns of the last adder."""


class BitCount(wiring.Component):
    r"""Count set bits: :math:`o = \sum_i x_i`.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after the bits of
    stage 0.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(config.lanes)``
        The bits; those of stage 0 lowest, those of stage s are read s enabled cycles later.
    o : ``Out(config.o.shape)``
        The count.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """How many bits are read in stage 0, 1, …"""

        stages: tuple[int, ...]
        fabric: Kind = "xilinx"

        def __post_init__(self) -> None:
            positive("BitCount", lanes=self.lanes)

        @property
        def lanes(self) -> int:
            """How many bits are counted."""
            return sum(self.stages)

        @property
        def o(self) -> Number:
            """The count as a number."""
            return holding(0, self.lanes)

        @property
        def heap(self) -> Heap:
            """What is counted."""
            return Heap(bits=tuple((count,) for count in self.stages), fabric=self.fabric)

        @cached_property
        def plan(self) -> Plan:
            """The compressor tree."""
            if len(self.stages) == 1 and self.lanes in _CHAINS and self.fabric == "xilinx":
                return Plan(self.heap, (), _CHAINS[self.lanes])
            return plan(self.heap)

        @property
        def latency(self) -> int:
            """Enabled cycles from the bits of stage 0 to the result."""
            return self.plan.latency

        @property
        def luts(self) -> int:
            """LUTs of the tree."""
            return self.plan.luts

        def build(self) -> "BitCount":
            """The circuit."""
            return BitCount(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "x": In(config.lanes),
            "o": Out(config.o.shape),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        bits, first = [], 0
        for count in self.config.stages:
            bits.append([list(self.x[first : first + count])])
            first += count
        m.d.comb += self.o.eq(compress(m, platform, self.config.plan, bits=bits, en=self.en))
        return m

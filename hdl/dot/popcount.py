"""XNOR-popcount: the bipolar dot product as a count of lanes that agree."""

from dataclasses import dataclass

from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.heap import Plan, compress
from hdl.number import BIPOLAR, Number, holding

__all__ = ["Popcount"]


class Popcount(wiring.Component):
    r"""Count agreeing lanes: :math:`o = \sum_i xnor(x_i, w_i) = (x \cdot w + lanes) / 2`.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after its
    operands. A lane padded with x = 0 and w = 1 counts nothing.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x, w : ``In(lanes)``
        Bipolar operands, lane 0 in bit 0.
    o : ``Out(config.o.shape)``
        The count.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of lanes; the operands are bipolar."""

        lanes: int
        x: Number = BIPOLAR
        w: Number = BIPOLAR

        def __post_init__(self) -> None:
            positive("Popcount", lanes=self.lanes)
            if not (self.x.bipolar and self.w.bipolar):
                operands = f"{self.x!r} and {self.w!r}"
                raise ValueError(f"Popcount operands must be bipolar, not {operands}")

        @property
        def o(self) -> Number:
            """The count as a number."""
            return holding(0, self.lanes)

        @property
        def plan(self) -> Plan:
            """The adder tree."""
            return Plan((self.lanes,) + (0,) * (self.o.width - 1))

        @property
        def latency(self) -> int:
            """Enabled cycles from operands to result."""
            return self.plan.latency

        def build(self) -> "Popcount":
            """The circuit."""
            return Popcount(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "x": In(config.lanes),
            "w": In(config.lanes),
            "o": Out(config.o.shape),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        agree = Signal(self.config.lanes)
        m.d.comb += agree.eq(~(self.x ^ self.w))
        columns = [list(agree)] + [[] for _ in range(self.config.o.width - 1)]
        m.d.comb += self.o.eq(compress(m, columns, self.en))
        return m

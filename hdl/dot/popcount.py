"""XNOR-popcount: the bipolar dot product as a count of lanes that agree."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.fabric import Kind
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan, levels_of, plan
from hdl.compress.solve import LEVELS_PER_STAGE
from hdl.compress.tree import compress
from hdl.number import BIPOLAR, Number, holding

__all__ = ["BIT", "WIDTH", "Popcount", "RowsPopcount"]

BIT = Number(width=1)
"""An operand that is 0 or 1."""

WIDTH = 12
"""Of the rows: a lane of a DSP48E1 cut in four."""


@dataclass(frozen=True, kw_only=True)
class _Config:
    """Number of lanes; the operands are bipolar (XNOR), or both are bits (AND)."""

    lanes: int
    x: Number = BIPOLAR
    w: Number = BIPOLAR
    fabric: Kind = "xilinx"

    def __post_init__(self) -> None:
        positive("Popcount", lanes=self.lanes)
        if self.x != self.w or self.x not in (BIPOLAR, BIT):
            operands = f"{self.x!r} and {self.w!r}"
            raise ValueError(f"Popcount operands must both be bipolar, or bits, not {operands}")

    @property
    def gate(self) -> str:
        """The product of a lane."""
        return "xnor" if self.x.bipolar else "and"

    @property
    def o(self) -> Number:
        """The count as a number."""
        return holding(0, self.lanes)

    @cached_property
    def plan(self) -> Plan:
        """The compressor tree."""
        return plan(self.heap)

    @property
    def stages(self) -> tuple[int, ...]:
        """How many lanes are read in cycle 0, 1, …: in order, the first first."""
        return self.plan.pair_stages[0]

    @property
    def latency(self) -> int:
        """Enabled cycles from the operands of stage 0 to the result."""
        return self.plan.latency


class Popcount(wiring.Component):
    r"""Count agreeing lanes: :math:`o = \sum_i xnor(x_i, w_i) = (x \cdot w + lanes) / 2`.

    Of operands that are bits, :math:`o = \sum_i and(x_i, w_i) = x \cdot w`.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after the
    operands of stage 0. The gates are part of the first full adders, which take two lanes each and
    one after the other: lanes of stage s (``config.stages``) are read s enabled cycles later than
    those of stage 0, so that a delay is paid once for all units that share an operand. A lane
    padded with x = 0 and w = 1 counts nothing, of bits one with either 0.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x, w : ``In(lanes)``
        Operands, lane 0 in bit 0.
    o : ``Out(config.o.shape)``
        The count.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config(_Config):
        """Number of lanes; the operands are bipolar (XNOR), or both are bits (AND)."""

        @property
        def heap(self) -> Heap:
            """What is counted."""
            return Heap(pairs=(self.lanes,), fabric=self.fabric)

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
        pairs = [list(zip(self.x, self.w))]
        config = self.config
        found = compress(m, platform, config.plan, pairs=pairs, en=self.en, gate=config.gate)
        m.d.comb += self.o.eq(found)
        return m


class RowsPopcount(wiring.Component):
    r"""As :class:`Popcount`, as two rows with a bias: :math:`a + b = o + \sum_k 2^{c_k} bias_k`.

    For a lane of a DSP48E1, whose adder adds both rows to the sum so far. The bias's bits are of
    the columns ``config.bias``, where the tree leaves one of the two rows free, so that they cost
    little or nothing; they are read in stage ``config.bias_stage``. Sums are modulo 2^WIDTH.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x, w : ``In(lanes)``
        Bipolar operands, lane 0 in bit 0, each in its stage.
    bias : ``In(len(config.bias))``
        Bits of the bias, the lowest column first.
    a, b : ``Out(WIDTH)``
        The rows, ``config.latency`` enabled cycles after stage 0.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config(_Config):
        """Number of lanes, and of how many partial sums a total is made (``words``)."""

        words: int

        def __post_init__(self) -> None:
            super().__post_init__()
            positive("RowsPopcount", words=self.words)

        @property
        def bias(self) -> tuple[int, ...]:
            """The columns of the bias.

            Column 2 costs most (three LUTs of 51 where 64 lanes are counted). Of three words with
            4 = 2 + 2 or 6 = 2 + 2 + 2 every bias can be had without, see :mod:`hdl.array.bias`.
            """
            return tuple(c for c in range(WIDTH) if c != 2 or self.words < 3)

        @property
        def bias_stage(self) -> int:
            """The cycle in which the bias is read: that of the last register."""
            return len(self.heap.bits) - 1

        @property
        def heap(self) -> Heap:
            """What is counted."""
            late = levels_of(Heap(pairs=(self.lanes,))) // LEVELS_PER_STAGE - 1
            bias = tuple(int(column in self.bias) for column in range(WIDTH))
            return Heap(pairs=(self.lanes,), bits=((),) * late + (bias,), width=WIDTH, rows=2,
                        fabric=self.fabric)  # fmt: skip

        def build(self) -> "RowsPopcount":
            """The circuit."""
            return RowsPopcount(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "x": In(config.lanes),
            "w": In(config.lanes),
            "bias": In(len(config.bias)),
            "a": Out(WIDTH),
            "b": Out(WIDTH),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        late = [[] for _ in range(WIDTH)]
        for bit, column in zip(self.bias, config.bias):
            late[column].append(bit)
        bits = [[]] * config.bias_stage + [late]
        pairs = [list(zip(self.x, self.w))]
        a, b = compress(m, platform, config.plan, pairs=pairs, bits=bits, en=self.en,
                        gate=config.gate)  # fmt: skip
        m.d.comb += [self.a.eq(a), self.b.eq(b)]
        return m

"""Dot products with a few values, of few-bit inputs: a table of the products."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.blocks import Bit
from hdl.compress.fabric import Fabric, Kind
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan
from hdl.compress.tree import compress
from hdl.dot.gates import Gate, emit, lut_count, tables
from hdl.dot.integer import planned
from hdl.number import Number, holding

__all__ = ["Products"]

PINS = 6
"""Bits of an input and of an index at most: a LUT6 makes a bit of their product."""


class Products(wiring.Component):
    r"""Sum of products with values of a table: :math:`o = \sum_i x_i C_{w_i}`.

    As :class:`hdl.dot.codebook.Codebook`, but LUTs make the bits of each product of x and index
    together; behind a register a bit heap adds them.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after its
    operands, which all arrive at once. A lane whose x is zero adds nothing.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x, w : ``In(lanes * width)``
        Inputs and indices, lane 0 lowest.
    o : ``Out(config.o.shape)``
        The sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of lanes, the inputs, the table, and what it is made of."""

        lanes: int
        x: Number
        values: tuple[int, ...]
        fabric: Kind = "xilinx"

        multiplier = False

        def __post_init__(self) -> None:
            positive("Products", lanes=self.lanes)
            if not Products.suits(self.x, self.values):
                what = f"at most {PINS} bits, the input not bipolar"
                raise ValueError(f"Products of an input and an index must be of {what}")
            if not any(self.values):
                raise ValueError("Products must not all be 0")

        @property
        def w(self) -> Number:
            """The index of a weight."""
            return Number(width=_index(self.values))

        @property
        def product(self) -> Number:
            """One lane's product."""
            return self._sum(1)

        @property
        def o(self) -> Number:
            """The sum."""
            return self._sum(self.lanes)

        def _sum(self, lanes: int) -> Number:
            ends = [x * value * lanes for x in (self.x.low, self.x.high) for value in self.values]
            return holding(min(ends), max(ends))

        @cached_property
        def decoder(self) -> tuple[tuple[Gate, ...], tuple[str, ...]]:
            """The gates of ``x0``, …, ``w0``, …, and which makes each bit of a product."""
            x = [n - (n > self.x.high) * (1 << self.x.width) for n in range(1 << self.x.width)]
            some = [self.values[min(n, len(self.values) - 1)] for n in range(1 << self.w.width)]
            pins = [f"x{k}" for k in range(self.x.width)] + [f"w{k}" for k in range(self.w.width)]
            words = [a * value for value in some for a in x]
            return tables(words, self.product.width, pins, "p")

        @cached_property
        def constant(self) -> int:
            """What makes up for the inverted sign of each product, modulo the result's 2^width."""
            sign = 1 << self.product.width - 1 if self.product.signed else 0
            return -self.lanes * sign % (1 << self.o.width)

        @cached_property
        def heap(self) -> Heap:
            """The bits of the products, a cycle after their operands, and the constant."""
            bits = [self.constant >> column & 1 for column in range(self.o.width)]
            for column, name in enumerate(self.decoder[1]):
                bits[column] += self.lanes * (name != "0")
            return Heap(bits=((), tuple(bits)), width=self.o.width, fabric=self.fabric)

        @cached_property
        def plan(self) -> Plan:
            """The compressor tree."""
            return planned(self.heap)

        @property
        def luts(self) -> int:
            """LUTs of the tables and the tree."""
            return self.lanes * lut_count(self.decoder[0]) + self.plan.luts

        @property
        def estimate(self) -> float:
            """LUTs, about, without a plan."""
            bits = sum(map(sum, self.heap.bits))
            return self.lanes * lut_count(self.decoder[0]) + 0.56 * bits + 0.3 * self.o.width

        @property
        def stages(self) -> tuple[int, ...]:
            """How many lanes are read in cycle 0, 1, …: all at once."""
            return (self.lanes,)

        @property
        def latency(self) -> int:
            """Enabled cycles from operands to result."""
            return self.plan.latency

        def build(self) -> "Products":
            """The circuit."""
            return Products(self)

    @staticmethod
    def suits(x: Number, values: tuple[int, ...]) -> bool:
        """Whether inputs and indices are so few bits."""
        return not x.bipolar and x.width + _index(values) <= PINS

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "x": In(config.lanes * config.x.width),
            "w": In(config.lanes * config.w.width),
            "o": Out(config.o.shape),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        fab = Fabric(m, platform, config.fabric)
        gates, names = config.decoder
        columns: list[list[Value | Bit]] = [[] for _ in range(config.o.width)]
        for column in range(config.o.width):
            if config.constant >> column & 1:
                columns[column].append(Const(1, 1))
        for lane in range(config.lanes):
            bits = {"1": Const(1, 1)}
            bits |= {f"x{k}": bit for k, bit in enumerate(self._lane(self.x, config.x, lane))}
            bits |= {f"w{k}": bit for k, bit in enumerate(self._lane(self.w, config.w, lane))}
            bits |= emit(fab, gates, bits, f"lane{lane}")
            product = Signal(len(names), name=f"product{lane}", reset_less=True)
            with m.If(self.en):
                m.d.sync += product.eq(Cat(*(bits.get(name, Const(0, 1)) for name in names)))
            for column, name in enumerate(names):
                sign = config.product.signed and column == len(names) - 1
                if name != "0":
                    columns[column].append(Bit(product[column], inverted=sign))
        made = compress(m, platform, config.plan, bits=[[], columns], en=self.en)
        m.d.comb += self.o.eq(made)
        return m

    @staticmethod
    def _lane(port: Value, number: Number, lane: int) -> Value:
        return port.word_select(lane, number.width)


def _index(values: tuple[int, ...]) -> int:
    """Bits of an index."""
    return max(1, (len(values) - 1).bit_length())

"""Integer dot products by fusible units: the bricks of BitFusion, in the mode of the operands."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from amaranth.hdl import Cat, Const, Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.beam import beam
from hdl.compress.blocks import Bit
from hdl.compress.fabric import Kind
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan
from hdl.compress.tree import compress
from hdl.dot.brick import MODES, Mode, digits
from hdl.dot.fusible_bricks import FusionBricks
from hdl.dot.fusible_control import FusionControl
from hdl.dot.integer import NARROW, product_sum
from hdl.number import Number
from hdl.shared import Shared

__all__ = ["MAX_WIDTH", "Fusible"]

MAX_WIDTH = 8
"""Of an operand: the bricks of a unit are one product of 8 x 8 bits."""


class Fusible(wiring.Component):
    r"""Sum of products: :math:`o = \sum_i x_i w_i`, as :class:`hdl.dot.integer.Integer`.

    Units of sixteen 2-bit bricks (:class:`hdl.dot.fusible_bricks.FusionBricks`) side by side, in
    the mode of 2, 4 or 8 bits an operand that holds the two numbers, and a tree that adds their
    sums. The lanes are in natural order here; to pack them is wires. The units are one module,
    which still fuses at run time; their one control has the mode as a constant.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after its
    operands, which all arrive at once. A lane in which x or w is zero adds nothing.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x, w : ``In(lanes * width)``
        Operands, lane 0 lowest.
    o : ``Out(config.o.shape)``
        The sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of lanes, the two operands, and what it is made of."""

        lanes: int
        x: Number
        w: Number
        fabric: Kind = "xilinx"

        multiplier = False

        def __post_init__(self) -> None:
            positive("Fusible", lanes=self.lanes)
            for number in (self.x, self.w):
                if number.bipolar:
                    raise ValueError("Fusible operands must not be bipolar; use Integer")
                if number.width > MAX_WIDTH:
                    what = f"at most {MAX_WIDTH} bits wide, not {number.width}"
                    raise ValueError(f"Fusible operands must be {what}")

        @property
        def mode(self) -> Mode:
            """How the units' bricks fuse."""
            return Mode(*(max(2, 1 << (n.width - 1).bit_length()) for n in (self.x, self.w)))

        @property
        def units(self) -> int:
            """How many units there are."""
            return -(-self.lanes // self.mode.products)

        @property
        def unit(self) -> FusionBricks.Config:
            """Each of them."""
            return FusionBricks.Config(fabric=self.fabric)

        @property
        def part(self) -> Number:
            """The sum of a unit."""
            return product_sum(self.x, self.w, min(self.lanes, self.mode.products))

        @property
        def o(self) -> Number:
            """The sum."""
            return product_sum(self.x, self.w, self.lanes)

        @property
        def constant(self) -> int:
            """What makes up for the units' sign bits, which are inverted."""
            return -self.units << self.part.width - 1 if self.part.signed else 0

        @property
        def plan(self) -> Plan | None:
            """The compressor tree of the units' sums; none of one unit."""
            if self.units == 1:
                return None
            bits = [self.units * (column < self.part.width) + (self.constant >> column & 1)
                    for column in range(self.o.width)]  # fmt: skip
            return _plan(Heap(bits=(tuple(bits),), width=self.o.width, fabric=self.fabric))

        @property
        def luts(self) -> int:
            """LUTs of the units and the tree; the control of a constant mode has none."""
            return self.units * self.unit.luts + (self.plan.luts if self.plan else 0)

        @property
        def estimate(self) -> float:
            """LUTs, about, without a plan."""
            tree = 0.55 * self.part.width * self.units if self.units > 1 else 0
            return self.units * self.unit.luts + tree

        @property
        def stages(self) -> tuple[int, ...]:
            """How many lanes are read in cycle 0, 1, …: all at once."""
            return (self.lanes,)

        @property
        def latency(self) -> int:
            """Enabled cycles from operands to result."""
            return self.unit.latency + (self.plan.latency if self.plan else 0)

        def build(self) -> "Fusible":
            """The circuit."""
            return Fusible(self)

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
        m.submodules.control = control = FusionControl()
        m.d.comb += [
            control.en.eq(self.en),
            control.mode.eq(MODES.index(config.mode)),
            control.x_signed.eq(config.x.signed),
            control.w_signed.eq(config.w.signed),
        ]
        sums = []
        for number, (x, w) in enumerate(self._words()):
            m.submodules[f"unit{number}"] = unit = Shared(config.unit.build())
            m.d.comb += [unit.en.eq(self.en), unit.control.eq(control.o), unit.x.eq(x),
                         unit.w.eq(w)]  # fmt: skip
            sums.append(unit.o[: config.part.width])
        m.d.comb += self.o.eq(self._tree(m, platform, sums) if config.plan else sums[0])
        return m

    def _words(self) -> Iterator[tuple[Value, Value]]:
        """Of each unit the digits of x and w, brick by brick."""
        config = self.config
        for unit in range(config.units):
            first = unit * config.mode.products
            x, w = [], []
            for product, i, j in digits(config.mode):
                x.append(_digit(self.x, config.x, first + product, i))
                w.append(_digit(self.w, config.w, first + product, j))
            yield Cat(*x), Cat(*w)

    def _tree(self, m: Module, platform, sums: list[Value]) -> Value:
        config = self.config
        columns: list[list] = [[] for _ in range(config.o.width)]
        for total in sums:
            for column, bit in enumerate(total):
                sign = config.part.signed and column == config.part.width - 1
                columns[column].append(Bit(bit, inverted=sign))
        for column, bits in enumerate(columns):
            bits += [Const(1, 1)] * (config.constant >> column & 1)
        return compress(m, platform, config.plan, bits=[columns], en=self.en)


@cache
def _plan(heap: Heap) -> Plan:
    return Plan(heap, *beam(heap, width=NARROW))


def _digit(port: Value, number: Number, lane: int, digit: int) -> Value:
    """Two bits of a lane's number, extended; zero beyond the last lane."""
    start = lane * number.width
    if start >= len(port):
        return Const(0, 2)
    above = port[start + number.width - 1] if number.signed else Const(0, 1)
    places = (2 * digit, 2 * digit + 1)
    return Cat(*(port[start + k] if k < number.width else above for k in places))

"""Integer dot products by fusible units: the bricks of BitFusion, in the mode of the operands."""

from collections.abc import Iterator
from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.fabric import Kind
from hdl.dot.brick import MODES, Mode, digits
from hdl.dot.fusible_sum import FusionSum
from hdl.dot.fusible_unit import FusionUnit
from hdl.dot.operands import product_sum
from hdl.number import Number

__all__ = ["MAX_WIDTH", "Fusible"]

MAX_WIDTH = 8
"""Of an operand: the bricks of a unit are one product of 8 x 8 bits."""


class Fusible(wiring.Component):
    r"""Sum of products: :math:`o = \sum_i x_i w_i`, as :class:`hdl.dot.integer.Integer`.

    Units of sixteen 2-bit bricks (:class:`hdl.dot.fusible_unit.FusionUnit`, and of several
    :class:`hdl.dot.fusible_sum.FusionSum`) in the mode of 2, 4 or 8 bits an operand that holds the
    two numbers. The lanes are in natural order here; to pack them is wires. The units still fuse
    at run time, but their control has the mode as a constant, and takes no LUT.

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
        def sum(self) -> FusionUnit.Config | FusionSum.Config:
            """What they are together."""
            if self.units == 1:
                return FusionUnit.Config(fabric=self.fabric)
            return FusionSum.Config(units=self.units, fabric=self.fabric)

        @property
        def o(self) -> Number:
            """The sum."""
            return product_sum(self.x, self.w, self.lanes)

        @property
        def luts(self) -> int:
            """LUTs of the units; the control of a constant mode has none."""
            return self.sum.luts

        @property
        def estimate(self) -> float:
            """LUTs, about, without a plan."""
            return 61 * self.units + 60 if self.units > 1 else self.sum.luts

        @property
        def stages(self) -> tuple[int, ...]:
            """How many lanes are read in cycle 0, 1, …: all at once."""
            return (self.lanes,)

        @property
        def latency(self) -> int:
            """Enabled cycles from operands to result."""
            return self.sum.latency

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
        made = FusionUnit(config.sum) if config.units == 1 else config.sum.build()
        m.submodules.sum = made
        x, w = (Cat(*words) for words in zip(*self._words()))
        m.d.comb += [
            made.en.eq(self.en), made.mode.eq(MODES.index(config.mode)),
            made.x_signed.eq(config.x.signed), made.w_signed.eq(config.w.signed),
            made.x.eq(x), made.w.eq(w), self.o.eq(made.o),
        ]  # fmt: skip
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


def _digit(port: Value, number: Number, lane: int, digit: int) -> Value:
    """Two bits of a lane's number, extended; zero beyond the last lane."""
    start = lane * number.width
    if start >= len(port):
        return Const(0, 2)
    above = port[start + number.width - 1] if number.signed else Const(0, 1)
    places = (2 * digit, 2 * digit + 1)
    return Cat(*(port[start + k] if k < number.width else above for k in places))

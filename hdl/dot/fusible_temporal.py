"""Products of 16-bit operands by one fusible unit, over time."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.fabric import Fabric, Kind
from hdl.dot.brick import MODES, Mode, digits
from hdl.dot.fusible_bricks import WIDTH, FusionBricks
from hdl.dot.fusible_unit import FusionUnit

__all__ = ["STEPS", "FusionTemporal"]

STEPS = 4
"""Passes of a product: x and w low, x high, w high, both high, shifted by 0, 8, 8, 16."""


class FusionTemporal(wiring.Component):
    r"""Sum of 16-bit products, each four of 8 bits: :math:`x w = \sum_{ij} x_i w_j 2^{8 (i + j)}`.

    A product takes :data:`STEPS` enabled cycles, in which its operands stay and ``step`` counts
    from 0 to 3; the next one may follow at once. ``first``, in step 0, starts a new sum. The sum
    is in ``o`` ``config.latency`` enabled cycles after the step 3 of its last product (BitFusion's
    temporal fusion; Sharma et al., ISCA 2018).

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    first : ``In(1)``
        Whether this step is the first of a new sum.
    step : ``In(2)``
        Number of the pass.
    x_signed, w_signed : ``In(1)``
        Whether the operands are two's complement.
    x, w : ``In(16)``
        Operands.
    o : ``Out(signed(config.width))``
        The sum, a register.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """How many products a sum has at most, and what it is made of."""

        products: int = 1
        fabric: Kind = "xilinx"

        latency = FusionBricks.Config.latency + 2

        def __post_init__(self) -> None:
            positive("FusionTemporal", products=self.products)

        @property
        def width(self) -> int:
            """Bits of the sum, signed whatever the operands are."""
            return 33 + (self.products - 1).bit_length()

        def cycles(self, products: int) -> int:
            """Enabled cycles from the operands of a sum to the sum."""
            return STEPS * products - 1 + self.latency

        def build(self) -> "FusionTemporal":
            """The circuit."""
            return FusionTemporal(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1), "first": In(1), "step": In(2), "x_signed": In(1), "w_signed": In(1),
            "x": In(16), "w": In(16), "o": Out(signed(config.width)),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        unit = FusionUnit(FusionBricks.Config(fabric=self.config.fabric))
        m.submodules.unit = unit
        x = Mux(self.step[0], self.x[8:], self.x[:8])
        w = Mux(self.step[1], self.w[8:], self.w[:8])
        eight = Mode(8, 8)
        m.d.comb += [
            unit.en.eq(self.en), unit.mode.eq(MODES.index(eight)),
            unit.x_signed.eq(self.x_signed & self.step[0]),
            unit.w_signed.eq(self.w_signed & self.step[1]),
            unit.x.eq(Cat(*(x.word_select(i, 2) for _, i, _ in digits(eight)))),
            unit.w.eq(Cat(*(w.word_select(j, 2) for _, _, j in digits(eight)))),
        ]  # fmt: skip
        control = Cat(self.first, self.step)
        for cycle in range(unit.config.latency):
            later = Signal(3, name=f"control{cycle}", reset_less=True)
            with m.If(self.en):
                m.d.sync += later.eq(control)
            control = later
        m.d.comb += self.o.eq(self._accumulate(m, platform, unit.o, control))
        return m

    def _accumulate(self, m: Module, platform, part, control):
        """The sum with a part in its place: a LUT a bit, as the part is in one of three registers.

        The others are cleared.
        """
        first, step = control[0], control[1:]
        places = {0: step == 0, 8: step[0] ^ step[1], 16: step == 3}
        shifted = {shift: Signal(WIDTH, name=f"part{shift}", reset_less=True) for shift in places}
        new = Signal(reset_less=True)
        total = Signal(self.config.width, reset_less=True)
        with m.If(self.en):
            m.d.sync += [new.eq(first), *(register.eq(part) for register in shifted.values())]
        for shift, here in places.items():
            with m.If(self.en & ~here):
                m.d.sync += shifted[shift].eq(0)
        kind = self.config.fabric
        fab = Fabric(m, platform, "portable" if kind == "lut" else kind)
        positions = []
        for c, bit in enumerate(total):
            bits = [register[min(c - shift, WIDTH - 1)]
                    for shift, register in shifted.items() if c >= shift]  # fmt: skip
            positions.append(fab.lut2(
                f"sum{c}", (bit, new, *bits),
                lambda o, new, *some: (o & (1 ^ new)) ^ _any(some),
                lambda o, new, *some: _any(some)))  # fmt: skip
        sums, _ = fab.carry("sum", Const(0, 1), positions)
        with m.If(self.en):
            m.d.sync += total.eq(Cat(*sums))
        return total


def _any(bits):
    found = 0
    for bit in bits:
        found = found | bit
    return found

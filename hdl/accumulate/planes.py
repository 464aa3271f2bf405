"""Sums over bit planes in one DSP48E1: doubled before each plane of the next lower weight."""

from dataclasses import dataclass

from amaranth.hdl import Const, Module, Mux, Signal, signed
from amaranth.lib import data, enum, wiring
from amaranth.lib.wiring import In, Out

from hdl.accumulate.dsp import BITS, check_lanes, dsp48e1

__all__ = ["Op", "PlaneAccumulator"]


class Op(enum.Enum, shape=7):
    """What becomes of the sum P; the codes are OPMODEs of a DSP48E1 (Z, Y and X multiplexers)."""

    FIRST = 0b000_11_00
    """c: a new sum."""
    ADD = 0b010_11_00
    """P + c: a plane of the same weight."""
    DOUBLE = 0b010_11_10
    """2P + c: a plane of half the weight."""
    LESS = 0b010_00_11
    """P - a: a correction."""
    SHIFT = 0b001_00_00
    """The neighbour's P: sums leave one after the other."""


class PlaneAccumulator(wiring.Component):
    r"""Horner's rule on bit planes: :math:`o = \sum_s 2^s \sum_{c\ of\ weight\ s} c`, mod 2^width.

    Counts come from the highest weight down, the first of each further weight with DOUBLE, the
    others with ADD. The result is in ``o`` ``config.latency`` enabled cycles after its operands,
    one op a cycle. Nothing is reset; before the first FIRST the sums are undefined.

    With a platform it is a DSP48E1 (c on C, a on A:B, neighbour on PCIN, cascade on PCOUT), so a
    chain of them has to lie in one column of DSP48E1s; Amaranth's simulator gets its equations.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    op : ``In(Op)``
        What to do.
    a, c : ``In(data.ArrayLayout(config.width, config.lanes))``
        Operands of LESS, and of FIRST, ADD and DOUBLE.
    neighbour : ``In(48)``
        Operand of SHIFT: another's ``cascade``, or 0.
    o : ``Out(data.ArrayLayout(signed(config.width), config.lanes))``
        The sums, registers.
    cascade : ``Out(48)``
        The sums again, for a neighbour only.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Lanes: two of 24 bits, four of 12, or one of 48."""

        lanes: int = 2

        latency = 2

        def __post_init__(self) -> None:
            check_lanes("PlaneAccumulator", self.lanes)

        @property
        def width(self) -> int:
            """Bits of a lane."""
            return BITS // self.lanes

    def __init__(self, config: Config) -> None:
        self.config = config
        operands = data.ArrayLayout(config.width, config.lanes)
        super().__init__({
            "en": In(1),
            "op": In(Op, init=Op.FIRST),
            "a": In(operands),
            "c": In(operands),
            "neighbour": In(BITS),
            "o": Out(data.ArrayLayout(signed(config.width), config.lanes)),
            "cascade": Out(BITS),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        if platform is not None:
            code = self.op.as_value()
            m.submodules.dsp = dsp48e1(
                self.config.lanes,
                en=self.en,
                opmode=code,
                ab=self.a.as_value(),
                c=self.c.as_value(),
                p=self.o.as_value(),
                subtract=code[0],  # of LESS alone
                pcin=self.neighbour,
                pcout=self.cascade,
            )
            return m
        operands = data.ArrayLayout(self.config.width, self.config.lanes)
        a, c = Signal(operands, reset_less=True), Signal(operands, reset_less=True)
        op = Signal(7, reset_less=True)
        total = Signal(operands, reset_less=True)
        with m.If(self.en):
            m.d.sync += [a.eq(self.a), c.eq(self.c), op.eq(self.op)]
        zero = Const(0, self.config.width)
        for lane, mine in enumerate(total):
            with m.If(self.en):
                with m.If(op[0]):
                    m.d.sync += mine.eq(mine - a[lane])
                with m.Else():
                    rest = Mux(op[5], mine, zero) + Mux(op[1], mine, zero)
                    m.d.sync += mine.eq(rest + Mux(op[2], c[lane], zero))
                with m.If(op[4]):
                    low = lane * self.config.width
                    m.d.sync += mine.eq(self.neighbour[low : low + self.config.width])
        m.d.comb += [self.o.eq(total.as_value()), self.cascade.eq(total.as_value())]
        return m

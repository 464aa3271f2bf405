"""Sums over bit planes in one DSP48E1: doubled before each plane of the next lower weight."""

from dataclasses import dataclass

from amaranth.hdl import Const, Module, Mux, Signal, signed
from amaranth.lib import data, enum, wiring
from amaranth.lib.wiring import In, Out

from hdl.accumulate.dsp import BITS, check_lanes, cut_adder

__all__ = ["OP_BITS", "Op", "PlaneAccumulator"]

OP_BITS = 9


class Op(enum.Enum, shape=OP_BITS):
    """What becomes of the sum P.

    The codes are ALUMODE[1:0] and OPMODE of a DSP48E1: of the latter, Z is 0, P or the neighbour's
    P, Y is 0 or the count c, X is 0, P or A:B, which is -1.
    """

    FIRST = 0b00_000_11_00
    """c: a new sum."""
    MINUS = 0b11_000_11_00
    """-c: a new sum of a negative plane, or of a positive one for FLIP."""
    ADD = 0b00_010_11_00
    """P + c: a plane of the same weight."""
    DOUBLE = 0b00_010_11_10
    """2P + c: a plane of half the weight."""
    LESS = 0b11_010_11_00
    """P - c: a negative plane of the same weight."""
    FLIP = 0b10_010_11_10
    """-(2P + c) - 1: of the negated sum, a negative plane of half the weight, and 1 too little."""
    LESS1 = 0b11_010_11_11
    """P - c + 1: as LESS, and the 1 that FLIP took."""
    SHIFT = 0b00_001_00_00
    """The neighbour's P: sums leave one after the other."""


class PlaneAccumulator(wiring.Component):
    r"""Horner's rule on bit planes: :math:`o = \sum_s 2^s \sum_{c\ of\ weight\ s} \pm c`.

    That is modulo 2^width. Counts come from the highest weight down. The first of each further
    weight must be positive (DOUBLE), the others may be either (ADD, LESS): P is added to itself by
    two of the three inputs of the adder, which can only be negated together. Where all planes of
    the second weight are negative, the one of the first is taken with MINUS, the first of the
    second with FLIP and one of the others with LESS1. The result is in ``o`` ``config.latency``
    enabled cycles after its operands, one op a cycle. Nothing is reset; before the first FIRST or
    MINUS the sums are undefined.

    With a platform it is a DSP48E1 (UG479; c on C, -1 on A:B, neighbour on PCIN, cascade on PCOUT),
    so a chain of them has to lie in one column of DSP48E1s; Amaranth's simulator gets its
    equations.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    op : ``In(Op)``
        What to do.
    c : ``In(data.ArrayLayout(config.width, config.lanes))``
        Counts.
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
        counts = data.ArrayLayout(config.width, config.lanes)
        super().__init__({
            "en": In(1),
            "op": In(Op, init=Op.FIRST),
            "c": In(counts),
            "neighbour": In(BITS),
            "o": Out(data.ArrayLayout(signed(config.width), config.lanes)),
            "cascade": Out(BITS),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        if platform is not None:
            code = self.op.as_value()
            m.submodules.dsp = cut_adder(
                self.config.lanes,
                en=self.en,
                opmode=code[:7],
                alumode=code[7:],
                ab=Const(-1, BITS),
                c=self.c.as_value(),
                p=self.o.as_value(),
                pcin=self.neighbour,
                pcout=self.cascade,
            )
            return m
        counts = data.ArrayLayout(self.config.width, self.config.lanes)
        c, total = Signal(counts, reset_less=True), Signal(counts, reset_less=True)
        op = Signal(OP_BITS, reset_less=True)
        with m.If(self.en):
            m.d.sync += [c.eq(self.c), op.eq(self.op)]
        zero, less = Const(0, self.config.width), Const(-1, self.config.width)
        for lane, mine in enumerate(total):
            low = lane * self.config.width
            z = Mux(op[4], self.neighbour[low : low + self.config.width], Mux(op[5], mine, zero))
            y = Mux(op[2], c[lane], zero)
            x = Mux(op[1], Mux(op[0], less, mine), zero)
            found = Mux(op[7], ~z, z) + x + y
            with m.If(self.en):
                m.d.sync += mine.eq(Mux(op[8], ~found, found))
        m.d.comb += [self.o.eq(total.as_value()), self.cascade.eq(total.as_value())]
        return m

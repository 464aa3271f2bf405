"""The fusion unit of BitFusion: sixteen 2-bit bricks that fuse at run time."""

from amaranth.hdl import Module, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.dot.brick import BRICKS
from hdl.dot.fusible_bricks import WIDTH, FusionBricks
from hdl.dot.fusible_control import FusionControl

__all__ = ["FusionUnit"]


class FusionUnit(wiring.Component):
    r"""Sum of fused products: :math:`o = \sum_p x_p w_p` of the 64 / (x bits w bits) that fit.

    ``mode`` says how the sixteen bricks fuse: (bits of x, bits of w) is one of (2, 2), (4, 2),
    (2, 4), (4, 4), (8, 2), (2, 8), (8, 4), (4, 8), (8, 8), number 0 to 8; that is 16, 8, 8, 4, 4,
    4, 2, 2, 1 products. Stateless and pipelined: a sum each cycle, ``config.latency`` enabled
    cycles after its operands, mode and signs, all of which may change each cycle.

    Operands arrive packed: brick b multiplies bits 2b and 2b + 1 of x by those of w, and
    :func:`hdl.dot.brick.digits` says which digits of which product these are in a mode. A digit is
    repeated for each digit that it meets, so that no operand needs a multiplexer: 64 bits a cycle
    in each mode, where 16, 24, 32, 40 and 48 would do for 8 x 8, 8 x 4, 4 x 4, 8 x 2 and 4 x 2.
    A product whose digits of x are all zero adds nothing. (Sharma et al., "Bit Fusion", ISCA
    2018, which has 3-bit signed bricks and the shifts behind each of them.)

    A brick is four products of bits, each inverted where it counts below zero, and bricks that are
    shifted alike are added first. The few sums are registers that a synchronous reset clears where
    their place is not that of the mode, so that to shift costs no LUT; one chain adds them.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    mode : ``In(4)``
        Number of the mode.
    x_signed, w_signed : ``In(1)``
        Whether the operands are two's complement.
    x, w : ``In(32)``
        Packed operands.
    o : ``Out(signed(17))``
        The sum.
    """

    Config = FusionBricks.Config

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1), "mode": In(4), "x_signed": In(1), "w_signed": In(1),
            "x": In(2 * BRICKS), "w": In(2 * BRICKS), "o": Out(signed(WIDTH)),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.control = control = FusionControl()
        m.submodules.bricks = bricks = self.config.build()
        m.d.comb += [
            control.en.eq(self.en), control.mode.eq(self.mode),
            control.x_signed.eq(self.x_signed), control.w_signed.eq(self.w_signed),
            bricks.en.eq(self.en), bricks.control.eq(control.o),
            bricks.x.eq(self.x), bricks.w.eq(self.w), self.o.eq(bricks.o),
        ]  # fmt: skip
        return m

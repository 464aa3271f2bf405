"""What fusible units are measured by: as many 2-bit products that do not fuse, and their sum."""

from amaranth.hdl import Cat, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.compress.fabric import Fabric
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan
from hdl.compress.plan import plan as best
from hdl.compress.tree import compress

__all__ = ["FixedBricks", "plan"]


def plan(units: int = 1) -> Plan:
    """The tree, which takes the constant of the inverted bits, too; of 1, 2, 4, … units."""
    shift = (units - 1).bit_length()
    columns = (16 * units, 32 * units, 16 * units, *[0] * (2 + shift), 2, 0, 1, 1)
    return best(Heap(bits=(columns,), width=9 + shift, ternary=True))


class FixedBricks(wiring.Component):
    """Sum of sixteen 2 x 2 bit products a unit, each operand signed or not at run time.

    The products of bits are those of :class:`hdl.dot.fusible_bricks.FusionBricks`. The signs must
    stay. The sum comes ``plan(units).latency + 1`` enabled cycles after the operands.
    """

    def __init__(self, units: int = 1) -> None:
        self.units = units
        super().__init__({
            "en": In(1), "x_signed": In(1), "w_signed": In(1), "x": In(32 * units),
            "w": In(32 * units), "o": Out(signed(9 + (units - 1).bit_length())),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        fab = Fabric(m, platform, "xilinx")
        both, either = fab.lut2("signs", (self.x_signed, self.w_signed),
                                lambda x, w: x ^ w, lambda x, w: x | w)  # fmt: skip
        tree = plan(self.units)
        columns: list[list] = [[] for _ in range(tree.heap.width)]
        columns[-4:] = [self.x_signed, self.w_signed], [], [either], [either]
        for brick in range(16 * self.units):
            x, w = self.x.word_select(brick, 2), self.w.word_select(brick, 2)
            low = fab.lut2(f"low{brick}", (x[0], *w, self.w_signed),
                           lambda x, a, b, s: x & a, lambda x, a, b, s: x & b ^ s)  # fmt: skip
            high = fab.lut2(f"high{brick}", (x[1], *w, self.x_signed, both),
                            lambda x, a, b, s, d: x & a ^ s,
                            lambda x, a, b, s, d: x & b ^ d)  # fmt: skip
            later = Signal(4, name=f"bits{brick}", reset_less=True)
            with m.If(self.en):
                m.d.sync += later.eq(Cat(*low, *high))
            for column, bit in zip((0, 1, 1, 2), later):
                columns[column].append(bit)
        m.d.comb += self.o.eq(compress(m, platform, tree, bits=[columns], en=self.en))
        return m

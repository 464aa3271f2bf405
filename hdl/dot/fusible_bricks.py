"""The datapath of a fusion unit: sixteen 2-bit bricks, and the adders between them."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, partial

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.compress.beam import beam
from hdl.compress.fabric import KINDS, Fabric, Kind
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan
from hdl.compress.tree import compress
from hdl.dot.brick import BRICKS
from hdl.dot.fusible_control import LAYOUT
from hdl.dot.integer import WIDE, planned

__all__ = ["WIDTH", "FusionBricks"]

WIDTH = 17
"""Of the sum of products: that of an 8 x 8 product, signed or unsigned."""

_LIKE_X, _LIKE_W = ((1, 13), (6, 7)), ((0, 10), (2, 14), (4, 5), (8, 9))
"""Two bricks whose digits of x, or of w, are signed in the same modes: they share a LUT, and their
products of lower bits, which are never negative, are made in the trees."""

_LOWER = frozenset(brick for two in (*_LIKE_X, *_LIKE_W) for brick in two)

_HEAPS = {
    "z": ((2, 8, 4, 0, 1), (0, 10)),
    "v": ((2, 6, 3), (10,)),
    "w": ((2, 9, 4, 0, 1), (4, 5)),
    "t1": ((0, 4, 2), (1, 2)),
    "t3": ((0, 8, 4), (6, 7, 8, 9)),
    "t5": ((0, 4, 2), (13, 14)),
    "t6": ((1, 2, 1), ()),
}
"""Of each sum of bricks the bits in its columns, and the bricks of which it makes a product."""

LEVEL = 3
"""Cycles of the slowest of them."""


class FusionBricks(wiring.Component):
    """A fusion unit without its control, which others may share.

    See :class:`hdl.dot.fusible_unit.FusionUnit`. Each brick makes four products of bits, inverted
    where they count below zero. Trees add the bricks that are shifted alike:

    - z: T0 and T4, w: T2 and T6, t1, t5, t3, wherever those are in the same place;
    - v and t6: T4 and T6 (and t3 and t5 again) where they have a place of their own.

    A synchronous reset clears the registers of a sum in the places that it has not in the mode,
    so that to shift costs no LUT. The inner chain adds t1, t5 and t3, the outer one all: each has
    a LUT a column, which counts up to three bits, more only where some of them are cleared.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register, the one of the control.
    control : ``In(LAYOUT)``
        From a :class:`hdl.dot.fusible_control.FusionControl`.
    x, w : ``In(32)``
        The bricks' digits.
    o : ``Out(signed(17))``
        The sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """What a unit is made of; "lut" has equations in the place of carry chains."""

        fabric: Kind = "xilinx"

        latency = LEVEL + 4

        def __post_init__(self) -> None:
            if self.fabric not in KINDS:
                message = f"one of {', '.join(KINDS)}, not {self.fabric!r}"
                raise ValueError(f"FusionBricks fabric must be {message}")

        @property
        def plans(self) -> dict[str, Plan]:
            """The compressor trees of bricks."""
            return _plans(self.fabric)

        @property
        def luts(self) -> int:
            """LUTs: products, trees, and two adders with what moves bits between them."""
            products = 2 * BRICKS - len(_LOWER) // 2
            return products + sum(plan.luts for plan in self.plans.values()) + 6 + 4 + WIDTH

        def build(self) -> "FusionBricks":
            """The circuit."""
            return FusionBricks(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1), "control": In(LAYOUT), "x": In(2 * BRICKS), "w": In(2 * BRICKS),
            "o": Out(signed(WIDTH)),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        kind = self.config.fabric
        self._m, self._platform = m, platform
        self._fab = Fabric(m, platform, kind)
        self._adders = Fabric(m, platform, "portable" if kind == "lut" else kind)
        sums = self._sums(self._products())
        low = self._inner(sums)
        m.d.comb += self.o.eq(self._outer(sums, low))
        return m

    def _register(self, value: Value, name: str, clear: Value | None = None,
                  cycles: int = 1) -> Value:  # fmt: skip
        """The value so many cycles later; 0 where it is to be cleared, which costs no LUT."""
        for cycle in range(cycles):
            later = Signal(len(value), name=f"{name}{cycle}", reset_less=True)
            with self._m.If(self.en):
                self._m.d.sync += later.eq(value)
            if clear is not None and cycle == cycles - 1:
                with self._m.If(clear):
                    self._m.d.sync += later.eq(0)
            value = later
        return value

    def _products(self) -> list[list[Value | None]]:
        """Of each brick its four products of bits, inverted where they count below zero.

        -b = (1 - b) - 1: what is inverted is too large by a constant of the mode, which is taken
        away in the adders (Baugh and Wooley).
        """
        fab, control = self._fab, self.control
        x = [self.x.word_select(brick, 2) for brick in range(BRICKS)]
        w = [self.w.word_select(brick, 2) for brick in range(BRICKS)]
        sx, sw, sd = control.sx, control.sw, control.sd
        found: list[list[Value | None]] = [[None] * 4 for _ in range(BRICKS)]
        for one, two in _LIKE_X:
            found[one][2], found[two][2] = fab.lut2(
                f"x{one}_{two}", (x[one][1], w[one][0], x[two][1], w[two][0], sx[one]),
                lambda a, b, c, d, s: a & b ^ s, lambda a, b, c, d, s: c & d ^ s)  # fmt: skip
            for k in (one, two):
                found[k][1], found[k][3] = fab.lut2(
                    f"w{k}", (*x[k], w[k][1], sw[k], sd[k]),
                    lambda a, b, w, s, d: a & w ^ s, lambda a, b, w, s, d: b & w ^ d)  # fmt: skip
        for one, two in _LIKE_W:
            found[one][1], found[two][1] = fab.lut2(
                f"w{one}_{two}", (x[one][0], w[one][1], x[two][0], w[two][1], sw[one]),
                lambda a, b, c, d, s: a & b ^ s, lambda a, b, c, d, s: c & d ^ s)  # fmt: skip
        for k, bits in enumerate(found):
            if k not in _LOWER:
                bits[0], bits[1] = fab.lut2(
                    f"w{k}", (x[k][0], *w[k], sw[k]),
                    lambda x, a, b, s: x & a, lambda x, a, b, s: x & b ^ s)  # fmt: skip
            if bits[2] is None:
                bits[2], bits[3] = fab.lut2(
                    f"x{k}", (x[k][1], *w[k], sx[k], sd[k]),
                    lambda x, a, b, s, d: x & a ^ s, lambda x, a, b, s, d: x & b ^ d)  # fmt: skip
        return found

    def _sums(self, products) -> dict[str, Value]:
        """The sums of bricks by name, ``1 + LEVEL`` cycles after the operands."""
        control = self.control
        whole, other = control.clear_whole_bricks, control.clear_other_bricks
        parts = {
            "z": (((0,), None), ((10,), whole), ((11, 12), control.clear_long_bricks)),
            "v": (((10,), other), ((11, 12), None)),
            "w": (((3, 4, 5), None), ((15,), whole)),
            "t1": (((1, 2), None),), "t3": (((6, 7, 8, 9), None),), "t5": (((13, 14), None),),
            "t6": (((15,), None),),
        }  # fmt: skip
        constants = {"z": {4: control.z4}, "w": {1: control.w1, 4: control.w4}}
        sums = {}
        for name, groups in parts.items():
            plan = self.config.plans[name]
            columns: list[list[Value]] = [[] for _ in _HEAPS[name][0]]
            clears = {brick: clear for bricks, clear in groups for brick in bricks}
            for brick, clear in clears.items():
                bits = [bit for bit in products[brick] if bit is not None]
                later = self._register(Cat(*bits), f"{name}_{brick}_", clear)
                for column, bit in zip((0, 1, 1, 2)[4 - len(bits) :], later):
                    columns[column].append(bit)
            for column, bit in constants.get(name, {}).items():
                columns[column].append(bit)
            lower = [brick for brick in clears if brick in _LOWER]
            stages = [s for s, n in enumerate((plan.pair_stages or ((),))[0]) for _ in range(n)]
            pairs = [(*self._lower(name, brick, stage, clears[brick]), "and")
                     for brick, stage in zip(lower, stages, strict=True)]  # fmt: skip
            self._m.submodules[name] = tree = Module()
            made = compress(tree, self._platform, plan, pairs=[pairs], bits=[columns], en=self.en)
            sums[name] = self._register(made, f"{name}_late", cycles=LEVEL - plan.latency)
        return sums

    def _lower(self, name: str, brick: int, stage: int, clear: Value | None):
        """The lower bits of a brick's digits in a stage of a tree, x cleared."""
        x = self._register(self.x.word_select(brick, 2)[:1], f"{name}_{brick}_x", clear)
        w = self._register(self.w.word_select(brick, 2)[:1], f"{name}_{brick}_w")
        return (self._register(x, f"{name}_{brick}_late_x", cycles=stage),
                self._register(w, f"{name}_{brick}_late_w", cycles=stage))  # fmt: skip

    def _inner(self, sums: dict[str, Value]) -> Value:
        """T1 + T5 + T3 where these are shifted alike: 7 bits of the cycle ``LEVEL + 2``."""
        control = self.control
        t1 = self._register(sums["t1"], "d_t1")
        t5 = self._register(sums["t5"], "d_t5", control.clear_t5)
        t3 = self._register(sums["t3"], "d_t3", control.clear_t3)
        extra = {1: [control.d1], 2: [control.d2]}
        columns = [[*t1[c : c + 1], *t5[c : c + 1], *t3[c : c + 1], *extra.get(c, [])]
                   for c in range(7)]  # fmt: skip
        return self._add("inner", columns)

    def _outer(self, sums: dict[str, Value], d: Value) -> Value:
        """All sums where their modes put them, at most three bits a column, added."""
        control = self.control

        def moved(name: str, clear: Value | None) -> Value:
            return self._register(self._register(sums[name], f"{name}_o"), f"{name}_to_", clear)

        z = self._register(sums["z"], "z_o", cycles=2)
        v = self._register(sums["v"], "v_o")
        w = self._register(sums["w"], "w_o")
        low_w = self._register(w, "w_low", control.clear_four)
        high_w = self._register(w, "w_high", control.clear_no_four)
        t3 = moved("t3", control.clear_no_eight)
        t5 = moved("t5", control.clear_no_whole)
        t6 = moved("t6", control.clear_no_whole)
        low_d = self._register(d[:4], "d_low", control.clear_shift2)
        both_d = self._register(Mux(control.shift2, d[2:5], d[4:7]), "d_both")
        high_d = self._register(Cat(d[:2], d[5:]), "d_high", control.clear_no_shift2)
        far = self._register(v[1:], "v_far", control.clear_no_long)
        one = self._register(v[0] & control.long | control.c8, "v_one")
        at: list[tuple[int, Value]] = [
            (0, z), (0, low_w), (4, high_w), (6, t3), (8, one), (9, far), (10, t5), (12, t6),
            (0, low_d), (2, high_d[:2]), (4, both_d), (7, high_d[2:]),
            (6, control.c6), (7, control.c7), (9, control.c9), (10, control.c10),
            (11, control.c11), *((c, control.c12) for c in (12, 13, 14)),
            (15, control.c15), (16, control.c15),
        ]  # fmt: skip
        columns: list[list[Value]] = [[] for _ in range(WIDTH)]
        for place, value in at:
            for c, bit in enumerate(value, place):
                columns[c].append(bit)
        return self._register(self._add("outer", columns), "o")

    def _add(self, name: str, columns: Sequence[Sequence[Value]]) -> Value:
        """One carry chain of a LUT a column, which counts at most three bits at a time.

        Bit 0 of a column's count and bit 1 of the one below are what the chain adds.
        """
        positions, below = [], None
        for c, bits in enumerate(columns):
            if not bits and below is None:
                positions.append((Const(0, 1), Const(0, 1)))
                continue
            inputs = [*bits, *([] if below is None else [below])]
            total, above = self._adders.lut2(
                f"{name}{c}", inputs, _parity, partial(_two, len(bits)))  # fmt: skip
            positions.append((total, Const(0, 1) if below is None else below))
            below = above if len(bits) > 1 else None
        sums, _ = self._adders.carry(name, Const(0, 1), positions)
        return Cat(*sums)


@cache
def _plans(fabric: Kind) -> dict[str, Plan]:
    """By a search where it finds what the solver does, which takes longer."""
    found = {}
    for name, (bits, lower) in _HEAPS.items():
        heap = Heap(pairs=(len(lower),), bits=(bits,), fabric=fabric)
        search = fabric == "xilinx"
        found[name] = Plan(heap, *beam(heap, width=WIDE)) if search else planned(heap)
    return found


def _parity(*bits):
    total = 0
    for bit in bits:
        total = total ^ bit
    return total


def _two(count: int, *bits):
    """Whether two or three of the first bits are set, of which no more may be."""
    found, before = 0, 0
    for bit in bits[:count]:
        found = found | before & bit
        before = before | bit
    return found

"""Fusion units in the same mode: the bricks of all that are shifted alike are added first."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache, cached_property

from amaranth.hdl import Cat, Const, Module, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.fabric import KINDS, Fabric, Kind
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan, plan
from hdl.compress.tree import compress
from hdl.dot.brick import BRICKS, MODES, Mode, digits, signal, table
from hdl.dot.fusible_bricks import WIDTH
from hdl.dot.integer import planned

__all__ = ["FusionSum"]


class FusionSum(wiring.Component):
    r"""Sum of the products of several units: :math:`o = \sum_u \sum_p x_{up} w_{up}`.

    Each unit is one of :class:`hdl.dot.fusible_unit.FusionUnit`, with the same packed operands,
    but all are in the same mode. So bricks that are shifted alike in every mode, which have one of
    eight roles, are added over all units before they are shifted. A role's sum has a register in
    each place that it takes in some mode; a synchronous reset clears those that the mode does not
    use, which costs no LUT, and one tree adds them all. One unit alone is smaller as a FusionUnit.

    Stateless and pipelined: a sum each cycle, ``config.latency`` enabled cycles after its
    operands, mode and signs, all of which may change each cycle.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    mode : ``In(4)``
        Number of the mode in :data:`hdl.dot.brick.MODES`, below 9.
    x_signed, w_signed : ``In(1)``
        Whether the operands are two's complement.
    x, w : ``In(32 * units)``
        Packed operands, unit 0 lowest.
    o : ``Out(signed(config.width))``
        The sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """How many units there are, and what they are made of."""

        units: int
        fabric: Kind = "xilinx"

        def __post_init__(self) -> None:
            positive("FusionSum", units=self.units)
            if self.fabric not in KINDS:
                message = f"one of {', '.join(KINDS)}, not {self.fabric!r}"
                raise ValueError(f"FusionSum fabric must be {message}")

        @property
        def width(self) -> int:
            """Bits of the sum, signed whatever the operands are."""
            return WIDTH + (self.units - 1).bit_length()

        @cached_property
        def plans(self) -> dict[tuple[int, ...], Plan]:
            """The trees of the roles: what two units' bricks, and one's without its twin, give."""
            found = {}
            for shifts, bricks in _roles().items():
                two, one = (len(bricks) * units for units in divmod(self.units, 2))
                columns = (two + one, 3 * two + 2 * one, two + one, two)
                found[shifts] = self._plan(Heap(bits=(columns,)))
            return found

        @cached_property
        def outer(self) -> Plan:
            """The tree of all roles in all places, and of the constant."""
            columns = [int(self.constant(c) > 0) for c in range(self.width)]
            for shifts, tree in self.plans.items():
                for place in {*shifts}:
                    for c in range(place, min(place + tree.heap.columns, self.width)):
                        columns[c] += 1
            return self._plan(Heap(bits=(tuple(columns),), width=self.width))

        def _plan(self, heap: Heap) -> Plan:
            return _planned(replace(heap, fabric=self.fabric, ternary=self.fabric == "xilinx"))

        def constant(self, column: int) -> int:
            """When the constant that makes up for the inverted bits has a one there, a table."""
            return table(lambda mode, x, w: bool(
                -_inverted(mode, x, w) * mode.products * self.units >> column & 1))  # fmt: skip

        @property
        def level(self) -> int:
            """Cycles of the slowest role."""
            return max(tree.latency for tree in self.plans.values())

        @property
        def luts(self) -> int:
            """LUTs of products and trees, without those of the control."""
            two, one = divmod(self.units, 2)
            products = BRICKS * (4 * two + 2 * one)
            return products + sum(tree.luts for tree in self.plans.values()) + self.outer.luts

        @property
        def latency(self) -> int:
            """Enabled cycles: of products, roles, places, and all places."""
            return 1 + self.level + 1 + self.outer.latency

        def build(self) -> "FusionSum":
            """The circuit."""
            return FusionSum(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1), "mode": In(4), "x_signed": In(1), "w_signed": In(1),
            "x": In(2 * BRICKS * config.units), "w": In(2 * BRICKS * config.units),
            "o": Out(signed(config.width)),
        })  # fmt: skip

    def elaborate(self, platform) -> Module:
        m = Module()
        config, kind = self.config, self.config.fabric
        self._m, self._platform = m, platform
        self._fab = Fabric(m, platform, kind)
        self._adders = Fabric(m, platform, "portable" if kind == "lut" else kind)
        # What the mode says is decoded when it is needed: of the cycle before, into a register.
        case = Cat(self.x_signed, self.w_signed, self.mode)
        late = self._late(case, "case", config.level)
        later = self._late(late, "case_outer", 1)
        products = self._products(self._signs(case))
        columns: list[list[Value]] = [[] for _ in range(config.width)]
        for number, (shifts, bricks) in enumerate(_roles().items()):
            total = self._role(number, config.plans[shifts], bricks, products)
            for place in sorted({*shifts}):
                here = self._decoded(_used(shifts, place), late, f"role{number}_at{place}")
                register = Signal(len(total), name=f"role{number}_by{place}", reset_less=True)
                with m.If(self.en):
                    m.d.sync += register.eq(total)
                with m.If(self.en & ~here):
                    m.d.sync += register.eq(0)
                for column, bit in zip(columns[place:], register):
                    column.append(bit)
        for column, bits in enumerate(columns):
            if config.constant(column):
                bits.append(self._decoded(config.constant(column), later, f"constant{column}"))
        m.submodules.outer = outer = Module()
        made = compress(outer, platform, config.outer, bits=[columns], en=self.en)
        m.d.comb += self.o.eq(made)
        return m

    def _late(self, value: Value, name: str, cycles: int) -> Value:
        """The value so many cycles later."""
        for cycle in range(cycles):
            later = Signal(len(value), name=f"{name}_late{cycle}", reset_less=True)
            with self._m.If(self.en):
                self._m.d.sync += later.eq(value)
            value = later
        return value

    def _decoded(self, rule: int, case: Value, name: str) -> Value:
        """A table's bit, a cycle after the case."""
        return self._late(Const(rule, 64).bit_select(case, 1), name, 1)

    def _signs(self, case: Value) -> list[tuple[Value, ...]]:
        """Of each brick whether its digit of x, of w, and either but not both is negative."""
        return [tuple(Const(signal(name, brick), 64).bit_select(case, 1)
                      for name in ("sx", "sw", "sd")) for brick in range(BRICKS)]  # fmt: skip

    def _products(self, signs) -> list[list[list[Value]]]:
        """Of each brick, by column, the products of bits of all units, a cycle later.

        Each is inverted where it counts below zero: -b = (1 - b) - 1.
        """
        units = self.config.units
        found = []
        for brick in range(BRICKS):
            digits_of = [self._digits(unit, brick) for unit in range(units)]
            columns: list[list[Value]] = [[], [], [], []]
            for first in range(0, units, 2):
                name = f"b{brick}_{first}"
                made = (self._two if first + 1 < units else self._one)(
                    name, digits_of[first : first + 2], *signs[brick])  # fmt: skip
                places = (0, 1, 2, 3, 1, 1) if len(made) == 6 else (0, 1, 1, 2)
                for column, bit in zip(places, self._late(Cat(*made), name, 1)):
                    columns[column].append(bit)
            found.append(columns)
        return found

    def _two(self, name: str, units, sx: Value, sw: Value, sd: Value) -> list[Value]:
        """Two units' bricks: a chain adds the products of a column, which are of the same sign.

        So a LUT makes both products and adds them; only the middle column has two more.
        """
        (x, w), (y, v) = units
        positions = [
            self._adders.lut2(f"{name}_{k}{j}", (x[k], w[j], y[k], v[j], sign),
                              lambda a, b, c, d, s: a & b ^ c & d, lambda a, b, c, d, s: a & b ^ s)
            for k, j, sign in ((0, 0, Const(0, 1)), (1, 0, sx), (1, 1, sd))
        ]  # fmt: skip
        sums, carries = self._adders.carry(name, Const(0, 1), positions)
        more = self._fab.lut2(
            f"{name}_01", (x[0], w[1], y[0], v[1], sw),
            lambda a, b, c, d, s: a & b ^ s, lambda a, b, c, d, s: c & d ^ s)  # fmt: skip
        return [*sums, carries[-1], *more]

    def _one(self, name: str, units, sx: Value, sw: Value, sd: Value) -> list[Value]:
        """The four products of the brick of one unit."""
        [(x, w)] = units
        low = self._fab.lut2(f"{name}_w", (x[0], *w, sw),
                             lambda x, a, b, s: x & a, lambda x, a, b, s: x & b ^ s)  # fmt: skip
        high = self._fab.lut2(
            f"{name}_x", (x[1], *w, sx, sd),
            lambda x, a, b, s, d: x & a ^ s, lambda x, a, b, s, d: x & b ^ d)  # fmt: skip
        return [*low, *high]

    def _digits(self, unit: int, brick: int) -> tuple[Value, Value]:
        place = unit * BRICKS + brick
        return self.x.word_select(place, 2), self.w.word_select(place, 2)

    def _role(self, number: int, tree: Plan, bricks: Sequence[int], products) -> Value:
        """The sum of some bricks of all units, ``1 + level`` cycles after the operands."""
        columns = [[bit for brick in bricks for bit in products[brick][c]] for c in range(4)]
        self._m.submodules[f"role{number}"] = module = Module()
        made = compress(module, self._platform, tree, bits=[columns], en=self.en)
        return self._late(made, f"role{number}", self.config.level - tree.latency)


@cache
def _roles() -> dict[tuple[int, ...], list[int]]:
    """By its shift in each mode the bricks of a role."""
    found: dict[tuple[int, ...], list[int]] = {}
    for brick in range(BRICKS):
        shifts = tuple(2 * sum(digits(mode)[brick][1:]) for mode in MODES)
        found.setdefault(shifts, []).append(brick)
    return found


def _used(shifts: Sequence[int], place: int) -> int:
    """In which modes a role takes a place, a table."""
    return table(lambda mode, x, w: shifts[MODES.index(mode)] == place)


def _inverted(mode: Mode, x: bool, w: bool) -> int:
    """By how much a product is too large, as some of its bits are inverted."""
    return sum(1 << i + j for i in range(mode.x) for j in range(mode.w)
               if (x and i == mode.x - 1) != (w and j == mode.w - 1))  # fmt: skip


@cache
def _planned(heap: Heap) -> Plan:
    return plan(heap) if heap.ternary else planned(heap)

"""Integer dot products by radix-4 Booth digits: chains of rows that select, negate and add."""

from collections.abc import Sequence
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
from hdl.dot.heaps import ones, tree_luts
from hdl.dot.integer import planned
from hdl.dot.operands import narrow, product_sum
from hdl.dot.stages import in_turns
from hdl.number import Number

__all__ = ["CHAIN", "Booth", "Rows"]

CHAIN = 16
"""Lanes of a chain at most: each chain's end costs half a LUT a bit, each lane latency."""


class Booth(wiring.Component):
    r"""Sum of products: :math:`o = \sum_i x_i w_i`, as :class:`hdl.dot.integer.Integer`.

    One operand is recoded into digits from -2 to 2 of weight 4^k, each from three of its bits. A
    row of a LUT a bit selects the multiple of the other operand and adds it to the sum of the
    lanes before (ARITHMETIC.md, section 6); its carry out goes to a bit heap and the sum on to the
    next lane's row. Each digit has its own chains.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after the
    operands of stage 0. Lanes are read one after the other: those of stage s (``config.stages``)
    s enabled cycles later than those of stage 0, so that a delay is paid once for all units that
    share an operand. A lane in which x or w is zero adds nothing.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x, w : ``In(lanes * width)``
        Operands, lane 0 lowest, each lane in its stage.
    o : ``Out(config.o.shape)``
        The sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of lanes, the two operands, and what it is made of.

        rows_per_stage : rows of a chain between registers, each a LUT and a carry chain: several
            save registers and take longer, about 1 ns each.
        """

        lanes: int
        x: Number
        w: Number
        fabric: Kind = "xilinx"
        rows_per_stage: int = 1

        multiplier = False

        def __post_init__(self) -> None:
            positive("Booth", lanes=self.lanes, rows_per_stage=self.rows_per_stage)
            if self.x.bipolar or self.w.bipolar:
                raise ValueError("Booth operands must not be bipolar; use Integer")
            narrow("Booth operands", self.x, self.w)

        @property
        def product(self) -> Number:
            """One lane's product."""
            return product_sum(self.x, self.w, 1)

        @property
        def o(self) -> Number:
            """The sum."""
            return product_sum(self.x, self.w, self.lanes)

        @property
        def recodes_x(self) -> bool:
            """Whether the digits are of x, because that takes fewer LUTs."""
            return _row_luts(self.w, self.x) < _row_luts(self.x, self.w)

        @property
        def digits(self) -> int:
            """Of the recoded operand."""
            return _digits(self.x if self.recodes_x else self.w)

        @property
        def row(self) -> int:
            """Positions of a row: of twice the other operand, without an unsigned one's sign."""
            return (self.w if self.recodes_x else self.x).width + 1

        @property
        def rows(self) -> int:
            """LUTs of all rows."""
            return self.lanes * self.digits * self.row

        @property
        def chains(self) -> int:
            """Of each digit."""
            return -(-self.lanes // CHAIN)

        @property
        def stages(self) -> tuple[int, ...]:
            """How many lanes are read in cycle 0, 1, …: in order, the first first."""
            return in_turns(self.lanes, self.rows_per_stage * self.chains)

        @cached_property
        def constant(self) -> int:
            """What makes up for the inverted sign of each row, modulo the result's 2^width."""
            top = self.row - (self.w if self.recodes_x else self.x).signed
            one = sum(1 << top + 2 * digit for digit in range(self.digits))
            return -self.lanes * one % (1 << self.o.width)

        @cached_property
        def heap(self) -> Heap:
            """What the rows leave to be added: carries a cycle after them, and the last sums."""
            width, row = self.o.width, self.row
            # A carry is a register's, the sign of a multiple an operand's bit.
            unsigned = not (self.w if self.recodes_x else self.x).signed
            bits = [[0] * width for _ in range(len(self.stages) + 1)]
            for digit in range(self.digits):
                low = 2 * digit
                for stage, lanes in enumerate(self.stages):
                    if low + row < width:
                        bits[stage + 1][low + row] += lanes
                        bits[stage][low + row] += lanes * unsigned
                for column in range(low, min(low + row, width)):
                    bits[-1][column] += min(self.chains, self.lanes)
            for column in ones(self.constant >> self.covered):
                bits[0][self.covered + column] += 1
            return Heap(bits=tuple(map(tuple, bits)), width=width, fabric=self.fabric)

        @property
        def covered(self) -> int:
            """Columns in which a chain's first row adds the constant."""
            return min(2 * (self.digits - 1) + self.row, self.o.width)

        @cached_property
        def plan(self) -> Plan:
            """The compressor tree behind the rows."""
            return planned(self.heap)

        @property
        def luts(self) -> int:
            """LUTs of rows and tree."""
            return self.rows + self.plan.luts

        @property
        def estimate(self) -> float:
            """LUTs, about, without a plan."""
            return self.rows + tree_luts(self.heap)

        @property
        def latency(self) -> int:
            """Enabled cycles from the operands of stage 0 to the result."""
            return self.plan.latency

        def build(self) -> "Booth":
            """The circuit."""
            return Booth(self)

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
        x = [self.x.word_select(lane, config.x.width) for lane in range(config.lanes)]
        w = [self.w.word_select(lane, config.w.width) for lane in range(config.lanes)]
        bits = Rows(m, Fabric(m, platform, config.fabric), config, x, w, self.en).bits()
        m.d.comb += self.o.eq(compress(m, platform, config.plan, bits=bits, en=self.en))
        return m


def _digits(recoded: Number) -> int:
    """Radix-4 digits of a number; an unsigned one has a zero before it."""
    return -(-(recoded.width + (not recoded.signed)) // 2)


def _row_luts(added: Number, recoded: Number) -> float:
    """LUTs of a lane's rows; a bit in the heap is half a LUT."""
    return _digits(recoded) * (added.width + 1.5 + 0.5 * (not added.signed))


class Rows:
    """The rows of all digits of the lanes' x and w, and what they leave in a heap.

    The heap is that of a config, of Booth or like it.
    """

    def __init__(self, m: Module, fab: Fabric, config: Booth.Config, x: Sequence[Value],
                 w: Sequence[Value], en: Value) -> None:  # fmt: skip
        self._m, self._fab, self._config, self._en = m, fab, config, en
        both = (w, x, config.w, config.x) if config.recodes_x else (x, w, config.x, config.w)
        self._added, self._recoded, self._number, self._digit_of = both

    def bits(self):
        """The heap's bits, of each stage, of each column."""
        config = self._config
        width, stages = config.o.width, config.stages
        heap = [[[] for _ in range(width)] for _ in range(len(stages) + 1)]
        constant = config.constant
        for column in ones(constant >> config.covered):
            heap[0][config.covered + column].append(Const(1, 1))
        for digit in range(config.digits):
            # The columns of the constant that the next digit's rows do not have are this one's.
            here = config.row if digit == config.digits - 1 else 2
            start = Const((constant >> 2 * digit) & (1 << here) - 1, config.row)
            zero = Const(0, config.row)
            sums = [start if chain == 0 else zero for chain in range(config.chains)]
            lane = 0
            for stage, lanes in enumerate(stages):
                for _ in range(lanes):
                    chain = lane % config.chains
                    sums[chain], carry = self._row(digit, lane, sums[chain])
                    self._leave(heap, stage, digit, lane, carry)
                    lane += 1
                sums = [self._register(some, f"sum{digit}_{stage}_{chain}")
                        for chain, some in enumerate(sums)]  # fmt: skip
            for some in sums[: config.lanes]:
                for k, bit in enumerate(some):
                    if 2 * digit + k < width:
                        heap[-1][2 * digit + k].append(bit)
        return heap

    def _leave(self, heap, stage: int, digit: int, lane: int, carry: Value) -> None:
        """A row's carry, and the sign of a multiple of an unsigned number."""
        column = 2 * digit + self._config.row
        if column >= self._config.o.width:
            return
        heap[stage + 1][column].append(self._register(carry, f"carry{digit}_{lane}"))
        if not self._number.signed:
            heap[stage][column].append(Bit(self._triple(digit, lane)[2], inverted=True))

    def _register(self, bits: Value, name: str) -> Value:
        register = Signal(len(bits), name=name, reset_less=True)
        with self._m.If(self._en):
            self._m.d.sync += register.eq(bits)
        return register

    def _triple(self, digit: int, lane: int) -> list[Value]:
        """The bits 2k - 1, 2k, 2k + 1 of the recoded operand."""
        bits = self._recoded[lane]
        above = bits[-1] if self._digit_of.signed else Const(0, 1)
        found = []
        for k in range(2 * digit - 1, 2 * digit + 2):
            found.append(Const(0, 1) if k < 0 else bits[k] if k < len(bits) else above)
        return found

    def _row(self, digit: int, lane: int, total: Value) -> tuple[Value, Value]:
        """The sum so far and a multiple of a lane, and the carry out."""
        triple = self._triple(digit, lane)
        bits = [Const(0, 1), *self._added[lane]]
        bits.append(bits[-1] if self._number.signed else Const(0, 1))
        size, name = self._config.row, f"row{digit}_{lane}"
        if self._fab.kind != "xilinx":
            multiple = Cat(*(_multiple(*pins) for pins in self._pins(bits, triple)))
            inverted = Const(self._number.signed << size - 1, size)
            value = Signal(size + 1, name=name)
            self._m.d.comb += value.eq((multiple ^ inverted) + total + triple[2])
            return value[:size], value[size]
        positions = []
        for k, pins in enumerate(self._pins(bits, triple)):
            top = self._number.signed and k == size - 1
            positions.append(
                self._fab.lut6(f"{name}b{k}", (*pins, total[k]), _inverted if top else _added)
            )
        sums, carries = self._fab.carry(name, triple[2], positions)
        return Cat(*sums), carries[-1]

    def _pins(self, bits: Sequence[Value], triple: Sequence[Value]) -> list[tuple[Value, ...]]:
        return [(bits[k + 1], bits[k], *triple) for k in range(self._config.row)]


def _multiple(x, half, low, mid, high):
    """A bit of the multiple by a digit, without the one that completes a negative one."""
    one = mid ^ low
    return high ^ (one & x | (1 ^ one) & (high ^ mid) & half)


def _added(x, half, low, mid, high, total):
    """Sum of the multiple and what was before: the carry's select."""
    return _multiple(x, half, low, mid, high) ^ total


def _inverted(x, half, low, mid, high, total):
    return 1 ^ _added(x, half, low, mid, high, total)

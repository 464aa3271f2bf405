"""Dot products with weights of a few signed powers of two: shifts and additions."""

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
from hdl.dot.gates import Gate, emit
from hdl.dot.heaps import tree_luts
from hdl.dot.integer import planned
from hdl.dot.shift_terms import MAX_EXPONENTS, Selector, offset, selector
from hdl.dot.stages import in_turns
from hdl.number import Number, holding
from hdl.stream.delay import delay

__all__ = ["Shift"]

MAX_WIDTH = 32
"""Of an input: more than 16 bits that come shifted, for one digit of 16 a cycle."""

CHAIN = 16
"""Lanes of a chain at most: each chain's end costs half a LUT a bit, each lane latency."""


class Shift(wiring.Component):
    r"""Sum of shifted numbers: :math:`o = \sum_i \sum_d s_{i,d} (x_i 2^{e_{i,d}})`.

    Weight i has ``config.terms`` terms, the first lowest, whose exponents e are some from
    ``config.starts`` up. A term is a field of ``config.field`` bits, 0 for none and else e less
    its start plus ``config.offset``, below a sign, which is 1 for -1; without a term the sign must
    be 0. One term and 2^k - 1 exponents make a logarithmic weight of k + 1 bits; terms of two
    exponents, each two above the one before, all integers, at the price of Booth digits.

    Gates select of x the bits at the exponents, and a row of a LUT a bit selects on, negates, and
    adds to the sum of the lanes before (see :mod:`hdl.dot.shift_terms`); its carry out goes to a
    bit heap and the sum on to the next lane's row. Each term has its own chains.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after the
    operands of stage 0. Lanes are read one after the other: those of stage s (``config.stages``)
    s enabled cycles later than those of stage 0. A lane whose x or w is zero adds nothing.

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
        """Number of lanes, the inputs, the terms of a weight, and what it is made of.

        exponents : how many each term has: start, start + 1, …, start + exponents - 1.
        starts : of each term the lowest exponent.
        """

        lanes: int
        x: Number
        exponents: int
        starts: tuple[int, ...] = (0,)
        fabric: Kind = "xilinx"

        multiplier = False

        def __post_init__(self) -> None:
            positive("Shift", lanes=self.lanes, exponents=self.exponents)
            if self.x.bipolar:
                raise ValueError("Shift inputs must not be bipolar")
            if self.x.width > MAX_WIDTH:
                what = f"at most {MAX_WIDTH} bits wide, not {self.x.width}"
                raise ValueError(f"Shift inputs must be {what}")
            if self.exponents > MAX_EXPONENTS:
                what = f"at most {MAX_EXPONENTS}, not {self.exponents}"
                raise ValueError(f"Shift exponents must be {what}")
            if not self.starts or min(self.starts) < 0:
                what = f"some exponents from 0 up, not {self.starts}"
                raise ValueError(f"Shift starts must be {what}")

        @property
        def terms(self) -> int:
            """Of a weight."""
            return len(self.starts)

        @property
        def offset(self) -> int:
            """What a term's field has more than its exponent."""
            return offset(self.exponents)

        @property
        def field(self) -> int:
            """Bits of a term's field."""
            return (self.offset + self.exponents - 1).bit_length()

        @property
        def w(self) -> Number:
            """The code of a weight."""
            return Number(width=self.terms * (1 + self.field))

        @property
        def product(self) -> Number:
            """One lane's product, whatever the terms."""
            return self._sum(1)

        @property
        def o(self) -> Number:
            """The sum."""
            return self._sum(self.lanes)

        def _sum(self, lanes: int) -> Number:
            most = sum(lanes << start + self.exponents - 1 for start in self.starts)
            ends = [sign * most * x for sign in (-1, 1) for x in (self.x.low, self.x.high)]
            return holding(min(ends), max(ends))

        @cached_property
        def selector(self) -> Selector:
            """What a term is made by."""
            return selector(self.x, self.exponents)

        @property
        def front(self) -> int:
            """Cycles of the gates in front of a row, where they are more than one level."""
            return int(len(self.selector.levels) > 1)

        @property
        def row(self) -> int:
            """Positions of a row: of the largest multiple, without an unsigned one's sign."""
            return self.x.width + self.exponents - 1

        @property
        def chains(self) -> int:
            """Of each term."""
            return -(-self.lanes // CHAIN)

        @property
        def stages(self) -> tuple[int, ...]:
            """How many lanes are read in cycle 0, 1, …: in order, the first first."""
            return in_turns(self.lanes, self.chains)

        @cached_property
        def columns(self) -> tuple[range, ...]:
            """Of the result, those of each term's rows."""
            width = self.o.width
            return tuple(range(start, min(start + self.row, width)) for start in self.starts)

        @cached_property
        def constants(self) -> tuple[int, ...]:
            """What makes up for the inverted sign of each row, modulo the result's 2^width.

            Of each term what its first row adds, and last what no row does.
            """
            tops = (1 << start + self.row - self.x.signed for start in self.starts)
            left = -self.lanes * sum(tops) % (1 << self.o.width)
            found = []
            for columns in self.columns:
                here = left & (1 << columns.stop) - (1 << columns.start)
                found.append(here >> columns.start)
                left -= here
            return (*found, left)

        @cached_property
        def heap(self) -> Heap:
            """What the rows leave to be added: carries a cycle after them, and the last sums."""
            width, late = self.o.width, self.front
            bits = [[0] * width for _ in range(late + len(self.stages) + 1)]
            for columns in self.columns:
                top = columns.start + self.row
                for stage, lanes in enumerate(self.stages):
                    if top < width:
                        bits[late + stage + 1][top] += lanes
                        bits[stage][top] += lanes * (not self.x.signed)
                for column in columns:
                    bits[-1][column] += self.chains
            for column in range(width):
                bits[0][column] += self.constants[-1] >> column & 1
            return Heap(bits=tuple(map(tuple, bits)), width=width, fabric=self.fabric)

        @cached_property
        def plan(self) -> Plan:
            """The compressor tree behind the rows."""
            return planned(self.heap)

        @property
        def luts(self) -> int:
            """LUTs of gates, rows and tree."""
            return self.lanes * self.terms * self.selector.luts + self.plan.luts

        @property
        def estimate(self) -> float:
            """LUTs, about, without a plan."""
            return self.lanes * self.terms * self.selector.luts + tree_luts(self.heap)

        @property
        def latency(self) -> int:
            """Enabled cycles from the operands of stage 0 to the result."""
            return self.plan.latency

        def build(self) -> "Shift":
            """The circuit."""
            return Shift(self)

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
        heap = [[[] for _ in range(config.o.width)] for _ in config.heap.bits]
        for column in range(config.o.width):
            if config.constants[-1] >> column & 1:
                heap[0][column].append(Const(1, 1))
        for term in range(config.terms):
            self._term(m, Fabric(m, platform, config.fabric), heap, term)
        m.d.comb += self.o.eq(compress(m, platform, config.plan, bits=heap, en=self.en))
        return m

    def _term(self, m: Module, fab: Fabric, heap, term: int) -> None:
        """The rows of a term of all lanes, and what they leave in the heap."""
        config = self.config
        columns, late, lane = config.columns[term], config.front, 0
        top = columns.start + config.row
        sums: list[Value] = [Const(0 if chain else config.constants[term], config.row)
                             for chain in range(config.chains)]  # fmt: skip
        for stage, lanes in enumerate(config.stages):
            for chain in range(lanes):
                name = f"t{term}_{lane}"
                code = self.w.word_select(lane * config.terms + term, 1 + config.field)
                bits = self._select(m, fab, code, lane, name)
                sums[chain], carry = self._row(m, fab, bits, sums[chain], name)
                if top < config.o.width:
                    carry = delay(m, self.en, carry, 1, f"{name}carry")
                    heap[late + stage + 1][top].append(carry)
                    if not config.x.signed:
                        heap[stage][top].append(Bit(code[-1], inverted=True))
                lane += 1
            sums = [delay(m, self.en, some, 1, f"sum{term}_{stage}_{chain}")
                    for chain, some in enumerate(sums)]  # fmt: skip
        for some in sums:
            for column, bit in zip(columns, some):
                heap[-1][column].append(bit)

    def _select(self, m: Module, fab: Fabric, code: Value, lane: int, name: str):
        """The bits that a row has of a lane: the pins of each of its gates."""
        config = self.config
        bits: dict[str, Value] = {"0": Const(0, 1), "s": code[-1]}
        bits |= {f"f{k}": code[k] for k in range(config.field)}
        x = self.x.word_select(lane, config.x.width)
        bits |= {f"x{k}": x[k] for k in range(config.x.width)}
        for gates in config.selector.levels:
            bits |= emit(fab, gates, bits, name)
        if config.front:
            taken = sorted({pin for gate in config.selector.rows for pin in gate.pins} - {"0"})
            later = Signal(len(taken), name=f"{name}front", reset_less=True)
            with m.If(self.en):
                m.d.sync += later.eq(Cat(*(bits[pin] for pin in taken)))
            bits |= dict(zip(taken, later))
        return bits

    def _row(self, m: Module, fab: Fabric, bits, total: Value, name: str) -> tuple[Value, Value]:
        """The sum so far and a multiple of a lane, and the carry out."""
        size, signed = self.config.row, self.config.x.signed
        gates = self.config.selector.rows
        if fab.kind != "xilinx":
            multiple = Cat(*(gate.function(*(bits[pin] for pin in gate.pins)) for gate in gates))
            inverted = Const(signed << size - 1, size)
            value = Signal(size + 1, name=name)
            m.d.comb += value.eq((multiple ^ inverted) + total + bits["s"])
            return value[:size], value[size]
        positions = [
            fab.lut6(f"{name}b{k}", (*(bits[pin] for pin in gate.pins), total[k]),
                     _added(gate, signed and k == size - 1))
            for k, gate in enumerate(gates)
        ]  # fmt: skip
        sums, carries = fab.carry(name, bits["s"], positions)
        return Cat(*sums), carries[-1]


def _added(gate: Gate, inverted: bool):
    """Sum of a multiple's bit, or of the inverse, and what was before: the carry's select."""
    return lambda *bits: gate.function(*bits[:5]) ^ bits[5] ^ inverted

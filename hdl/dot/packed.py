"""Integer dot products of several rows that share their operand, packed into DSP48E1s."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.blocks import Bit
from hdl.compress.fabric import Kind
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan
from hdl.compress.tree import compress
from hdl.dot.integer import planned
from hdl.dot.multiplier import PORT, Multiplier
from hdl.dot.operands import product_range, product_sum
from hdl.dot.packing import Packing
from hdl.number import Number

__all__ = ["Packed"]


class Packed(wiring.Component):
    r"""Sums of products of several rows: :math:`o_r = \sum_i x_i w_{r,i}`.

    A DSP48E1 multiplies an operand with the weights of all rows, :math:`\sum_r 2^{pitch\,r} w_r`,
    which its pre-adder puts together of the weights' bits and their signs; what it gives are the
    rows' products side by side, see :class:`Packing`. DSP48E1s add to each other as long as sums
    fit side by side; the sums of such chains are added by a bit heap for each row. Weights and
    operands may be any: a constant on the port C keeps all sums positive, so that none borrows.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after the
    operands of stage 0. Lanes are read one after the other: those of stage s (``config.stages``)
    s enabled cycles later than those of stage 0. A lane in which x or w is zero adds nothing.
    Follows Xilinx's WP486 and, for the canary, FINN's RTL matrix-vector unit.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(lanes * width)``
        Operands, lane 0 lowest, each lane in its stage.
    w : ``In(rows * lanes * width)``
        Weights, row 0 lowest, in it lane 0.
    o : ``Out(data.ArrayLayout(config.o.shape, rows))``
        The sums.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of lanes and of rows, the two operands, and what the heap is made of."""

        lanes: int
        rows: int
        x: Number
        w: Number
        fabric: Kind = "xilinx"

        multiplier = True

        def __post_init__(self) -> None:
            positive("Packed", lanes=self.lanes, rows=self.rows)
            if Packing.best(self.rows, self.x, self.w) is None:
                what = f"{self.rows} rows of {self.w!r} times {self.x!r}"
                raise ValueError(f"Packed products must fit in a DSP48E1, unlike {what}")

        @cached_property
        def packing(self) -> Packing:
            """How rows share a DSP48E1."""
            found = Packing.best(self.rows, self.x, self.w)
            return replace(found, chain=min(found.chain, self.lanes))

        @property
        def product(self) -> Number:
            """One lane's product."""
            return product_sum(self.x, self.w, 1)

        @property
        def o(self) -> Number:
            """The sum of a row."""
            return product_sum(self.x, self.w, self.lanes)

        @property
        def chains(self) -> int:
            """How many there are."""
            return -(-self.lanes // self.packing.chain)

        @property
        def stages(self) -> tuple[int, ...]:
            """How many lanes are read in cycle 0, 1, …: one of each chain, short ones late."""
            depth = -(-self.lanes // self.chains)
            return (self.lanes - (depth - 1) * self.chains, *[self.chains] * (depth - 1))

        @property
        def lanes_of(self) -> tuple[tuple[int, ...], ...]:
            """The lanes of each chain."""
            first, depth = self.stages[0], len(self.stages)
            return tuple(
                (*((chain,) if chain < first else ()),
                 *(first + stage * self.chains + chain for stage in range(depth - 1)))
                for chain in range(self.chains)
            )  # fmt: skip

        def offset(self, lanes: int) -> int:
            """What is added to each row's sum in a chain of so many lanes."""
            low, high = product_range(self.x, self.w, lanes)
            half = 1 << self.packing.pitch - 1
            simple = not self.packing.canary and not self.packing.shifted
            return half if simple and low >= -half and high < half else -low

        @property
        def constant(self) -> int:
            """What makes up for the offsets, and for the inverted bits that are taken away."""
            offsets = sum(self.offset(len(lanes)) for lanes in self.lanes_of)
            inverted = (1 << self.packing.canary) - 1
            return -(offsets + self.chains * inverted) % (1 << self.o.width)

        @cached_property
        def heap(self) -> Heap:
            """What is added of each row."""
            canary = self.packing.canary
            field = self.packing.pitch + canary
            bits = [self.chains * ((c < field) + (c < canary)) + (self.constant >> c & 1)
                    for c in range(self.o.width)]  # fmt: skip
            return Heap(bits=(tuple(bits),), width=self.o.width, fabric=self.fabric)

        @cached_property
        def plan(self) -> Plan:
            """The compressor tree of each row."""
            return planned(self.heap)

        @property
        def canaries(self) -> int:
            """LUTs of the carries: one for each lane and bit, and those at the end."""
            bits = self.packing.canary
            return (self.rows - 1) * (self.lanes * bits + self.chains * (2 * bits - 1) * (bits > 0))

        @property
        def luts(self) -> int:
            """LUTs of the trees and parities, without the complements of operands."""
            return self.rows * self.plan.luts + self.canaries

        @property
        def estimate(self) -> float:
            """LUTs, about, without a plan: what removes bits costs more in wide heaps."""
            width, spare = self.o.width, self._spare
            tree = (0.36 + 0.0194 * width) * spare + 0.56 * width if spare else 0
            return self.rows * tree + self.canaries

        @property
        def estimate_ff(self) -> float:
            """Flip-flops, about, without a plan."""
            tree = 0.83 * sum(self.heap.bits[0]) + 0.5 * self.o.width if self._spare else 0
            kept = self.packing.canary * (self.rows - 1) * (self.lanes + 2 * self.chains)
            return self.rows * tree + kept + self.lanes * self.x.width * self.packing.shifted

        @property
        def _spare(self) -> int:
            """Bits beyond one of each column."""
            return sum(max(0, bits - 1) for bits in self.heap.bits[0])

        @property
        def latency(self) -> int:
            """Enabled cycles from the operands of stage 0 to the result."""
            return len(self.stages) - 1 + Multiplier.latency + self.plan.latency

        def build(self) -> "Packed":
            """The circuit."""
            return Packed(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "x": In(config.lanes * config.x.width),
            "w": In(config.rows * config.lanes * config.w.width),
            "o": Out(data.ArrayLayout(config.o.shape, config.rows)),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        bits: list[list[list]] = [[[] for _ in range(config.o.width)] for _ in range(config.rows)]
        for number, lanes in enumerate(config.lanes_of):
            total = self._chain(m, number, lanes)
            carries = self._carries(m, number, lanes, total)
            for row, columns in enumerate(bits):
                self._take(columns, row, total, carries)
        for row, columns in enumerate(bits):
            for c, column in enumerate(columns):
                column += [Const(1, 1)] * (config.constant >> c & 1)
            m.submodules[f"row{row}"] = tree = Module()
            made = compress(tree, platform, config.plan, bits=[columns], en=self.en)
            m.d.comb += self.o[row].eq(made)
        return m

    def _weights(self, lane: int) -> list[Value]:
        config = self.config
        return [self.w.word_select(row * config.lanes + lane, config.w.width)
                for row in range(config.rows)]  # fmt: skip

    def _chain(self, m: Module, number: int, lanes: Sequence[int]) -> Value:
        """The sum of a chain: all rows' fields."""
        config, total = self.config, None
        for place, lane in enumerate(lanes):
            x = self.x.word_select(lane, config.x.width)
            unit = Multiplier(Multiplier.Config(cascaded=place > 0, fabric=config.fabric))
            m.submodules[f"dsp{number}_{place}"] = unit
            d, a = self._multiplicand(self._weights(lane))
            m.d.comb += [unit.en.eq(self.en), unit.d.eq(d), unit.a.eq(a),
                         unit.b.eq(x.as_signed() if config.x.signed else x)]  # fmt: skip
            if place:
                m.d.comb += unit.pcin.eq(total.pcout)
            else:
                m.d.comb += unit.c.eq(self._offsets(m, number, len(lanes), x))
            total = unit
        return total.p

    def _multiplicand(self, weights: Sequence[Value]) -> tuple[Value, Value]:
        """What the pre-adder subtracts, d - a: of each row the bits below the sign, and that.

        A shifted row is w + 2^(b - 1): its bits, a one above them, less the sign there.
        """
        pitch, shifted = self.config.packing.pitch, self.config.packing.shifted
        d, a = [], []
        for row, weight in enumerate(weights):
            one = Const(shifted and row < len(weights) - 1, 1)
            gap = Const(0, pitch - len(weight))
            d += [weight[:-1], one, gap]
            a += [Const(0, len(weight) - 1), weight[-1], gap]
        return Cat(*d)[: PORT["ad"]], Cat(*a)[: PORT["ad"]]

    def _offsets(self, m: Module, number: int, lanes: int, x: Value) -> Value:
        """What port C adds, a cycle later than what is multiplied."""
        config = self.config
        offset, pitch, top = config.offset(lanes), config.packing.pitch, config.w.width - 1
        if not config.packing.shifted:
            return Const(sum(offset << pitch * row for row in range(config.rows)), PORT["c"])
        # offset - 2^top x = 2^top (x.high - x) + rest: x.high - x inverts all bits but a sign.
        low = x[:-1] if config.x.signed else x
        complement = Signal(config.x.width, name=f"complement{number}", reset_less=True)
        with m.If(self.en):
            m.d.sync += complement.eq(Cat(~low, x[-1]) if config.x.signed else ~low)
        rest = offset - (config.x.high << top)
        field = Cat(Const(rest, top), complement)
        field = Cat(field, Const(0, pitch - len(field)))
        return Cat(*[field] * (config.rows - 1), Const(offset, pitch))

    def _carries(self, m: Module, number: int, lanes: Sequence[int], total: Value) -> list[Value]:
        """With a canary, the bits of each row's field that lie in the next one's."""
        config = self.config
        if not config.packing.canary:
            return []
        size, found = config.packing.canary, []
        for row in range(1, config.rows):
            low: Value = Const(config.offset(len(lanes)), size)
            for place in range(len(lanes) + Multiplier.latency - 1):
                later = Signal(size, name=f"low{number}_{row}_{place}", reset_less=True)
                if place < len(lanes):
                    x = self.x.word_select(lanes[place], config.x.width)
                    low = _multiply_add(low, x, self._weights(lanes[place])[row])
                with m.If(self.en):
                    m.d.sync += later.eq(low)
                low = later
            carry = Signal(size, name=f"carry{number}_{row}")
            start = config.packing.pitch * row
            m.d.comb += carry.eq(total[start : start + size] - low)
            found.append(carry)
        return found

    def _take(self, columns: list[list], row: int, total: Value, carries: list[Value]) -> None:
        """The bits of a row's sum of a chain, less what the row below carries into them."""
        config = self.config
        pitch, canary = config.packing.pitch, config.packing.canary
        own = total[pitch * row : pitch * (row + 1)]
        above = carries[row] if row < len(carries) else total[pitch * (row + 1) :][:canary]
        for column, bit in zip(columns, Cat(own, above)):
            column.append(bit)
        # -h is the inverted bits less 2^canary - 1, which is in the constant.
        less = carries[row - 1] if carries and row else Const(0, canary)
        for column, bit in zip(columns, less):
            column.append(Bit(bit, inverted=True))


def _multiply_add(total: Value, x: Value, w: Value) -> Value:
    """The lowest one or two bits of total + x w: a LUT for each."""
    one = x[0] & w[0]
    if len(total) == 1:
        return total ^ one
    two = x[1] & w[0] if len(x) > 1 else Const(0, 1)
    two ^= x[0] & w[1] if len(w) > 1 else Const(0, 1)
    return Cat(total[0] ^ one, total[1] ^ two ^ (total[0] & one))

"""Integer dot products, any operand of which may be bipolar, by a bit heap or by multipliers."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property

from amaranth.hdl import Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.beam import beam
from hdl.compress.blocks import Bit
from hdl.compress.fabric import Kind
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan, levels_of, plan
from hdl.compress.tree import compress
from hdl.dot.operands import narrow, product_sum
from hdl.number import Number, holding

__all__ = ["Integer", "planned"]

SOLVED = 48
"""Columns times levels of a heap that is solved, within seconds; larger ones by a search."""

SMALL, WIDE, NARROW = 14, 128, 24
"""Columns of heaps of which, without pairs, many states are kept by the search, else few."""


class Integer(wiring.Component):
    r"""Sum of products: :math:`o = \sum_i x_i w_i`.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after its
    operands, which all arrive at once. A lane padded with the bits x = 0 adds nothing where x is
    no bipolar, and one with w = 0 where w is none.

    Three ways to make a product's bits, by ``config``:

    - a bipolar operand negates the other: -v = ~v + 1, so v's bits are inverted and the +1 is a
      further bit of the heap;
    - else the AND of each pair of bits; a pair with one sign bit counts -2^k, which is the
      inverted bit less a constant (Baugh-Wooley);
    - ``multiplier``: ``*``, with registers before and behind, for a DSP48E1.

    Such pairs of bits are multiplied within the heap's first full adders, which take them one
    after the other; those that wait are delayed here, once for all pairs of a bit.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x, w : ``In(lanes * width)``
        Operands, lane 0 lowest.
    o : ``Out(config.o.shape)``
        The sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of lanes, the two operands, and how it is made.

        multiplier : whether products are made by multipliers.
        negatives : whether the +1 of lanes with a negative bipolar w counts. Without, the sum
            is less by :meth:`lacking`, a constant of a neuron, as popcount - N / 2 is for bipolar
            numbers; half a LUT to one a lane is saved.
        """

        lanes: int
        x: Number
        w: Number
        multiplier: bool = False
        negatives: bool = True
        fabric: Kind = "xilinx"

        def __post_init__(self) -> None:
            positive("Integer", lanes=self.lanes)
            if self.x.bipolar and self.w.bipolar:
                raise ValueError("Integer operands must not both be bipolar; use Popcount")
            narrow("Integer operands", self.x, self.w)
            if not self.negatives and (self.multiplier or not self.w.bipolar):
                what = "counted unless the weights are bipolar and multiplied by LUTs"
                raise ValueError(f"Integer negatives must be {what}")

        @property
        def product(self) -> Number:
            """One lane's product."""
            return self._sum(1)

        @property
        def o(self) -> Number:
            """The sum."""
            return self._sum(self.lanes)

        def _sum(self, lanes: int) -> Number:
            if self.negatives:
                return product_sum(self.x, self.w, lanes)
            return holding(lanes * self.x.low, lanes * self.x.high)

        def lacking(self, negatives: int) -> int:
            """What the sum lacks if so many weights are -1; 0 if those are counted."""
            if self.negatives:
                return 0
            return negatives if self.x.signed else -self.x.high * negatives

        @cached_property
        def heap(self) -> Heap:
            """What is added."""
            pairs, bits = [0] * self.o.width, [0] * self.o.width
            for term in _terms(self):
                (bits if term.gate is None else pairs)[term.column] += self.lanes
            for column in _constant(self):
                bits[column] += 1
            return Heap(tuple(pairs), (tuple(bits),), self.o.width, fabric=self.fabric)

        @cached_property
        def plan(self) -> Plan:
            """The compressor tree."""
            return planned(self.heap)

        @property
        def luts(self) -> int:
            """LUTs of the tree."""
            return self.plan.luts

        @property
        def estimate(self) -> float:
            """LUTs, about, without a plan."""
            pairs, bits = sum(self.heap.pairs), sum(map(sum, self.heap.bits))
            return 0.76 * pairs + 0.5 * bits + 0.3 * self.o.width

        @property
        def stages(self) -> tuple[int, ...]:
            """How many lanes are read in cycle 0, 1, …: all at once."""
            return (self.lanes,)

        @property
        def latency(self) -> int:
            """Enabled cycles from operands to result."""
            return self.plan.latency + 2 * self.multiplier

        def build(self) -> "Integer":
            """The circuit."""
            return Integer(self)

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
        if config.multiplier:
            x = [self._multiply(m, a, b) for a, b in zip(x, w)]
        late = _Delays(m, self.en)
        pairs: list[list] = [[] for _ in range(config.o.width)]
        bits: list[list] = [[] for _ in range(config.o.width)]
        stages = [[stage for stage, n in enumerate(counts) for _ in range(n)]
                  for counts in config.plan.pair_stages]  # fmt: skip
        for a, b in zip(x, w):
            for term in _terms(config):
                if term.gate is None:
                    number, place = (a, term.x) if term.x is not None else (b, term.w)
                    bits[term.column].append(Bit(number[place], inverted=term.inverted))
                    continue
                stage = stages[term.column][len(pairs[term.column])]
                both = late(a[term.x], stage), late(b[term.w], stage)
                pairs[term.column].append((*both, term.gate))
        for column in _constant(config):
            bits[column].append(Const(1, 1))
        made = compress(m, platform, config.plan, pairs=pairs, bits=[bits], en=self.en)
        m.d.comb += self.o.eq(made)
        return m

    def _multiply(self, m: Module, x: Value, w: Value) -> Signal:
        config = self.config
        a = Signal(config.x.shape, reset_less=True)
        b = Signal(config.w.shape, reset_less=True)
        product = Signal(config.product.shape, reset_less=True)
        with m.If(self.en):
            m.d.sync += [a.eq(x), b.eq(w)]
            m.d.sync += product.eq(config.x.value(a) * config.w.value(b))
        return product


@cache
def planned(heap: Heap) -> Plan:
    """A plan of any heap: a known or solved one where that takes seconds, else a search's."""
    if len(heap.bits) < 2 and heap.columns * levels_of(heap) <= SOLVED:
        try:
            return plan(heap)
        except ValueError:  # the solver ran out of time
            pass
    # The search is the same each time, and of wide heaps seconds where the solver takes minutes.
    small = heap.columns <= SMALL and not any(heap.pairs)
    return Plan(heap, *beam(heap, width=WIDE if small else NARROW))


class _Delays:
    """Bits so many enabled cycles later, each made once."""

    def __init__(self, m: Module, en: Value) -> None:
        self._m, self._en = m, en
        self._made: dict[tuple, Value] = {}

    def __call__(self, bit: Value, cycles: int) -> Value:
        if not cycles:
            return bit
        key = repr(bit), cycles
        if key not in self._made:
            later = Signal(name=f"late{len(self._made)}", reset_less=True)
            with self._m.If(self._en):
                self._m.d.sync += later.eq(self(bit, cycles - 1))
            self._made[key] = later
        return self._made[key]


@dataclass(frozen=True)
class _Term:
    """A bit of each lane in the heap: of bits x and w the ``gate``, or one bit alone."""

    column: int
    x: int | None
    w: int | None
    gate: str | None = None
    inverted: bool = False


def _terms(config: Integer.Config) -> Iterator[_Term]:
    """What a lane has in the heap."""
    if config.multiplier:
        for bit in range(config.product.width):
            yield _Term(bit, bit, None, inverted=_is_sign(config.product, bit))
    elif config.w.bipolar:
        yield from _negated(config, config.x, lambda bit: (bit, 0), (None, 0))
    elif config.x.bipolar:
        yield from _negated(config, config.w, lambda bit: (0, bit), (0, None))
    else:
        for j in range(config.x.width):
            for k in range(config.w.width):
                minus = _is_sign(config.x, j) != _is_sign(config.w, k)
                yield _Term(j + k, j, k, "nand" if minus else "and")


def _is_sign(number: Number, bit: int) -> bool:
    return number.signed and bit == number.width - 1


def _negated(config: Integer.Config, number: Number, both, bipolar) -> Iterator[_Term]:
    """Bits of a number, or of its negative: inverted, plus one. An unsigned one gets a sign bit."""
    for bit in range(number.width):
        yield _Term(bit, *both(bit), "xor" if _is_sign(number, bit) else "xnor")
    if config.negatives:
        if not number.signed:
            yield _Term(number.width, *bipolar)
        yield _Term(0, *bipolar, inverted=True)


def _constant(config: Integer.Config) -> list[int]:
    """Columns of the ones that make up for the inverted sign bits, -2^column for each."""
    if config.multiplier:
        signs = [config.product.width - 1] if config.product.signed else []
    elif config.w.bipolar or config.x.bipolar:
        other = config.x if config.w.bipolar else config.w
        signs = [other.width - other.signed] if other.signed or config.negatives else []
    else:
        pairs = [(j, k) for j in range(config.x.width) for k in range(config.w.width)]
        signs = [j + k for j, k in pairs if _is_sign(config.x, j) != _is_sign(config.w, k)]
    total = -config.lanes * sum(1 << column for column in signs)
    return [column for column in range(config.o.width) if total >> column & 1]

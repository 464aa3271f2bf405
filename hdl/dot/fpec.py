"""Dot products of numbers with estimated errors (FPEC): Booth rows, and rows that compensate."""

from dataclasses import dataclass
from functools import cached_property
from itertools import product as every

from amaranth.hdl import Const, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.fabric import Fabric, Kind
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan
from hdl.compress.tree import compress
from hdl.dot.booth import CHAIN, Rows
from hdl.dot.booth_part import Part
from hdl.dot.fpec_emit import Emitter
from hdl.dot.fpec_rows import ERRORS, Corrections, Errors, Word, word_width
from hdl.dot.heaps import joined, tree_luts
from hdl.dot.integer import planned
from hdl.dot.operands import narrow
from hdl.dot.stages import in_turns
from hdl.number import Number, holding

__all__ = ["FPEC", "compensated_sum", "emit_products", "heap_of", "products_of"]

MAX_MAGNITUDE = 2
"""Bits of an error's size at most."""


class FPEC(wiring.Component):
    r"""Compensated sum: :math:`o = \sum_i K q_{x,i} q_{w,i} + q_{x,i} d_{w,i} + d_{x,i} q_{w,i}`.

    An operand with an error is a number q + d / K, K = 2^(m + 1), m being ``config.magnitude`` and
    :math:`|d| \le 2^m`; o counts units of 1 / K, and the product of two errors is left out. Its
    word is q in the lowest bits, above it whether there is an error, its sign (1 if negative; must
    be 0 without error), and |d| - 1 in m bits (must be 0 without error). Of ``config.errors`` "x"
    or "w" the other operand is an integer.

    Booth rows make the products (see :class:`hdl.dot.booth.Booth`), further rows the corrections
    (see :mod:`hdl.dot.fpec_rows`), and one bit heap adds what both leave. Without magnitude bits
    that is exactly the product of operands a bit longer, without the product of these bits.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after the
    operands of stage 0. Lanes are read one after the other: those of stage s (``config.stages``)
    s enabled cycles later than those of stage 0. A lane whose x or w is zero adds nothing.

    S. Jain et al., "Compensated-DNN", DAC 2018; ARITHMETIC.md, section 7.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x, w : ``In(lanes * width)``
        Words, lane 0 lowest, each lane in its stage.
    o : ``Out(config.o.shape)``
        The sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of lanes, q of the operands, which have errors, and what it is made of.

        magnitude : m, bits of the size of an error, 0 to 2.
        errors : "both", or "x" or "w" alone.
        rows_per_stage : rows of a chain between registers: several save registers and take longer,
            about 1 ns each.
        """

        lanes: int
        qx: Number
        qw: Number
        magnitude: int = 0
        errors: Errors = "both"
        fabric: Kind = "xilinx"
        rows_per_stage: int = 1

        multiplier = False

        def __post_init__(self) -> None:
            positive("FPEC", lanes=self.lanes, rows_per_stage=self.rows_per_stage)
            if self.qx.bipolar or self.qw.bipolar:
                raise ValueError("FPEC operands must not be bipolar")
            narrow("FPEC operands", self.qx, self.qw)
            if self.magnitude not in range(MAX_MAGNITUDE + 1):
                what = f"0 to {MAX_MAGNITUDE}, not {self.magnitude!r}"
                raise ValueError(f"FPEC magnitude must be {what}")
            if self.errors not in ERRORS:
                what = f"one of {', '.join(ERRORS)}, not {self.errors!r}"
                raise ValueError(f"FPEC errors must be {what}")

        @property
        def x(self) -> Number:
            """The word of a lane's input, or an integer."""
            return _word(self.qx, self.magnitude, self.errors != "w")

        @property
        def w(self) -> Number:
            """The word of a lane's weight, or an integer."""
            return _word(self.qw, self.magnitude, self.errors != "x")

        @property
        def product(self) -> Number:
            """One lane's compensated product."""
            return compensated_sum(self.qx, self.qw, self.magnitude, self.errors, 1)

        @property
        def o(self) -> Number:
            """The sum."""
            return compensated_sum(self.qx, self.qw, self.magnitude, self.errors, self.lanes)

        @property
        def chains(self) -> int:
            """Of the rows of each digit."""
            return -(-self.lanes // CHAIN)

        @property
        def stages(self) -> tuple[int, ...]:
            """How many lanes are read in cycle 0, 1, …: in order, the first first."""
            return in_turns(self.lanes, self.rows_per_stage * self.chains)

        @cached_property
        def corrections(self) -> Corrections:
            """The rows that compensate."""
            return Corrections(stages=self.stages, chains=self.chains, qx=self.qx, qw=self.qw,
                               magnitude=self.magnitude, errors=self.errors,
                               width=self.o.width)  # fmt: skip

        @cached_property
        def products(self) -> Part:
            """The Booth rows."""
            return products_of(self.corrections, self.lanes, self.chains, self.rows_per_stage)

        @cached_property
        def heap(self) -> Heap:
            """What all rows leave to be added."""
            return heap_of(self.products, self.corrections, self.fabric)

        @cached_property
        def plan(self) -> Plan:
            """The compressor tree behind the rows."""
            return planned(self.heap)

        @property
        def luts(self) -> int:
            """LUTs of rows and tree."""
            return self.products.rows + self.corrections.luts + self.plan.luts

        @property
        def estimate(self) -> float:
            """LUTs, about, without a plan."""
            return self.products.rows + self.corrections.luts + tree_luts(self.heap)

        @property
        def latency(self) -> int:
            """Enabled cycles from the operands of stage 0 to the result."""
            return self.plan.latency

        def build(self) -> "FPEC":
            """The circuit."""
            return FPEC(self)

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
        fab = Fabric(m, platform, config.fabric)
        x = [Word.of(self.x.word_select(lane, config.x.width), config.qx)
             for lane in range(config.lanes)]  # fmt: skip
        w = [Word.of(self.w.word_select(lane, config.w.width), config.qw)
             for lane in range(config.lanes)]  # fmt: skip
        heap = emit_products(m, fab, self.en, config.products, config.corrections, x, w)
        Emitter(m, fab, self.en, config.corrections, x, w).leave(heap)
        m.d.comb += self.o.eq(compress(m, platform, config.plan, bits=heap, en=self.en))
        return m


def products_of(corrections: Corrections, lanes: int, chains: int, rows_per_stage: int = 1) -> Part:
    """The Booth rows of products that corrections are added to, from column m + 1 up."""
    below = corrections.below
    return Part(lanes=lanes, x=corrections.qx, w=corrections.qw, columns=corrections.width - below,
                ways=chains, offset=corrections.constant >> below,
                rows_per_stage=rows_per_stage)  # fmt: skip


def heap_of(products: Part, corrections: Corrections, fabric: Kind) -> Heap:
    """The heap of products and corrections."""
    width, below = corrections.width, corrections.below
    ones = [corrections.constant >> column & 1 for column in range(below)]
    bits = joined(width, int, (products.heap.bits, 0, below), (corrections.bits, 0, 0),
                  ([ones], 0, 0))  # fmt: skip
    return Heap(bits=tuple(map(tuple, bits)), width=width, fabric=fabric)


def emit_products(m, fab: Fabric, en, products: Part, corrections: Corrections, x, w):
    """The rows of products of words; their bits in a heap, of each stage, of each column."""
    bits = Rows(m, fab, products, [word.q for word in x], [word.q for word in w], en).bits()
    below = corrections.below
    ones = [[Const(1, 1)] * (corrections.constant >> column & 1) for column in range(below)]
    none = [[]] * len(corrections.bits)
    return joined(corrections.width, list, (bits, 0, below), ([ones], 0, 0), (none, 0, 0))


def compensated_sum(qx: Number, qw: Number, magnitude: int, errors: Errors, lanes: int) -> Number:
    """So many compensated products: linear in each of q and d, the ends are at their ends."""
    most = 1 << magnitude
    dx, dw = (0, most)[errors != "w"], (0, most)[errors != "x"]
    ends = [2 * most * a * b + a * d + c * b for a, c, b, d in every(
        (qx.low, qx.high), (-dx, dx), (qw.low, qw.high), (-dw, dw))]  # fmt: skip
    return holding(min(ends) * lanes, max(ends) * lanes)


def _word(number: Number, magnitude: int, has_error: bool) -> Number:
    if not has_error:
        return number
    return Number(width=word_width(number, magnitude, True))

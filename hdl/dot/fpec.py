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
from hdl.dot.booth import CHAIN, Booth, Rows
from hdl.dot.fpec_emit import Emitter
from hdl.dot.fpec_rows import ERRORS, Corrections, Errors, Word, word_width
from hdl.dot.integer import MAX_WIDTH, planned
from hdl.number import Number, holding

__all__ = ["FPEC", "MAX_MAGNITUDE", "Products", "check", "compensated_sum", "emit_products"]

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
            check("FPEC", self.qx, self.qw, self.magnitude, self.errors)

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
            most = self.rows_per_stage * self.chains
            full, rest = divmod(self.lanes, most)
            return (most,) * full + ((rest,) if rest else ())

        @cached_property
        def corrections(self) -> Corrections:
            """The rows that compensate."""
            return Corrections(stages=self.stages, chains=self.chains, qx=self.qx, qw=self.qw,
                               magnitude=self.magnitude, errors=self.errors,
                               width=self.o.width)  # fmt: skip

        @cached_property
        def products(self) -> "Products":
            """The Booth rows."""
            return Products.of(self.lanes, self.qx, self.qw, self.corrections, self.chains,
                               self.rows_per_stage)  # fmt: skip

        @cached_property
        def heap(self) -> Heap:
            """What all rows leave to be added."""
            return self.products.heap_with(self.corrections, self.fabric)

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
            """LUTs, about, without a plan: half a one for each bit that the rows leave."""
            rows = self.products.rows + self.corrections.luts
            return rows + 0.56 * sum(map(sum, self.heap.bits)) - 0.1 * self.o.width

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


@dataclass(frozen=True, kw_only=True)
class Products(Booth.Config):
    """Booth rows as a part of a heap of ``columns`` and ``below``, which they do not reach.

    offset : what is added to them, over 2^below.
    ways : chains of each digit.
    """

    columns: int
    below: int
    offset: int
    ways: int

    @classmethod
    def of(cls, lanes: int, x: Number, w: Number, corrections: Corrections, ways: int,
           rows_per_stage: int = 1) -> "Products":  # fmt: skip
        """The rows of products that ``corrections`` are added to."""
        below = corrections.magnitude + 1
        return cls(lanes=lanes, x=x, w=w, columns=corrections.width - below, below=below,
                   offset=corrections.constant >> below, ways=ways,
                   rows_per_stage=rows_per_stage)  # fmt: skip

    @property
    def o(self) -> Number:
        """The part of the heap."""
        return Number(width=self.columns, signed=True)

    @property
    def chains(self) -> int:
        """Of each digit."""
        return self.ways

    @cached_property
    def constant(self) -> int:
        """What the first rows add: also what makes up for the signs of corrections."""
        return (Booth.Config.constant.func(self) + self.offset) % (1 << self.columns)

    @property
    def rows(self) -> int:
        """LUTs of the rows."""
        return self.lanes * self.digits * self.row

    def heap_with(self, corrections: Corrections, fabric: Kind) -> Heap:
        """The heap of products and corrections."""
        bits = [[0] * corrections.width
                for _ in range(max(len(self.heap.bits), len(corrections.bits)))]  # fmt: skip
        for stage, counts in enumerate(self.heap.bits):
            for column, count in enumerate(counts):
                bits[stage][self.below + column] += count
        for stage, counts in enumerate(corrections.bits):
            for column, count in enumerate(counts):
                bits[stage][column] += count
        for column in range(self.below):
            bits[0][column] += corrections.constant >> column & 1
        return Heap(bits=tuple(map(tuple, bits)), width=corrections.width, fabric=fabric)


def emit_products(m, fab: Fabric, en, products: Products, corrections: Corrections, x, w):
    """The rows of products of words; their bits in a heap, of each stage, of each column."""
    qx, qw = [word.q for word in x], [word.q for word in w]
    both = (qx, qw, products.x, products.w)
    if products.recodes_x:
        both = (qw, qx, products.w, products.x)
    bits = Rows(m, fab, products, both, en).bits()
    stages = max(len(bits), len(corrections.bits))
    heap = [[[] for _ in range(corrections.width)] for _ in range(stages)]
    for stage, columns in enumerate(bits):
        for column, some in enumerate(columns):
            heap[stage][products.below + column] += some
    for column in range(products.below):
        if corrections.constant >> column & 1:
            heap[0][column].append(Const(1, 1))
    return heap


def check(owner: str, qx: Number, qw: Number, magnitude: int, errors: str) -> None:
    """Refuse operands that compensated products do not have."""
    for number in (qx, qw):
        if number.bipolar:
            raise ValueError(f"{owner} operands must not be bipolar")
        if number.width > MAX_WIDTH:
            what = f"at most {MAX_WIDTH} bits wide, not {number.width}"
            raise ValueError(f"{owner} operands must be {what}")
    if magnitude not in range(MAX_MAGNITUDE + 1):
        raise ValueError(f"{owner} magnitude must be 0 to {MAX_MAGNITUDE}, not {magnitude!r}")
    if errors not in ERRORS:
        raise ValueError(f"{owner} errors must be one of {', '.join(ERRORS)}, not {errors!r}")


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

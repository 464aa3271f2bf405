"""Dot products of numbers with estimated errors (FPEC), whose blocks share compensators."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.fabric import Fabric, Kind
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan
from hdl.compress.tree import compress
from hdl.dot.booth import CHAIN
from hdl.dot.booth_part import Part
from hdl.dot.fpec import FPEC, compensated_sum, emit_products, heap_of, products_of
from hdl.dot.fpec_emit import Emitter
from hdl.dot.fpec_rows import Corrections, Errors, Word
from hdl.dot.fpec_select import next_place
from hdl.dot.heaps import tree_luts
from hdl.dot.integer import planned
from hdl.dot.selection import chosen, chosen_luts
from hdl.dot.stages import in_turns
from hdl.number import Number
from hdl.stream.delay import delay

__all__ = ["SharedFPEC"]

QUICK = 4
"""Elements of a block that one compensator selects from within a cycle."""


class SharedFPEC(wiring.Component):
    r"""Compensated sum, as :class:`hdl.dot.fpec.FPEC`, of which some corrections are dropped.

    A lane is a block of ``config.block`` elements: their words, element 0 lowest. Of each block the
    first elements with an error on either side, as many as there are compensators, get both their
    corrections; those of all others are dropped.

    That saves little: to select a correction takes nearly the LUTs of adding it. One compensator of
    four elements saves 12 to 14 % of the LUTs (64 lanes of 4 or 6 bits), and drops 54 % of what
    asks for it if 30 % of the numbers have errors; two of eight elements cost more than all.
    More than four elements, or several compensators, take a cycle more and a register a bit.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after the
    operands of stage 0. Blocks are read one after the other: those of stage s (``config.stages``)
    s enabled cycles later than those of stage 0. A block whose x or w is zero adds nothing.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x, w : ``In(lanes * width)``
        Words of blocks, lane 0 lowest, each lane in its stage.
    o : ``Out(config.o.shape)``
        The sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of blocks, of elements and compensators of each, and what :class:`FPEC` asks."""

        lanes: int
        block: int
        qx: Number
        qw: Number
        compensators: int = 1
        magnitude: int = 0
        errors: Errors = "both"
        fabric: Kind = "xilinx"

        multiplier = False

        def __post_init__(self) -> None:
            positive("SharedFPEC", lanes=self.lanes, block=self.block,
                     compensators=self.compensators)  # fmt: skip
            if self.compensators >= self.block:
                what = f"fewer than the {self.block} elements of a block, not {self.compensators}"
                raise ValueError(f"SharedFPEC compensators must be {what}")
            _ = self.element

        @property
        def element(self) -> FPEC.Config:
            """A dot product of one element that is compensated."""
            return FPEC.Config(lanes=1, qx=self.qx, qw=self.qw, magnitude=self.magnitude,
                               errors=self.errors, fabric=self.fabric)  # fmt: skip

        @property
        def x(self) -> Number:
            """The words of a block's inputs."""
            return Number(width=self.block * self.element.x.width)

        @property
        def w(self) -> Number:
            """The words of a block's weights."""
            return Number(width=self.block * self.element.w.width)

        @property
        def product(self) -> Number:
            """One block's sum."""
            return self._sum(1)

        @property
        def o(self) -> Number:
            """The sum."""
            return self._sum(self.lanes)

        def _sum(self, lanes: int) -> Number:
            return compensated_sum(self.qx, self.qw, self.magnitude, self.errors,
                                   lanes * self.block)  # fmt: skip

        @property
        def chains(self) -> int:
            """Of the rows of each digit and of each element of a block."""
            return -(-self.lanes // CHAIN)

        @property
        def stages(self) -> tuple[int, ...]:
            """How many blocks are read in cycle 0, 1, …: in order, the first first."""
            return in_turns(self.lanes, self.chains)

        @property
        def front(self) -> int:
            """Cycles until what is to be compensated is selected."""
            return 1 if self.block <= QUICK and self.compensators == 1 else 2

        @cached_property
        def corrections(self) -> Corrections:
            """The rows that compensate."""
            stages = tuple(count * self.compensators for count in self.stages)
            return Corrections(stages=stages, chains=self.chains * self.compensators, qx=self.qx,
                               qw=self.qw, magnitude=self.magnitude, errors=self.errors,
                               width=self.o.width, front=self.front)  # fmt: skip

        @cached_property
        def products(self) -> Part:
            """The Booth rows of all elements."""
            return products_of(self.corrections, self.lanes * self.block, self.chains * self.block)

        @cached_property
        def heap(self) -> Heap:
            """What all rows leave to be added."""
            return heap_of(self.products, self.corrections, self.fabric)

        @cached_property
        def plan(self) -> Plan:
            """The compressor tree behind the rows."""
            return planned(self.heap)

        @property
        def selected(self) -> int:
            """Bits of an element that its correction asks for."""
            sides = len(self.corrections.sides)
            factors = sum(self.corrections.factor(side).width for side in self.corrections.sides)
            return factors + sides * (2 + self.magnitude)

        @property
        def selection(self) -> int:
            """LUTs that select, about: which element, and its bits."""
            found, sides = 0, len(self.corrections.sides)
            for number in range(self.compensators):
                ways = self.block - number + (number > 0)
                found += chosen_luts(self.selected, ways)
                found += round((0.4 + 0.15 * sides + 0.55 * number) * ways)
            return self.lanes * found

        @property
        def luts(self) -> int:
            """LUTs of selection, rows and tree, about."""
            return self._front + self.plan.luts

        @property
        def estimate(self) -> float:
            """LUTs, about, without a plan."""
            return self._front + tree_luts(self.heap)

        @property
        def _front(self) -> int:
            return self.selection + self.products.rows + self.corrections.luts

        @property
        def latency(self) -> int:
            """Enabled cycles from the operands of stage 0 to the result."""
            return self.plan.latency

        def build(self) -> "SharedFPEC":
            """The circuit."""
            return SharedFPEC(self)

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
        element, count = config.element, config.lanes * config.block
        x = [Word.of(self.x.word_select(k, element.x.width), config.qx) for k in range(count)]
        w = [Word.of(self.w.word_select(k, element.w.width), config.qw) for k in range(count)]
        heap = emit_products(m, fab, self.en, config.products, config.corrections, x, w)
        served: list[tuple[Word, Word]] = []
        for lane in range(config.lanes):
            here = slice(lane * config.block, (lane + 1) * config.block)
            served += self._select(m, fab, x[here], w[here], f"block{lane}")
        one, other = zip(*served)
        Emitter(m, fab, self.en, config.corrections, one, other).leave(heap)
        m.d.comb += self.o.eq(compress(m, platform, config.plan, bits=heap, en=self.en))
        return m

    def _select(self, m: Module, fab: Fabric, x: Sequence[Word], w: Sequence[Word], name: str):
        """The words of the elements that are compensated, ``config.front`` cycles later."""
        config, front = self.config, self.config.front
        wants = []
        for k, (one, other) in enumerate(zip(x, w)):
            want = Signal(name=f"{name}want{k}")
            m.d.comb += want.eq(Cat(one.error * (config.errors != "w"),
                                    other.error * (config.errors != "x")).any())  # fmt: skip
            wants.append(want)
        ways = [delay(m, self.en, _packed(config, *both), front - 1, f"{name}word{k}", keep=True)
                for k, both in enumerate(zip(x, w))]  # fmt: skip
        before: list[Value] = [Const(1, 1)] * config.block
        found = []
        for number in range(config.compensators):
            index, before = next_place(m, wants, before, number, f"{name}_{number}")
            index = delay(m, self.en, index, front - 1, f"{name}_{number}index")
            # Where so many do not want, the place is that of no correction.
            some = ways[number:] + [Const(0, config.selected)] * (number > 0)
            bits = chosen(fab, some, index, f"{name}_{number}mux")
            found.append(_unpacked(config, delay(m, self.en, bits, 1, f"{name}_{number}")))
        return found


def _packed(config, x: Word, w: Word) -> Value:
    """The bits that the corrections of an element ask for."""
    parts = [x.q, *w[1:]] * (config.errors != "x") + [w.q, *x[1:]] * (config.errors != "w")
    return Cat(*parts)


def _unpacked(config, bits: Value) -> tuple[Word, Word]:
    """The words of x and w of such bits; what no correction asks for is 0."""
    empty = Const(0, 0)
    x, w = (Word(Const(0, number.width), empty, empty, empty) for number in (config.qx, config.qw))
    low, extra = 0, config.magnitude
    if config.errors != "x":
        low, x = config.qx.width, x._replace(q=bits[: config.qx.width])
        w = w._replace(error=bits[low], sign=bits[low + 1], size=bits[low + 2 : low + 2 + extra])
        low += 2 + extra
    if config.errors != "w":
        n = low + config.qw.width
        w = w._replace(q=bits[low:n])
        x = x._replace(error=bits[n], sign=bits[n + 1], size=bits[n + 2 :])
    return x, w

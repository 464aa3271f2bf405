"""Dot products with blocks of weights of which few are wide: these have lanes of their own."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Const, Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.fabric import Fabric, Kind
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan
from hdl.compress.tree import compress
from hdl.dot.biscaled import refuse_operands
from hdl.dot.biscaled_schedule import Schedule
from hdl.dot.biscaled_words import integer
from hdl.dot.booth import Rows
from hdl.dot.booth_part import BelowRows, Part
from hdl.dot.heaps import joined, tree_luts
from hdl.dot.integer import planned
from hdl.dot.operands import product_range
from hdl.number import Number, holding
from hdl.stream.delay import delay
from hdl.stream.late import Late

__all__ = ["BiScaledBlocks"]


class BiScaledBlocks(wiring.Component):
    r"""Sum of products :math:`o = \sum_b (\sum_k x_{b,k} l_{b,k} + 2^n \sum_j x_{b,p_j} h_j)`.

    A lane is a block b of B = ``block`` numbers. Its weights' word has B low parts l, each of n
    bits as ``qw``, and above them a list of ``limit`` entries: a position p of the B's bits, and
    above it h, for the weight w = l + 2^n h at p. Of signed weights h is the sum of a bit, set
    where l < 0, and above it a signed number, the d = ``w_shift`` bits of w above l; else it is
    only the latter, unsigned. Entries of zeros add nothing. Any weight of n + d bits may be listed,
    those on a wide scale, q 2^d, among them.

    So h is d / 2 digits in radix 4, rounded up. A wide weight is multiplied by the lane that it is
    in; what this lacks of it takes a selection of its x, by LUTs that select one of four, and a
    Booth row for each digit, from column n up in the same heap. Nothing is multiplied twice or
    corrected.

    The word of inputs has the B integers ``qx`` of a block, the first lowest. What is BiScaled is
    made such integers before, once for all units, by :class:`hdl.quant.expand.Expand`.

    LUTs of a product of n = 6, d = 2 in a block of 16, where plain 6 x 6 takes 23.6 and plain 8 x 8
    39.8: 26.6 of 6.44 bits in memory; 29.1 of 6.88 with two wide weights; in a block of 32 26.1 of
    6.25 and 28.3 of 6.5.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after the first
    bits that are read. If not ``config.skewed``, all are read in cycle 0, and wait here; else those
    of ``config.x_places[s]`` and ``config.w_places[s]`` are read in cycle s, so that the delay is
    paid once for all units that share an operand. A lane whose x or w is zero adds nothing.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x, w : ``In(lanes * width)``
        Words of blocks, lane 0 lowest.
    o : ``Out(config.o.shape)``
        The sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of blocks and their size, the numbers, and what it is made of.

        qx : inputs.
        qw, w_shift : of weights.
        rows_per_stage : rows of a chain between registers, as of Booth; registers that wait for
            the selection are saved, too.
        """

        lanes: int
        block: int
        qx: Number
        qw: Number
        w_shift: int
        limit: int = 1
        fabric: Kind = "xilinx"
        rows_per_stage: int = 2
        skewed: bool = False

        multiplier = False

        def __post_init__(self) -> None:
            sizes = {"lanes": self.lanes, "block": self.block, "limit": self.limit}
            sizes |= {"w_shift": self.w_shift, "rows_per_stage": self.rows_per_stage}
            positive("BiScaledBlocks", **sizes)
            refuse_operands("BiScaledBlocks", (self.qx, 0), (self.qw, self.w_shift))
            if self.limit > self.block:
                what = f"at most its block of {self.block}, not {self.limit}"
                raise ValueError(f"BiScaledBlocks limit must be {what}")

        @property
        def x(self) -> Number:
            """The inputs of a block."""
            return Number(width=self.block * self.qx.width)

        @property
        def w(self) -> Number:
            """The weights of a block and their list."""
            return Number(width=self.block * self.qw.width + self.limit * self.entry)

        @property
        def position(self) -> int:
            """Bits of a position."""
            return (self.block - 1).bit_length()

        @property
        def entry(self) -> int:
            """Bits of an entry of the list."""
            return self.position + self.w_shift + self.qw.signed

        @property
        def product(self) -> Number:
            """A block's sum."""
            return self._sum(1)

        @property
        def o(self) -> Number:
            """The sum."""
            return self._sum(self.lanes)

        def _sum(self, lanes: int) -> Number:
            low = high = 0
            wide = integer(self.qw, self.w_shift)
            for w, count in ((self.qw, self.block - self.limit), (wide, self.limit)):
                least, most = product_range(self.qx, w, count * lanes)
                low, high = low + least, high + most
            return holding(low, high)

        @cached_property
        def lows(self) -> Part:
            """The rows of the low parts."""
            return Part(lanes=self.lanes * self.block, x=self.qx, w=self.qw, columns=self.o.width,
                        fabric=self.fabric, rows_per_stage=self.rows_per_stage)  # fmt: skip

        @cached_property
        def listed(self) -> Part:
            """The rows of the lists' entries, from column n up."""
            columns = self.o.width - self.qw.width
            w = Number(width=self.w_shift, signed=self.qw.signed)
            return Part(lanes=self.lanes * self.limit, x=self.qx, w=w, recodes_w=True,
                        columns=columns, fabric=self.fabric)  # fmt: skip

        @cached_property
        def schedule(self) -> Schedule:
            """When each bit is needed."""
            return Schedule(
                lanes=self.lanes, block=self.block, limit=self.limit, x_word=self.qx.width,
                w_word=self.qw.width, h=self.entry - self.position,
                number_stages=self.lows.stages, entry_stages=self.listed.stages,
            )  # fmt: skip

        @property
        def x_places(self) -> tuple[tuple[int, ...], ...]:
            """Which bits of the port x are read in cycle 0, 1, …."""
            return self._places(self.schedule.x)

        @property
        def w_places(self) -> tuple[tuple[int, ...], ...]:
            """Which bits of the port w are read in cycle 0, 1, …."""
            return self._places(self.schedule.w)

        def _places(self, times: tuple[int, ...]) -> tuple[tuple[int, ...], ...]:
            return self.schedule.places(times) if self.skewed else (tuple(range(len(times))),)

        @property
        def stages(self) -> tuple[int, ...]:
            """How many lanes begin to be read in cycle 0, 1, …: all at once."""
            return (self.lanes,)

        @cached_property
        def heap(self) -> Heap:
            """What all rows leave to be added."""
            bits = self._together(int, self.lows.heap.bits, self.listed.heap.bits)
            return Heap(bits=tuple(map(tuple, bits)), width=self.o.width, fabric=self.fabric)

        def _together(self, kind: type, lows, listed) -> list[list]:
            start = self.schedule.entries[0]
            return joined(self.o.width, kind, (lows, 0, 0), (listed, start, self.qw.width))

        @cached_property
        def plan(self) -> Plan:
            """The compressor tree behind the rows."""
            return planned(self.heap)

        @property
        def luts(self) -> int:
            """LUTs of selections, rows and tree."""
            return self._front + self.plan.luts

        @property
        def estimate(self) -> float:
            """LUTs, about, without a plan."""
            return self._front + tree_luts(self.heap)

        @property
        def _front(self) -> int:
            selections = self.lanes * self.limit * self.schedule.selection(0).luts
            return self.lows.rows + self.listed.rows + selections

        @property
        def latency(self) -> int:
            """Enabled cycles from the first bits that are read to the result."""
            return self.plan.latency

        def build(self) -> "BiScaledBlocks":
            """The circuit."""
            return BiScaledBlocks(self)

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
        self._inputs = [Late(m, self.en, self.x.word_select(k, config.qx.width), f"x{k}", keep=True)
                        for k in range(config.lanes * config.block)]  # fmt: skip
        self._weights: dict[int, Late] = {}
        x = [self._x(element, time) for element, time in enumerate(config.schedule.numbers)]
        lows = Rows(m, fab, config.lows, x, self._lows(m), self.en).bits()
        m.submodules.list = inner = Module()  # its rows have the same names
        listed = self._listed(inner, Fabric(inner, platform, config.fabric)).bits()
        heap = config._together(list, lows, listed)
        m.d.comb += self.o.eq(compress(m, platform, config.plan, bits=heap, en=self.en))
        return m

    def _x(self, element: int, cycle: int) -> Value:
        """An input, in a cycle."""
        config = self.config
        read = config.schedule.numbers[element] if config.skewed else 0
        return self._inputs[element].at(cycle - read)

    def _w(self, m: Module, place: int, width: int, cycle: int) -> Value:
        """Bits of the port w, of the same part of a word, in a cycle."""
        read = self.config.schedule.w[place] if self.config.skewed else 0
        if place not in self._weights:
            bits = self.w[place : place + width]
            self._weights[place] = Late(m, self.en, bits, f"w{place}", keep=True)
        return self._weights[place].at(cycle - read)

    def _lows(self, m: Module) -> list[Value]:
        """The low part of each weight."""
        config, width = self.config, self.config.qw.width
        return [self._w(m, config.w.width * (element // config.block)
                        + element % config.block * width, width, time)
                for element, time in enumerate(config.schedule.numbers)]  # fmt: skip

    def _listed(self, m: Module, fab: Fabric) -> BelowRows:
        """The rows of the lists."""
        config = self.config
        x, h, below = [], [], []
        for number, time in enumerate(config.schedule.entries):
            lane, entry = divmod(number, config.limit)
            place = config.w.width * lane + config.block * config.qw.width + config.entry * entry
            selection = config.schedule.selection(lane)
            found = selection.emit(
                m, fab, self.en,
                lambda k, cycle, lane=lane: self._x(lane * config.block + k, cycle),
                lambda k, cycle, place=place: self._w(m, place + k, 1, cycle), f"list{number}",
            )  # fmt: skip
            x.append(delay(m, self.en, found, time - selection.ready, f"list{number}", keep=True))
            place += config.position
            below.append(self._w(m, place, 1, time) if config.qw.signed else Const(0, 1))
            h.append(self._w(m, place + config.qw.signed, config.w_shift, time))
        return BelowRows(m, fab, config.listed, x, h, self.en, below=below)

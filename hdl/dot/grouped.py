"""Dot products of blocks of integers that share scales: a shift of each block's sum."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Const, Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.blocks import Bit
from hdl.compress.fabric import Fabric, Kind
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan, plan
from hdl.compress.tree import compress
from hdl.dot.booth import Booth
from hdl.dot.grouped_mantissa import MAX_MANTISSA_BITS
from hdl.dot.grouped_scale import Scale
from hdl.dot.heaps import ones
from hdl.dot.integer import Integer, planned
from hdl.dot.operands import narrow, product_range
from hdl.dot.stages import cycles, places
from hdl.number import Number, holding
from hdl.stream.delay import delay

__all__ = ["MAX_EXPONENTS", "Grouped"]

MAX_EXPONENTS = 32
"""Of an operand."""

HEAP = 1.2
"""LUTs of a large heap of products, of which a search makes the schedule, to the estimate."""


class Grouped(wiring.Component):
    r"""Sum of scaled sums: :math:`o = \sum_b M_b 2^{e_b + d_b} \sum_{i \in b} x_i w_i`.

    A lane is a block of ``config.group`` elements. Its w are integers w_i, an exponent e and the
    code of a mantissa M of all of them; its x are integers x_i and, where there are several, an
    exponent d. So are weights with a scale for each group of columns, and block floating point.

    The products of a block are added by ``config.inner``, whatever takes the fewest LUTs; then
    come one row that adds the sum and itself shifted, for M; one shift by e + d; and a compressor
    tree that adds the blocks. M is 2^K where its code is 0, else 2^K (1 + 2^-k) of the code k.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after its
    operands, which all arrive at once unless ``skewed``: then those bits that are needed later come
    later (``config.x_places``, ``config.w_places``), so that their delay is paid once for all units
    that share an operand. A lane of which all x_i are zero adds nothing.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x, w : ``In(lanes * width)``
        Words of blocks, lane 0 lowest: the elements, element 0 lowest, then the exponent, where
        there are several, and in w the code of the mantissa. Exponents from 0 up to below their
        number; of others, and of codes above ``mantissa_bits``, the result is unspecified.
    o : ``Out(config.o.shape)``
        The sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of blocks, what they are made of, and what it is made of.

        lanes, group : blocks, and elements of each.
        x_element, w_element : integers of an input and of a weight.
        exponents, x_exponents : how many a block of weights, of inputs, may have.
        mantissa_bits : K; 0 where M is 1.
        rows_per_stage : of Booth rows, see :class:`hdl.dot.booth.Booth`; two save half of the
            registers that delay elements.
        skewed : whether bits come when they are needed, not all at once.
        """

        lanes: int
        group: int
        x_element: Number
        w_element: Number
        exponents: int
        x_exponents: int = 1
        mantissa_bits: int = 0
        fabric: Kind = "xilinx"
        rows_per_stage: int = 2
        skewed: bool = False

        multiplier = False

        def __post_init__(self) -> None:
            positive("Grouped", lanes=self.lanes, group=self.group, exponents=self.exponents,
                     x_exponents=self.x_exponents, rows_per_stage=self.rows_per_stage)  # fmt: skip
            if self.group < 2:
                raise ValueError(f"Grouped group must be at least 2, not {self.group}")
            for number in (self.x_element, self.w_element):
                if number.bipolar:
                    raise ValueError("Grouped elements must not be bipolar")
            narrow("Grouped elements", self.x_element, self.w_element)
            most = max(self.exponents, self.x_exponents)
            if most > MAX_EXPONENTS:
                raise ValueError(f"Grouped exponents must be at most {MAX_EXPONENTS}, not {most}")
            if not 0 <= self.mantissa_bits <= MAX_MANTISSA_BITS:
                what = f"from 0 to {MAX_MANTISSA_BITS}, not {self.mantissa_bits}"
                raise ValueError(f"Grouped mantissa_bits must be {what}")

        @property
        def x(self) -> Number:
            """The word of a block of inputs."""
            return Number(width=self.group * self.x_element.width + self.scale.fields[0])

        @property
        def w(self) -> Number:
            """The word of a block of weights."""
            return Number(width=self.group * self.w_element.width + sum(self.scale.fields[1:]))

        @cached_property
        def inner(self) -> Integer.Config | Booth.Config:
            """What adds the products of a block."""
            numbers = {"x": self.x_element, "w": self.w_element, "fabric": self.fabric}
            heap = Integer.Config(lanes=self.group, **numbers)
            if self.fabric != "xilinx":
                return heap
            rows = Booth.Config(lanes=self.group, rows_per_stage=self.rows_per_stage, **numbers)
            return rows if rows.estimate < HEAP * heap.estimate else heap

        @cached_property
        def scale(self) -> Scale:
            """What scales a block's sum."""
            low, high = product_range(self.x_element, self.w_element, self.group)
            return Scale(low=low, high=high, exponents=(self.x_exponents, self.exponents),
                         mantissa_bits=self.mantissa_bits)  # fmt: skip

        @property
        def product(self) -> Number:
            """One block's sum, scaled."""
            return self.scale.o

        @property
        def o(self) -> Number:
            """The sum."""
            factor = self.lanes * self.scale.most
            return holding(self.scale.low * factor, self.scale.high * factor)

        @cached_property
        def heap(self) -> Heap | None:
            """The blocks' sums, where there are several."""
            if self.lanes == 1:
                return None
            counts = [0] * self.o.width
            for column in range(self.product.width):
                counts[column] += self.lanes
            for column in self.ones:
                counts[column] += 1
            return Heap(bits=(tuple(counts),), width=self.o.width, fabric=self.fabric,
                        ternary=self.fabric == "xilinx")  # fmt: skip

        @property
        def ones(self) -> list[int]:
            """Columns of the ones that make up for the inverted signs of blocks' sums."""
            total = -self.product.signed * self.lanes << self.product.width - 1
            return ones(total % (1 << self.o.width))

        @cached_property
        def plan(self) -> Plan | None:
            """The compressor tree of the blocks' sums."""
            if self.heap is None:
                return None
            return plan(self.heap) if self.heap.ternary else planned(self.heap)

        @property
        def luts(self) -> int:
            """LUTs of products, scales and tree."""
            blocks = self.lanes * (self.inner.luts + self.scale.luts)
            return blocks + (self.plan.luts if self.plan else 0)

        @property
        def estimate(self) -> float:
            """LUTs, about, without a plan."""
            blocks = self.lanes * (self.inner.estimate + self.scale.luts)
            return blocks + self.lanes // 2 * self.o.width

        @cached_property
        def times(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
            """Of each bit of a block's x and w, the cycle in which it is needed."""
            stages = cycles(self.inner.stages)
            total = self.inner.latency
            exponent = total + self.scale.exponent_cycle
            x, w = ([stage for stage in stages for _ in range(number.width)]
                    for number in (self.x_element, self.w_element))  # fmt: skip
            fields = self.scale.fields
            x += [exponent] * fields[0]
            w += [exponent] * fields[1] + [total] * fields[2]
            return tuple(x), tuple(w)

        @property
        def x_places(self) -> tuple[tuple[int, ...], ...]:
            """Which bits of the port x are read in enabled cycle 0, 1, …."""
            return self._places(0)

        @property
        def w_places(self) -> tuple[tuple[int, ...], ...]:
            """Which bits of the port w are read in enabled cycle 0, 1, …."""
            return self._places(1)

        def _places(self, operand: int) -> tuple[tuple[int, ...], ...]:
            times = self.times[operand] * self.lanes
            if not self.skewed:
                return (tuple(range(len(times))),)
            return places(times, 1 + max(map(max, self.times)))

        @property
        def stages(self) -> tuple[int, ...]:
            """How many lanes begin to be read in cycle 0, 1, …: all at once."""
            return (self.lanes,)

        @property
        def latency(self) -> int:
            """Enabled cycles from the operands, or the first of them, to the result."""
            block = self.inner.latency + self.scale.latency
            return block + (self.plan.latency if self.plan else 0)

        def build(self) -> "Grouped":
            """The circuit."""
            return Grouped(self)

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
        blocks = [self._block(m, fab, lane) for lane in range(config.lanes)]
        if config.plan is None:
            m.d.comb += self.o.eq(Cat(*blocks[0]))
            return m
        heap = [[] for _ in range(config.o.width)]
        for bits in blocks:
            for column, bit in enumerate(bits):
                top = column == config.product.width - 1
                heap[column].append(Bit(bit, inverted=config.product.signed and top))
        for column in config.ones:
            heap[column].append(Const(1, 1))
        m.d.comb += self.o.eq(compress(m, platform, config.plan, bits=[heap], en=self.en))
        return m

    def _block(self, m: Module, fab: Fabric, lane: int) -> list[Value]:
        """The bits of a block's sum, scaled."""
        config, name = self.config, f"block{lane}"
        times, fields = config.times, config.scale.fields
        x = self._arrived(m, self.x.word_select(lane, config.x.width), times[0], f"{name}x")
        w = self._arrived(m, self.w.word_select(lane, config.w.width), times[1], f"{name}w")
        x_size, w_size = (config.group * n.width for n in (config.x_element, config.w_element))
        m.submodules[name] = dot = config.inner.build()
        m.d.comb += [dot.en.eq(self.en), dot.x.eq(Cat(*x[:x_size])), dot.w.eq(Cat(*w[:w_size]))]
        end = w_size + fields[1]
        return config.scale.emit(m, fab, self.en, dot.o, (x[x_size:], w[w_size:end]), w[end:], name)

    def _arrived(self, m: Module, word: Value, times: tuple[int, ...], name: str) -> list[Value]:
        """The bits of a word, each when it is needed."""
        bits = list(word)
        if self.config.skewed:
            return bits
        for time in sorted({*times} - {0}):
            places = [place for place, some in enumerate(times) if some == time]
            waiting = Cat(*(bits[place] for place in places))
            later = delay(m, self.en, waiting, time, f"{name}{time}", keep=True)
            for place, bit in zip(places, later):
                bits[place] = bit
        return bits

"""Dot products with weights that are indices into a table of values."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.fabric import Fabric, Kind
from hdl.dot.booth import Booth
from hdl.dot.codebook_products import Products
from hdl.dot.gates import Gate, emit, lut_count, tables
from hdl.dot.integer import Integer
from hdl.dot.operands import MAX_WIDTH
from hdl.dot.select import select
from hdl.dot.shift import Shift
from hdl.dot.shift_terms import MAX_EXPONENTS
from hdl.number import Number, holding

__all__ = ["MAX_VALUES", "Codebook", "of_values"]

MAX_VALUES = 64
"""Of a table: a LUT6 holds one of their bits."""


class Codebook(wiring.Component):
    r"""Sum of products with values of a table: :math:`o = \sum_i x_i C_{w_i}`.

    The index of each lane is decoded by LUTs into the value, which has a register, as has x; then
    comes ``config.inner``, whatever multiplies these values in the fewest LUTs: Booth rows, a bit
    heap, or shifts where all are powers of two. An index beyond the table is the last.

    Stateless and pipelined: one result a cycle, ``config.latency`` enabled cycles after the
    operands of stage 0; the lanes of stage s (``config.stages``) are read s enabled cycles later.
    A lane whose x is zero adds nothing.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x, w : ``In(lanes * width)``
        Inputs and indices, lane 0 lowest, each lane in its stage.
    o : ``Out(config.o.shape)``
        The sum.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Number of lanes, the inputs, the table, and what it is made of."""

        lanes: int
        x: Number
        values: tuple[int, ...]
        fabric: Kind = "xilinx"

        multiplier = False

        def __post_init__(self) -> None:
            positive("Codebook", lanes=self.lanes)
            if self.x.bipolar:
                raise ValueError("Codebook inputs must not be bipolar")
            if not 0 < len(self.values) <= MAX_VALUES:
                what = f"1 to {MAX_VALUES}, not {len(self.values)}"
                raise ValueError(f"Codebook values must be {what}")
            widest = max(self.x.width, holding(min(self.values), max(self.values)).width)
            if widest > MAX_WIDTH:
                what = f"at most {MAX_WIDTH} bits wide, not {widest}"
                raise ValueError(f"Codebook inputs and values must be {what}")

        @property
        def w(self) -> Number:
            """The index of a weight."""
            return Number(width=max(1, (len(self.values) - 1).bit_length()))

        @cached_property
        def inner(self) -> Integer.Config | Booth.Config | Shift.Config:
            """What multiplies."""
            value = holding(min(self.values), max(self.values))
            plain = select(self.x, value, self.lanes, fabric=self.fabric)
            exponents = max(abs(value) for value in self.values).bit_length()
            powers = all(value & -value == abs(value) for value in self.values)
            if not (powers and 0 < exponents <= MAX_EXPONENTS):
                return plain
            shift = Shift.Config(lanes=self.lanes, x=self.x, exponents=exponents,
                                 fabric=self.fabric)  # fmt: skip
            return min((plain, shift), key=lambda config: config.estimate)

        @cached_property
        def decoder(self) -> tuple[tuple[Gate, ...], tuple[str, ...]]:
            """The gates of an index ``w0``, …, and which of them makes each bit of a value."""
            some = [self.values[min(n, len(self.values) - 1)] for n in range(1 << self.w.width)]
            if isinstance(self.inner, Shift.Config):
                some = [_power(value, self.inner) for value in some]
            pins = [f"w{k}" for k in range(self.w.width)]
            return tables(some, self.inner.w.width, pins, "c")

        @property
        def product(self) -> Number:
            """One lane's product."""
            return self.inner.product

        @property
        def o(self) -> Number:
            """The sum."""
            return self.inner.o

        @property
        def luts(self) -> int:
            """LUTs of the decoders and of what multiplies."""
            return self.lanes * lut_count(self.decoder[0]) + self.inner.luts

        @property
        def estimate(self) -> float:
            """LUTs, about, without a plan."""
            return self.lanes * lut_count(self.decoder[0]) + self.inner.estimate

        @property
        def stages(self) -> tuple[int, ...]:
            """How many lanes are read in cycle 0, 1, …: in order, the first first."""
            return self.inner.stages

        @property
        def latency(self) -> int:
            """Enabled cycles from the operands of stage 0 to the result."""
            return 1 + self.inner.latency

        def build(self) -> "Codebook":
            """The circuit."""
            return Codebook(self)

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
        m.submodules.dot = dot = config.inner.build()
        gates, names = config.decoder
        codes = []
        for lane in range(config.lanes):
            index = self.w.word_select(lane, config.w.width)
            bits = {"0": Const(0, 1), "1": Const(1, 1)}
            bits |= {f"w{k}": bit for k, bit in enumerate(index)}
            bits |= emit(fab, gates, bits, f"lane{lane}")
            codes += [bits[name] for name in names]
        x = Signal.like(self.x, name="inputs", reset_less=True)
        w = Signal(len(codes), name="values", reset_less=True)
        with m.If(self.en):
            m.d.sync += [x.eq(self.x), w.eq(Cat(*codes))]
        m.d.comb += [dot.en.eq(self.en), dot.x.eq(x), dot.w.eq(w), self.o.eq(dot.o)]
        return m


def _power(value: int, config: Shift.Config) -> int:
    """The code of a signed power of two, or of zero."""
    if not value:
        return 0
    return (value < 0) << config.field | abs(value).bit_length() - 1 + config.offset


def of_values(x: Number, values: tuple[int, ...], lanes: int, *,
              fabric: Kind = "xilinx") -> Codebook.Config | Products.Config:  # fmt: skip
    """Values by a decoder, or tables of products where those are possible and take fewer LUTs."""
    decoded = Codebook.Config(lanes=lanes, x=x, values=values, fabric=fabric)
    if not (Products.suits(x, values) and any(values)):
        return decoded
    products = Products.Config(lanes=lanes, x=x, values=values, fabric=fabric)
    return min((decoded, products), key=lambda config: config.estimate)

"""From sums to activations: what follows the accumulator of each column."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.engine.search import Search
from hdl.engine.words import LIMITS
from hdl.number import Number
from hdl.quant.requantize import Requantize
from hdl.stream.delay import delay

__all__ = ["Post"]

ALWAYS = Const(1)
NONE = Number(width=1)


class Post(wiring.Component):
    r"""Activate: :math:`o_c = base + gain \cdot \#\{k : x_c \ge t_{c,k}\}`, or requantised x.

    Raw sums come beside. One result a cycle, ``config.latency`` cycles after its sums.

    Members
    -------
    x : ``In(ArrayLayout(config.x.shape, cols))``
        Sums.
    t0, t1, … : thresholds, stage s of which s cycles after x; see :class:`Search`
    scale : ``In(cols * config.scale_bits)``
        With x, of each column the multiplier and above it the shift, where it is requantised.
    zero_point, low, high : ``In(config.o.shape)``
        With x, where the requantiser has these ports.
    base, gain, odd, requantizes : ``In``
        A cycle before o: the code that is added, whether the count is doubled, what is added to
        doubled raw sums, and whether x is requantised.
    o : ``Out(ArrayLayout(config.o.shape, cols))``
        Activations.
    raw : ``Out(ArrayLayout(config.raw.shape, cols))``
        Sums.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Columns, sums, activations, most thresholds, and whether sums count agreeing lanes."""

        cols: int
        x: Number
        o: Number
        levels: int = 0
        base: Number = NONE
        counts: bool = False
        requantize: Requantize.Config | None = None

        def __post_init__(self) -> None:
            positive("Post", cols=self.cols)
            if self.requantize is None:
                return
            if (self.requantize.x, self.requantize.o) != (self.x, self.o):
                what = f"{self.x!r} and {self.o!r}"
                raise ValueError(f"Post requantize must be from and to {what}")
            if self.requantize.multiplier is not None or self.requantize.shift is not None:
                raise ValueError("Post requantize multiplier and shift must not be constants")

        @cached_property
        def search(self) -> Search.Config | None:
            """How thresholds are counted."""
            if not self.levels:
                return None
            return Search.Config(cols=self.cols, levels=self.levels, x=self.x)

        @property
        def stages(self) -> int:
            """Stages of the search."""
            return self.search.stages if self.search else 0

        @property
        def latency(self) -> int:
            """Cycles from sums to activations."""
            if self.requantize is None:
                return self.stages + 1
            if self.search is None:
                return self.requantize.latency
            return max(self.stages, self.requantize.latency) + 1

        @property
        def shift_bits(self) -> int:
            """Of a column's shift."""
            return self.requantize.span.bit_length() if self.requantize else 0

        @property
        def scale_bits(self) -> int:
            """Of a column's multiplier and shift."""
            return 31 + self.requantize.left + self.shift_bits if self.requantize else 0

        @property
        def limits(self) -> tuple[str, ...]:
            """The limits that are ports."""
            given = self.requantize
            return tuple(name for name in LIMITS if given and getattr(given, name) is None)

        @property
        def raw(self) -> Number:
            """Raw sums: 2 x + odd where x counts agreeing lanes."""
            return Number(width=self.x.width + self.counts, signed=self.x.signed)

    def __init__(self, config: Config) -> None:
        self.config = config
        ports = {f"t{s}": In(data.ArrayLayout(config.x.shape, config.cols << s))
                 for s in range(config.stages)}  # fmt: skip
        super().__init__({
            "x": In(data.ArrayLayout(config.x.shape, config.cols)),
            **ports,
            "scale": In(config.cols * config.scale_bits),
            **{name: In(config.o.shape) for name in config.limits},
            "base": In(config.base.shape),
            "gain": In(1),
            "odd": In(1),
            "requantizes": In(1),
            "o": Out(data.ArrayLayout(config.o.shape, config.cols)),
            "raw": Out(data.ArrayLayout(config.raw.shape, config.cols)),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        later = delay(m, ALWAYS, self.x.as_value(), config.latency - 1, "x")
        sums = data.View(self.x.shape(), later)
        counts = self._counts(m)
        for column in range(config.cols):
            raw = Signal(config.raw.shape, name=f"raw{column}", reset_less=True)
            m.d.sync += raw.eq(Cat(self.odd, sums[column]) if config.counts else sums[column])
            scaled = self._requantized(m, column)
            code = scaled
            if config.levels:
                count = counts[column]
                reached = self.base + Mux(self.gain, count << 1, count)
                code = Signal(config.o.shape, name=f"code{column}", reset_less=True)
                m.d.sync += code.eq(reached if scaled is None
                                    else Mux(self.requantizes, scaled, reached))  # fmt: skip
            if code is not None:
                m.d.comb += self.o[column].eq(code)
            m.d.comb += self.raw[column].eq(raw)
        return m

    def _counts(self, m: Module) -> list[Value]:
        """The thresholds that each column reaches, a cycle before o."""
        config = self.config
        if not config.levels:
            return []
        m.submodules.search = search = Search(config.search)
        m.d.comb += search.x.eq(self.x)
        m.d.comb += [getattr(search, f"t{s}").eq(getattr(self, f"t{s}"))
                     for s in range(config.stages)]  # fmt: skip
        late = config.latency - 1 - config.stages
        return [delay(m, ALWAYS, search.o[column], late, f"count{column}")
                for column in range(config.cols)]  # fmt: skip

    def _requantized(self, m: Module, column: int) -> Value | None:
        """The requantised sum of a column, with o, or a cycle before where there are thresholds."""
        config = self.config
        if config.requantize is None:
            return None
        unit = config.requantize.build()
        m.submodules[f"requantize{column}"] = unit
        scale = self.scale.word_select(column, config.scale_bits)
        split = config.scale_bits - config.shift_bits
        m.d.comb += [unit.en.eq(1), unit.x.eq(self.x[column]), unit.multiplier.eq(scale[:split])]
        if config.shift_bits:
            m.d.comb += unit.shift.eq(scale[split:])
        m.d.comb += [getattr(unit, name).eq(getattr(self, name)) for name in config.limits]
        late = max(0, config.latency - 1 - config.requantize.latency)
        found = delay(m, ALWAYS, unit.o, late, f"scaled{column}")
        return found.as_signed() if config.o.signed else found

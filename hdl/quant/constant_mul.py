"""The high half of a product with a constant, rounded, from adders in LUTs."""

from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Const, Module, Shape, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.csd import signed_digits
from hdl.number import Number
from hdl.quant.high_mul import FRACTION
from hdl.stream.late import Late

__all__ = ["ConstantHighMul", "digits"]


def digits(number: int) -> tuple[tuple[int, int], ...]:
    """Canonical signed digits of a number: place and +1 or -1 of each that is not 0."""
    return tuple((k, int(digit)) for k, digit in enumerate(signed_digits(number)) if digit)


class ConstantHighMul(wiring.Component):
    r"""As :class:`hdl.quant.high_mul.HighMul`, :math:`o = \lfloor x m / 2^{31} + 1/2 \rfloor`.

    m is a constant: x is added and subtracted at the places of its canonical signed digits, two
    sums at a time, neighbours first, a cycle for each level of the tree; a cycle more rounds. Just
    rounding is left where m is a power of two.

    One result a cycle, ``config.latency`` enabled cycles after x.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(config.x.shape)``
    o : ``Out(config.o.shape)``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Sizes: x, and m of so many bits; ``levels`` of adders, if more than there must be."""

        x: Number
        multiplier: int
        bits: int = FRACTION
        levels: int = 0

        def __post_init__(self) -> None:
            positive("ConstantHighMul", bits=self.bits)
            if not 0 <= self.multiplier < 1 << self.bits:
                what = f"an unsigned number of {self.bits} bits, not {self.multiplier!r}"
                raise ValueError(f"ConstantHighMul multiplier must be {what}")

        @cached_property
        def digits(self) -> tuple[tuple[int, int], ...]:
            """Those of the multiplier."""
            return digits(self.multiplier)

        @property
        def adders(self) -> int:
            """Levels of adders that there must be."""
            return max(0, len(self.digits) - 1).bit_length()

        @property
        def o(self) -> Number:
            """The result, as of :class:`hdl.quant.high_mul.HighMul`."""
            width = self.x.width + (not self.x.signed) + self.bits - FRACTION
            return Number(width=max(1, width + (self.bits < FRACTION)), signed=True)

        @property
        def latency(self) -> int:
            """Enabled cycles from x to o."""
            return max(self.levels, self.adders) + 1

        def build(self) -> "ConstantHighMul":
            """The circuit."""
            return ConstantHighMul(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({"en": In(1), "x": In(config.x.shape), "o": Out(config.o.shape)})

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        x = Late(m, self.en, self.x, "x").at(config.latency - 1 - config.adders)
        sums = [(place, digit, x) for place, digit in config.digits]
        for level in range(config.adders):
            pairs = [self._add(m, *two, f"sum{level}_{k}")
                     for k, two in enumerate(zip(sums[::2], sums[1::2]))]  # fmt: skip
            left = [(place, digit, self._register(m, value, f"odd{level}"))
                    for place, digit, value in sums[len(sums) & ~1 :]]  # fmt: skip
            sums = pairs + left
        o = self._rounded(*sums[0]) if sums else Const(0)
        m.d.comb += self.o.eq(self._register(m, o, "rounded"))
        return m

    def _add(self, m: Module, low: tuple, high: tuple, name: str) -> tuple:
        """Both sums at the place of the lower one, whose sign it has; bits below pass the adder."""
        (place, sign, a), (higher, other, b) = low, high
        apart, shape = higher - place, a.shape()
        wide = Signal(Shape(max(len(a), apart + 1), shape.signed), name=f"{name}_low")
        m.d.comb += wide.eq(a)
        upper = wide[apart:].as_signed() if shape.signed else wide[apart:]
        total = upper + b if sign == other else upper - b
        made = Cat(wide[:apart], total)
        made = made.as_signed() if total.shape().signed else made
        return place, sign, self._register(m, made, name)

    def _rounded(self, place: int, sign: int, value: Value) -> Value:
        places = FRACTION - place
        if places <= 0:
            return value << -places
        half = 1 << places - 1
        return (value + half if sign > 0 else half - value) >> places

    def _register(self, m: Module, value: Value, name: str) -> Signal:
        register = Signal(value.shape(), name=name, reset_less=True)
        with m.If(self.en):
            m.d.sync += register.eq(value)
        return register

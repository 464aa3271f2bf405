"""A floating-point adder: aligned, added, normalised, rounded."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl.compress.fabric import Fabric, Kind
from hdl.minifloat import DIGIT, Minifloat, Parts, Rounding, coarse, fine, rebased, refuse_rounding
from hdl.stream.delay import delay

__all__ = ["FloatAdder"]

EXTRA = 3
"""Bits below the sum's: guard, round, and whether there is any one below."""


class FloatAdder(wiring.Component):
    r"""Rounded sum: :math:`o = round((first\ ?\ 0 : a) + b)`, to the nearest number of a format.

    The smaller magnitude is shifted right until exponents are equal, with three bits more, of
    which the lowest is set if any was lost; the difference or sum is shifted left until its leading
    one is in place, then rounded. What is too large becomes the largest number; what is less than
    2^-bias before it is rounded becomes zero, and 2^-bias itself, whose code is zero's, the number
    next above: see :class:`sim.golden.formats.minifloat.Minifloat`.

    Pipelined: a sum a cycle, ``config.latency`` enabled cycles later.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    first : ``In(1)``
        Whether a counts as zero.
    a : ``In(config.o.parts.layout)``
    b : ``In(config.x.layout)``
    o : ``Out(config.o.parts.layout)``

    Raises
    ------
    ValueError
        If exponents of b count from above the lowest of a.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """What is added, to sums in which format, how these are rounded, and what LUTs are."""

        x: Parts
        o: Minifloat
        rounding: Rounding = "up"
        fabric: Kind = "xilinx"

        latency = 6

        def __post_init__(self) -> None:
            if self.x.low > self.o.parts.low:
                what = f"at most {self.o.parts.low}, not {self.x.low}"
                raise ValueError(f"FloatAdder exponents must count from {what}")
            refuse_rounding("FloatAdder", self.rounding)

        @property
        def both(self) -> Parts:
            """What holds either operand."""
            one, other = self.x, self.o.parts
            return Parts(low=one.low, high=max(one.high, other.high),
                         fraction=max(one.fraction, other.fraction))  # fmt: skip

        @property
        def powers(self) -> int:
            """Bits of a sum's exponent before it is rounded, relative to the format's lowest."""
            lost = self.both.fraction + 2 * DIGIT + EXTRA
            most = max(self.both.high + 2 - self.o.parts.low, self.o.parts.low - self.x.low + lost)
            return most.bit_length() + 1

        def build(self) -> "FloatAdder":
            """The circuit."""
            return FloatAdder(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "first": In(1),
            "a": In(config.o.parts.layout),
            "b": In(config.x.layout),
            "o": Out(config.o.parts.layout),
        })

    def elaborate(self, platform) -> Module:
        self._m = m = Module()
        self._fabric = Fabric(m, platform, self.config.fabric)
        big, small, exponent, distance, negated, sign = self._ordered()
        small = self._aligned(small, distance)
        big, exponent, negated, sign = self._later(2, big, exponent, negated, sign)
        total = self._total(big, small, negated)
        exponent, sign = self._later(3, exponent, sign)
        bits, power = self._normal(total, exponent)
        for stage in (4, 5):
            (sign,) = self._later(stage, sign)
        m.d.comb += self.o.eq(self._register("sum", self._rounded(bits, power, sign)))
        return m

    def _register(self, name: str, value: Value) -> Value:
        return delay(self._m, self.en, value, 1, name)

    def _later(self, stage: int, *values: Value) -> list[Value]:
        return [self._register(f"late{stage}_{k}", value) for k, value in enumerate(values)]

    def _ordered(self):
        """Significands of the larger and the smaller magnitude, and how far they are apart."""
        config, both = self.config, self.config.both
        fields = []
        for value, number in ((self.a, config.o.parts), (self.b, config.x)):
            pad = Const(0, both.fraction - number.fraction)
            exponent = Signal(both.exponent, name=f"exponent{len(fields)}")
            self._m.d.comb += exponent.eq(rebased(value, number, both.low))
            fields.append((exponent, Cat(pad, value.fraction), value.some, value.sign))
        (ea, fa, some_a, sign_a), (eb, fb, some_b, sign_b) = fields
        swap = Signal(name="swap")
        # What counts as zero is then the smaller one, which is cleared when it is aligned.
        self._m.d.comb += swap.eq(self._above(Cat(fb, eb, some_b), Cat(fa, ea, some_a)))
        a, b = Cat(fa, some_a), Cat(fb, some_b)
        forth, back = Signal(both.exponent, name="forth"), Signal(both.exponent, name="back")
        self._m.d.comb += [forth.eq(ea - eb), back.eq(eb - ea)]
        pairs = {"big": (b, a), "small": (a, b), "exponent": (eb, ea), "distance": (back, forth),
                 "sign": (sign_b, sign_a)}  # fmt: skip
        found = {name: self._register(name, _either(swap, *pair)) for name, pair in pairs.items()}
        negated = self._register("negated", sign_a ^ sign_b)
        return (found["big"], found["small"], found["exponent"], found["distance"], negated,
                found["sign"])  # fmt: skip

    def _above(self, b: Value, a: Value) -> Value:
        """Whether b > a or ``first``: two bits of both a LUT, which tells a carry chain.

        The carry is kept where the bits are equal, else it is whether those of b are more.
        """
        odd = Const(0, len(a) % 2)
        a, b = Cat(odd, a), Cat(odd, b)
        positions = []
        for low in range(0, len(a), 2):
            pins = (a[low], a[low + 1], b[low], b[low + 1])
            positions.append(self._fabric.lut2(f"compare{low}", pins, _equal, _more))
        first = Signal(name="above_first")
        self._m.d.comb += first.eq(self.first)
        positions.append((~first, first))
        return self._fabric.carry("above", Const(0, 1), positions)[1][-1]

    def _aligned(self, small: Value, distance: Value) -> Value:
        """The smaller significand, shifted right; the lowest bit is set if ones were lost."""
        width = len(small) + EXTRA
        bits, lost = Cat(Const(0, EXTRA), small), Const(0, 1)
        steps = min((width - 1).bit_length(), len(distance))
        for k in reversed(range(steps)):
            by = 1 << k
            lost = lost | (distance[k] & bits[:by].any())
            bits = Mux(distance[k], bits >> by, bits)[:width]
        cleared = self._register("cleared", self.first)
        far = cleared | distance[steps:].any()
        lowest = Mux(far, small[-1] & ~cleared, bits[0] | lost)
        return self._register("aligned", Cat(lowest, Mux(far, 0, bits[1:])))

    def _total(self, big: Value, small: Value, negated: Value) -> Value:
        """Their sum, or their difference, which is not negative."""
        inverted = Cat(small, 0) ^ negated.replicate(len(small) + 1)
        total = Cat(Const(0, EXTRA), big) + inverted + negated
        return self._register("total", total[: len(small) + 1])

    def _normal(self, total: Value, exponent: Value):
        """The sum with its leading one on top, and the exponent that this is of; two cycles."""
        m, config = self._m, self.config
        spare = -len(total) % DIGIT
        bits, place = coarse(m, Cat(Const(0, spare), total))
        bits = self._register("coarse", bits)
        offset = config.both.low - config.o.parts.low + 1 - (len(bits) - DIGIT)
        power = Signal(range(-1 << config.powers - 1, 1 << config.powers - 1), name="power")
        m.d.comb += power.eq(exponent + offset + Cat(Const(0, 2), place))
        power = self._register("coarse_power", power)
        bits, zeros = fine(bits)
        power = (power - zeros)[: config.powers]
        return self._register("fine", bits), self._register("fine_power", power)

    def _rounded(self, bits: Value, power: Value, sign: Value) -> data.View:
        """The number of a significand, its leading one on top, and a power."""
        m, number = self._m, self.config.o
        low = len(bits) - 1 - number.mantissa
        power = power.as_signed()
        fraction, guard = bits[low:-1], bits[low - 1]
        if self.config.rounding == "even":
            guard = guard & (bits[: low - 1].any() | fraction[0])
        word = Cat(fraction, power[: number.exponent])
        found = Signal(len(word) + 1, name="found")
        some, over, least = Signal(name="some"), Signal(name="over"), Signal(name="least")
        m.d.comb += [
            found.eq(word + guard),
            some.eq(bits[-1] & ~power[-1]),
            over.eq(power[number.exponent : -1].any() | found[-1]),
            least.eq(~Cat(word, guard).any()),
        ]
        o = Signal(number.parts.layout, name="rounded")
        code = Mux(some, Mux(over, -1, found[:-1] | least), 0)
        m.d.comb += [Cat(o.fraction, o.exponent).eq(code), o.some.eq(some), o.sign.eq(sign)]
        return o


def _either(swap: Value, one: Value, other: Value) -> Value:
    """A multiplexer that does not look like one: of a constant bit it would become a reset.

    That is another LUT behind the comparison, on the longest path.
    """
    return (one & swap.replicate(len(one))) | (other & (~swap).replicate(len(other)))


def _equal(a0, a1, b0, b1):
    return 1 ^ ((a0 ^ b0) | (a1 ^ b1))


def _more(a0, a1, b0, b1):
    """Whether the number of b is more than that of a."""
    return (b1 & (1 ^ a1)) | ((1 ^ (a1 ^ b1)) & b0 & (1 ^ a0))

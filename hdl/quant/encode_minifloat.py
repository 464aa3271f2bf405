"""Encoders of sums, and of integers, as floating-point numbers of few bits."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import integer
from hdl.minifloat import (
    DIGIT,
    Minifloat,
    Rounding,
    coarse,
    fine,
    ordered,
    refuse_rounding,
    split,
)
from hdl.number import Number
from hdl.stream.delay import delay

__all__ = ["EncodeMinifloat"]

class EncodeMinifloat(wiring.Component):
    r"""Round to a format: :math:`o = encode(x / 2^{right\_shift})`, x an integer or a float's code.

    A magnitude, of exponent and fraction, is an integer to which the difference of the exponents'
    biases and half a step is added, before its lowest bits are cut off. An integer is first
    shifted until its leading one is in place, which makes it such a magnitude. What is less than
    2^-bias becomes zero, what is too large the largest number, and negative numbers zero if the
    format is unsigned (a ReLU), as in :class:`sim.golden.formats.minifloat.Minifloat`.

    Pipelined: one result a cycle, ``config.latency`` enabled cycles later.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(config.x.shape)``
        Integer, or code of ``config.source``.
    o : ``Out(config.o.shape)``
        Code.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """What x is, and what becomes of it.

        x : integers, or the codes of ``source``.
        to : the format of the result.
        right_shift : by which power of two x is divided; it may be negative.
        rounding : to the nearest number, ties away from zero (up) or to the even code.
        source : of what x is the code; None for integers.
        """

        x: Number
        to: Minifloat
        right_shift: int = 0
        rounding: Rounding = "up"
        source: Minifloat | None = None

        def __post_init__(self) -> None:
            if self.x.bipolar:
                raise ValueError("EncodeMinifloat numbers must not be bipolar")
            if self.source is not None and self.source.code != self.x:
                what = f"{self.source.code!r}, not {self.x!r}"
                raise ValueError(f"EncodeMinifloat codes of its source are {what}")
            integer("EncodeMinifloat", right_shift=self.right_shift)
            refuse_rounding("EncodeMinifloat", self.rounding)

        @property
        def o(self) -> Number:
            """Codes of the result."""
            return self.to.code

        @property
        def latency(self) -> int:
            """Enabled cycles: magnitude, shifts of an integer, rounding, limits and sign."""
            return 3 if self.source is not None else 5

        @property
        def fraction(self) -> int:
            """Bits of the fraction that is rounded."""
            if self.source is not None:
                return self.source.mantissa
            return DIGIT * -(-self.x.width // DIGIT) - 1

        @property
        def offset(self) -> int:
            """What is added to an exponent that is rounded to have that of the result."""
            low = 0 if self.source is None else -self.source.bias
            return low - self.right_shift + self.to.bias

        def build(self) -> "EncodeMinifloat":
            """The circuit."""
            return EncodeMinifloat(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({"en": In(1), "x": In(config.x.shape), "o": Out(config.o.shape)})

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        sign, magnitude = self._magnitude()
        if not config.to.signed:
            magnitude = Mux(sign, 0, magnitude)
        magnitude = self._register(m, "magnitude", magnitude)
        if config.source is None:
            some, magnitude = self._normal(m, magnitude)
        else:
            some = magnitude.any()
        rounded, some = self._rounded(m, magnitude, some)
        sign = delay(m, self.en, sign, config.latency - 1, "sign")
        m.d.comb += self.o.eq(self._register(m, "code", self._code(rounded, some, sign)))
        return m

    def _magnitude(self) -> tuple[Value, Value]:
        """Sign and magnitude of x."""
        config = self.config
        if config.source is not None:
            return split(self.x, config.source)
        if not config.x.signed:
            return Const(0, 1), self.x
        sign = self.x[-1]
        return sign, ((self.x ^ sign.replicate(len(self.x))) + sign)[: len(self.x)]

    def _normal(self, m: Module, magnitude: Value) -> tuple[Value, Value]:
        """Whether an integer is none, its exponent and the fraction below its leading one."""
        bits = Cat(magnitude, Const(0, self.config.fraction + 1 - len(magnitude)))
        shifted, place = coarse(m, bits)
        shifted = self._register(m, "coarse", shifted)
        place = self._register(m, "place", place)
        shifted, zeros = fine(shifted)
        shifted = self._register(m, "fine", shifted)
        exponent = self._register(m, "exponent", Cat(~zeros[:2], place))
        return shifted[-1], Cat(shifted[:-1], exponent)

    def _rounded(self, m: Module, magnitude: Value, some: Value) -> tuple[Value, Value]:
        """The magnitude in the format, of more bits, and whether it is in range and not zero."""
        config = self.config
        pad = max(0, config.to.mantissa - config.fraction)
        word = Cat(Const(0, pad), magnitude)
        fraction = config.fraction + pad
        drop = fraction - config.to.mantissa
        constant, carry = config.offset << fraction, Const(0, 1)
        if drop and config.rounding == "up":
            constant += 1 << drop - 1
        elif drop:
            constant, carry = constant + (1 << drop - 1) - 1, word[drop]
        width = max(len(word), constant.bit_length()) + 2
        total = Signal(signed(width), name="total")
        m.d.comb += total.eq(word + Const(constant, signed(width)) + carry)
        inside = word[fraction:] + Const(config.offset, signed(width)) >= 0
        return (self._register(m, "rounded", total[drop:]),
                self._register(m, "some", some & inside))  # fmt: skip

    def _code(self, rounded: Value, some: Value, sign: Value) -> Value:
        """The code, at most the largest; 2^-bias would have that of zero, and has the next."""
        to = self.config.to
        word = Cat(rounded, Const(0, max(0, to.magnitude + 1 - len(rounded))))
        over = word[to.magnitude :].any()
        word = word[: to.magnitude]
        word = Mux(over, -1, word | ~word.any())[: to.magnitude] & some.replicate(to.magnitude)
        return ordered(sign, word) if to.signed else word

    def _register(self, m: Module, name: str, value: Value) -> Value:
        return delay(m, self.en, value, 1, name)

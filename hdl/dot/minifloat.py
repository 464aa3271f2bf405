"""Exact products of two floating-point numbers of few bits."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.lookup import lookup
from hdl.minifloat import Minifloat, Parts

__all__ = ["MinifloatProduct"]

TABLE_BITS = 6
"""Inputs of a LUT."""


class MinifloatProduct(wiring.Component):
    r"""Product: :math:`o = x w`, not rounded; the sum of two exponents and a small product.

    The product of two significands, from 1 to 4, is normalised to a fraction and a carry into the
    exponent. Of up to six bits of both fractions (three each of HFP8 1-4-3) that is a table, a LUT
    a bit. Stateless and pipelined: one result a cycle, one enabled cycle later.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(config.x.layout)``
    w : ``In(config.w.magnitude + config.w.signed)``
        Magnitude, below the sign.
    o : ``Out(config.o.layout)``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The operands; the exponent of x may count from below its lowest power."""

        x: Parts
        w: Minifloat

        latency = 1

        @property
        def o(self) -> Parts:
            """The products."""
            w = self.w.parts
            return Parts(low=self.x.low + w.low, high=self.x.high + w.high + 1,
                         fraction=self.x.fraction + w.fraction + 1)  # fmt: skip

        def build(self) -> "MinifloatProduct":
            """The circuit."""
            return MinifloatProduct(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "x": In(config.x.layout),
            "w": In(config.w.magnitude + config.w.signed),
            "o": Out(config.o.layout),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config, x, w = self.config, self.x, self.w
        low = config.w.mantissa
        magnitude = w[: config.w.magnitude]
        carry, fraction = self._significand(m, x.fraction, magnitude[:low])
        sign = x.sign ^ w[-1] if config.w.signed else x.sign
        some = Signal()
        m.d.comb += some.eq(x.some & magnitude.any())
        register = Signal(config.o.layout, reset_less=True)
        with m.If(self.en):
            m.d.sync += [
                register.fraction.eq(Mux(some, fraction, 0)),
                register.exponent.eq(Mux(some, x.exponent + magnitude[low:] + carry, 0)),
                register.some.eq(some),
                register.sign.eq(sign),
            ]
        m.d.comb += self.o.eq(register)
        return m

    def _significand(self, m: Module, x: Value, w: Value) -> tuple[Value, Value]:
        """The product of 1 + x and 1 + w: whether it is 2 or more, and the fraction."""
        a, b = len(x), len(w)
        if a + b <= TABLE_BITS:
            words = []
            for place in range(1 << a + b):
                one, other = place % (1 << a), place >> a
                product = ((1 << a) + one) * ((1 << b) + other)
                carry = product >> a + b + 1
                words.append((product << 1 - carry) % (1 << a + b + 1) | carry << a + b + 1)
            found = lookup(m, words, Cat(x, w), "significands")
            found = Cat(found, Const(0, a + b + 2))[: a + b + 2]
            return found[-1], found[:-1]
        rows = [Mux(bit, Cat(w, 1), 0) << k for k, bit in enumerate(Cat(x, 1))]
        product = Signal(a + b + 2, name="product")
        m.d.comb += product.eq(sum(rows[1:], rows[0]))
        carry = product[-1]
        return carry, Mux(carry, product[:-1], product[:-1] << 1)[: a + b + 1]

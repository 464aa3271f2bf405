"""The high half of a wide product, rounded, from DSP48E1s in a row."""

from dataclasses import dataclass
from itertools import product

from amaranth.hdl import Cat, Const, Module, Signal, Value, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.fabric import Kind
from hdl.dsp48e1 import PORTS, dsp48e1
from hdl.number import Number
from hdl.stream.delay import delay
from hdl.stream.late import Late

__all__ = ["HighMul"]

FRACTION = 31
"""Bits of the product that are rounded away."""

A, B, P = 25, 18, 48
"""Bits of a DSP48E1's factors, signed, and of its sum."""

DIGIT = B - 1
"""Bits of an unsigned digit in B, and by how much one slice's sum counts more than the next's."""

_PARAMETERS = {"USE_MULT": "MULTIPLY", "USE_DPORT": "FALSE", "USE_SIMD": "ONE48"}
_REGISTERS = ("A", "B", "M", "P")
_M_AND_C = 0b0110101


class HighMul(wiring.Component):
    r"""gemmlowp's rounding, doubling high product :math:`o = \lfloor x m / 2^{31} + 1/2 \rfloor`.

    One result a cycle, ``config.latency`` enabled cycles after x and m. A tie goes up. The unsigned
    m is cut into digits of 17 bits, x into two parts where it is wider than 25 bits with its sign;
    each product of both is a DSP48E1 that adds what the one before has found, in the ascending
    order of their places: two for x of up to 25 bits and m of up to 34, else four or more. Without
    a platform, or in the portable fabric, the same registers as equations.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(config.x.shape)``
    m : ``In(config.bits)``, absent where ``config.multiplier`` is given
    o : ``Out(config.o.shape)``
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Sizes: x of up to 32 bits, m of so many bits, or always the same multiplier."""

        x: Number
        bits: int = FRACTION
        multiplier: int | None = None
        fabric: Kind = "xilinx"

        def __post_init__(self) -> None:
            positive("HighMul", bits=self.bits)
            if self.multiplier is not None and not 0 <= self.multiplier < 1 << self.bits:
                what = f"an unsigned number of {self.bits} bits, not {self.multiplier!r}"
                raise ValueError(f"HighMul multiplier must be {what}")

        @property
        def width(self) -> int:
            """Bits of x with a sign."""
            return self.x.width + (not self.x.signed)

        @property
        def o(self) -> Number:
            """The result: x times 2^(bits - 31), rounded up to one bit more where that divides."""
            width = self.width + self.bits - FRACTION + (self.bits < FRACTION)
            return Number(width=max(1, width), signed=True)

        @property
        def terms(self) -> tuple[tuple[int, int], ...]:
            """Which part of x and which digit of m each slice multiplies, lowest place first."""
            parts, digits = 1 + (self.width > A), -(-self.bits // DIGIT)
            return tuple(sorted(product(range(parts), range(digits)), key=sum))

        @property
        def latency(self) -> int:
            """Enabled cycles from x and m to o: one after the other, each slice takes three."""
            return len(self.terms) + 2

        def build(self) -> "HighMul":
            """The circuit."""
            return HighMul(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        ports = {"en": In(1), "x": In(config.x.shape), "o": Out(config.o.shape)}
        if config.multiplier is None:
            ports["m"] = In(config.bits)
        super().__init__(ports)

    def elaborate(self, platform) -> Module:
        m = Module()
        config, terms = self.config, self.config.terms
        factor = self.m if config.multiplier is None else Const(config.multiplier, config.bits)
        digits = [_digit(factor, low) for low in range(0, config.bits, DIGIT)]
        parts = [self.x] if terms[-1][0] == 0 else [self.x[:DIGIT], self._upper()]
        late_parts = [Late(m, self.en, part, f"x{k}") for k, part in enumerate(parts)]
        late_digits = [Late(m, self.en, digit, f"m{k}") for k, digit in enumerate(digits)]

        total, words = Const(1 << FRACTION - 1, P), []
        for number, (part, digit) in enumerate(terms):
            if number and part + digit > sum(terms[number - 1]):
                words.append((total[:DIGIT], len(terms) - number))
                total = total.as_signed()[DIGIT:].as_signed()
            total = self._slice(m, platform, late_parts[part].at(number),
                                late_digits[digit].at(number), total, number)  # fmt: skip
        low = [delay(m, self.en, *word, f"word{k}") for k, word in enumerate(words)]
        m.d.comb += self.o.eq(Cat(*low, total).as_signed()[FRACTION:].as_signed())
        return m

    def _upper(self) -> Value:
        upper = self.x[DIGIT:]
        return upper.as_signed() if self.config.x.signed else upper

    def _slice(self, m: Module, platform, a: Value, b: Value, c: Value, number: int) -> Value:
        """a * b + c, three enabled cycles after a and b, one after c."""
        p = Signal(signed(P), name=f"p{number}", reset_less=True)
        if platform is not None and self.config.fabric != "portable":
            ports = {name: Signal(signed(PORTS[name]), name=f"{name}_port") for name in "ABC"}
            m.d.comb += [ports[name].eq(value) for name, value in zip("ABC", (a, b, c))]
            m.submodules[f"dsp{number}"] = dsp48e1(
                en=self.en,
                registers=_REGISTERS,
                parameters=_PARAMETERS,
                inputs=ports | {"OPMODE": Const(_M_AND_C, PORTS["OPMODE"])},
                outputs={"P": p},
            )
            return p
        a_late = delay(m, self.en, a, 1, f"a{number}")
        b_late = delay(m, self.en, b, 1, f"b{number}")
        made = Signal(signed(A + B), name=f"product{number}", reset_less=True)
        with m.If(self.en):
            m.d.sync += [made.eq(a_late * b_late), p.eq(made + c)]
        return p


def _digit(factor: Value, low: int) -> Value:
    """Up to 17 bits of a number; of a constant a constant."""
    if isinstance(factor, Const):
        return Const(factor.value >> low & (1 << DIGIT) - 1, DIGIT)
    return factor[low : low + DIGIT]

"""One lane of a block: the mantissa of a sum in a given step, and what is lost."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.quant.encode import Decided, Scaled, decided, differ, finished
from hdl.quant.statistic_step import BlockCode
from hdl.stream.delay import delay

__all__ = ["Mantissa"]


class Mantissa(wiring.Component):
    r"""A sum in steps of 2^e: :math:`o = clip(\lfloor x / 2^{r + e} + 1/2 \rfloor)`.

    Without signs a negative x is taken for 0. Pipelined: one code a cycle, two enabled cycles
    later. What it misses comes with it, as :class:`hdl.quant.statistic_error.Errors` adds it up:
    with s = r + e and the code's top and low ends, :math:`|x - 2^s o|` is x mod 2^s, or for a code
    that was rounded up 2^s less that, or beyond the ends x - 2^s top or 2^s low - x.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(config.code.x.shape)``
        Sum.
    e : ``In(config.code.exponent)``
        Exponent.
    o : ``Out(config.code.o.shape)``
        Mantissa.
    part : ``Out(config.code.magnitude)``
        What is missed, or its complement less 1 where ``up`` is set; beyond the ends all of x.
        Absent unless ``config.errors``, as the following.
    up, over, under : ``Out(1)``
        Whether 1 belongs to the part, and whether x is beyond the code's high or low end.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The code; ``fits`` promises that e is the one that x asks for, or one above."""

        code: BlockCode
        fits: bool = True
        errors: bool = False

        latency = 2
        """Enabled cycles from x and e to o."""

        def build(self) -> "Mantissa":
            """The circuit."""
            return Mantissa(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        code = config.code
        ports = {"en": In(1), "x": In(code.x.shape), "e": In(code.exponent), "o": Out(code.o.shape)}
        if config.errors:
            ports["part"] = Out(code.magnitude)
            ports |= {name: Out(1) for name in ("up", "over", "under")}
        super().__init__(ports)

    def elaborate(self, platform) -> Module:
        m = Module()
        config, code = self.config, self.config.code
        x, e, top = code.scaled(self.x), self.e[: code.flags.bit_length()], code.flags
        bits = code.bits - code.signed
        # The half below the mantissa, its bits in all exponents, and copies of the sign above.
        padded = Cat(Const(0, 1), x)
        half = Signal(bits + 1 + top)
        m.d.comb += half.eq((padded.as_signed() if code.x.signed else padded) >> code.right)
        window = choose(half, e, top, bits + 1)
        negative = x < 0
        if config.fits:  # else it is the highest exponent, and no lower one is taken
            beyond = differ(x[code.right + top + bits :], negative)
        else:
            flags = [differ(x[code.right + k + bits :], negative) for k in range(top + 1)]
            beyond = pick(flags, e)
        found = Scaled(window[1 : bits + 1], beyond, window[0])
        found = decided(m, self.en, found, negative, code.o, "o")
        m.d.comb += self.o.eq(finished(m, self.en, found, code.o, "o"))
        if config.errors:
            self._miss(m, x, e, found)
        return m

    def _miss(self, m: Module, x: Value, e: Value, found: Decided) -> None:
        code = self.config.code
        x = delay(m, self.en, x[: code.magnitude], 1, "x_late")
        e = delay(m, self.en, e, 1, "e_late")
        below = Cat(Const(1, 1).replicate(code.right), *(e > k for k in range(code.flags)))
        below = Cat(below, Const(0, len(x)))[: len(x)]  # of the step
        over = found.beyond & ~found.negative
        under = found.beyond & found.negative if code.signed else Const(0, 1)
        there = Const(1, 1) if code.signed else ~found.negative
        up = found.up | under
        part = Signal(len(x))
        m.d.comb += part.eq((x ^ up.replicate(len(x))) & (below | found.beyond.replicate(len(x)))
                            & there.replicate(len(x)))  # fmt: skip
        for port, value in ((self.part, part), (self.up, up), (self.over, over),
                            (self.under, under)):  # fmt: skip
            m.d.comb += port.eq(delay(m, self.en, value, 1, f"{port.name}_late"))


def choose(value: Value, e: Value, top: int, bits: int) -> Value:
    """So many bits of value from bit e on, e up to top, by two bits of e at once, highest first.

    Of four a LUT chooses one; what cannot come is not made. An odd bit is the lowest: then there
    are fewer bits for fours to make.
    """
    high = len(e)
    while high:
        low = max(0, high - 2)
        count = min(1 << high - low, (top >> low) + 1)
        width = bits + min(top, (1 << low) - 1)  # with what is yet to be shifted out
        parts = [value[k << low : (k << low) + width] for k in range(count)]
        value, high = pick(parts, e[low:high]), low
    return value[:bits]


def pick(choices: list[Value], index: Value) -> Value:
    """choices[index], or the last where there are no more."""
    for bit in index:
        pairs = zip(choices[::2], choices[1::2])
        choices = [Mux(bit, b, a) for a, b in pairs] + choices[len(choices) & ~1 :]
    return choices[0]

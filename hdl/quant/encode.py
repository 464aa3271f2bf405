"""Integers of sums: shifted, rounded and clipped."""

from dataclasses import dataclass
from typing import NamedTuple

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import integer
from hdl.number import Number
from hdl.stream.delay import delay

__all__ = ["Decided", "Encode", "Scaled", "clipped", "decided", "differ", "finished", "scaled"]


class Encode(wiring.Component):
    r"""Code of a sum: :math:`o = clip(\lfloor x / 2^r + 1/2 \rfloor)`, or + noise / 2^r.

    Clipped to what ``config.o`` holds, so that an unsigned o is a rectifier. A right shift r below
    zero is a left one and exact. Pipelined: one code a cycle, ``config.latency`` enabled cycles
    later. First it is seen whether x is beyond the ends of o, and whether the bits that are dropped
    round up; then that one is added, but to the highest code.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(config.x.shape)``
        Sum.
    noise : ``In(config.noise)``
        Uniformly random, absent unless the rounding is stochastic and bits are dropped.
    o : ``Out(config.o.shape)``
        Code.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Formats and right shift; :py:`stochastic` rounds by noise instead of to the nearest."""

        x: Number
        o: Number
        right_shift: int = 0
        stochastic: bool = False

        def __post_init__(self) -> None:
            integer("Encode", right_shift=self.right_shift)
            if self.o.bipolar or self.x.bipolar:
                raise ValueError("Encode numbers must not be bipolar")

        @property
        def noise(self) -> int:
            """Bits of noise that a sum needs."""
            return max(0, self.right_shift) if self.stochastic else 0

        @property
        def latency(self) -> int:
            """Enabled cycles from x to o: what is dropped, and the code."""
            return 2

        def build(self) -> "Encode":
            """The circuit."""
            return Encode(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        ports = {"en": In(1), "x": In(config.x.shape), "o": Out(config.o.shape)}
        if config.noise:
            ports["noise"] = In(config.noise)
        super().__init__(ports)

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        dropped = max(0, config.right_shift)
        x = self.x.shift_left(max(0, -config.right_shift))
        found = scaled(x, dropped, config.o.width - config.o.signed)
        if config.noise:
            low = Signal(dropped)
            m.d.comb += low.eq(x)
            found = found._replace(rest=(low + self.noise)[dropped])
        m.d.comb += self.o.eq(clipped(m, self.en, found, x < 0, config.o, "o"))
        return m


class Scaled(NamedTuple):
    """A sum without its lowest bits: so many of the others, and what becomes of all more.

    above : whether it is beyond the bits kept and a sign.
    rest : whether it rounds up.
    """

    kept: Value
    above: Value
    rest: Value


def scaled(x: Value, dropped: int, bits: int) -> Scaled:
    """A sum without ``dropped`` bits: the next ``bits``, of which no sign is one."""
    negative, rest = x < 0, Const(0, 1)
    if dropped:
        rest = negative if dropped > len(x) else x[dropped - 1]
    kept = Cat(x >> dropped, negative.replicate(bits))[:bits]
    return Scaled(kept, differ(x[dropped + bits :], negative), rest)


def differ(bits: Value, bit: Value) -> Value:
    """Whether some bits differ from one.

    That a number is beyond powers of two is seen so, and not by a comparison, which would be a
    carry chain.
    """
    return (bits ^ bit.replicate(len(bits))).any() if len(bits) else Const(0, 1)


@dataclass(frozen=True)
class Decided:
    """Registers: what is to become of a number; ``beyond`` what o can hold there is no ``up``."""

    kept: Value
    negative: Value
    beyond: Value
    up: Value


def clipped(m: Module, en: Value, x: Scaled, negative: Value, o: Number, name: str) -> Value:
    """kept + rest of x, clipped to o: two enabled cycles later. kept are the bits of o's size."""
    return finished(m, en, decided(m, en, x, negative, o, name), o, name)


def decided(m: Module, en: Value, x: Scaled, negative: Value, o: Number, name: str) -> Decided:
    """The first half of :func:`clipped`."""
    kept, above, rest = x
    beyond = above if o.signed else above | negative
    full = kept.all() if len(kept) else Const(1, 1)  # yosys takes a conjunction of nothing for x
    up = rest & ~beyond & (negative | ~full)
    values = {"kept": kept, "negative": negative, "beyond": beyond, "up": up}
    return Decided(*(delay(m, en, value, 1, f"{name}_{what}") for what, value in values.items()))


def finished(m: Module, en: Value, found: Decided, o: Number, name: str) -> Value:
    """The second half of :func:`clipped`."""
    code = Mux(found.beyond, (~found.negative).replicate(len(found.kept)), found.kept)
    code = Cat(code, found.negative) if o.signed else code
    return delay(m, en, (code + found.up)[: o.width], 1, f"{name}_code")

"""Integers of sums: shifted, rounded and clipped."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.number import Number

__all__ = ["Decided", "Encode", "clipped", "decided", "differ", "finished"]


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
            if not isinstance(self.right_shift, int):
                what = f"an integer, not {self.right_shift!r}"
                raise TypeError(f"Encode right_shift must be {what}")
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
        x = Cat(Const(0, max(0, -config.right_shift)), self.x)
        x = x.as_signed() if config.x.signed else x
        rest = x[min(dropped, len(x)) - 1] if dropped else Const(0, 1)
        if config.noise:
            low = Signal(dropped)
            m.d.comb += low.eq(x)
            rest = (low + self.noise)[dropped]
        elif dropped > len(x):
            rest = x < 0
        bits = config.o.width - config.o.signed
        kept, negative = Signal(bits), x < 0
        m.d.comb += kept.eq(x >> dropped)
        above = differ(x[dropped + bits :], negative)
        m.d.comb += self.o.eq(clipped(m, self.en, kept, negative, above, rest, config.o, "o"))
        return m


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


def clipped(m: Module, en: Value, kept: Value, negative: Value, beyond: Value, rest: Value,
            o: Number, name: str) -> Value:  # fmt: skip
    """kept + rest, a bit, clipped to o: two enabled cycles later.

    kept are the bits of o but its sign; beyond is set where those above were not like the sign.
    """
    return finished(m, en, decided(m, en, kept, negative, beyond, rest, o, name), o, name)


def decided(m: Module, en: Value, kept: Value, negative: Value, beyond: Value, rest: Value,
            o: Number, name: str) -> Decided:  # fmt: skip
    """The first half of :func:`clipped`."""
    beyond = beyond if o.signed else beyond | negative
    full = kept.all() if len(kept) else Const(1, 1)  # yosys takes a conjunction of nothing for x
    up = rest & ~beyond & (negative | ~full)
    later = []
    for what, value in (("kept", kept), ("negative", negative), ("beyond", beyond), ("up", up)):
        later.append(Signal(len(value), name=f"{name}_{what}", reset_less=True))
        with m.If(en):
            m.d.sync += later[-1].eq(value)
    return Decided(*later)


def finished(m: Module, en: Value, found: Decided, o: Number, name: str) -> Value:
    """The second half of :func:`clipped`."""
    code = Mux(found.beyond, (~found.negative).replicate(len(found.kept)), found.kept)
    code = Cat(code, found.negative) if o.signed else code
    register = Signal(o.width, name=f"{name}_code", reset_less=True)
    with m.If(en):
        m.d.sync += register.eq(code + found.up)
    return register

"""Circuits of shared modules: counters of agreeing bits, by LUT6_2 and CARRY4."""

from dataclasses import dataclass
from functools import partial

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.compress.fabric import Fabric
from hdl.shared import Shared

__all__ = ["COUNTERS", "Agree", "Counters", "Nested"]


class Agree(wiring.Component):
    """How many of two bits agree, and the sum of that and an operand in a carry chain."""

    @dataclass(frozen=True)
    class Config:
        """Bits of the operand; whether the sum is registered; what the register starts from."""

        width: int
        clocked: bool = True
        init: int = 0

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(ports(config.width))

    def elaborate(self, platform) -> Module:
        m = Module()
        fabric = Fabric(m, platform, "xilinx")
        bits = [*self.x, *self.w]
        s, c = fabric.lut2("count", bits, lambda p, q, r, t: p ^ q ^ r ^ t,
                           lambda p, q, r, t: (1 ^ p ^ r) & (1 ^ q ^ t))  # fmt: skip
        counted = [s, c, *[Const(0, 1)] * self.config.width]
        positions = []
        for k, a in enumerate(self.a):
            o6, o5 = fabric.lut2(f"add{k}", [counted[k], a], lambda p, q: p ^ q, lambda p, q: q)
            positions.append((o6, o5))
        total = Cat(*fabric.carry("chain", Const(0, 1), positions)[0])
        if not self.config.clocked:
            m.d.comb += self.o.eq(total)
            return m
        kept = Signal(self.config.width, reset_less=True, init=self.config.init)
        with m.If(self.en):
            m.d.sync += kept.eq(total)
        m.d.comb += self.o.eq(kept)
        return m


class Nested(wiring.Component):
    """A shared circuit in a shared circuit: two in a row."""

    @dataclass(frozen=True)
    class Config:
        """That of both."""

        inner: Agree.Config

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__(ports(config.inner.width))

    def elaborate(self, platform) -> Module:
        m = Module()
        value = self.a
        for k in range(2):
            m.submodules[f"part{k}"] = part = Shared(Agree(self.config.inner))
            m.d.comb += [part.en.eq(self.en), part.x.eq(self.x), part.w.eq(self.w)]
            m.d.comb += part.a.eq(value)
            value = part.o
        m.d.comb += self.o.eq(value)
        return m


class Counters(wiring.Component):
    """Several in a row: the sum of what each counts and of ``a``."""

    def __init__(self, *configs, width: int = 5) -> None:
        self._configs = configs
        super().__init__(ports(width))

    def elaborate(self, platform) -> Module:
        m = Module()
        value = self.a
        for k, config in enumerate(self._configs):
            kind = Nested if isinstance(config, Nested.Config) else Agree
            m.submodules[f"one{k}"] = one = Shared(kind(config))
            m.d.comb += [one.en.eq(self.en), one.x.eq(self.x), one.w.eq(self.w), one.a.eq(value)]
            value = one.o
        m.d.comb += self.o.eq(value)
        return m


def ports(width: int) -> dict:
    """Of all of them."""
    return {"en": In(1), "x": In(2), "w": In(2), "a": In(width), "o": Out(width)}


COUNTERS = {
    "one": partial(Counters, Agree.Config(5)),
    "three of two kinds": partial(Counters, *(Agree.Config(5, init=k) for k in (3, 0, 3))),
    "without clock": partial(Counters, *[Agree.Config(5, clocked=False)] * 2),
    "nested": partial(Counters, *[Nested.Config(Agree.Config(5))] * 2, Agree.Config(5)),
}

"""A circuit in an environment of which everything is possible that is not excluded."""

from collections.abc import Callable
from dataclasses import dataclass

from amaranth.back import rtlil
from amaranth.hdl import (
    Assert,
    Cat,
    Elaboratable,
    Fragment,
    Module,
    Mux,
    ResetSignal,
    Signal,
    Value,
)
from amaranth.lib.wiring import In

__all__ = ["Bench", "Case"]


@dataclass(frozen=True, kw_only=True)
class Case:
    """A component, as ``make`` makes it, and what ``describe`` claims of it on a bench.

    steps : of the induction that proves it with the invariants that it claims; None: it needs none
    bounded : whether these steps are all that is proved, from reset on
    """

    name: str
    make: Callable
    describe: Callable
    steps: int | None = None
    bounded: bool = False


class Bench(Elaboratable):
    """The circuit, its free inputs, and one output for each thing that is to be proved.

    ``bad_NAME`` is 1 in a cycle in which property NAME is violated, ``see_NAME`` in one in which
    what NAME says happens; neither once an assumption was violated, nor while reset is asserted.
    Reset is free: it may come in any cycle and for any time, and what has been observed is
    forgotten with it.

    Parameters
    ----------
    dut : its inputs are free
    describe : called with the bench; assumes, claims and covers
    begins : in reset, if the state before it may be any; else as the flip-flops are initialised
    asserts : whether properties are also assertions, for another engine than AIGER's
    """

    def __init__(self, dut, describe, *, begins: bool, asserts: bool = False) -> None:
        self.dut, self.m = dut, Module()
        self._describe, self._begins, self._asserts = describe, begins, asserts
        self._assumed: list[Value] = []
        self._claims: dict[str, Value] = {}
        self._covers: dict[str, Value] = {}
        self._inputs: list[Signal] = []
        self._began = Signal(reset_less=True, name="began")

    def free(self, shape, name: str) -> Signal:
        """Another number in every cycle."""
        signal = Signal(shape, name=name)
        self._inputs.append(signal)
        return signal

    def fixed(self, shape, name: str) -> Value:
        """Any number, the same in all cycles."""
        first, kept = self.free(shape, name), Signal(shape, name=f"{name}_kept", reset_less=True)
        value = Signal(shape, name=f"{name}_fixed")
        self.m.d.comb += value.eq(Mux(self._began, kept, first))
        self.m.d.sync += kept.eq(value)
        return value

    def assume(self, value: Value) -> None:
        """Exclude what violates it in any cycle but those of reset."""
        self._assumed.append(value)

    def claim(self, name: str, value: Value) -> None:
        """To be proved of every cycle; several of a name are one property."""
        self._claims[name] = self._claims[name] & value.bool() if name in self._claims \
            else value.bool()

    def inner(self, name: str, *path: str, number: int = 0) -> Signal:
        """A register of the circuit, or of a part of it at a path of submodules, by its name.

        number : which of several of this name, in the order in which they are assigned first
        """
        part = self.fragment
        for step in path:
            part = next(inner for inner, known, _ in part.subfragments if known == step)
        found = {id(signal): signal for statements in part.statements.values()
                 for statement in statements for signal in statement._lhs_signals()
                 if signal.name == name}  # fmt: skip
        return [*found.values()][number]

    def cover(self, name: str, value: Value) -> None:
        """To be shown possible."""
        self._covers[name] = value.bool()

    def elaborate(self, platform) -> Module:
        m = self.m
        m.submodules.dut = self.fragment = Fragment.get(self.dut, None)
        reset = ResetSignal()
        for path, member, value in self.dut.signature.flatten(self.dut):
            if member.flow == In:
                m.d.comb += Value.cast(value).eq(self.free(len(Value.cast(value)), "_".join(
                    ("x", *map(str, path)))))
        m.d.sync += self._began.eq(1)
        self._describe(self)

        broken, holds = Signal(reset_less=True), Signal()
        first = self._began | reset if self._begins else 1
        m.d.comb += holds.eq((Cat(*self._assumed).all() | reset) & first & ~broken)
        m.d.sync += broken.eq(~holds)
        self.outputs = {}
        for kind, values in (("bad", self._claims), ("see", self._covers)):
            for name, value in values.items():
                out = Signal(name=f"{kind}_{name}")
                m.d.comb += out.eq((~value if kind == "bad" else value) & holds & ~reset)
                self.outputs[name] = out
                if self._asserts and kind == "bad":
                    m.d.comb += Assert(value | ~holds | reset)
        return m

    @classmethod
    def rtlil(cls, *args, **kwargs) -> tuple[str, list[str], list[str]]:
        """RTLIL of module top, the names of what is claimed, and of what is covered."""
        bench = cls(*args, **kwargs)
        top = Fragment.get(bench, None)
        ports = [*bench._inputs, *bench.outputs.values()]
        text = rtlil.convert(top, name="top", ports=ports, emit_src=False)
        return text, [*bench._claims], [*bench._covers]

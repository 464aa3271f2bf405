"""The control of fusible units: what a mode means for each brick, adder and register, in time."""

from functools import cache

from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl.dot.brick import BRICKS, signal

__all__ = ["CLEARS", "LAYOUT", "FusionControl"]

_SIGNS = ("sx", "sw", "sd")

_STAGES = {
    "z4": 1, "w4": 1, "w1": 1,
    "d1": 5, "d2": 5, "shift2": 5, "long": 5, "c8": 5,
    "c6": 6, "c7": 6, "c9": 6, "c10": 6, "c11": 6, "c12": 6, "c15": 6,
}  # fmt: skip
"""In which enabled cycle after the operands a bit is read."""

CLEARS = {
    "whole_bricks": ("whole", True, 0), "other_bricks": ("whole", False, 0),
    "long_bricks": ("long", True, 0),
    "t3": ("eight", True, 4), "t5": ("whole", True, 4),
    "shift2": ("shift2", True, 5), "no_shift2": ("shift2", False, 5),
    "four": ("four", True, 5), "no_four": ("four", False, 5), "no_eight": ("eight", False, 5),
    "no_long": ("long", False, 5), "no_whole": ("whole", False, 5),
}  # fmt: skip
"""Synchronous resets of registers: the bit, which of its values resets, and in which cycle."""

LAYOUT = data.StructLayout(
    {name: BRICKS for name in _SIGNS}
    | dict.fromkeys(_STAGES, 1)
    | {f"clear_{name}": 1 for name in CLEARS}
)
"""What a unit is told; several may share it, they are then in the same cycle."""


class FusionControl(wiring.Component):
    """Decodes the mode of fusible units, which follows their operands through the pipeline.

    One serves any number of :class:`hdl.dot.fusible_bricks.FusionBricks` in the same cycle. A mode
    may follow another in the next cycle.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    mode : ``In(4)``
        Number of the mode in :data:`hdl.dot.brick.MODES`, below 9, with the operands.
    x_signed, w_signed : ``In(1)``
        Whether the operands are signed.
    o : ``Out(LAYOUT)``
        What the units are told. The signs and clears hang on the inputs by a LUT.
    """

    en: In(1)
    mode: In(4)
    x_signed: In(1)
    w_signed: In(1)
    o: Out(LAYOUT)

    def elaborate(self, platform) -> Module:
        m = Module()
        after = {(bit, stage) for bit, _, stage in CLEARS.values() if stage}
        cases = [Cat(self.x_signed, self.w_signed, self.mode)]
        for stage in range(1, max(_STAGES.values())):
            later = Signal(6, name=f"case{stage}", reset_less=True)
            with m.If(self.en):
                m.d.sync += later.eq(cases[-1])
            cases.append(later)

        @cache
        def decoded(name: str, stage: int) -> Value:
            """A bit in its cycle: a LUT, and behind it a register where there is time for one."""
            if not stage:
                return Const(signal(name), 64).bit_select(cases[0], 1)
            later = Signal(name=f"{name}_{stage}", reset_less=True)
            earlier = (name, stage - 1) in after
            bit = (decoded(name, stage - 1) if earlier
                   else Const(signal(name), 64).bit_select(cases[stage - 1], 1))  # fmt: skip
            with m.If(self.en):
                m.d.sync += later.eq(bit)
            return later

        for name in _SIGNS:
            for brick in range(BRICKS):
                sign = Const(signal(name, brick), 64).bit_select(cases[0], 1)
                m.d.comb += self.o[name][brick].eq(sign)
        for name, stage in _STAGES.items():
            m.d.comb += self.o[name].eq(decoded(name, stage))
        for name, (bit, value, stage) in CLEARS.items():
            found = decoded(bit, stage)
            m.d.comb += self.o[f"clear_{name}"].eq(self.en & (found if value else ~found))
        return m

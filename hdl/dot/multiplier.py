"""A multiplier with pre-adder and adder: a DSP48E1."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Instance, Module, Signal, signed
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.compress.fabric import Kind
from hdl.dsp48e1 import PORTS, dsp48e1

__all__ = ["PORT", "Multiplier"]

PORT = {"ad": 25, "b": 18, "c": 48}
"""Bits of the pre-adder, of the other factor, and of the adder."""

_PARAMETERS = {"USE_MULT": "MULTIPLY", "USE_DPORT": "TRUE", "USE_SIMD": "ONE48"}
_REGISTERS = ("A", "B", "C", "D", "M", "P")
_D_MINUS_A = 0b01100
_M, _Z_IS_C, _Z_IS_PCIN = 0b0101, 0b011, 0b001


class Multiplier(wiring.Component):
    r"""Multiply and add: :math:`p = (d - a) b + c`, or ``+ pcin`` if ``config.cascaded``.

    One result a cycle, three enabled cycles after a, b and d: registers at the inputs, behind the
    multiplier and at the output. The input c, which has a register, too, is read a cycle later than
    those, and pcin two. d - a is modulo 2^25, the sum modulo 2^48. No register has a reset.

    With a platform and a fabric that has them it is a DSP48E1 (UG479), of which pcin must come from
    another one's pcout; else the same registers as equations.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    a, d : ``In(signed(25))``
        Inputs of the pre-adder.
    b : ``In(signed(18))``
        The other factor.
    c, pcin : ``In(48)``
        What is added.
    p, pcout : ``Out(48)``
        The result, twice.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Whether the result of another one is added."""

        cascaded: bool = False
        fabric: Kind = "xilinx"

    latency = 3

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "a": In(signed(PORT["ad"])),
            "d": In(signed(PORT["ad"])),
            "b": In(signed(PORT["b"])),
            "c": In(PORT["c"]),
            "pcin": In(PORT["c"]),
            "p": Out(PORT["c"]),
            "pcout": Out(PORT["c"]),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        if platform is not None and self.config.fabric != "portable":
            m.submodules.dsp = self._instance()
            return m
        a, d = (Signal(signed(PORT["ad"]), name=name, reset_less=True) for name in "ad")
        b = Signal(signed(PORT["b"]), reset_less=True)
        c = Signal(PORT["c"], reset_less=True)
        product = Signal(signed(PORT["ad"] + PORT["b"]), reset_less=True)
        total = Signal(PORT["c"], reset_less=True)
        difference = Signal(signed(PORT["ad"]))
        m.d.comb += difference.eq(d - a)
        with m.If(self.en):
            m.d.sync += [a.eq(self.a), d.eq(self.d), b.eq(self.b), c.eq(self.c)]
            m.d.sync += product.eq(difference * b)
            m.d.sync += total.eq(product + (self.pcin if self.config.cascaded else c))
        m.d.comb += [self.p.eq(total), self.pcout.eq(total)]
        return m

    def _instance(self) -> Instance:
        z = _Z_IS_PCIN if self.config.cascaded else _Z_IS_C
        inputs = {
            "A": Cat(self.a, Const(0, PORTS["A"] - PORT["ad"])),
            "B": self.b,
            "D": self.d,
            "INMODE": Const(_D_MINUS_A, PORTS["INMODE"]),
            "OPMODE": Const(z << 4 | _M, PORTS["OPMODE"]),
        }
        inputs |= {"PCIN": self.pcin} if self.config.cascaded else {"C": self.c}
        return dsp48e1(
            en=self.en,
            registers=_REGISTERS,
            parameters=_PARAMETERS,
            inputs=inputs,
            outputs={"P": self.p, "PCOUT": self.pcout},
        )

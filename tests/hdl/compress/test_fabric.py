# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import Cat, Const, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from generators.emit.verilog import to_rtlil
from hdl.compress.fabric import KINDS, Fabric, init5, init6
from tests.hdl.clocked import run
from tests.hdl.primitives import netlist_run

SIZES = range(1, 10)
"""Of carry chains."""
BITS = 6


def parity(*bits):
    total = 0
    for bit in bits:
        total = total ^ bit
    return total


def most(a, b, c, *rest):
    return 1 ^ (a & b | a & c | b & c)


class Cells(wiring.Component):
    """LUTs of two functions of 0 to 5 inputs and of one of six; chains of all SIZES."""

    def __init__(self, kind):
        self.kind = kind
        chains = sum(2 * size for size in SIZES) * (kind != "lut")
        super().__init__({"en": In(1), "x": In(BITS), "a": In(max(SIZES)), "b": In(max(SIZES)),
                          "cin": In(1), "o": Out(2 * 7 + 2 + chains)})  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        fab, x = Fabric(m, platform, self.kind), list(self.x)
        out = []
        for count in range(6):
            out += fab.lut2(f"two{count}", x[:count], parity, lambda *bits: 1 ^ parity(*bits))
        out += fab.lut2("most", x[:4], most, lambda *bits: bits[3])
        out += fab.lut6("six", x, lambda *bits: most(*bits[3:]))
        if self.kind != "lut":
            for size in SIZES:
                sums, carries = fab.carry(f"add{size}", self.cin, [
                    (a ^ b, b) for a, b in zip(self.a[:size], self.b[:size])])  # fmt: skip
                out += [*sums, *carries]
        m.d.comb += self.o.eq(Cat(*out))
        return m


def cells_golden(kind, x, a, b, cin):
    """Bits of o, by counting."""
    bits = [x >> k & 1 for k in range(BITS)]
    out = []
    for count in range(6):
        odd = sum(bits[:count]) % 2
        out += [odd, 1 - odd]
    out += [int(sum(bits[:3]) < 2), bits[3]]
    out += [int(sum(bits[3:]) < 2), int(bits[3] + bits[4] < 2)]
    for size in SIZES if kind != "lut" else ():
        low = (1 << size) - 1
        total = (a & low) + (b & low) + cin
        out += [total >> k & 1 for k in range(size)]
        out += [(a & part) + (b & part) + cin > part
                for part in ((2 << k) - 1 for k in range(size))]  # fmt: skip
    return sum(int(bit) << k for k, bit in enumerate(out))


@pytest.mark.parametrize("simulate", [run, netlist_run])
@pytest.mark.parametrize("kind", KINDS)
def test_cells(kind, simulate):
    rng = np.random.default_rng(0)
    x = np.arange(1 << BITS).repeat(4)
    a, b = rng.integers(0, 1 << max(SIZES), (2, len(x)))
    b[::3] = ~a[::3] & (1 << max(SIZES)) - 1  # the carry goes all the way
    cin = rng.integers(0, 2, len(x))
    o = simulate(Cells(kind), 0, rng=rng, x=x, a=a, b=b, cin=cin)
    rows = zip(x.tolist(), a.tolist(), b.tolist(), cin.tolist())
    assert o.tolist() == [cells_golden(kind, *row) for row in rows]


@pytest.mark.parametrize(("kind", "luts", "chains"), [
    ("xilinx", 8, sum(-(-size // 4) for size in SIZES)), ("lut", 8, 0), ("portable", 0, 0)])
def test_emits_primitives(kind, luts, chains):
    text = to_rtlil(Cells(kind))
    assert (text.count("cell \\LUT6_2 "), text.count("cell \\CARRY4 ")) == (luts, chains)
    assert Fabric(Module(), None, kind).primitives is False  # Amaranth's simulator has none
    assert Fabric(Module(), object(), kind).primitives is (kind != "portable")


@pytest.mark.parametrize(("function", "count", "init"), [
    (lambda a, b: a & b, 2, 0x88888888),
    (lambda a, b: 1 ^ a ^ b, 2, 0x99999999),
    (lambda a, b, c: a ^ b ^ c, 3, 0x96969696),
    (lambda a, b, c, d, e: e, 5, 0xFFFF0000),
    (lambda: 0, 0, 0),
    (lambda: 1, 0, 0xFFFFFFFF),
])  # fmt: skip
def test_init_of_five(function, count, init):
    assert init5(function, count) == init


@pytest.mark.parametrize(("function", "init"), [
    (parity, 0x69969669_96696996),
    (lambda a, b, c, d, e, f: f, 0xFFFFFFFF_00000000),
    (lambda a, b, c, d, e, f: 1 ^ a & b & c & d & e & f, 0x7FFFFFFF_FFFFFFFF),
])
def test_init_of_six(function, init):
    assert init6(function) == init


def refused(message, call):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        call()


def test_refuses():
    bit, fab = Const(0, 1), Fabric(Module(), None, "lut")
    refused("Fabric must be one of xilinx, lut, portable, not 'ecp5'",
            lambda: Fabric(Module(), None, "ecp5"))  # fmt: skip
    refused("LUT6_2 has five inputs for two functions, not 6",
            lambda: fab.lut2("a", [bit] * 6, parity, parity))  # fmt: skip
    refused("LUT6_2 has six inputs for one function, not 5",
            lambda: fab.lut6("a", [bit] * 5, parity))  # fmt: skip
    refused("Fabric of LUTs alone has no carry chains",
            lambda: fab.carry("a", bit, [(bit, bit)]))  # fmt: skip

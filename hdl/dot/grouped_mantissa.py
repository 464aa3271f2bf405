"""Multiplication by 1 or 1 + 2^-k: a row that adds a number and itself, shifted."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Signal, Value

from hdl.compress.fabric import Fabric
from hdl.number import Number

__all__ = ["MAX_MANTISSA_BITS", "mantissa_luts", "with_mantissa"]

MAX_MANTISSA_BITS = 3
"""The LUT of a position has as many bits of the shifted number, two of k, and one of the other."""


def mantissa_luts(o: Number, bits: int) -> int:
    """LUTs of a row whose result is o: one a position."""
    return o.width if bits else 0


def with_mantissa(m: Module, fab: Fabric, x: Sequence[Value], code: Sequence[Value], *,
                  number: Number, o: Number, bits: int, name: str) -> Value:  # fmt: skip
    r""":math:`x 2^K` where the code is 0, else :math:`(x + 2^{-k} x) 2^K` of the code k.

    Parameters
    ----------
    x : the bits of ``number``
    code : of K.bit_length() bits, from 0 to K
    o : what the product fits in
    bits : K, at most :data:`MAX_MANTISSA_BITS`
    """
    sign = x[-1] if number.signed else Const(0, 1)

    def at(place: int) -> Value:
        return Const(0, 1) if place < 0 else x[place] if place < len(x) else sign

    pins = [(*(at(place - bits + k) for k in range(1, bits + 1)), *code)
            for place in range(o.width)]  # fmt: skip
    straight = [at(place - bits) for place in range(o.width)]
    selected = _selected(bits)
    if fab.kind != "xilinx":
        total = Signal(o.width, name=name)
        m.d.comb += total.eq(Cat(*straight) + Cat(*(selected(*some) for some in pins)))
        return total
    spare = [Const(0, 1)] * (5 - len(pins[0]))
    positions = [fab.lut6(f"{name}b{place}", (*some, *spare, other), _added(selected, len(some)))
                 for place, (some, other) in enumerate(zip(pins, straight))]  # fmt: skip
    sums, _ = fab.carry(name, Const(0, 1), positions)
    return Cat(*sums)


def _selected(count: int):
    """Of so many bits that of the code, which is behind them; none of the code 0."""

    def function(*bits):
        total = 0
        for k in range(1, count + 1):
            term = bits[k - 1]
            for place, bit in enumerate(bits[count:]):
                term = term & (bit if k >> place & 1 else 1 ^ bit)
            total = total | term
        return total

    return function


def _added(selected, pins: int):
    """The carry's select; where it is 0 both are the same, and the LUT's other output is one."""
    return lambda *bits: selected(*bits[:pins]) ^ bits[5]

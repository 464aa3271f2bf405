"""BiScaled numbers as integers: a word's number, shifted to the left where its selector is set."""

from functools import cache

from amaranth.hdl import Cat, Value

from hdl.compress.fabric import Fabric
from hdl.dot.gates import Gate, emit, lut_count
from hdl.number import Number

__all__ = ["integer", "integer_of", "luts", "word"]


def word(q: Number, shift: int) -> Number:
    """The word of a number: q, and above it a selector; of an integer (shift 0) itself."""
    return Number(width=q.width + 1) if shift else q


def integer(q: Number, shift: int) -> Number:
    """What a word's number is."""
    return Number(width=q.width + shift, signed=q.signed)


@cache
def _gates(q: Number, shift: int) -> tuple[Gate, ...]:
    """The bits of the integer, but a sign, of ``q0``, … and the selector ``s``: two in a LUT."""
    found = []
    for k in range(q.width + shift - q.signed if shift else 0):
        fine = f"q{min(k, q.width - 1)}" if k < q.width or q.signed else None
        wide = f"q{k - shift}" if k >= shift else None
        found.append(_gate(f"v{k}", fine, wide))
    return tuple(found)


def _gate(name: str, fine: str | None, wide: str | None) -> Gate:
    """One of two bits, or a bit where the selector is what it should be."""
    if wide is None:
        return Gate(name, (fine, "s"), lambda a, s: a & (1 ^ s))
    if fine is None:
        return Gate(name, (wide, "s"), lambda b, s: b & s)
    return Gate(name, (fine, wide, "s"), lambda a, b, s: a & (1 ^ s) | b & s)


def luts(q: Number, shift: int) -> int:
    """LUTs that make the integer of a word."""
    return lut_count(_gates(q, shift))


def integer_of(fab: Fabric, bits: Value, q: Number, shift: int, name: str) -> Value:
    """The integer of a word."""
    if not shift:
        return bits
    pins = {f"q{k}": bits[k] for k in range(q.width)} | {"s": bits[q.width]}
    made = emit(fab, _gates(q, shift), pins, name)
    top = [bits[q.width - 1]] if q.signed else []
    return Cat(*(made[gate.name] for gate in _gates(q, shift)), *top)

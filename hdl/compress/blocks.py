"""The blocks that heaps are compressed by: LUTs, and counters of two LUTs on a carry chain.

A LUT6_2 is a full adder whose addends may be products of pairs (x, w), so that a product costs
nothing. A counter's two LUTs make the S and DI of two positions of a CARRY4, which count up to
seven bits. Formulas: ARITHMETIC.md, section 3.2; the counters follow Preusser, "Generic and
Universal Parallel Matrix Summation with a Flexible Compression Goal for Xilinx FPGAs" (FPL 2017).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from amaranth.hdl import Const, Value

from hdl.compress.fabric import Fabric

__all__ = ["BLOCKS", "LUT_ONLY", "Bit", "Block", "Pair", "atom6", "atom14", "majority",
           "ternary"]  # fmt: skip


@dataclass(frozen=True, eq=False)
class Bit:
    """A bit in a heap; an inverted one is inverted within the LUT that takes it."""

    value: Value
    inverted: bool = False

    def literal(self, bit):
        """What the heap counts, of the wire's value."""
        return 1 ^ bit if self.inverted else bit


@dataclass(frozen=True, eq=False)
class Pair:
    """Two operand bits and the gate that makes their product: of ``^ & |`` and ``1 ^ x``."""

    x: Value
    w: Value
    gate: Callable


@dataclass(frozen=True)
class Block:
    """What a block takes and gives, by column above its own.

    pairs, bits : how many it takes from column 0, 1, …
    out : how many bits it gives to column 0, 1, …
    luts, carry4 : what it is made of.
    chain : whether its sums leave by a carry chain, so that a register must follow: in a slice the
        sum and the carry of a position share the way out, and one of them takes the flip-flop.
    """

    pairs: tuple[int, ...]
    bits: tuple[int, ...]
    out: tuple[int, ...]
    luts: int
    carry4: int
    emit: Callable

    @property
    def chain(self) -> bool:
        """Whether it has a carry chain."""
        return self.carry4 > 0

    @property
    def columns(self) -> int:
        """Columns that it takes from."""
        return max(len(self.pairs), len(self.bits))


def majority(a, b, c):
    """Whether two or three of three bits are set."""
    return a & b | a & c | b & c


def _lut(fab: Fabric, name: str, pairs: Sequence[Pair], bits: Sequence[Bit], f6, f5):
    """A LUT6_2 of functions of products and bits, in this order."""
    return fab.lut2(name, _wires(pairs, bits), _literals(pairs, bits, f6),
                    _literals(pairs, bits, f5))  # fmt: skip


def _lut6(fab: Fabric, name: str, pairs: Sequence[Pair], bits: Sequence[Bit], f6):
    return fab.lut6(name, _wires(pairs, bits), _literals(pairs, bits, f6))


def _wires(pairs, bits) -> list[Value]:
    return [wire for pair in pairs for wire in (pair.x, pair.w)] + [bit.value for bit in bits]


def _literals(pairs, bits, function):
    """The function of products and bits as one of wires."""

    def of_wires(*wires):
        products = [pair.gate(*wires[2 * k : 2 * k + 2]) for k, pair in enumerate(pairs)]
        plain = wires[2 * len(pairs) :]
        return function(*products, *(bit.literal(wire) for bit, wire in zip(bits, plain)))

    return of_wires


def _xor(*bits):
    total = bits[0]
    for bit in bits[1:]:
        total = total ^ bit
    return total


def _adder(fab, name, pairs, bits):
    """Sum and carry of three products and bits, or of two."""
    carry = majority if len(pairs) + len(bits[0]) == 3 else lambda a, b: a & b
    return _lut(fab, name, pairs, bits[0], _xor, carry)


def _products(fab, name, pairs, bits):
    """Two products."""
    return _lut(fab, name, pairs, (), lambda a, b: a, lambda a, b: b)


def _product(fab, name, pairs, bits):
    return _lut(fab, name, pairs, (), lambda a: a, lambda a: 0)[:1]


def _three(fab, name, pairs, bits):
    """Sum and carry of three products, which are all inputs of two LUTs."""
    total, _ = _lut6(fab, f"{name}s", pairs, (), _xor)
    carry, _ = _lut6(fab, f"{name}k", pairs, (), majority)
    return total, carry


def atom6(fab: Fabric, name: str, a: Sequence[Bit]):
    """Two positions (S, DI) that count six bits and the chain's carry.

    Of even parity the sixth bit is the parity of the others, which O5 is where S is 0: that is DI.
    What is left to count, floor(T / 2) of the first five bits' T, is carry generate or propagate.
    """
    low = _lut6(fab, f"{name}lo", (), a, _xor)
    high = _lut(fab, f"{name}hi", (), a[:5], _two_or_three, _four_or_five)
    return [low, high]


def _low_count(a, b, c, d, e):
    """Of five bits' count: bit 1 and bit 2."""
    s, k = a ^ b ^ c, majority(a, b, c)
    again = majority(s, d, e)
    return k ^ again, k & again


def _two_or_three(*bits):
    return _low_count(*bits)[0]


def _four_or_five(*bits):
    return _low_count(*bits)[1]


def atom14(fab: Fabric, name: str, a: Sequence[Bit], e: Bit):
    """Two positions (S, DI) that count four bits, the chain's carry, and a bit e of twice that."""
    low = _lut(fab, f"{name}lo", (), a, _xor, lambda a, b, c, d: d)
    high = _lut(fab, f"{name}hi", (), [*a[:3], e], lambda a, b, c, e: majority(a, b, c) ^ e,
                lambda a, b, c, e: e)  # fmt: skip
    return [low, high]


def ternary(fab: Fabric, name: str, a: Sequence[Bit], below: Value):
    """A position (S, DI) that adds three bits, the chain's carry and a bit, and their majority.

    The bit is the majority of the three bits of the column below.
    """
    s, more = fab.lut2(name, [*(bit.value for bit in a), below],
                       _literals((), [*a, Bit(below)], _xor),
                       _literals((), a, lambda p, q, r: majority(p, q, r)))  # fmt: skip
    return (s, below), more


def _counter(fab: Fabric, name: str, cin, positions):
    o, carries = fab.carry(name, Const(0, 1) if cin is None else cin.value, positions)
    return (*o, carries[-1])


def _six(fab, name, pairs, bits):
    cin = bits[0][6] if len(bits[0]) == 7 else None
    return _counter(fab, name, cin, atom6(fab, name, bits[0][:6]))


def _one_four(fab, name, pairs, bits):
    cin = bits[0][4] if len(bits[0]) == 5 else None
    return _counter(fab, name, cin, atom14(fab, name, bits[0][:4], bits[1][0]))


def _pairs_six(fab, name, pairs, bits):
    """Two products, two bits and a carry, and a bit of twice that; O5 is O6 without the last."""
    d, e, cin = bits[0]
    low = _lut6(fab, f"{name}lo", pairs, (d, e), _xor)
    high = _lut6(fab, f"{name}hi", pairs, (d, bits[1][0]),
                 lambda a, b, d, g: majority(a, b, d) ^ g)  # fmt: skip
    return _counter(fab, name, cin, [low, high])


def _stacked(low, high):
    """Two atoms in one CARRY4; ``low`` and ``high`` are 6 or 4."""

    def emit(fab, name, pairs, bits):
        positions = []
        for half, size in ((0, low), (2, high)):
            atom = f"{name}_{half}"
            if size == 6:
                positions += atom6(fab, atom, bits[half][:6])
            else:
                positions += atom14(fab, atom, bits[half][:4], bits[half + 1][0])
        return _counter(fab, name, bits[0][low], positions)

    return emit


BLOCKS = {
    "XFA": Block((2,), (1,), (1, 1), 1, 0, _adder),
    "XHA": Block((2,), (0,), (1, 1), 1, 0, _adder),
    "XFA1": Block((1,), (2,), (1, 1), 1, 0, _adder),
    "XHA1": Block((1,), (1,), (1, 1), 1, 0, _adder),
    "XX": Block((2,), (), (2,), 1, 0, _products),
    "X": Block((1,), (), (1,), 1, 0, _product),
    "X3": Block((3,), (), (1, 1), 2, 0, _three),
    "FA": Block((), (3,), (1, 1), 1, 0, _adder),
    "HA": Block((), (2,), (1, 1), 1, 0, _adder),
    "XN06": Block((2,), (3, 1), (1, 1, 1), 2, 1, _pairs_six),
    "A06": Block((), (7,), (1, 1, 1), 2, 1, _six),
    "A06n": Block((), (6,), (1, 1, 1), 2, 1, _six),
    "A14": Block((), (5, 1), (1, 1, 1), 2, 1, _one_four),
    "A14n": Block((), (4, 1), (1, 1, 1), 2, 1, _one_four),
    "A607": Block((), (7, 0, 6), (1, 1, 1, 1, 1), 4, 1, _stacked(6, 6)),
    "A1407": Block((), (7, 0, 4, 1), (1, 1, 1, 1, 1), 4, 1, _stacked(6, 4)),
    "A6014": Block((), (5, 1, 6), (1, 1, 1, 1, 1), 4, 1, _stacked(4, 6)),
    "A1415": Block((), (5, 1, 4, 1), (1, 1, 1, 1, 1), 4, 1, _stacked(4, 4)),
}
"""By name: X takes products, FA and HA are full and half adders, the digits are of counters."""

LUT_ONLY = tuple(name for name, block in BLOCKS.items() if not block.chain)
"""What is made of LUTs alone."""

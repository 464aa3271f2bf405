"""Adders of two and three operands, bit by bit, as yosys makes them of LUTs and carry chains.

A bit is a function of wires: their names in order, and a table of its values by their number,
first wire lowest. What costs is that function: one of at most a wire is a wire or its inverse,
which the cell behind takes in; one of up to six is a LUT. A bit of a chain has a LUT for the sum of
both operands and passes one of these on, a LUT if it is not a wire. Of three operands yosys' pass
``maccmap`` makes two, bit by bit, by full adders; it extends them, and inverts what is subtracted.
"""

from functools import cache
from itertools import count

__all__ = ["ONE", "ZERO", "Bit", "Luts", "Operand", "both", "inverse", "table", "total", "wire"]

Bit = tuple[tuple[str, ...], int]
Operand = tuple[tuple[Bit, ...], bool, bool]
"""Its bits, the lowest first; whether it is signed; whether it is subtracted."""

ZERO: Bit = ((), 0)
ONE: Bit = ((), 1)

LUT_BITS = 6
SHORT = 2
"""A chain of so few bits is none: a LUT for each of them."""


class Luts(set):
    """The functions that have a LUT."""

    def need(self, bit: Bit) -> None:
        """A LUT, unless this is a wire."""
        if len(bit[0]) > 1:
            self.add(bit)

    def join(self, a: Bit, b: Bit, what: object) -> None:
        """A LUT of a sum's bit: of both bits' wires, or if these are too many of some LUTs."""
        if len({*a[0], *b[0]}) <= LUT_BITS:
            self.need(_of("xor", a, b))
            return
        self.need(a)
        if len(b[0]) >= LUT_BITS:
            self.need(b)
        self.add((what, a, b))


def wire(name: str) -> Bit:
    """A wire itself."""
    return (name,), 0b10


def inverse(bit: Bit) -> Bit:
    """The inverse of a bit."""
    return bit[0], bit[1] ^ (1 << (1 << len(bit[0]))) - 1


def both(a: Bit, b: Bit) -> Bit:
    """Whether both are one."""
    return _of("and", a, b)


def table(names: tuple[str, ...], values: int) -> Bit:
    """A function without the wires that make no difference; bit n of values is that of number n."""
    for k in reversed(range(len(names))):
        without = [n for n in range(1 << len(names)) if not n >> k & 1]
        if all(values >> n & 1 == values >> (n | 1 << k) & 1 for n in without):
            values = sum((values >> n & 1) << place for place, n in enumerate(without))
            names = names[:k] + names[k + 1 :]
    return names, values


@cache
def _of(kind: str, *bits: Bit) -> Bit:
    """A function of functions: "and", "xor" or "maj", of which the most are one."""
    names = tuple(sorted({name for bit in bits for name in bit[0]}))
    places = [[names.index(name) for name in bit[0]] for bit in bits]
    values = 0
    for n in range(1 << len(names)):
        ones = sum(bit[1] >> sum((n >> p & 1) << k for k, p in enumerate(place)) & 1
                   for bit, place in zip(bits, places))  # fmt: skip
        found = {"and": ones == len(bits), "xor": ones & 1, "maj": ones > 1}[kind]
        values |= int(found) << n
    return table(names, values)


def total(luts: Luts, operands: list[Operand], width: int, name: str) -> tuple[Bit, ...]:
    """The bits of a sum of up to three operands, the subtracted last; those of a chain are wires.

    An unsigned sum of two is widened before something signed comes to it, which makes another
    adder; otherwise three are added at once.
    """
    (first, second, third), signed = [*operands, None, None][:3], operands[0][1]
    if third and not (signed or second[1] or second[2]) and third[1]:
        size = min(width, max(len(first[0]), len(second[0])) + 1)
        made = _sum(luts, [first, second], size, f"{name}.two")
        return _sum(luts, [(made, False, False), third], width, name)
    return _sum(luts, operands, width, name)


def _sum(luts: Luts, operands: list[Operand], width: int, name: str) -> tuple[Bit, ...]:
    """One wire that is added is a chain's carry; two operands and it are no more than a chain."""
    operands = _beside(operands)
    negative = sum(operand[2] for operand in operands)
    ones = [operand for operand in operands if len(operand[0]) == 1 and not any(operand[1:])]
    plain = all(len(bit[0]) < 2 for operand in operands for bit in operand[0])
    a, b = [_extended(*operand[:2], width) for operand in [*operands, ((), False)][:2]]
    if len(operands) == 1:
        if not negative:
            for bit in a:
                luts.need(bit)
            return a
        return _chain(luts, (ZERO,) * width, tuple(inverse(bit) for bit in a), ONE, name)
    if len(operands) == 2 and negative < 2:
        b = tuple(inverse(bit) for bit in b) if negative else b
        return _chain(luts, a, b, ONE if negative else ZERO, name)
    if len(ones) == 1 and not negative:
        a, b = (_extended(*operand[:2], width) for operand in operands if operand is not ones[0])
        one = ones[0][0][0]
        if plain:
            return _chain(luts, a, b, one, name)
        if all(both(*pair) == ZERO for pair in zip(a, b)):
            a = tuple(_of("xor", *pair) for pair in zip(a, b))
            return _chain(luts, a, (one, *[ZERO] * (width - 1)), ZERO, name)
    return _three(luts, operands, width, name)


def _beside(operands: list[Operand]) -> list[Operand]:
    """Two of three, added and unsigned, are one where neither has a bit at a place of the other."""
    for k, a in enumerate(operands[:-1] if len(operands) == 3 else []):
        for n, b in enumerate(operands[k + 1 :], k + 1):
            if any((*a[1:], *b[1:])) or any(ZERO not in bits for bits in zip(a[0], b[0])):
                continue
            size = max(len(a[0]), len(b[0]))
            pairs = zip(_extended(a[0], False, size), _extended(b[0], False, size))
            one = (tuple(_of("xor", *pair) for pair in pairs), False, False)
            return [one, *(operand for p, operand in enumerate(operands) if p not in (k, n))]
    return operands


def _extended(bits: tuple[Bit, ...], signed: bool, width: int) -> tuple[Bit, ...]:
    above = bits[-1] if signed and bits else ZERO
    return (*bits, *[above] * (width - len(bits)))[:width]


def _chain(luts: Luts, a: tuple, b: tuple, carry: Bit, name: str) -> tuple[Bit, ...]:
    """Of two operands: the lowest bits are no part of it where these are constants or one is 0."""
    made, k, size = [], 0, len(a)
    while k < size and (not (*a[k][0], *b[k][0], *carry[0])
                        or (carry == ZERO and ZERO in (a[k], b[k]))):  # fmt: skip
        made.append(_of("xor", a[k], b[k], carry))
        carry = _of("maj", a[k], b[k], carry)
        luts.need(made[-1])
        k += 1
    if size - k > SHORT:
        for place in range(k, size):
            luts.need(a[place])
            luts.join(a[place], b[place], name)
        return (*made, *(wire(f"{name}.{place}") for place in range(k, size)))
    for place in range(k, size):
        bit = _of("xor", a[place], b[place], carry)
        if len(bit[0]) > LUT_BITS:
            luts |= {(name, place, "carry"), (name, place)}
        else:
            luts.need(bit)
        carry = _of("maj", a[place], b[place], carry)
        made.append(bit)
    return tuple(made)


def _three(luts: Luts, operands: list[Operand], width: int, name: str) -> tuple[Bit, ...]:
    """As maccmap adds: in each column constants first, then what it inverted, then others.

    A fourth bit of the lowest column takes the place of the full adders' lowest carry.
    """
    columns, left = _columns(operands, width), []
    summands = []
    while any(columns):
        summands.append(tuple(column.pop(0)[-1] if column else ZERO for column in columns))
        if len(summands) == 3 and columns[0]:
            left.append(columns[0].pop(0)[-1])
    while len(summands) > 2:
        a, b, c, *others = summands
        sums = tuple(_of("xor", *bits) for bits in zip(a, b, c))
        carries = tuple(_of("maj", *bits) for bits in zip(a, b, c))
        summands = [sums, (left.pop() if left else ZERO, *carries[:-1]), *others]
    a, b = (*summands, (ZERO,) * width, (ZERO,) * width)[:2]
    return _chain(luts, a, b, ZERO, name)


def _columns(operands: list[Operand], width: int) -> list[list[tuple]]:
    """The bits of each place, two of the same being one of the next."""
    columns: list[list[tuple]] = [[] for _ in range(width)]

    def add(entry: tuple, place: int) -> None:
        if place < width and entry in columns[place]:
            columns[place].remove(entry)
            add(entry, place + 1)
        elif place < width:
            columns[place].append(entry)

    fresh = count()
    for number, (bits, signed, negative) in enumerate(operands):
        if negative:
            add((0, 0, ONE), 0)
        for place, bit in enumerate(_extended(bits, signed, width)):
            if negative:
                add((1, next(fresh), inverse(bit)), place)
            elif bit != ZERO:
                add((0, 0, ONE) if bit == ONE else (2, number, bit), place)
    return [sorted(column) for column in columns]

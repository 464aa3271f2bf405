"""A number times a signed power of two, up to the LUT that adds it: selectors of its bits.

The last selection shares the LUT with an adder of a carry chain, which leaves it five pins. What
they do not reach is selected by the gates in front of it. Names of bits are those of the number's
``x0``, ``x1``, …, of the power's field ``f0``, …, its sign ``s``, those of gates, and ``0``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from hdl.dot.gates import Gate, lut_count
from hdl.number import Number

__all__ = ["MAX_EXPONENTS", "Selector", "offset", "selector"]

MAX_EXPONENTS = 15
"""Of a term: of a field of four bits."""


@dataclass(frozen=True, eq=False)
class Selector:
    """The gates of one term, level by level, and the bits of its one's complement, lowest first."""

    levels: tuple[tuple[Gate, ...], ...]
    rows: tuple[Gate, ...]

    @property
    def luts(self) -> int:
        """In front of the rows and in them."""
        return sum(map(lut_count, self.levels)) + len(self.rows)


def offset(exponents: int) -> int:
    """What a term's field has more than its exponent, such that the fewest LUTs select it."""
    return {4: 2, 5: 2, 6: 2, 8: 8}.get(exponents, 1)


@cache
def selector(x: Number, exponents: int) -> Selector:
    """Of a number of bits, unsigned or signed, by 1 to ``MAX_EXPONENTS`` powers."""
    size = x.width + exponents - 1
    if exponents <= 2:
        return Selector((), tuple(_two(x, k, exponents) for k in range(size)))
    if exponents <= 6:
        return _of_three(x, exponents, size)
    return _of_two(x, exponents, size)


def _bit(x: Number, place: int) -> str:
    """The name of a number's bit, above its highest that of its sign."""
    if place < 0 or (place >= x.width and not x.signed):
        return "0"
    return f"x{min(place, x.width - 1)}"


def _mux(name: str, data: Sequence[str], address: Sequence[str], sign: bool = False) -> Gate:
    """One of some bits by an address, negated by the sign."""
    some = [one for one in dict.fromkeys(data) if one != "0"]

    def function(*bits):
        ways = [0 if one == "0" else bits[some.index(one)] for one in data]
        for select in bits[len(some) : len(some) + len(address)]:
            ways = [a & (1 ^ select) | b & select if a is not b else a
                    for a, b in zip(ways[::2], ways[1::2])]  # fmt: skip
        return ways[0] ^ bits[-1] if sign else ways[0]

    return Gate(name, (*some, *address, *(["s"] if sign else [])), function)


def _two(x: Number, k: int, exponents: int) -> Gate:
    """Of at most two powers the row selects: by a bit of the field each."""
    pins = (_bit(x, k), "f0", _bit(x, k - 1), "f1" if exponents > 1 else "0", "s")
    return Gate(f"row{k}", pins, lambda a, f0, b, f1, s: (a & f0 | b & f1) ^ s)


def _of_three(x: Number, exponents: int, size: int) -> Selector:
    """The row selects by two bits of the field one of three, of numbers negated before, or none.

    Of 4 to 6 powers the lowest bit of the field shifts by one.
    """
    step = 1 if exponents == 3 else 2
    top = x.width + step - 1 - x.signed  # from here on all is the sign
    low = [f"f{k}" for k in range(step - 1)]
    gates = {j: _mux(f"z{j}", [_bit(x, j - k) for k in range(step)], low, sign=True)
             for j in range(top)}  # fmt: skip
    if x.signed:
        gates[top] = _mux(f"z{top}", [_bit(x, top)], (), sign=True)
    end = max(gates)

    def z(j: int) -> str:
        return "s" if j < 0 or (j > end and not x.signed) else f"z{min(j, end)}"

    high = (f"f{step - 1}", f"f{step}")
    rows = tuple(Gate(f"row{k}", (z(k), z(k - step), z(k - 2 * step), *high), _one_of_three)
                 for k in range(size))  # fmt: skip
    return Selector((tuple(gates.values()),), rows)


def _one_of_three(a, b, c, low, high):
    return a & low & (1 ^ high) | b & (1 ^ low) & high | c & low & high


def _of_two(x: Number, exponents: int, size: int) -> Selector:
    """The row selects one of two by the highest bit of the exponent, negates it, or makes it zero.

    One of four of the number's bits is selected by the lowest two, before; of more than eight
    exponents another one of two.
    """
    plain = exponents == 8  # else the field is the exponent plus one, whose shift is one too far
    first = 0 if plain else -1
    last = x.width + 3 - x.signed + first  # from here on all is zero, or the sign
    four = [_mux(f"y{j}", [_bit(x, j - first - k) for k in range(4)], ("f0", "f1"))
            for j in range(first, last)]  # fmt: skip
    nonzero = "f3" if plain else "nz"
    field = ("f0", "f1", "f2", "f3")[: 3 if exponents < 8 else 4]
    levels = [four if plain else [Gate("nz", field, _any), *four]]
    below = _Vector("y", first, last, _bit(x, x.width))
    step, select = 4, "f2"
    if exponents > 8:
        wide = range(first, last + 4)
        levels.append([_mux(f"v{k}", (below(k), below(k - 4)), ("f2",)) for k in wide])
        below, step, select = _Vector("v", first, last + 4, _bit(x, x.width)), 8, "f3"
    rows = tuple(Gate(f"row{k}", (below(k), below(k - step), select, "s", nonzero), _one_of_two)
                 for k in range(size))  # fmt: skip
    return Selector(tuple(map(tuple, levels)), rows)


@dataclass(frozen=True)
class _Vector:
    """Names of bits first, first + 1, … of a number: below it is 0, from end on ``above``."""

    name: str
    first: int
    end: int
    above: str

    def __call__(self, place: int) -> str:
        if place < self.first:
            return "0"
        return f"{self.name}{place}" if place < self.end else self.above


def _one_of_two(a, b, high, sign, nonzero):
    return (a & (1 ^ high) | b & high) & nonzero ^ sign


def _any(*bits):
    found = 0
    for bit in bits:
        found = found | bit
    return found

"""Shifts by a few exponents: selections of four bits by LUTs."""

from dataclasses import dataclass
from functools import cache

from hdl.dot.gates import Gate, lut_count, tables
from hdl.number import Number

__all__ = ["Shifter", "shifter"]


@dataclass(frozen=True)
class Shifter:
    """The gates of a shift: level by level, of bits ``x0``, … and of the exponent ``e0``, ….

    bits : of the shifted number, the names of gates or of other bits; "0" for zero.
    """

    levels: tuple[tuple[Gate, ...], ...]
    bits: tuple[str, ...]

    @property
    def luts(self) -> int:
        """LUTs of all levels."""
        return sum(map(lut_count, self.levels))


@cache
def shifter(x: Number, exponents: int) -> Shifter:
    r""":math:`x 2^e`, 0 <= e < exponents, by levels that take two bits of e, the lowest first.

    A LUT selects one of four bits, or two of one of two; where the sign is on several of them, or
    there are zeros, a bit takes fewer inputs, so that two share a LUT.
    """
    bits = [f"x{k}" for k in range(x.width)]
    levels, low = [], 0
    while exponents - 1 >> low:
        pins = [f"e{low + k}" for k in range(min(2, (exponents - 1 >> low).bit_length()))]
        most = min(1 << len(pins), 1 + (exponents - 1 >> low)) - 1
        sign = bits[-1] if x.signed else "0"
        size = min(len(bits) + (most << low), x.width + exponents - 1)
        gates, found = [], []
        for place in range(size):
            at = [place - (min(k, most) << low) for k in range(1 << len(pins))]
            sources = ["0" if k < 0 else bits[k] if k < len(bits) else sign for k in at]
            more, name = _selection(sources, pins, f"s{low}_{place}_")
            gates += more
            found.append(name)
        bits = found
        levels.append(tuple(gates))
        low += len(pins)
    return Shifter(tuple(levels), tuple(bits))


def _selection(sources: list[str], pins: list[str], name: str) -> tuple[tuple[Gate, ...], str]:
    """The gate that selects one of the sources by pins, if it takes one, and the bit's name."""
    data = [source for source in dict.fromkeys(sources) if source != "0"]
    inputs = [*data, *pins]
    values = []
    for n in range(1 << len(inputs)):
        source = sources[n >> len(data)]
        values.append(0 if source == "0" else n >> data.index(source) & 1)
    gates, names = tables(values, 1, inputs, name)
    return gates, names[0]

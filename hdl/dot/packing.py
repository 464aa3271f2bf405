"""How rows that share their operand share a DSP48E1."""

from dataclasses import dataclass

from hdl.dot.multiplier import PORT
from hdl.dot.operands import product_range
from hdl.number import Number

__all__ = ["MAX_ROWS", "Packing"]

MAX_ROWS = 4

MAX_CANARY = 2
"""Bits of carries: as many LUTs a product make them."""

CHAIN = 8
"""DSP48E1s that add to each other at most: each takes its operands a cycle later."""


@dataclass(frozen=True, kw_only=True)
class Packing:
    r"""How rows share a DSP48E1, and how many of these add to each other.

    Row i's field is 2^(pitch i): with the offset o, which makes sums positive,
    :math:`P = \sum_i 2^{pitch\,i} F_i,\ F_i = o + \sum_j w_{i,j} x_j`, over the chain's lanes j.

    chain : DSP48E1s at most whose sum a field holds.
    canary : by how many bits a field may be wider than the pitch. These bits of
        :math:`F_i + h_{i-1}`, the carry :math:`h_i` into the next row's field, are
        :math:`\lfloor P / 2^{pitch (i+1)} \rfloor - F_{i+1}`, modulo 2^canary, where the
        products' lowest bits tell :math:`F_{i+1}`.
    shifted : whether rows but the last are multiplied as :math:`w + 2^{b-1} \ge 0`, so that the sum
        of all rows fits in 25 bits with one bit more of pitch; the port C takes
        :math:`2^{b-1} x` away again, so that there is no chain.
    """

    pitch: int
    chain: int
    canary: int = 0
    shifted: bool = False

    def luts(self, rows: int, x: Number) -> float:
        """LUTs a product, about, to choose by: for the bits of the heap, and for the carries."""
        carries = (rows - 1) / rows * self.canary
        bits = self.pitch + 2 * self.canary
        return (0.7 * bits + 1.5 * carries) / self.chain + carries + x.width / 8 * self.shifted

    @staticmethod
    def best(rows: int, x: Number, w: Number) -> "Packing | None":
        """That of the fewest LUTs, if there is any."""
        if x.bipolar or not w.signed or not 1 <= rows <= MAX_ROWS or w.width > PORT["ad"] - 1:
            return None
        if x.width > PORT["b"] - (not x.signed):
            return None
        if rows == 1:
            return Packing(pitch=PORT["c"] - 1, chain=CHAIN)
        low, high = product_range(x, w, 1)
        found = []
        for shifted in (False, True):
            pitch = (PORT["ad"] - 1 + shifted - w.width) // (rows - 1)
            if shifted and x.width + w.width - 1 > pitch:
                continue  # what the port C takes away of a row would lie in the next one's field
            for canary in range(MAX_CANARY + 1):
                room = ((1 << pitch) - 1) << canary  # a carry comes on top
                chain = min(1 if shifted else CHAIN, room // (high - low))
                if chain and pitch >= w.width:
                    found.append(Packing(pitch=pitch, chain=chain, canary=canary, shifted=shifted))
        return min(found, key=lambda packing: packing.luts(rows, x), default=None)

    @staticmethod
    def rows(most: int, x: Number, w: Number) -> int:
        """How many of so many rows at once a DSP48E1 takes: the fewest that need as few; or 0."""
        fit = [rows for rows in range(1, min(most, MAX_ROWS) + 1) if Packing.best(rows, x, w)]
        return min(fit, key=lambda rows: (-(-most // rows), rows), default=0)

"""How the words of a memory that is only read lie in block RAMs.

Rows are cut into banks, each in block RAMs of one shape, or in LUTs. Banks of a shape lie side by
side, whatever rows they hold: all are read at once with the low bits of the address, and its high
bits choose a cycle later. So 18432 words of 32 bits are nine banks of 2048 rows, 288 bits side by
side in the shape 2048 x 9: 32 block RAMs, all full.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import combinations

import numpy as np

from hdl.memory import BRAM18_SHAPES, LUTS_PER_BRAM18, lut_rom

__all__ = ["Bank", "Layout", "Slice", "branch", "layout"]

MOST_BANKS = 64
"""A multiplexer of three levels of LUTs, behind the slow output of a block RAM."""

LUT_ROM_ROWS = 512
"""Deeper ROMs in LUTs end in multiplexers of several levels."""

LUTS_PER_FF = 0.5
"""There are two flip-flops to a LUT."""

CUTS = 12
"""Ways to cut rows that are tried; all would be cheaper by one ten-thousandth."""

_MUX_LUTS = (0, 0, 1, 1, 1, 2, 2, 4, 3, 5, 4.25, 4.25, 4, 5.5, 5.25, 8, 7.5)
_SHAPES = BRAM18_SHAPES[::-1]
_DEPTHS = tuple(depth for _, depth in _SHAPES)
_WIDTHS = np.array([width for width, _ in _SHAPES])
_SUBSETS = tuple(
    subset for size in range(len(_SHAPES)) for subset in combinations(range(len(_SHAPES)), size + 1)
)


@dataclass(frozen=True)
class Bank:
    """Rows from ``start``, in the columns of a slice; shape (width, depth), None for LUTs."""

    start: int
    rows: int
    shape: tuple[int, int] | None

    @property
    def constant(self) -> bool:
        """Whether it is but wires, which the register behind takes as its reset."""
        return self.shape is None and self.rows == 1


@dataclass(frozen=True)
class Slice:
    """Neighbouring columns, and their banks in ascending order.

    A bank starts at a multiple of its shape's depth, or of the power of two that its rows fill.
    """

    columns: int
    banks: tuple[Bank, ...]

    @property
    def lut(self) -> int:
        """LUTs of ROMs, and of the multiplexer."""
        roms = sum(lut_rom(self.columns, bank.rows) for bank in self.banks if not bank.shape)
        inputs = sum(not bank.constant for bank in self.banks)
        return roms + round(self.columns * _mux_luts(inputs, self.banks))

    @property
    def ff(self) -> int:
        """Flip-flops behind ROMs."""
        return self.columns * sum(not (bank.shape or bank.constant) for bank in self.banks)

    @property
    def selects(self) -> frozenset[int]:
        """Bits of the address that choose among the banks."""
        return _selects(self.banks)


@dataclass(frozen=True)
class Layout:
    """Slices from column 0 upwards, and what they take without a register behind them."""

    slices: tuple[Slice, ...]

    @property
    def bram18(self) -> int:
        """Block RAMs of 18 kbit."""
        bits = dict.fromkeys(_SHAPES, 0)
        for one in self.slices:
            for bank in one.banks:
                if bank.shape:
                    bits[bank.shape] += one.columns
        return sum(-(-count // width) for (width, _), count in bits.items())

    @property
    def lut(self) -> int:
        """LUTs of multiplexers and ROMs."""
        return sum(one.lut for one in self.slices)

    @property
    def selects(self) -> tuple[int, ...]:
        """Bits of the address that choose among banks, ascending."""
        return tuple(sorted(frozenset().union(*(one.selects for one in self.slices))))

    @property
    def ff(self) -> int:
        """Flip-flops of what chooses, and behind ROMs."""
        return len(self.selects) + sum(one.ff for one in self.slices)


def branch(banks: Sequence[Bank]) -> tuple[int, Sequence[Bank], Sequence[Bank]]:
    """The highest bit of the address that chooses among banks; those where it is 0, and 1."""
    bit = (banks[0].start ^ banks[-1].start).bit_length() - 1
    low = sum(not bank.start >> bit & 1 for bank in banks)
    return bit, banks[:low], banks[low:]


def _selects(banks: Sequence[Bank]) -> frozenset[int]:
    if len(banks) == 1:
        return frozenset()
    bit, low, high = branch(banks)
    return frozenset((bit,)) | _selects(low) | _selects(high)


def _mux_luts(inputs: int, banks: Sequence[Bank]) -> float:
    """Of one bit, as yosys makes it: beyond six inputs more than LUT6s of four inputs each.

    Where four banks of several shapes need three bits to choose, they do not fit into one.
    """
    if inputs == 4 and len(_selects(banks)) > 2:
        return 3
    return _MUX_LUTS[inputs] if inputs < len(_MUX_LUTS) else 0.5 * inputs


@cache
def layout(width: int, depth: int) -> Layout:
    """The layout of the lowest price; a block RAM costs as many LUTs as the part has for each.

    All columns are cut alike, but for those few with which a shape would begin another block RAM:
    these are cut otherwise, or lie in LUTs. Of the cuts that make sense each pair is tried.
    """
    cuts, extra = _cuts(depth)
    count = cuts[:, :-1]
    bits = width * count
    # All rows in LUTs would be no block RAM: that is for few columns.
    no_ram = np.where(count.any(axis=1), 0, np.inf)
    alone = LUTS_PER_BRAM18 * (-(-bits // _WIDTHS)).sum(axis=1) + width * extra + no_ram
    best = int(alone.argmin())
    # [most, few, shape]: the columns to be cut otherwise for the shape to have no part of a RAM
    gain = count[:, None] - count
    moved = -(-(bits % _WIDTHS)[:, None] // np.maximum(gain, 1))
    moved[(gain <= 0) | (moved >= width)] = 0
    mixed = bits[:, None, None] - moved[..., None] * gain[:, :, None]
    prices = LUTS_PER_BRAM18 * (-(-mixed // _WIDTHS)).sum(axis=3)
    prices = prices + (width * extra + no_ram)[:, None, None]
    prices += moved * (extra - extra[:, None])[..., None]
    most, few, shape = np.unravel_index(prices.argmin(), prices.shape)
    if prices[most, few, shape] >= alone[best]:
        return Layout((Slice(width, _banks(depth, cuts[best])),))
    columns = int(moved[most, few, shape])
    return Layout((
        Slice(width - columns, _banks(depth, cuts[most])),
        Slice(columns, _banks(depth, cuts[few])),
    ))


@cache
def _cuts(depth: int) -> tuple[np.ndarray, np.ndarray]:
    """Ways to cut rows: the banks of each shape and the rows in LUTs, and what a column adds.

    For each set of shapes: of the deepest as many banks as fit, then of the next; the rest is
    one bank more, or in LUTs. Kept are the cheapest for many columns, and all of one shape, which
    suit few.
    """
    found = {(0,) * len(_SHAPES) + (depth,): None} if depth <= LUT_ROM_ROWS else {}
    for subset in _SUBSETS:
        count, rest = [0] * len(_SHAPES), depth
        for shape in subset:
            count[shape], rest = divmod(rest, _DEPTHS[shape])
        if 0 < rest <= LUT_ROM_ROWS:
            found[*count, rest] = None
        count[subset[-1]] += rest > 0
        found[*count, 0] = None
    banks = {cut: sum(cut[:-1]) + (cut[-1] > 0) for cut in found}
    most = max(MOST_BANKS, min(banks.values()))
    cuts = [cut for cut in found if banks[cut] <= most]
    extra = {cut: _extra(depth, cut) for cut in cuts}
    price = {cut: LUTS_PER_BRAM18 * sum(n / w for (w, _), n in zip(_SHAPES, cut)) + extra[cut]
             for cut in cuts}  # fmt: skip
    cheap = sorted(cuts, key=price.get)[:CUTS]
    cuts = [cut for cut in cuts if sum(map(bool, cut)) == 1 or cut in cheap]
    return np.array(cuts), np.array([extra[cut] for cut in cuts])


def _extra(depth: int, cut: Sequence[int]) -> float:
    """LUTs of a column beside its block RAMs, with its flip-flops behind LUTs."""
    *count, rows = cut
    in_luts = rows > 1
    inputs = sum(count) + in_luts
    banks = _banks(depth, cut) if inputs == 4 else ()
    return lut_rom(1, rows) + _mux_luts(inputs, banks) + LUTS_PER_FF * in_luts


def _banks(depth: int, cut: Sequence[int]) -> tuple[Bank, ...]:
    banks, start = [], 0
    for shape, count in zip(_SHAPES, cut):
        for _ in range(count):
            rows = min(shape[1], depth - start)
            banks.append(Bank(start, rows, shape))
            start += rows
    return (*banks, Bank(start, depth - start, None)) if start < depth else tuple(banks)

r"""Sixteen 2-bit bricks: which digits each multiplies in each mode, and what its control says.

BitFusion (Sharma et al., ISCA 2018): an operand of 2, 4 or 8 bits is cut in digits of 2 bits, the
top one signed if the operand is, and :math:`x w = \sum_{ij} brick_{ij} 4^{i + j}`.

The bricks stand in seven groups T0 to T6 of 1, 2, 3, 4, 3, 2, 1, those of an 8 x 8 product whose
i + j is 0 to 6; bricks of a group are shifted alike in every mode, but for one of T4 in 8 x 4.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache

__all__ = ["BRICKS", "MODES", "Mode", "digits", "signal", "table"]

BRICKS = 16

_PRODUCTS = {
    (8, 8): (((0, 2, 5, 9), (1, 4, 8, 12), (3, 7, 10, 14), (6, 11, 13, 15)),),
    (8, 4): (((0, 2, 4, 8), (1, 3, 6, 11)), ((10, 14, 5, 9), (13, 15, 7, 12))),
    (8, 2): (((0, 1, 3, 6),), ((10, 2, 4, 7),), ((11, 13, 5, 8),), ((12, 14, 15, 9),)),
    (4, 4): (((0, 2), (1, 3)), ((10, 14), (13, 4)), ((11, 8), (6, 5)), ((12, 9), (7, 15))),
    (4, 2): (((0, 1),), ((10, 2),), ((11, 13),), ((12, 14),),
             ((3, 6),), ((4, 7),), ((5, 8),), ((15, 9),)),
    (2, 2): tuple(((brick,),) for brick in range(BRICKS)),
}  # fmt: skip
"""Of each product the bricks by the digit of the narrower operand, then of the wider one."""


@dataclass(frozen=True)
class Mode:
    """Bits of x and of w; ``MODES`` holds every mode, by the number that selects it."""

    x: int
    w: int

    @property
    def products(self) -> int:
        """How many products the bricks are."""
        return 4 * BRICKS // (self.x * self.w)

    @property
    def wide(self) -> int:
        """Bits of the wider operand."""
        return max(self.x, self.w)

    @property
    def narrow(self) -> int:
        """Bits of the narrower operand."""
        return min(self.x, self.w)


MODES = tuple(Mode(*bits) for bits in (
    (2, 2), (4, 2), (2, 4), (4, 4), (8, 2), (2, 8), (8, 4), (4, 8), (8, 8)))  # fmt: skip


@cache
def digits(mode: Mode) -> tuple[tuple[int, int, int], ...]:
    """Of each brick the number of its product, its digit of x and its digit of w."""
    found = {}
    for product, rows in enumerate(_PRODUCTS[mode.wide, mode.narrow]):
        for low, row in enumerate(rows):
            for high, brick in enumerate(row):
                pair = (high, low) if mode.x >= mode.w else (low, high)
                found[brick] = (product, *pair)
    return tuple(found[brick] for brick in range(BRICKS))


def table(rule: Callable[[Mode, bool, bool], bool]) -> int:
    """A control bit in every case: bit x_signed + 2 w_signed + 4 mode; 0 where there is no mode."""
    return sum(
        bool(rule(mode, bool(x), bool(w))) << x + 2 * w + 4 * number
        for number, mode in enumerate(MODES) for w in (0, 1) for x in (0, 1)
    )  # fmt: skip


def signal(name: str, brick: int = 0) -> int:
    """The table of a named control bit, of a brick where each has its own."""
    if name in _SIGNS:
        return table(lambda mode, x, w: _SIGNS[name](*_negative(brick, mode, x, w)))
    return table(_RULES[name])


_SIGNS = {"sx": lambda x, w: x, "sw": lambda x, w: w, "sd": lambda x, w: x != w}
"""Whether a brick's digit of x, of w, or either but not both has a negative upper bit."""


def _negative(brick: int, mode: Mode, x: bool, w: bool) -> tuple[bool, bool]:
    _, i, j = digits(mode)[brick]
    return x and i == mode.x // 2 - 1, w and j == mode.w // 2 - 1


def _sizes(*sizes: tuple[int, int]) -> Callable[[Mode], bool]:
    return lambda mode: (mode.wide, mode.narrow) in sizes


_FOUR = _sizes((4, 4), (8, 2), (8, 4), (8, 8))
_EIGHT = _sizes((8, 2), (8, 4), (8, 8))
_LONG = _sizes((8, 4), (8, 8))
_WHOLE = _sizes((8, 8))


def _ones(mode: Mode, column: int) -> bool:
    """Whether the constant has a one in that column from its sign on."""
    return mode.products << mode.x + mode.w - 1 <= 1 << column


def _inverted(mode: Mode, x: bool, w: bool) -> set[int]:
    """The powers of two that the inverted bits lack, beside the sign.

    L products of n by m bits are too large by L 2^(n+m-1), less L 2^(n-1) if x is signed and
    L 2^(m-1) if w is: of the top bit each partial product is inverted, but the one of both.
    """
    each = [mode.products << bits - 1 for bits, signed in ((mode.x, x), (mode.w, w)) if signed]
    return {sum(each)} if len({*each}) == 1 else {*each}


_RULES: dict[str, Callable[[Mode, bool, bool], bool]] = {
    "shift2": lambda mode, x, w: mode.wide > 2,
    "four": lambda mode, x, w: _FOUR(mode),
    "eight": lambda mode, x, w: _EIGHT(mode),
    "long": lambda mode, x, w: _LONG(mode),
    "whole": lambda mode, x, w: _WHOLE(mode),
    # The constant: which of its powers of two is put where, see fusible_bricks.
    "z4": lambda mode, x, w: (
        mode.narrow == 2 and not _EIGHT(mode) and bool(_inverted(mode, x, w) & {16, 32})),
    "w4": lambda mode, x, w: (
        32 in _inverted(mode, x, w) if mode.wide == 2
        else _LONG(mode) and 256 in _inverted(mode, x, w)),
    "w1": lambda mode, x, w: _sizes((4, 4))(mode) and 32 in _inverted(mode, x, w),
    "d1": lambda mode, x, w: 8 in _inverted(mode, x, w),
    "d2": lambda mode, x, w: _LONG(mode) and 16 in _inverted(mode, x, w),
    "c6": lambda mode, x, w: 64 in _inverted(mode, x, w),
    "c7": lambda mode, x, w: (
        128 in _inverted(mode, x, w) or ((x or w) and _ones(mode, 7))),
    "c8": lambda mode, x, w: (x or w) and _ones(mode, 8),
    "c9": lambda mode, x, w: (
        512 in _inverted(mode, x, w) or ((x or w) and _ones(mode, 9))),
    "c10": lambda mode, x, w: (x or w) and _ones(mode, 10),
    "c11": lambda mode, x, w: (x or w) and _ones(mode, 11),
    "c12": lambda mode, x, w: (x or w) and _ones(mode, 12),
    "c15": lambda mode, x, w: (x or w) and _ones(mode, 15),
}  # fmt: skip

r"""Products made of 2-bit bricks that fuse, as in BitFusion (Sharma et al., ISCA 2018).

An operand of 2, 4 or 8 bits is cut in digits of 2 bits, the lowest first, the top one signed if
the operand is. A brick multiplies a digit i of x by a digit j of w, and
:math:`x w = \sum_{ij} brick_{ij} 2^{2 (i + j)}`. Sixteen bricks are 64 / (x bits * w bits)
products at a time.
"""

import numpy as np

__all__ = ["LAYOUT", "MODES", "TEMPORAL_SHIFTS", "bricks", "digits", "halves", "pack", "products",
           "temporal", "unit"]  # fmt: skip

MODES = ((2, 2), (4, 2), (2, 4), (4, 4), (8, 2), (2, 8), (8, 4), (4, 8), (8, 8))
"""Bits of x and w by the number of the mode."""

TEMPORAL_SHIFTS = (0, 8, 8, 16)
"""Of the passes of a product of 16 bits: low low, high low, low high, high high."""

_WIDE = {
    (8, 8): "000 001 010 002 011 020 003 012 021 030 022 013 031 023 032 033",
    (8, 4): "000 001 010 011 020 120 021 121 030 130 100 031 131 101 110 111",
    (8, 2): "000 010 110 020 120 220 030 130 230 330 100 200 300 210 310 320",
    (4, 4): "000 001 010 011 111 211 201 301 210 310 100 200 300 101 110 311",
    (4, 2): "000 010 110 400 500 600 410 510 610 710 100 200 300 210 310 700",
}
"""Of brick 0 to 15 the number of its product, the digit of x and that of w."""


def _layout() -> dict[tuple[int, int], np.ndarray]:
    found = {(2, 2): np.array([(brick, 0, 0) for brick in range(16)])}
    for (x, w), text in _WIDE.items():
        table = np.array([[int(one) for one in word] for word in text.split()])
        found[x, w], found[w, x] = table, table if x == w else table[:, [0, 2, 1]]
    return found


LAYOUT = _layout()
"""By mode an array (16, 3): product, digit of x and digit of w of each brick."""


def digits(values: np.ndarray, bits: int, *, signed: bool) -> np.ndarray:
    """The digits of integers of any shape: (..., bits / 2), the lowest first."""
    values = np.asarray(values)[..., None] >> 2 * np.arange(bits // 2)
    low, top = values[..., :-1] & 3, values[..., -1:] & 3
    return np.concatenate((low, top - 4 * (top >> 1) if signed else top), axis=-1)


def bricks(x, w, x_bits: int, w_bits: int, *, x_signed: bool = False, w_signed: bool = False):
    """The bricks of products and their shifts, both (..., x digits, w digits)."""
    a, b = digits(x, x_bits, signed=x_signed), digits(w, w_bits, signed=w_signed)
    i, j = np.arange(x_bits // 2), np.arange(w_bits // 2)
    return a[..., :, None] * b[..., None, :], np.add.outer(2 * i, 2 * j)


def products(x, w, x_bits: int, w_bits: int, *, x_signed: bool = False, w_signed: bool = False):
    """The products of operands, from their bricks."""
    parts, shifts = bricks(x, w, x_bits, w_bits, x_signed=x_signed, w_signed=w_signed)
    return (parts << shifts).sum(axis=(-2, -1))


def pack(x: np.ndarray, w: np.ndarray, x_bits: int, w_bits: int) -> tuple[list[int], list[int]]:
    """Operands (rows, products) as words of 32 bits: the digits of brick b are bits 2b and 2b+1."""
    product, i, j = LAYOUT[x_bits, w_bits].T
    words = []
    for values, digit in ((x, i), (w, j)):
        codes = np.asarray(values, np.int64)[:, product] >> 2 * digit & 3
        words.append([int(word) for word in (codes << 2 * np.arange(16)).sum(axis=1)])
    return words[0], words[1]


def unit(x: int, w: int, x_bits: int, w_bits: int, *, x_signed: bool, w_signed: bool) -> int:
    """The sum of products of two packed words, brick by brick."""
    total = 0
    for brick, (_, i, j) in enumerate(LAYOUT[x_bits, w_bits].tolist()):
        a, b = x >> 2 * brick & 3, w >> 2 * brick & 3
        if x_signed and i == x_bits // 2 - 1 and a > 1:
            a -= 4
        if w_signed and j == w_bits // 2 - 1 and b > 1:
            b -= 4
        total += a * b << 2 * (i + j)
    return total


def halves(value: int, *, signed: bool) -> tuple[int, int]:
    """The low byte, unsigned, and the high byte of an integer of 16 bits."""
    high = value >> 8 & 255
    return value & 255, high - 256 * (signed and high > 127)


def temporal(x: int, w: int, *, x_signed: bool, w_signed: bool) -> int:
    """A product of 16-bit operands, from four products of 8-bit ones."""
    a, b = halves(x, signed=x_signed), halves(w, signed=w_signed)
    return sum(a[step & 1] * b[step >> 1] << shift for step, shift in enumerate(TEMPORAL_SHIFTS))

"""Operands of dot products: how wide they may be, and what their products add up to."""

from hdl.number import Number, holding

__all__ = ["MAX_WIDTH", "narrow", "product_range", "product_sum"]

MAX_WIDTH = 16
"""Of an operand: what one DSP48E1 multiplies, too."""


def product_sum(x: Number, w: Number, lanes: int) -> Number:
    """The sum of so many products."""
    return holding(*product_range(x, w, lanes))


def product_range(x: Number, w: Number, lanes: int) -> tuple[int, int]:
    """The lowest and the highest sum of so many products."""
    corners = [a * b for a in (x.low, x.high) for b in (w.low, w.high)]
    return min(corners) * lanes, max(corners) * lanes


def narrow(what: str, *numbers: Number) -> None:
    """Refuse numbers that are wider than any operand may be.

    Raises
    ------
    ValueError
        "What must be at most 16 bits wide, not 17".
    """
    for number in numbers:
        if number.width > MAX_WIDTH:
            raise ValueError(f"{what} must be at most {MAX_WIDTH} bits wide, not {number.width}")

"""Booth rows as a part of a larger heap."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Value

from hdl.dot.booth import Booth, Rows
from hdl.number import Number

__all__ = ["BelowRows", "Part"]


@dataclass(frozen=True, kw_only=True)
class Part(Booth.Config):
    """Booth rows whose sum is a part of another's, from column 0 of ``columns`` up.

    ways : chains of each digit; 0 for as many as :class:`Booth` has.
    offset : what the first rows add besides.
    recodes_w : whether the digits are of w in any case.
    """

    columns: int
    ways: int = 0
    offset: int = 0
    recodes_w: bool = False

    @property
    def o(self) -> Number:
        """The sum, as far as it matters."""
        return Number(width=self.columns, signed=True)

    @property
    def recodes_x(self) -> bool:
        """Whether the digits are of x."""
        return not self.recodes_w and super().recodes_x

    @property
    def chains(self) -> int:
        """Of each digit."""
        return self.ways or super().chains

    @cached_property
    def constant(self) -> int:
        """What the first rows add: what makes up for the inverted signs, and the offset."""
        return (Booth.Config.constant.func(self) + self.offset) % (1 << self.columns)


class BelowRows(Rows):
    """Rows that multiply with numbers that have a bit below their lowest digit."""

    def __init__(self, *args, below: Sequence[Value]) -> None:
        super().__init__(*args)
        self._below = below

    def _triple(self, digit: int, lane: int) -> list[Value]:
        found = super()._triple(digit, lane)
        return [self._below[lane], *found[1:]] if digit == 0 else found

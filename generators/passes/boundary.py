"""Half-lines: for which x is a quantized value at least k?

A boundary is pulled back, from the quantizer's output through the layers before it, to the integer
that the quantizer ultimately looks at. Every step is exact, so ties stay what they are.
"""

import math
from dataclasses import dataclass, replace
from fractions import Fraction


@dataclass(frozen=True)
class Boundary:
    """The set x >= bound, or > (strict), or <= and < (not up); or everything, or nothing."""

    bound: Fraction
    strict: bool = False
    up: bool = True
    always: bool | None = None

    def before_scale(self, gain: Fraction, bias: Fraction) -> "Boundary":
        """The x for which gain * x + bias lies in the set."""
        if self.always is not None:
            return self
        if gain == 0:
            return replace(self, always=self._contains(bias))
        up = self.up if gain > 0 else not self.up
        return replace(self, bound=(self.bound - bias) / gain, up=up)

    def before_relu(self) -> "Boundary":
        """The x for which max(x, 0) lies in the set."""
        if self.always is not None:
            return self
        zero = self._contains(Fraction(0))
        if self.up:
            return replace(self, always=True) if zero else self
        return self if zero else replace(self, always=False)

    def complement(self) -> "Boundary":
        """The x that do not lie in the set."""
        if self.always is not None:
            return replace(self, always=not self.always)
        return replace(self, strict=not self.strict, up=not self.up)

    def threshold(self, low: int, high: int, flipped: bool) -> int:
        """The integer t such that x >= t (-x >= t if flipped) decides, for low <= x <= high.

        It is from low to high + 1 (from -high to 1 - low).
        """
        if flipped:
            low, high = -high, -low
        if self.always is not None:
            return low if self.always else high + 1
        bound = -self.bound if flipped else self.bound
        least = math.floor(bound) + 1 if self.strict else math.ceil(bound)
        return min(max(least, low), high + 1)

    def _contains(self, x: Fraction) -> bool:
        if x == self.bound:
            return not self.strict
        return (x > self.bound) == self.up


def rounds_to_at_least(level: int, rounding: str) -> Boundary:
    """The x whose rounding is >= level, by QONNX's mode (UP: away from zero, DOWN: towards it)."""
    half = Fraction(2 * level - 1, 2)
    if rounding == "HALF_EVEN":
        return Boundary(half, strict=level % 2 != 0)
    if rounding == "HALF_UP":
        return Boundary(half, strict=level <= 0)
    if rounding == "HALF_DOWN":
        return Boundary(half, strict=level > 0)
    floors = rounding == "FLOOR" or (rounding == "DOWN" and level > 0)
    if floors or (rounding == "UP" and level <= 0):
        return Boundary(Fraction(level))
    return Boundary(Fraction(level - 1), strict=True)

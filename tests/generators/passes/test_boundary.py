"""Half-lines against the definitions: every rounding on a grid that holds all ties."""

from fractions import Fraction

import pytest

from generators.passes.boundary import Boundary, rounds_to_at_least
from sim.golden.quant import ROUNDINGS

GRID = [Fraction(n, 8) for n in range(-40, 41)]
GAINS = [Fraction(n, 4) for n in (-8, -3, -1, 0, 1, 3, 8)]


def contains(boundary: Boundary, x: Fraction) -> bool:
    if boundary.always is not None:
        return boundary.always
    if x == boundary.bound:
        return not boundary.strict
    return (x > boundary.bound) == boundary.up


@pytest.mark.parametrize("rounding", ROUNDINGS)
def test_rounds_to_at_least(rounding):
    """Levels of both signs and parities; x on every tie, at every integer, and between."""
    for level in range(-4, 5):
        boundary = rounds_to_at_least(level, rounding)
        reached = [x for x in GRID if contains(boundary, x)]
        assert reached == [x for x in GRID if ROUNDINGS[rounding](x) >= level], level


@pytest.mark.parametrize(("level", "rounding", "x", "reached"), [
    (1, "HALF_EVEN", "1/2", False), (2, "HALF_EVEN", "3/2", True), (3, "HALF_EVEN", "5/2", False),
    (0, "HALF_EVEN", "-1/2", True), (-1, "HALF_EVEN", "-3/2", False),
    (1, "HALF_UP", "1/2", True), (0, "HALF_UP", "-1/2", False), (-1, "HALF_UP", "-3/2", False),
    (1, "HALF_DOWN", "1/2", False), (0, "HALF_DOWN", "-1/2", True), (2, "HALF_DOWN", "3/2", False),
    (0, "FLOOR", "-1/8", False), (0, "CEIL", "-7/8", True), (0, "CEIL", "-1", False),
    (1, "UP", "1/8", True), (0, "UP", "-1/8", False), (-1, "UP", "-1", True),
    (1, "DOWN", "7/8", False), (0, "DOWN", "-7/8", True), (-1, "DOWN", "-2", False),
])  # fmt: skip
def test_ties(level, rounding, x, reached):
    assert contains(rounds_to_at_least(level, rounding), Fraction(x)) == reached


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("gain", GAINS)
def test_before_scale_and_relu(gain, strict):
    """The set of x is the set of those whose image lies in the set."""
    for bound in (Fraction(-5, 2), Fraction(-1), Fraction(0), Fraction(3, 4), Fraction(2)):
        for bias in (Fraction(-2), Fraction(0), Fraction(3, 4)):
            boundary = Boundary(bound, strict)
            scaled = boundary.before_scale(gain, bias)
            both = scaled.before_relu()
            for x in GRID:
                assert contains(scaled, x) == contains(boundary, gain * x + bias)
                assert contains(both, x) == contains(boundary, gain * max(x, 0) + bias)


def test_everything_and_nothing_stay_so():
    for always in (True, False):
        boundary = Boundary(Fraction(1), always=always)
        assert boundary.before_scale(Fraction(-2), Fraction(1)) is boundary
        assert boundary.before_relu() is boundary


@pytest.mark.parametrize("strict", [False, True])
@pytest.mark.parametrize("up", [False, True])
def test_threshold_decides(up, strict):
    low, high = -3, 5
    for bound in [*GRID, Fraction(10**40), Fraction(-(10**40), 3)]:
        boundary = Boundary(bound, strict, up)
        t = boundary.threshold(low, high, flipped=not up)
        reached = [x for x in range(low, high + 1) if contains(boundary, Fraction(x))]
        assert [x for x in range(low, high + 1) if (x if up else -x) >= t] == reached
        assert low <= t <= high + 1 if up else -high <= t <= 1 - low


@pytest.mark.parametrize(("always", "flipped", "expected"), [
    (True, False, -3), (False, False, 6), (True, True, -5), (False, True, 4),
])  # fmt: skip
def test_threshold_of_a_constant(always, flipped, expected):
    assert Boundary(Fraction(0), always=always).threshold(-3, 5, flipped) == expected

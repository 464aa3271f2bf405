"""Affine integers against the worked example, C's arithmetic step by step, and exact fractions."""

import math
from fractions import Fraction

import numpy as np
import pytest

from sim.golden import affine

RAILS = [affine.LOW, affine.LOW + 1, -(1 << 30), -1, 0, 1, 1 << 30, affine.HIGH - 1, affine.HIGH]


def nearest(x: Fraction, *, ties_up: bool) -> int:
    """To the nearest integer; a tie goes up, or away from zero."""
    if ties_up or x >= 0:
        return math.floor(x + Fraction(1, 2))
    return -math.floor(-x + Fraction(1, 2))


def naive(x: int, multiplier: int, right_shift: int) -> int:
    """MultiplyByQuantizedMultiplier in exact numbers."""
    x = min(max(x * 2 ** max(-right_shift, 0), affine.LOW), affine.HIGH)
    product = min(nearest(Fraction(x * multiplier, 1 << 31), ties_up=True), affine.HIGH)
    return nearest(Fraction(product, 1 << max(right_shift, 0)), ties_up=False)


def in_c(x: int, multiplier: int, right_shift: int) -> int:
    """The same by the statements of gemmlowp, on Python's integers; / is C's division."""
    x = min(max(x << max(-right_shift, 0), affine.LOW), affine.HIGH)
    product = x * multiplier
    nudge = 1 << 30 if product >= 0 else 1 - (1 << 30)
    high = math.trunc(Fraction(product + nudge, 1 << 31))
    if x == multiplier == affine.LOW:
        high = affine.HIGH
    exponent = max(right_shift, 0)
    mask = (1 << exponent) - 1
    threshold = (mask >> 1) + (high < 0)
    return (high >> exponent) + ((high & mask) > threshold)


def test_worked_example():
    """r = 0.1 (q - 10) times 0.05 (q - 4) in steps of 0.02 from 3: 0.08, exactly."""
    q1, q2 = np.array([[13, 8]]), np.array([[8, 2]])
    assert int((q1 * q2).sum()) == 120
    inner = affine.dot(q1, 10, q2, 4)
    assert inner.tolist() == [[16]]
    multiplier, shift = affine.quantize_multiplier(0.25)
    assert (multiplier, shift) == (1 << 30, 1)
    assert affine.requantize(inner, multiplier, shift, 3, 0, 255).tolist() == [[7]]


@pytest.mark.parametrize("z2", [0, 7, [3, 200, 0]])
def test_dot_is_that_of_what_the_codes_mean(z2):
    rng = np.random.default_rng(1)
    q1, q2 = rng.integers(0, 256, (4, 9)), rng.integers(0, 256, (3, 9))
    expected = (q1 - 10) @ (q2 - np.reshape(z2, (-1, 1))).T
    np.testing.assert_array_equal(affine.dot(q1, 10, q2, z2), expected)


def cases():
    """x, multipliers and shifts: rails, ties of either rounding, and seeded random ones."""
    yield from ((x, m, n) for x in RAILS for m in (0, 1 << 30, (1 << 30) + 1, affine.HIGH)
                for n in (-31, -5, -1, 0, 1, 2, 30, 31))  # fmt: skip
    # With a half the product of an odd x is a tie, and those of x = 2 mod 4 are one behind it.
    yield from ((x, 1 << 30, n) for x in range(-40, 41) for n in range(5))
    yield from ((x, 3 << 29, n) for x in range(-40, 41) for n in range(5))
    rng = np.random.default_rng(2)
    for _ in range(2000):
        x = int(rng.integers(affine.LOW, affine.HIGH, endpoint=True)) >> int(rng.integers(0, 31))
        yield x, int(rng.integers(1 << 30, 1 << 31)), int(rng.integers(-4, 32))


def test_multiply_is_exact_arithmetic_and_that_of_gemmlowp():
    x, multiplier, shift = np.array(list(cases())).T
    expected = [naive(*case) for case in cases()]
    assert expected == [in_c(*case) for case in cases()]
    assert affine.multiply(x, multiplier, shift).tolist() == expected


@pytest.mark.parametrize(("a", "b", "expected"), [
    (affine.LOW, affine.LOW, affine.HIGH), (affine.LOW, affine.HIGH, -affine.HIGH),
    (1, 1 << 30, 1), (-1, 1 << 30, 0), (3, 1 << 30, 2), (-3, 1 << 30, -1), (1, 1 << 29, 0),
])  # fmt: skip
def test_high_mul(a, b, expected):
    """A half goes up; only the lowest numbers saturate."""
    assert affine.high_mul(a, b) == expected


@pytest.mark.parametrize(("x", "exponent", "expected"), [
    (1, 1, 1), (-1, 1, -1), (3, 1, 2), (-3, 1, -2), (5, 2, 1), (6, 2, 2), (-6, 2, -2), (-5, 2, -1),
    (7, 0, 7), (-7, 0, -7), (affine.HIGH, 31, 1), (affine.LOW, 31, -1), (affine.LOW >> 1, 31, -1),
])  # fmt: skip
def test_divide_by_power(x, exponent, expected):
    """A half goes away from zero."""
    assert affine.divide_by_power(x, exponent) == expected


def test_two_roundings_are_not_one():
    """5 times just below one half: the first rounds up to 5, so the second meets a tie."""
    x, multiplier = 5, (1 << 31) - 1
    assert affine.multiply(x, multiplier, 1) == 3
    assert round(x * multiplier / 2**32) == 2


def test_clamps_of_fused_activations():
    x = np.array([-10_000, -10, 0, 10, 10_000])
    half = {"multiplier": 1 << 30, "right_shift": 0}
    assert affine.requantize(x, **half, zero_point=3, low=3, high=200).tolist() == [
        3, 3, 3, 8, 200]  # fmt: skip
    assert affine.requantize(x, **half, zero_point=-3, low=-128, high=127).tolist() == [
        -128, -8, -3, 2, 127]  # fmt: skip


@pytest.mark.parametrize(("real", "expected"), [
    (0.25, (1 << 30, 1)), (0.5, (1 << 30, 0)), (1.0, (1 << 30, -1)), (0.0, (0, 0)),
    (3.0, (3 << 29, -2)), (1 / 3, (1431655765, 1)), (0.75, (3 << 29, 0)),
    (1 - 2**-32, (1 << 30, -1)), (1 - 2**-31, ((1 << 31) - 1, 0)),
    ((1 << 30) * 2.0**-31 * (1 + 2**-31), ((1 << 30) + 1, 0)),  # a tie in the last bit
    (2.0**-32, (1 << 30, 31)), (2.0**-33, (0, 0)), (1e-12, (0, 0)),
])  # fmt: skip
def test_quantize_multiplier(real, expected):
    """The nearest M0 rounds up to 2^31 for the first of 1 - 2^-32, which is 2^30 of twice it."""
    assert affine.quantize_multiplier(real) == expected


def test_quantize_multipliers_of_channels():
    multiplier, shift = affine.quantize_multipliers([0.25, 1.0])
    assert (multiplier.tolist(), shift.tolist()) == ([1 << 30, 1 << 30], [1, -1])
    assert [v.tolist() for v in affine.quantize_multipliers(0.5)] == [[1 << 30], [0]]
    rng = np.random.default_rng(3)
    reals = rng.uniform(0, 1, 100) * 2.0 ** rng.integers(-20, 5, 100)
    multiplier, shift = affine.quantize_multipliers(reals)
    np.testing.assert_allclose(multiplier * 2.0**-31 * 2.0**-shift, reals, rtol=2**-31)


def test_channels_have_their_own():
    y = affine.multiply(np.array([[100, 100]]), np.array([1 << 30, 3 << 29]), np.array([0, 1]))
    assert y.tolist() == [[50, 38]]

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sim.golden import exact

RATIONALS = st.fractions(min_value=0, max_value=10**12, max_denominator=10**12)


@pytest.mark.parametrize("value", [0.1, np.float32(0.1), 3, np.int8(-3), Fraction(1, 3), True])
def test_fractions_are_exact(value):
    (result,) = exact.fractions([value])
    assert type(result) is Fraction
    assert result == (value if isinstance(value, Fraction) else Fraction(float(value)))


def test_fractions_keep_the_shape():
    assert exact.fractions(np.zeros((2, 0, 3))).shape == (2, 0, 3)
    assert exact.fractions(1).shape == ()


@given(RATIONALS)
def test_sqrt_of_squares(root):
    assert exact.sqrt(root * root) == root


@given(RATIONALS)
def test_sqrt_of_others(x):
    """Rounded down, by less than 2^-512 of the root (of the unit for roots below 1)."""
    root = exact.sqrt(x)
    step = Fraction(1, 1 << exact.SQRT_BITS)
    assert root * root <= x < (root + step) ** 2


def test_sqrt_2():
    assert exact.sqrt(Fraction(2)) == Fraction(math.isqrt(2 << 2 * 1025), 1 << 1025)


@pytest.mark.parametrize("kind", ["int", "half", "third"])
@pytest.mark.parametrize("bits", [4, 30, 50, 61])
def test_dot(kind, bits):
    """Against Python's integers, where float64, int64 and neither suffice."""
    rng = np.random.default_rng(bits)
    denominator = {"int": 1, "half": 2, "third": 3}[kind]
    x = rng.integers(-(1 << bits), 1 << bits, (3, 5))
    w = rng.integers(-(1 << bits - 1), 1 << bits - 1, (4, 5))
    x[0], w[0] = 1 << bits, 1 << bits - 1
    exact_x = [[Fraction(v, denominator) for v in row] for row in x.tolist()]

    y = exact.dot(x if kind == "int" else np.array(exact_x, object), w)

    expected = [[sum(a * b for a, b in zip(r, c)) for c in w.tolist()] for r in exact_x]
    assert y.tolist() == expected


def test_dot_of_small_integers_is_integers():
    y = exact.dot(np.array([[[1, 2]]]), np.array([[3, 4]]))
    assert (y.dtype, y.tolist()) == (np.int64, [[[11]]])


def test_dot_of_nothing():
    assert exact.dot(np.zeros((0, 3), np.int64), np.ones((2, 3), np.int64)).shape == (0, 2)
    assert exact.dot(np.zeros((0, 3), object), np.ones((2, 3), np.int64)).shape == (0, 2)

"""Quantizers against package qonnx, on ties, dyadic numbers (exact in float64) and both rails."""

from fractions import Fraction

import numpy as np
import pytest
from qonnx.custom_op.general.intquant import int_quant, resolve_rounding_mode

from sim.golden import exact, quant

TIES = np.arange(-41, 42) / 2
DYADIC = np.random.default_rng(3).integers(-(1 << 20), 1 << 20, 2000) / 1024
NEAR_TIES = np.concatenate([np.nextafter(TIES, -100), np.nextafter(TIES, 100)])


@pytest.mark.parametrize("mode", quant.ROUNDINGS)
@pytest.mark.parametrize("x", [TIES, DYADIC], ids=["ties", "dyadic"])
def test_rounding_is_qonnx(mode, x):
    expected = resolve_rounding_mode(mode)(x)
    np.testing.assert_array_equal(quant.round_exact(exact.fractions(x), mode), expected)


@pytest.mark.parametrize("mode", ["HALF_EVEN", "HALF_UP", "HALF_DOWN"])
def test_nearest_beside_ties(mode):
    """Where adding 0.5 in floating point would round first."""
    x = exact.fractions(NEAR_TIES)
    rounded = quant.round_exact(x, mode)
    assert all(abs(a - b) <= Fraction(1, 2) for a, b in zip(x, rounded.tolist()))


def test_rounding_of_ties():
    x = exact.fractions([-2.5, -1.5, -0.5, 0.5, 1.5, 2.5])
    expected = {
        "HALF_EVEN": [-2, -2, 0, 0, 2, 2],
        "HALF_UP": [-3, -2, -1, 1, 2, 3],
        "HALF_DOWN": [-2, -1, 0, 0, 1, 2],
        "FLOOR": [-3, -2, -1, 0, 1, 2],
        "CEIL": [-2, -1, 0, 1, 2, 3],
        "UP": [-3, -2, -1, 1, 2, 3],
        "DOWN": [-2, -1, 0, 0, 1, 2],
    }
    assert {mode: quant.round_exact(x, mode).tolist() for mode in quant.ROUNDINGS} == expected


@pytest.mark.parametrize("mode", quant.ROUNDINGS)
@pytest.mark.parametrize("zero_point", [0, 3, -2])
@pytest.mark.parametrize(("signed", "narrow", "low", "high"), [
    (True, False, -8, 7), (True, True, -7, 7), (False, False, 0, 15), (False, True, 0, 14),
])  # fmt: skip
def test_quantize_is_qonnx(mode, zero_point, signed, narrow, low, high):
    x = np.concatenate([TIES, DYADIC])
    scale = 0.25

    y = quant.quantize(exact.fractions(x), Fraction(scale), zero_point, low, high, mode)

    width = np.array(4.0)
    expected = int_quant(x, scale, zero_point, width, signed, narrow, mode)
    np.testing.assert_array_equal(y.astype(np.float64), expected)


def test_threshold():
    thresholds = np.array([[-1, 0, 0, 5], [2, 2, 2, 2]])
    x = np.array([[-2, 1], [-1, 2], [0, 3], [4, -9], [5, 2]])
    expected = [[0, 0], [1, 4], [3, 4], [3, 0], [4, 4]]
    np.testing.assert_array_equal(quant.threshold(x, thresholds), expected)
    np.testing.assert_array_equal(quant.threshold(x[:, :1], thresholds[:1])[:, 0], [0, 1, 3, 3, 4])


def test_sign_of_zero_is_plus():
    np.testing.assert_array_equal(quant.sign(np.array([-1, 0, 1])), [-1, 1, 1])
    assert quant.sign(exact.fractions([-0.0])).tolist() == [1]


def test_relu():
    np.testing.assert_array_equal(quant.relu(np.array([-1, 0, 1])), [0, 0, 1])
    assert quant.relu(exact.fractions([-0.5, 0.5])).tolist() == [0, Fraction(1, 2)]


def test_argmax_takes_the_lowest_of_equals():
    assert quant.argmax(np.array([[1, 3, 3], [0, 0, 0]])).tolist() == [[1], [0]]
    assert quant.argmax(exact.fractions([[0.5, 0.25], [0.25, 0.5]])).tolist() == [[0], [1]]

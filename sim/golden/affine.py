"""Affine integers, real = scale * (code - zero point), as gemmlowp and TensorFlow Lite round them.

B. Jacob et al., "Quantization and Training of Neural Networks for Efficient Integer-Arithmetic-Only
Inference", CVPR 2018; gemmlowp's fixedpoint.h; TensorFlow Lite's QuantizeMultiplier. All values are
int32 that int64 arrays hold.
"""

import math

import numpy as np

LOW, HIGH = -(1 << 31), (1 << 31) - 1
"""The rails of int32."""

FRACTION = 31
"""Bits behind the point of a multiplier: Q31, so 2^30 is one half."""


def dot(q1: np.ndarray, z1: int, q2: np.ndarray, z2) -> np.ndarray:
    r"""Sum of products of what codes stand for: :math:`\sum_j (q_{1,j} - Z_1)(q_{2,j} - Z_2)`.

    By the sums that are left when that is multiplied out,
    :math:`N Z_1 Z_2 - Z_1 \sum q_2 - Z_2 \sum q_1 + \sum q_1 q_2`. q1 (..., N) are activations, q2
    (outputs, N) weights, whose zero point is one number or one of each output.
    """
    q1, q2 = np.asarray(q1, np.int64), np.asarray(q2, np.int64)
    z2 = np.asarray(z2, np.int64)
    sums = z1 * q2.sum(axis=-1) + z2 * q1.sum(axis=-1)[..., None]
    return q1.shape[-1] * z1 * z2 - sums + q1 @ q2.T


def shift_left(x: np.ndarray, places) -> np.ndarray:
    """x * 2^places, no further than the rails of int32; places are 0 to 31."""
    return np.clip(np.asarray(x, np.int64) << np.asarray(places, np.int64), LOW, HIGH)


def high_mul(a: np.ndarray, b) -> np.ndarray:
    r"""SaturatingRoundingDoublingHighMul: :math:`a b / 2^{31}`, rounded to the nearest integer.

    A tie goes up, as gemmlowp divides :math:`a b + 2^{30}` (:math:`a b + 1 - 2^{30}` where that is
    negative) towards zero. Both factors -2^31 give 2^31 - 1.
    """
    product = np.asarray(a, np.int64) * np.asarray(b, np.int64)
    nudge = np.where(product >= 0, 1 << FRACTION - 1, 1 - (1 << FRACTION - 1))
    total = product + nudge
    towards_zero = np.sign(total) * (np.abs(total) >> FRACTION)
    return np.minimum(towards_zero, HIGH)


def divide_by_power(x: np.ndarray, exponent) -> np.ndarray:
    r"""RoundingDivideByPOT: :math:`x / 2^{exponent}`, rounded; ties go away from zero.

    Exponents are 0 to 31.
    """
    x, exponent = np.asarray(x, np.int64), np.asarray(exponent, np.int64)
    half = (np.int64(1) << exponent) >> 1
    return np.sign(x) * (np.abs(x) + half >> exponent)


def multiply(x: np.ndarray, multiplier, right_shift) -> np.ndarray:
    r"""MultiplyByQuantizedMultiplier: :math:`x M_0 2^{-31} 2^{-n}`, rounded twice.

    x is shifted left first where n, the right shift, is negative; the product's high half is
    rounded, and that divided by 2^n and rounded again. ``multiplier`` (M0, 0 to 2^31 - 1) and
    ``right_shift`` (n, -31 to 31) are one number or one for each channel, the last axis.
    """
    right_shift = np.asarray(right_shift, np.int64)
    x = shift_left(x, np.maximum(-right_shift, 0))
    return divide_by_power(high_mul(x, multiplier), np.maximum(right_shift, 0))


def requantize(x: np.ndarray, multiplier, right_shift, zero_point: int, low: int, high: int):
    """The codes of sums x: zero_point + x * M, as :func:`multiply` rounds, within low to high.

    Those are the range of the type, or the part of it that a fused relu (low: zero_point) or relu6
    leaves.
    """
    return np.clip(multiply(x, multiplier, right_shift) + zero_point, low, high)


def quantize_multiplier(real: float) -> tuple[int, int]:
    """M0 and right shift n of a real multiplier >= 0, so that M0 * 2^-31 * 2^-n is nearest to it.

    M0 is 2^30 to 2^31 - 1 (ties of the last bit away from zero), or 0 where the multiplier is 0 or
    n would be above 31.
    """
    if real == 0:
        return 0, 0
    mantissa, exponent = math.frexp(real)
    multiplier = math.floor(mantissa * (1 << FRACTION) + 0.5)
    if multiplier == 1 << FRACTION:
        multiplier, exponent = multiplier // 2, exponent + 1
    return (0, 0) if exponent < -FRACTION else (multiplier, -exponent)


def quantize_multipliers(reals) -> tuple[np.ndarray, np.ndarray]:
    """Of each real multiplier M0 and the right shift."""
    reals = np.atleast_1d(np.asarray(reals, np.float64))
    pairs = np.array([quantize_multiplier(float(real)) for real in reals], np.int64)
    return pairs[:, 0], pairs[:, 1]

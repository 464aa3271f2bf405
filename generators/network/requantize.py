"""The record of an affine requantization."""

import numpy as np

from generators.network.record import Record


class Requantize(Record):
    """y = clip(zero_point + round(round(x * M0 / 2^31) / 2^n), low, high): affine requantisation.

    As gemmlowp and TensorFlow Lite compute it, M = M0 / 2^31 / 2^n = S1 S2 / S3 of Jacob et al.
    (2018), both roundings included: a tie of the first goes up, one of the second away from zero.
    ``multiplier`` is M0, 0 to 2^31 - 1 (TensorFlow Lite's are 0 or 2^30 and above), and
    ``right_shift`` is n, -31 to 31, negative where x is first shifted left (TensorFlow Lite's
    shift is -n); each is one number or one for each channel.
    Instead of both, the real numbers that a step of each code stands for may be given:
    ``input_scale`` (S1), ``weight_scale`` (S2, one number or one for each channel) and
    ``output_scale`` (S3). The compiler makes M0 and n of them as TensorFlow Lite's
    QuantizeMultiplier does, in double precision.

    ``zero_point`` (Z3) is the code of a real 0. ``low`` and ``high`` are the type's by default;
    ``low`` is the zero point for a fused relu.
    """

    multiplier: np.ndarray | None = None
    right_shift: np.ndarray | None = None
    input_scale: float | None = None
    weight_scale: np.ndarray | None = None
    output_scale: float | None = None
    zero_point: int = 0
    low: int | None = None
    high: int | None = None

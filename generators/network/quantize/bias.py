"""By how much biases are off."""

import numpy as np

from sim.golden import correct

__all__ = ["missing", "missing_behind_relu"]

STEPS = 40
"""Halvings of the range in which what is missing lies."""


def missing(real: np.ndarray, quantized: np.ndarray) -> np.ndarray:
    """What the sums (frames, ..., channels) need for the means of the real ones, by channel."""
    return -correct.bias_error(real, quantized)


def missing_behind_relu(real: np.ndarray, quantized: np.ndarray) -> np.ndarray:
    r"""The d with :math:`E[\max(\hat O + d, 0)] = E[\max(O, 0)]`, by channel (the last axis).

    It is what the next layer reads whose mean is to be right: errors of sums that the relu takes
    away count for nothing. The left side ascends with d, so that d is found by bisection. A channel
    that is 0 in all frames stays so.
    """
    real, quantized = (a.reshape(-1, a.shape[-1]) for a in (real, quantized))
    goal = np.maximum(real, 0).mean(axis=0)
    high = np.abs(real).max(axis=0) + np.abs(quantized).max(axis=0)
    low = -high
    for _ in range(STEPS):
        middle = (low + high) / 2
        above = np.maximum(quantized + middle, 0).mean(axis=0) > goal
        low, high = np.where(above, low, middle), np.where(above, middle, high)
    silent = np.minimum(missing(real, quantized), -quantized.max(axis=0))
    return np.where(goal > 0, (low + high) / 2, silent)

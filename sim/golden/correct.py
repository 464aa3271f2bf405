r"""Bias correction: what quantization adds to the mean of a layer's outputs is taken away again.

Of weights w and inputs x, both with an error, the mean of an output is
:math:`E[\hat O] = E[O] + E[\epsilon^W X] + E[\epsilon^X W] + E[\epsilon^X \epsilon^W]`.

R. Banner et al., "Post training 4-bit quantization of convolutional networks for
rapid-deployment", NeurIPS 2019; M. Nagel et al., "Data-Free Quantization Through Weight
Equalization and Bias Correction", ICCV 2019.
"""

from math import erf, exp, pi, sqrt
from typing import NamedTuple

import numpy as np

__all__ = ["Terms", "bias_error", "corrected", "relu_mean", "terms"]


class Terms(NamedTuple):
    """Errors of the mean by output: of the weights, of the inputs, and of both together."""

    weights: np.ndarray
    inputs: np.ndarray
    both: np.ndarray

    @property
    def total(self) -> np.ndarray:
        """All three, to be subtracted from the bias."""
        return self.weights + self.inputs + self.both


def bias_error(real: np.ndarray, quantized: np.ndarray) -> np.ndarray:
    r""":math:`E[\hat O] - E[O]` of calibration data (frames, ..., outputs), by output (outputs,).

    Raises
    ------
    ValueError
        If the shapes differ.
    """
    if real.shape != quantized.shape:
        shapes = f"{real.shape} and {quantized.shape}"
        raise ValueError(f"Outputs must have one shape, not {shapes}")
    return (quantized - real).reshape(-1, real.shape[-1]).mean(axis=0)


def corrected(bias: np.ndarray, real: np.ndarray, quantized: np.ndarray) -> np.ndarray:
    """The bias (outputs,) less the error of the mean: with it the means are the real ones."""
    return bias - bias_error(real, quantized)


def terms(w: np.ndarray, w_hat: np.ndarray, x: np.ndarray, x_hat: np.ndarray) -> Terms:
    """The three terms, from the means of the inputs only; their total is :func:`bias_error`.

    Weights are (outputs, ...) and inputs (frames, ...), flattened alike; for a convolution an input
    is a window. ``x`` and ``x_hat`` may be the means themselves, as one frame.
    """
    w, w_hat = (a.reshape(len(a), -1) for a in (w, w_hat))
    mean, mean_hat = (a.reshape(len(a), -1).mean(axis=0) for a in (x, x_hat))
    dw, dx = w_hat - w, mean_hat - mean
    return Terms(dw @ mean, w @ dx, dw @ dx)


def relu_mean(mean: np.ndarray, deviation: np.ndarray) -> np.ndarray:
    r"""E[max(z, 0)] of normal z, as behind a batch norm: for inputs of which there are no data.

    :math:`\sigma \varphi(\mu / \sigma) + \mu \Phi(\mu / \sigma)` (Nagel et al.).
    """
    r = np.asarray(mean, np.float64) / deviation
    density = np.array([exp(-v * v / 2) / sqrt(2 * pi) for v in r.ravel()]).reshape(r.shape)
    below = np.array([(1 + erf(v / sqrt(2))) / 2 for v in r.ravel()]).reshape(r.shape)
    return deviation * density + mean * below

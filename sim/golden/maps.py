"""Convolution and pooling of maps (frames, height, width, channels), exactly."""

import math

import numpy as np

from sim.golden import exact
from sim.golden.window import windows

CHUNK = 1 << 22
"""Numbers of windows at a time: a wide convolution would need gigabytes for all frames."""
NONE = (0, 0, 0, 0)


def conv(x, weights, stride=(1, 1), dilation=(1, 1), padding=NONE, pad_value=0, groups=1,
         dot=exact.dot):  # fmt: skip
    """y[p, o] = the sum over ky, kx, c of w[o, ky, kx, c] x[p * stride + k * dilation - (t, l), c].

    ``weights`` are integers (outputs, kernel height, kernel width, channels / groups), ``padding``
    is (top, left, bottom, right); x holds integers or Fractions, outside it is ``pad_value``.
    ``dot`` multiplies (vectors, columns) with (rows, columns), columns in the order ky, kx, c.
    """
    outputs, *kernel, channels = weights.shape
    w = weights.reshape(groups, outputs // groups, -1)

    def sums(seen):
        taps = [seen[..., g * channels : (g + 1) * channels] for g in range(groups)]
        flat = [t.reshape(-1, w.shape[2]) for t in taps]  # one product of matrices, not many
        y = [dot(t, rows) for t, rows in zip(flat, w)]
        return np.concatenate(y, axis=1).reshape(*seen.shape[:3], outputs)

    numerators, denominator = exact.over_common_denominator(x)
    border = pad_value * denominator
    if abs(border) >= 1 << 62:
        numerators = numerators.astype(object)
    y = _slide(sums, numerators, kernel, stride, dilation, padding, border)
    return y if denominator == 1 else exact.fractions(y) / denominator


def maxpool(x, kernel, stride, padding=NONE) -> np.ndarray:
    """The largest of each window; pixels outside the map do not count."""
    lowest = x.min() if x.size else 0  # wins nowhere, as every window has a pixel of the map
    return _slide(lambda seen: seen.max(axis=(3, 4)), x, kernel, stride, (1, 1), padding, lowest)


def sumpool(x, kernel, stride, padding=NONE) -> np.ndarray:
    """The sum of each window; pixels outside the map count as 0."""
    return _slide(lambda seen: seen.sum(axis=(3, 4)), x, kernel, stride, (1, 1), padding, 0)


def avgpool(x, kernel, stride, padding=NONE) -> np.ndarray:
    """The mean of each window, Fractions; pixels outside the map count as 0."""
    return exact.fractions(sumpool(x, kernel, stride, padding)) / math.prod(kernel)


def upsample(x, factor) -> np.ndarray:
    """Nearest neighbour: every pixel factor[0] times down and factor[1] times across."""
    return x.repeat(factor[0], axis=1).repeat(factor[1], axis=2)


def pad(x, padding, value=0) -> np.ndarray:
    """The map with a border of pixels of a value: (top, left, bottom, right)."""
    top, left, bottom, right = padding
    return np.pad(x, [(0, 0), (top, bottom), (left, right), (0, 0)], constant_values=value)


def _slide(reduce, x, kernel, stride, dilation, padding, border) -> np.ndarray:
    """What a function makes of the windows of a map, a few frames at a time."""
    size = math.prod(x.shape[1:]) * math.prod(kernel)
    frames = max(1, CHUNK // max(1, size))
    parts = [
        reduce(windows(x[k : k + frames], kernel, stride, dilation, padding, border))
        for k in range(0, max(1, len(x)), frames)
    ]
    return np.concatenate(parts)

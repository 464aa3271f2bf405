"""Windows against the definition, item by item."""

from fractions import Fraction

import numpy as np
import pytest

from sim.golden import exact, window


def at(x, frame, y, column, channel, pad_value):
    inside = 0 <= y < x.shape[1] and 0 <= column < x.shape[2]
    return x[frame, y, column, channel] if inside else pad_value


CASES = [
    ((5, 6), (3, 3), (1, 1), (1, 1), (0, 0, 0, 0)),
    ((5, 6), (3, 2), (2, 3), (1, 1), (1, 0, 2, 3)),
    ((7, 4), (2, 2), (1, 2), (3, 2), (0, 2, 1, 0)),
    ((1, 9), (1, 4), (1, 2), (1, 2), (0, 6, 0, 0)),
    ((4, 4), (1, 1), (3, 3), (1, 1), (0, 0, 0, 0)),
    ((2, 2), (2, 2), (1, 1), (1, 1), (3, 3, 3, 3)),
]


@pytest.mark.parametrize("exactly", [False, True])
@pytest.mark.parametrize(("size", "kernel", "stride", "dilation", "padding"), CASES)
def test_definition(size, kernel, stride, dilation, padding, exactly):
    x = np.random.default_rng(0).integers(-9, 9, (2, *size, 3))
    pad_value = -3
    if exactly:
        x, pad_value = exact.fractions(x) / 7, Fraction(1, 3)

    cut = window.windows(x, kernel, stride, dilation, padding, pad_value)

    padded = size[0] + padding[0] + padding[2], size[1] + padding[1] + padding[3]
    for axis in range(2):
        span = dilation[axis] * (kernel[axis] - 1) + 1
        assert cut.shape[1 + axis] == (padded[axis] - span) // stride[axis] + 1
    assert cut.shape == (2, *cut.shape[1:3], *kernel, 3)
    for index in np.ndindex(cut.shape):
        frame, oy, ox, ky, kx, channel = index
        y = oy * stride[0] - padding[0] + ky * dilation[0]
        column = ox * stride[1] - padding[1] + kx * dilation[1]
        assert cut[index] == at(x, frame, y, column, channel, pad_value)

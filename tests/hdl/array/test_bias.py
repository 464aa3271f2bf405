import re

import numpy as np
import pytest

from hdl.array.bias import spread


@pytest.mark.parametrize(("columns", "words"), [
    (tuple(range(12)), 1),
    (tuple(range(12)), 4),
    (tuple(c for c in range(12) if c != 2), 3),
    (tuple(c for c in range(12) if c != 2), 16),
    ((0, *range(3, 12)), 7),
])  # fmt: skip
def test_bits_are_every_value(columns, words):
    values = np.arange(-2048, 2048)
    bits = spread(values, columns, words, 12)
    assert bits.shape == (4096, words, len(columns)) and bits.max() == 1
    sums = (bits.astype(int) << np.array(columns)).sum(axis=(1, 2))
    np.testing.assert_array_equal(sums % 4096, values % 4096)


def test_shape_of_values_comes_first():
    assert spread(np.zeros((3, 5), int), (0, 1), 2, 2).shape == (3, 5, 2, 2)


def test_refusal():
    message = "Bias 7 cannot be made of columns (0, 1) of 2 words"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        spread(np.array([7]), (0, 1), 2, 3)

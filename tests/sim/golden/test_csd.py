from itertools import product

import numpy as np
import pytest

from hdl.csd import signed_digits
from sim.golden.formats import csd

BYTES = np.arange(-128, 128)


def all_digits(places):
    """Every number of so many digits, and how many of these are not 0."""
    found = np.array(list(product((-1, 0, 1), repeat=places)))
    return csd.value(found), np.count_nonzero(found, axis=1), found


def test_value_and_neighbours():
    found = csd.digits(BYTES)
    assert found.shape == (256, 9)
    assert set(np.unique(found)) == {-1, 0, 1}
    np.testing.assert_array_equal(csd.value(found), BYTES)
    assert not np.any(found[:, 1:] & found[:, :-1])


def test_unique_and_minimal():
    """Against all numbers of nine digits."""
    values, counts, all_ = all_digits(9)
    apart = ~np.any(all_[:, 1:] * all_[:, :-1], axis=1)
    for value, digits in zip(BYTES.tolist(), csd.digits(BYTES)):
        same = values == value
        assert counts[same].min() == np.count_nonzero(digits)
        np.testing.assert_array_equal(all_[same & apart], [digits])


@pytest.mark.parametrize(("value", "digits"), [
    (7, [-1, 0, 0, 1]), (-6, [0, 1, 0, -1]), (3, [-1, 0, 1]), (11, [-1, 0, -1, 0, 1]), (0, [0]),
])  # fmt: skip
def test_examples(value, digits):
    np.testing.assert_array_equal(csd.digits(np.array([value])), [digits])


@pytest.mark.parametrize("values", [
    BYTES, np.array([[-(1 << 31), 1 << 31], [12345, 0]]), np.zeros((2, 0), int),
])  # fmt: skip
def test_circuits_recoding(values):
    np.testing.assert_array_equal(signed_digits(values), csd.digits(values))

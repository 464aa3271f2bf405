import numpy as np
import pytest

from sim.golden import planes


@pytest.mark.parametrize(("width", "codes", "values"), [
    (3, [-5, -4, 3, 4, 7, 8], [3, -4, 3, -4, -1, 0]),
    (12, [2047, 2048, 4095, 4096, -2049], [2047, -2048, -1, 0, 2047]),
])  # fmt: skip
def test_wrap(width, codes, values):
    np.testing.assert_array_equal(planes.wrap(np.array(codes), width), values)


def test_accumulate():
    rows = np.array([[[3, 4]], [[5, 0]], [[1, 1]], [[7, 7]]])
    sums = planes.accumulate(np.array([True, False, True, False]), rows, 4)
    np.testing.assert_array_equal(sums, [[7], [-4], [2], [0]])  # 12 and 16 of four bits


def test_horner():
    rows = np.array([[1], [1], [3], [2], [10], [3], [4], [5]])
    sums = planes.horner(np.array([0, 3, 3, 2, 4, 1, 5, 6]), rows, 6)
    np.testing.assert_array_equal(sums.ravel(), [1, 3, 9, 11, 1, -3, 1, -3])


def test_planes():
    found = planes.planes(np.array([[3, -3], [0, -4]]), 3)
    np.testing.assert_array_equal(found[0], [[1, 1], [0, 0]])
    np.testing.assert_array_equal(found[1], [[1, 0], [0, 0]])
    np.testing.assert_array_equal(found[2], [[0, 1], [0, 1]])


def test_counts_of_planes():
    """Of SEED_SYSTEMS: of planes (0, 0), (0, 1), (1, 0), (1, 1) they are 1, 2, 1, 1."""
    x, y = (planes.planes(np.array(v), 2) for v in ([3, 1, 2], [2, 3, 1]))
    np.testing.assert_array_equal(x @ y.T, [[1, 2], [1, 1]])


@pytest.mark.parametrize(("x", "y", "bits", "signed", "expected"), [
    ([3, 1, 2], [2, 3, 1], (2, 2), (False, False), 11),
    ([-3, 2, -4], [1, 3, 2], (3, 2), (True, False), -5),
    ([1, 3, 2], [-3, 2, -4], (2, 3), (False, True), -5),
])  # fmt: skip
def test_worked_examples(x, y, bits, signed, expected):
    """SEED_SYSTEMS section 5: bitplane_u2, bitplane_s3u2."""
    assert planes.dot(np.array(x), np.array(y), *bits, x_signed=signed[0],
                      y_signed=signed[1]) == expected  # fmt: skip


def test_worked_example_of_bipolar_weights():
    """SEED_SYSTEMS section 5: bipolar_u2."""
    x, w = np.array([3, 2, 1, 3]), np.array([1, -1, 1, -1])
    assert planes.bipolar_dot(x, w, 2) == -1
    assert planes.agreements(x, w, 2) == -1 + 2 * 3


def drawn(rng, bits, signed, shape):
    low = -(1 << bits - 1) if signed else 0
    return rng.integers(low, low + (1 << bits), shape)


@pytest.mark.parametrize("signed", [(0, 0), (0, 1), (1, 0), (1, 1)])
@pytest.mark.parametrize("bits", [(1, 1), (3, 1), (1, 4), (2, 2), (4, 4), (8, 8), (5, 3)])
def test_dot_is_the_product(bits, signed):
    rng = np.random.default_rng(sum(bits))
    x, y = drawn(rng, bits[0], signed[0], (3, 40)), drawn(rng, bits[1], signed[1], (4, 40))
    found = planes.dot(x, y, *bits, x_signed=signed[0], y_signed=signed[1])
    np.testing.assert_array_equal(found, x @ y.T)


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize("bits", [1, 2, 5, 8])
def test_bipolar_dot_is_the_product(bits, signed):
    rng = np.random.default_rng(bits)
    x, w = drawn(rng, bits, signed, (3, 40)), rng.choice([-1, 1], (4, 40))
    np.testing.assert_array_equal(planes.bipolar_dot(x, w, bits, x_signed=signed), x @ w.T)
    more = (w == -1).sum(axis=1) * (-1 if signed else (1 << bits) - 1)
    found = planes.agreements(x, w, bits, x_signed=signed)
    np.testing.assert_array_equal(found, x @ w.T + more)

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
    rows = np.array([[1], [1], [3], [2], [10]])
    sums = planes.horner(np.array([0, 2, 2, 1, 3]), rows, 6)
    np.testing.assert_array_equal(sums, [[1], [3], [9], [11], [1]])


@pytest.mark.parametrize("bits", [1, 2, 5, 8])
def test_odd_numbers(bits):
    unsigned = np.arange(1 << bits)
    signed = unsigned - (1 << bits - 1)
    odd = 2 * signed + 1
    np.testing.assert_array_equal(planes.odd(planes.planes(signed, bits, signed=True)), odd)
    np.testing.assert_array_equal(planes.odd(planes.planes(unsigned, bits)), odd)
    np.testing.assert_array_equal(odd, 2 * unsigned + 1 - (1 << bits))


@pytest.mark.parametrize(("a", "b"), [(1, 1), (3, 1), (1, 4), (2, 2), (4, 4), (8, 8), (5, 3)])
def test_plane_sums(a, b):
    rng = np.random.default_rng(a * b)
    x, w = rng.integers(0, 2, (a, 3, 40)), rng.integers(0, 2, (b, 4, 40))
    sums = planes.plane_sums(x, w)
    odd_x, odd_w = planes.odd(x), planes.odd(w)
    size = 40 * ((1 << a) - 1)
    if b == 1:
        np.testing.assert_array_equal(2 * sums - size, odd_x @ odd_w.T)
    else:
        signed = (odd_w - 1) // 2
        np.testing.assert_array_equal(sums - size * ((1 << b - 1) - 1), odd_x @ signed.T)

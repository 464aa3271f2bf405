"""Stochastic rounding: unbiased, and the same again."""

import re

import numpy as np
import pytest

from sim.golden import rounding
from sim.golden.rounding import Generator


def steps(made, count):
    """The numbers by the register itself, a step at a time."""
    state, found, mask = made.state, [], (1 << made.width) - 1
    for _ in range(count):
        found.append(state & (1 << made.bits) - 1)
        for _ in range(made.bits):
            new = sum(state >> tap - 1 & 1 for tap in rounding.TAPS[made.width]) % 2
            state = (state << 1 | new) & mask
    return found


@pytest.mark.parametrize("bits", [1, 2, 8, 17, 18, 30, 31])
@pytest.mark.parametrize("seed", [0, 1, 2**17 - 3, 2**60])
def test_generator_is_the_register(bits, seed):
    made = Generator(bits, seed)
    assert made.numbers(500).tolist() == steps(made, 500)
    assert made.width == (17 if bits <= 17 else 31)


@pytest.mark.parametrize("bits", [1, 3, 5, 8, 16, 17])
def test_all_numbers_in_a_period(bits):
    """Each as often as the others; zero once less, as a state of zeros is none."""
    made = Generator(bits, 7)
    numbers = made.numbers(made.period + 100)
    count = np.bincount(numbers[: made.period], minlength=1 << bits)
    assert set(count[1:]) == {1 << 17 - bits}
    assert count[0] == (1 << 17 - bits) - 1
    np.testing.assert_array_equal(numbers[made.period :], numbers[:100])


def test_long_period():
    """x^31 + x^28 + 1 divides x^(2^31) - x, and has no factor that does with 2^1 - 1."""
    polynomial = (1 << 31) | (1 << 28) | 1
    value = 2
    for _ in range(31):
        square = sum((value >> k & 1) << 2 * k for k in range(31))
        for k in range(62, 30, -1):
            square ^= (square >> k & 1) * (polynomial << k - 31)
        value = square
    assert value == 2


@pytest.mark.parametrize("remainder", [0, 1, 3, 102, 255])
def test_exact_over_the_period(remainder):
    """A sum of q 2^8 + f rounds up f 2^9 times of 2^17 - 1."""
    period = (1 << 17) - 1
    x = np.full((1, period), (10 << 8) + remainder)
    y = rounding.stochastic(x, 8, 3)
    assert set(np.unique(y)) <= {10, 11}
    assert np.sum(y == 11) == remainder << 9


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("seed", range(8))
def test_worked_example(seed, sign):
    """10.4 becomes 10 (.6) or 11 (.4): within three standard deviations in 10,000 sums."""
    count, bits = 10_000, 16
    x = np.full((1, count), sign * round(10.4 * 2**bits))
    y = rounding.stochastic(x, bits, seed)
    assert set(np.unique(y)) == {10 * sign, 11 * sign}
    share = np.mean(y == 11 * sign)
    assert abs(share - 0.4) < 3 * np.sqrt(0.4 * 0.6 / count)


def test_neighbours_do_not_agree():
    """Nor do the same items of other seeds."""
    numbers = np.array([Generator(8, seed).numbers(4000) for seed in range(6)]) / 256 - 0.5
    for one in numbers:
        for lag in (1, 2, 3):
            assert abs(np.corrcoef(one[:-lag], one[lag:])[0, 1]) < 0.05
    assert np.max(np.abs(np.corrcoef(numbers) - np.eye(6))) < 0.06


def test_frames_are_alike_and_replay():
    x = np.random.default_rng(0).integers(-999, 999, (3, 4, 5, 2))
    y = rounding.stochastic(x, 6, 1)
    np.testing.assert_array_equal(y[1:2], rounding.stochastic(x[1:2], 6, 1))
    np.testing.assert_array_equal(y.reshape(3, -1), rounding.stochastic(x.reshape(3, -1), 6, 1))
    assert np.any(y != rounding.stochastic(x, 6, 2))
    np.testing.assert_array_equal(rounding.stochastic(x, 0, 1), x)
    np.testing.assert_array_equal(rounding.stochastic(x, -2, 1), 4 * x)


@pytest.mark.parametrize("bits", [0, 32, 1.0])
def test_wrong_bits(bits):
    message = re.escape(f"Generator bits must be 1 to 31, not {bits!r}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        Generator(bits, 0)


@pytest.mark.parametrize("seed", [-1, 1.0, None])
def test_wrong_seed(seed):
    message = re.escape(f"Generator seed must be an integer from 0 up, not {seed!r}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        Generator(4, seed)

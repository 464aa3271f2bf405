import re

import numpy as np
import pytest

from sim.golden.formats.log import Log, quantise


def test_seed_example():
    """SEED_SYSTEMS.md, section 5, log."""
    np.testing.assert_array_equal(quantise([0.3, 0.05, -0.7], -8, 0), [0.25, 0.0625, -0.5])


def test_rounds_the_logarithm():
    rng = np.random.default_rng(0)
    x = rng.lognormal(0, 3, 1000) * rng.choice([-1, 1], 1000)
    expected = np.sign(x) * 2.0 ** np.clip(np.round(np.log2(np.abs(x))), -4, 5)
    np.testing.assert_array_equal(quantise(x, -4, 5), expected)


def test_nothing_is_a_tie():
    """sqrt(2) is irrational: the doubles on its two sides go to 1 and to 2."""
    above = np.sqrt(2)  # rounded up
    assert above * above > 2 > np.nextafter(above, 0) ** 2
    np.testing.assert_array_equal(quantise([above, np.nextafter(above, 0), 3, 5, 6, 11, 12], 0, 9),
                                  [2, 1, 4, 4, 8, 8, 16])  # fmt: skip


def test_clips_and_keeps_zero():
    np.testing.assert_array_equal(quantise([0, 0.01, -0.01, 300, -300], -2, 3),
                                  [0, 0.25, -0.25, 8, -8])  # fmt: skip


@pytest.mark.parametrize("bits", [2, 3, 4, 5, 8])
@pytest.mark.parametrize("low", [0, -3])
def test_round_trip(bits, low):
    """Every value has its own code of so many bits, and the code of the sign alone is none."""
    form = Log(bits, low)
    powers = 2.0 ** np.arange(low, form.high + 1)
    values = np.concatenate([-powers[::-1], [0], powers])
    codes = form.encode(values)
    assert sorted(codes.tolist()) == [k for k in range(1 << bits) if k != 1 << bits - 1]
    np.testing.assert_array_equal(form.decode(codes), values)
    assert form.contains(values).all()
    assert form.exponents == len(powers)


def test_integers_of_four_bits():
    form = Log(4)
    np.testing.assert_array_equal(form.decode(np.arange(8)), [0, 1, 2, 4, 8, 16, 32, 64])
    np.testing.assert_array_equal(form.decode(np.arange(9, 16)), [-1, -2, -4, -8, -16, -32, -64])
    assert form.decode(np.arange(8)).dtype == np.int64
    np.testing.assert_array_equal(form.contains([0, 1, 3, -64, 128]), [1, 1, 0, 1, 0])
    np.testing.assert_array_equal(form.encode([0, 1, -1, 100, -3]), [0, 1, 9, 7, 11])


def test_wrong_code():
    with pytest.raises(ValueError, match=r"^Log codes must not be a zero with a sign$"):
        Log(4).decode([8])


@pytest.mark.parametrize("bits", [1, 0, 2.0, None])
def test_wrong_bits(bits):
    message = re.escape(f"Log bits must be an integer of at least 2, not {bits!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Log(bits)

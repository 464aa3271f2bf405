import re

import numpy as np
import pytest

from sim.golden.formats.blockfloat import BlockFloat, quantise
from sim.golden.rounding import half_up

DECK = np.array([0.5, 0.3, -1.7, 0.04])


def test_bfp_4():
    m, e = quantise(DECK, 4)
    assert e == 0
    np.testing.assert_array_equal(m, [2, 1, -7, 0])
    np.testing.assert_array_equal(m * 0.25, [0.5, 0.25, -1.75, 0])


def test_bfp_4_as_integers():
    """In steps of 1/64 the exponent of m is 4."""
    form = BlockFloat(4, 4, 8)
    values = form.encode(64 * DECK)
    np.testing.assert_array_equal(values, [32, 16, -112, 0])
    m, e = form.split(values)
    np.testing.assert_array_equal(m, [[2, 1, -7, 0]])
    np.testing.assert_array_equal(e, [4])


def test_sets_of_a_dimension():
    v = np.array([[0.5, 4.0], [-3.0, 0.0], [0.0, 0.25]])
    m, e = quantise(v, 4)
    np.testing.assert_array_equal(e, [[2]])
    np.testing.assert_array_equal(m, [[1, 4], [-3, 0], [0, 0]])
    m, e = quantise(v, 4, dim=0)
    np.testing.assert_array_equal(e, [[2], [1], [-2]])
    np.testing.assert_array_equal(m, [[1, 4], [-6, 0], [0, 4]])
    m, e = quantise(v, 4, dim=1)
    np.testing.assert_array_equal(e, [[1, 2]])
    np.testing.assert_array_equal(m, [[1, 4], [-6, 0], [0, 0]])
    np.testing.assert_array_equal(quantise(np.zeros(3), 4)[1], [0])


def test_without_a_sign():
    m, e = quantise(np.array([3.0, 0.3, -9.0, 3.9]), 3, signed=False)
    assert e == 3  # of the magnitude
    np.testing.assert_array_equal(m, [2, 0, 0, 2])
    form = BlockFloat(3, 4, 4, signed=False)
    assert (form.low, form.high) == (0, 56)
    np.testing.assert_array_equal(form.encode([30, 3, -90, 27.9]), [28, 4, 0, 28])  # 7.5 saturates


def test_ties_and_saturation():
    form = BlockFloat(3, 2, 3)
    v = [[1.5, -1.5], [2.5, 3.5], [-3.6, -0.5], [3, -4], [6, 5], [7.9, -7.9], [14, 99], [0, 0]]
    want = [[2, -1], [3, 3], [-4, 0], [4, -4], [6, 6], [6, -8], [12, 12], [0, 0]]
    np.testing.assert_array_equal(form.encode(v), want)


def test_half_up_is_exact():
    below = np.nextafter(0.5, 0)
    np.testing.assert_array_equal(half_up([below, 0.5, -0.5, -1.5, 2.5]), [0, 1, 0, -1, 3])


def test_word():
    form = BlockFloat(4, 2, 6)
    assert form.width == 11
    np.testing.assert_array_equal(form.words([32, -56]), [[0, 0, 1, 0, 1, 0, 0, 1, 1, 1, 0]])
    np.testing.assert_array_equal(form.words([0, 0]), np.zeros((1, 11)))
    assert form.words([0, 0]).dtype == np.uint8
    assert BlockFloat(4, 2, 1).width == 8


@pytest.mark.parametrize("seed", range(8))
def test_words_tell_the_numbers(seed):
    rng = np.random.default_rng(seed)
    form = BlockFloat(int(rng.integers(2, 7)), int(rng.integers(1, 6)), int(rng.integers(1, 9)),
                      bool(seed % 2))  # fmt: skip
    sizes = np.exp2(rng.integers(-2, 16, (30, 2))).repeat(form.block, axis=1)
    v = rng.normal(0, 1, sizes.shape) * sizes
    v[0] = 0
    values = form.encode(v)
    assert form.contains(values).all()
    assert form.low <= values.min() <= values.max() <= form.high
    np.testing.assert_array_equal(form.decode(values), values)

    words = form.words(values).astype(np.int64)
    assert words.shape == (30, 2, form.width)
    word = (words << np.arange(form.width)).sum(axis=-1)
    m = word[..., None] >> form.bits * np.arange(form.block) & (1 << form.bits) - 1
    m = np.where(form.signed & (m >> form.bits - 1), m - (1 << form.bits), m)
    e = word >> form.bits * form.block
    assert e.max() < form.exponents
    np.testing.assert_array_equal((m << e[..., None]).reshape(values.shape), values)


@pytest.mark.parametrize("seed", range(4))
def test_encode_is_quantise_in_its_range(seed):
    """Blocks whose largest number needs none but the format's exponents."""
    rng = np.random.default_rng(seed)
    form = BlockFloat(4, 3, 6, bool(seed % 2))
    v = rng.uniform(-1, 1, (50, 1, 3)) * np.exp2(rng.integers(4, 8, (50, 1, 1)))
    v[..., 0] = 8 + np.abs(v[..., 0])
    v = v if form.signed else np.abs(v)
    m, e = quantise(v, 4, dim=0, signed=form.signed)
    step = np.exp2(e - 2 - (not form.signed))
    keep = (e < 8)[:, 0, 0]
    np.testing.assert_array_equal(form.encode(v[:, 0])[keep], (m * step)[:, 0][keep])


def test_what_is_no_block():
    form = BlockFloat(3, 2, 2)
    values = np.array([[3, -4, 6, 1], [5, 0, -8, 6]])
    np.testing.assert_array_equal(form.contains(values), [[1, 1, 0, 0], [0, 0, 1, 1]])
    message = (
        "BlockFloat numbers of a block must be integers of 3 bits times one of 2 powers of two"
    )
    with pytest.raises(ValueError, match=f"^{message}$"):
        form.words(values)


def test_wrong_channels():
    message = "BlockFloat channels must be a multiple of 2, not 5"
    for method in (BlockFloat(3, 2, 2).encode, BlockFloat(3, 2, 2).words):
        with pytest.raises(ValueError, match=f"^{message}$"):
            method(np.zeros((2, 5)))


@pytest.mark.parametrize("name", ["bits", "block", "exponents"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"BlockFloat {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        BlockFloat(**{"bits": 2, "block": 1, "exponents": 1, name: value})

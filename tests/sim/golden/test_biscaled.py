import re
from itertools import product

import numpy as np
import pytest

from sim.golden.formats.biscaled import BiScaled, dot

FORMATS = [
    BiScaled(6, 2), BiScaled(5, 1), BiScaled(4, 3), BiScaled(6, 2, signed=False),
    BiScaled(3, 3, signed=False), BiScaled(2, 1), BiScaled(6, 2, threshold=9),
]  # fmt: skip


def every(form):
    """All numbers of a format."""
    q = np.arange(form.q_low, form.q_high + 1)
    return np.union1d(q, q << form.shift)


def listed(form, rows, rng):
    """Numbers in blocks with as many beyond q as the list holds, or fewer."""
    numbers = every(form)
    fine = numbers[(numbers >= form.q_low) & (numbers <= form.q_high)]
    beyond = np.setdiff1d(numbers, fine)
    v = rng.choice(fine, (rows, form.block))
    for row in v:
        count = rng.integers(form.limit + 1)
        row[rng.permutation(form.block)[:count]] = rng.choice(beyond, count)
    return v


def test_deck():
    """SEED_SYSTEMS.md, section 5, biscaled_deck and erratum E2: x = (5.1, 44.9), y = (14.9, 2.9).

    The deck's y is wide in lane 0 although it need not be. Its five bits are absolute values.
    """
    x, y = np.array([5.1, 44.9]), np.array([14.9, 2.9])
    np.testing.assert_allclose(x @ y, 206.20)
    assert dot([5, 11], [4, 3], [0, 1], [1, 0], 2) == 212
    fine = BiScaled(5, 2)  # IB = 4 and a sign: 15 is fine
    np.testing.assert_array_equal(fine.encode(x), [5, 44])
    np.testing.assert_array_equal(fine.encode(y), [15, 3])
    assert fine.encode(x) @ fine.encode(y) == 207
    theta = BiScaled(5, 2, threshold=14)
    np.testing.assert_array_equal(theta.encode(y), [16, 3])
    assert fine.encode(x) @ theta.encode(y) == 212
    for step, expected in ((4, 240), (2, 172)):  # FxP5 [6, -2] and FxP6 [6, -1]
        a, b = (np.floor(v / step + 0.5).astype(int) * step for v in (x, y))
        assert a @ b == expected


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_encodes_to_the_nearest_of_its_scale(form):
    v = np.arange(4 * form.low - 40, 4 * form.high + 41) / 4
    y = form.encode(v)
    assert form.contains(y).all()
    clamped = v if form.signed else np.maximum(v, 0)
    for real, number in zip(clamped, y):
        fine, coarse = np.floor(real + 0.5), np.floor(real / 2**form.shift + 0.5)
        inside = form.q_low <= fine <= form.q_high
        if inside and (form.threshold is None or abs(real) < form.threshold):
            assert number == fine
        else:
            assert number == np.clip(coarse, form.q_low, form.q_high) * 2**form.shift


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_contains_what_it_encodes(form):
    v = np.arange(2 * form.low - 9, 2 * form.high + 10)
    np.testing.assert_array_equal(v[form.contains(v)], every(form))
    assert (form.low, form.high) == (every(form)[0], every(form)[-1])
    numbers = every(form)
    if form.threshold is None:
        np.testing.assert_array_equal(form.encode(numbers), numbers)
    np.testing.assert_array_equal(form.decode(numbers), numbers)


@pytest.mark.parametrize("form", FORMATS, ids=str)
def test_words(form):
    numbers = every(form)
    words = form.words(numbers)
    assert (words.dtype, words.shape) == (np.uint8, (len(numbers), form.bits + 1))
    np.testing.assert_array_equal(form.values(words), numbers)
    assert not form.words(np.zeros(3, int)).any()
    fine = (numbers >= form.q_low) & (numbers <= form.q_high)
    np.testing.assert_array_equal(words[:, -1], ~fine)


def test_words_by_hand():
    form = BiScaled(4, 2)
    np.testing.assert_array_equal(form.words([-3, 7, 8, -32]), [
        [1, 0, 1, 1, 0], [1, 1, 1, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 1, 1],
    ])  # fmt: skip
    blocks = BiScaled(4, 2, block=4, limit=2)
    assert (blocks.position, blocks.entry, blocks.width) == (2, 5, 26)
    # -20 = -4 + 16 (-1): 1100 with h = -2 + 1; 28 = -4 + 16 2: 1100 with h = 1 + 1.
    np.testing.assert_array_equal(blocks.words([1, -20, 28, 0]), [[
        1, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1, 0, 0, 0, 0,
        1, 0, 1, 0, 1, 0, 1, 1, 1, 0,
    ]])  # fmt: skip


@pytest.mark.parametrize(("bits", "shift", "signed"), [
    (bits, shift, signed) for bits, signed in product(range(2, 8), (False, True))
    for shift in range(1, bits - signed + 1)
])  # fmt: skip
def test_words_of_blocks(bits, shift, signed):
    rng = np.random.default_rng(bits * 10 + shift)
    block = int(rng.integers(1, 18))
    form = BiScaled(bits, shift, signed, block=block, limit=int(rng.integers(1, block + 1)))
    v = listed(form, 40, rng).reshape(10, -1)
    words = form.words(v)
    assert words.shape == (10, 4, form.width)
    np.testing.assert_array_equal(form.values(words), v)
    assert not form.words(0 * v).any()


def test_blocks_keep_the_largest():
    form = BiScaled(4, 2, block=4)
    np.testing.assert_array_equal(form.encode([9, -25, 25, 3, 9, 1, -8.6, 2]),
                                  [7, -24, 7, 3, 8, 1, -8, 2])  # fmt: skip
    rng = np.random.default_rng(0)
    assert form.contains(form.encode(rng.normal(0, 8, (50, 16)))).all()


def test_blocks_contain_what_fits():
    form = BiScaled(4, 2, block=4, limit=2)
    v = np.array([8, 12, 16, 1, 9, 8, 7, 12])
    np.testing.assert_array_equal(form.contains(v), [1, 1, 0, 1, 0, 1, 1, 1])
    assert form.fitted(np.array([8, 12, 16, 1])) == BiScaled(4, 2)
    assert form.fitted(np.array([8, 12, 1, 1])) is form


def test_bits_in_memory():
    """The paper has 6.08 to 6.32 bits a number, 6.16 of its networks together."""
    assert BiScaled(6, 2).effective_bits == 7
    assert BiScaled(6, 2, block=64).effective_bits == 6 + 9 / 64
    assert BiScaled(6, 2, block=32).effective_bits == 6.25


@pytest.mark.parametrize("name", ["bits", "shift", "threshold", "block", "limit"])
@pytest.mark.parametrize("value", [0, -1, 2.0])
def test_wrong_size(name, value):
    message = re.escape(f"BiScaled {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        BiScaled(**{"bits": 4, "shift": 1, name: value})


@pytest.mark.parametrize(("fields", "message"), [
    ({"shift": 4}, "BiScaled shift must be at most 3 of 4 signed bits, not 4"),
    ({"shift": 5, "signed": False}, "BiScaled shift must be at most 4 of 4 unsigned bits, not 5"),
    ({"block": 2, "limit": 3}, "BiScaled limit must be at most its block of 2, not 3"),
])  # fmt: skip
def test_wrong_format(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        BiScaled(**{"bits": 4, "shift": 1} | fields)


@pytest.mark.parametrize(("form", "values", "message"), [
    (BiScaled(4, 2), [9], "BiScaled numbers must be integers of 4 bits, or these shifted by 2"),
    (BiScaled(4, 2, block=2), [8, 8],
     "BiScaled numbers must be integers of 4 bits, or these shifted by 2, at most 1 of each 2"),
    (BiScaled(4, 2, block=2), [1, 2, 3], "BiScaled channels must be a multiple of 2, not 3"),
])  # fmt: skip
def test_wrong_numbers(form, values, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        form.words(np.array(values))

import re

import numpy as np
import pytest

from sim.golden.formats.grouped import Grouped

KINDS = [("power", 0), ("simple", 1), ("simple", 2), ("simple", 3)]


def scales(form):
    """The scales of a format, from its definition: M 2^e."""
    one = 1 << form.mantissa_bits
    mantissas = [one, *(one + (one >> k) for k in range(1, form.mantissa_bits + 1))]
    return sorted(m * 2**e for e in range(form.exponents) for m in mantissas)


def test_example_of_powers():
    """Two groups of four: steps of 1 and of 4."""
    form = Grouped(4, 4, 3)
    v = [1.2, -3.5, 0.4, 7.4, 8.0, -20.0, 28.4, 2.1]
    np.testing.assert_array_equal(form.encode(v), [1, -3, 0, 7, 8, -20, 28, 4])
    f, e, k = form.split(form.encode(v))
    np.testing.assert_array_equal(f, [[1, -3, 0, 7], [2, -5, 7, 1]])
    np.testing.assert_array_equal(e, [0, 2])
    np.testing.assert_array_equal(k, [0, 0])


def test_example_of_a_simple_mantissa():
    """With 1 + 1/2 a group from -12 to 10.5 has steps of 1.5: f M = f + (f >> 1), in halves."""
    form = Grouped(4, 4, 1, "simple", 1)
    v = 2 * np.array([-12, 10.5, 3.1, -1.4])
    np.testing.assert_array_equal(form.encode(v), [-24, 21, 6, -3])
    f, e, k = form.split(form.encode(v))
    np.testing.assert_array_equal(f, [[-8, 7, 2, -1]])
    assert (e, k) == (0, 1)
    np.testing.assert_array_equal(form.encode(v), 2 * f[0] + (2 * f[0] >> 1))


def test_word():
    form = Grouped(3, 2, 6, "simple", 2)
    assert form.width == 2 * 3 + 3 + 2
    word = form.words([-4 * 6 * 32, 1 * 6 * 32])  # 6 = 4 (1 + 1/2): k = 1, e = 5
    np.testing.assert_array_equal(word, [[0, 0, 1, 1, 0, 0, 1, 0, 1, 1, 0]])
    assert word.dtype == np.uint8
    np.testing.assert_array_equal(form.words([0, 0]), np.zeros((1, 11)))
    assert Grouped(3, 2, 1).width == 6


@pytest.mark.parametrize(("mantissa", "bits"), KINDS)
@pytest.mark.parametrize("seed", range(4))
def test_words_tell_the_numbers(mantissa, bits, seed):
    rng = np.random.default_rng(seed)
    form = Grouped(int(rng.integers(1, 6)), int(rng.integers(1, 6)), int(rng.integers(1, 7)),
                   mantissa, bits)  # fmt: skip
    f = rng.integers(-1 << form.bits - 1, 1 << form.bits - 1, (5, 3, form.group))
    scale = rng.choice(scales(form), (5, 3, 1))
    f[0] = 0
    values = (f * scale).reshape(5, -1)
    assert form.contains(values).all()
    assert form.low <= values.min() <= values.max() <= form.high
    np.testing.assert_array_equal(form.decode(values), values)

    words = form.words(values).astype(np.int64)
    assert words.shape == (5, 3, form.width)
    word = (words << np.arange(form.width)).sum(axis=-1)
    elements = word[..., None] >> form.bits * np.arange(form.group) & (1 << form.bits) - 1
    elements = np.where(elements >> form.bits - 1, elements - (1 << form.bits), elements)
    word >>= form.bits * form.group
    e, k = word & (1 << form.field) - 1, word >> form.field
    one = 1 << bits
    m = np.where(k > 0, one + (one >> k), one)
    assert e.max() < form.exponents
    assert k.max() <= bits
    np.testing.assert_array_equal((elements * (m << e)[..., None]).reshape(5, -1), values)
    # The smallest scale that there is.
    for other in scales(form):
        quotient, rest = np.divmod(values.reshape(f.shape), other)
        inside = (quotient >= -1 << form.bits - 1) & (quotient < 1 << form.bits - 1)
        fits = (inside & (rest == 0)).all(axis=-1)
        assert np.all((m << e)[fits] <= other)
    np.testing.assert_array_equal(form.encode(values), values)


@pytest.mark.parametrize("by", ["squares", "max"])
def test_errors_fall_with_more_scales(by):
    """Of groups of different sizes: simple <= power <= one scale, in real and power units."""
    rng = np.random.default_rng(3)
    for bits in (3, 4, 5):
        w = rng.normal(0, 1, (6, 32)) * np.exp(rng.normal(0, 0.7, (6, 4))).repeat(8, axis=1)
        for real in (True, False):
            errors = []
            for form in (Grouped(bits, 8, 4, "simple", 2), Grouped(bits, 8, 4),
                         Grouped(bits, 8, 1)):  # fmt: skip
                unit = form.fit(w, by=by, real=real)
                errors.append(((unit * form.encode(w / unit, by=by) - w) ** 2).sum())
            assert real or np.log2(unit) % 1 == 0
            if by == "squares":
                assert errors == sorted(errors)
            assert errors[0] < errors[1] < errors[2]


def test_scale_by_squares_is_the_best():
    rng = np.random.default_rng(5)
    form = Grouped(3, 4, 4, "simple", 2)
    v = rng.normal(0, 60, (40, 4))
    best = np.min([((np.clip(np.floor(v / s + 0.5), -4, 3) * s - v) ** 2).sum(axis=1)
                   for s in scales(form)], axis=0)  # fmt: skip
    np.testing.assert_allclose(((form.encode(v) - v) ** 2).sum(axis=1), best)


def test_scale_by_max():
    """The smallest that saturates none; the largest where all do."""
    form = Grouped(3, 2, 3)
    v = [[3.4, -4.5], [3.5, 0], [-4.6, 1], [13.9, 2], [99, -99]]
    np.testing.assert_array_equal(form.encode(v, by="max"),
                                  [[3, -4], [4, 0], [-4, 2], [12, 4], [12, -16]])  # fmt: skip


def test_unit_of_zeros_and_by_max():
    form = Grouped(4, 2, 3)
    assert form.fit(np.zeros((2, 4))) == 1.0
    unit = form.fit(np.array([[28.0, 1.0]]), by="max")
    np.testing.assert_allclose(unit * form.encode([28 / unit, 1 / unit], by="max"), [28.0, 0.0],
                               atol=4)  # fmt: skip


def test_what_is_no_group():
    form = Grouped(3, 2, 2)
    values = np.array([[3, -4, 6, 1], [5, 0, -8, 6]])
    np.testing.assert_array_equal(form.contains(values), [[1, 1, 0, 0], [0, 0, 1, 1]])
    message = "Grouped numbers of a group must be integers of 3 bits times one of 2 scales"
    with pytest.raises(ValueError, match=f"^{message}$"):
        form.words(values)


@pytest.mark.parametrize(("values", "size"), [(np.zeros((2, 5)), 5), (np.float64(1), "one number")])
def test_wrong_columns(values, size):
    message = f"Grouped channels must be a multiple of 2, not {size}"
    for method in (Grouped(3, 2, 2).encode, Grouped(3, 2, 2).contains):
        with pytest.raises(ValueError, match=f"^{message}$"):
            method(values)


def test_wrong_way():
    message = "Scales must be by one of squares, max, not 'mean'"
    with pytest.raises(ValueError, match=f"^{message}$"):
        Grouped(3, 2, 2).encode(np.zeros(2), by="mean")


@pytest.mark.parametrize("name", ["bits", "group", "exponents"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"Grouped {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Grouped(**{"bits": 1, "group": 1, "exponents": 1, name: value})


@pytest.mark.parametrize(("mantissa", "bits", "message"), [
    ("float", 0, "Mantissa must be one of power, simple, not 'float'"),
    ("power", 1, "Mantissa_bits must be from 0 to 0 of a power mantissa, not 1"),
    ("simple", 0, "Mantissa_bits must be from 1 to 3 of a simple mantissa, not 0"),
    ("simple", 4, "Mantissa_bits must be from 1 to 3 of a simple mantissa, not 4"),
])  # fmt: skip
def test_wrong_mantissa(mantissa, bits, message):
    with pytest.raises(ValueError, match=f"^{message}$"):
        Grouped(3, 2, 2, mantissa, bits)

import re
from bisect import bisect
from fractions import Fraction

import numpy as np
import pytest

from sim.golden.formats.minifloat import BACKWARD, FORWARD, Minifloat, dlfloat

FORMS = [FORWARD, BACKWARD, Minifloat(4, 3, 11, signed=False), Minifloat(2, 1, 1), dlfloat(),
         Minifloat(1, 1, 0), Minifloat(3, 4, -2)]  # fmt: skip


def nearest(form: Minifloat, table: list[Fraction], v: Fraction) -> int:
    """The code of v by a look at the numbers of codes from 1 on, from the definition."""
    magnitude = abs(v) if form.signed or v > 0 else Fraction(0)
    if magnitude < Fraction(2) ** -form.bias:
        return 0
    place = bisect(table, magnitude)
    close = [code for code in (place, place + 1) if 1 <= code <= form.high]
    best = min(abs(table[code - 1] - magnitude) for code in close)
    near = [code for code in close if abs(table[code - 1] - magnitude) == best]
    even = [code for code in near if code % 2 == 0]
    code = even[0] if len(near) > 1 and form.rounding == "even" else near[-1]
    return code if v > 0 else -code


@pytest.mark.parametrize(("form", "high", "low"), [(FORWARD, 30, -11), (BACKWARD, 114688, -15)])
def test_ranges(form, high, low):
    """SEED_SYSTEMS section 5, hfp8_ranges, and erratum E5: the bias is 11, not 4."""
    assert (form.max, form.min) == (high, 2.0**low)
    assert Minifloat(4, 3, 4).max == 3840
    edge = np.array([high, high + 1e-9, 1e9, 2.0**low, np.nextafter(2.0**low, 0)])
    assert form.encode(edge).tolist() == [form.high] * 3 + [1, 0]
    assert form.encode(-edge).tolist() == [-form.high] * 3 + [-1, 0]
    assert form.least == 2.0**low * (1 + 2.0**-form.mantissa)


def test_values_of_1_4_3():
    """-1 to the sign, times 2^(e - 11) (1 + m / 8)."""
    assert FORWARD.decode([0, 1, 8, 88, 89, -90, 127]).tolist() == [
        0, 2.0**-11 * 1.125, 2.0**-10, 1, 1.125, -1.25, 30]  # fmt: skip
    assert (FORWARD.low, FORWARD.high, FORWARD.width) == (-127, 127, 8)
    assert dlfloat().max == 2.0**32 * (1 + 511 / 512)


@pytest.mark.parametrize("form", FORMS)
def test_decode_is_the_inverse_and_ascends(form):
    codes = np.arange(form.low, form.high + 1)
    values = form.decode(codes)
    np.testing.assert_array_equal(form.encode(values), codes)
    np.testing.assert_array_equal(form.round(values), values)
    assert np.all(np.diff(values) > 0)


@pytest.mark.parametrize("rounding", ["up", "even"])
@pytest.mark.parametrize("form", [form for form in FORMS if form.width < 10])
def test_encode_is_nearest(form, rounding):
    """Each number, all that lies halfway, and what is a little off."""
    form = Minifloat(form.exponent, form.mantissa, form.bias, form.signed, rounding)
    numbers = [*form.decode(np.arange(form.high + 1)), form.min / 2, form.min, 2 * form.max]
    numbers = np.sort(numbers)
    v = np.concatenate([numbers, (numbers[1:] + numbers[:-1]) / 2])
    v = np.concatenate([v, np.nextafter(v, 0), np.nextafter(v, np.inf)])
    v = np.concatenate([v, -v])
    table = [Fraction(x) for x in form.decode(np.arange(1, form.high + 1)).tolist()]
    expected = [nearest(form, table, Fraction(x)) for x in v.tolist()]
    np.testing.assert_array_equal(form.encode(v), expected)
    np.testing.assert_array_equal(form.round(v), form.decode(expected))


def test_ties():
    """Between 1 and 1 + 1/512: up from 1, to 1 if even; from the odd code both go up."""
    v = np.array([1 + 2.0**-10, 1 + 3 * 2.0**-10, -1 - 2.0**-10])
    assert dlfloat("up").round(v).tolist() == [1 + 2**-9, 1 + 2**-8, -1 - 2**-9]
    assert dlfloat("even").round(v).tolist() == [1, 1 + 2**-8, -1]
    assert dlfloat("up").round(np.array([2 - 2.0**-11])).tolist() == [2]


@pytest.mark.parametrize("seed", range(8))
def test_round_is_decode_of_encode(seed):
    rng = np.random.default_rng(seed)
    form = Minifloat(int(rng.integers(1, 7)), int(rng.integers(1, 11)), int(rng.integers(-4, 40)),
                     bool(rng.integers(2)), str(rng.choice(["up", "even"])))  # fmt: skip
    v = rng.normal(0, 1, 1000) * np.exp2(rng.integers(-form.bias - 4, 4, 1000))
    np.testing.assert_array_equal(form.round(v), form.decode(form.encode(v)))


def test_unsigned_is_a_relu():
    form = Minifloat(4, 3, 11, signed=False)
    assert form.encode([-3.0, -0.0, 0.0, 1.0]).tolist() == [0, 0, 0, 88]
    assert (form.low, form.width) == (0, 7)


def test_words():
    """Two's complement, the lowest bit first; zero is all zeros."""
    assert FORWARD.words([0, -1, 88]).tolist() == [[0] * 8, [1] * 8, [0, 0, 0, 1, 1, 0, 1, 0]]
    assert FORWARD.words(np.zeros((3, 2), int)).shape == (3, 2, 8)


def test_contains():
    assert FORWARD.contains(np.array([-128, -127, 0, 127, 128])).tolist() == [0, 1, 1, 1, 0]


@pytest.mark.parametrize(("fields", "kind", "message"), [
    ((0, 3, 1), TypeError, "Minifloat exponent must be a positive integer, not 0"),
    ((4, 2.0, 1), TypeError, "Minifloat mantissa must be a positive integer, not 2.0"),
    ((4, 3, 1.5), TypeError, "Minifloat bias must be an integer, not 1.5"),
    ((4, 3, 1, True, "down"), ValueError,
     "Minifloat rounding must be one of up, even, not 'down'"),
    ((9, 3, 1), ValueError,
     "Minifloat must have at most 8 exponent and 23 mantissa bits and a bias of at most 255"),
])  # fmt: skip
def test_refusals(fields, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        Minifloat(*fields)


@pytest.mark.parametrize("value", [np.inf, -np.inf, np.nan])
def test_not_finite(value):
    with pytest.raises(ValueError, match=r"^Minifloat numbers must be finite$"):
        FORWARD.encode([value])

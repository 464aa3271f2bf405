import re
from itertools import pairwise

import numpy as np
import pytest

from sim.golden.formats.terms import Terms, recode, serial


@pytest.mark.parametrize("value", range(-200, 201))
def test_canonical_digits(value):
    """Their sum is the value, no two are neighbours, and none has fewer."""
    digits = recode(value, 12)
    exponents = [exponent for _, exponent in digits]
    assert sum(sign << exponent for sign, exponent in digits) == value
    assert all(b - a >= 2 for a, b in pairwise(exponents))
    # Reitwiesner, 1960: the weight of the canonical form is that of 3 v xor v.
    assert len(digits) == (3 * abs(value) ^ abs(value)).bit_count()


@pytest.mark.parametrize(("value", "terms"), [
    (0, []), (7, [(-1, 0), (1, 3)]), (-6, [(1, 1), (-1, 3)]), (11, [(-1, 0), (-1, 2), (1, 4)]),
])  # fmt: skip
def test_examples(value, terms):
    assert recode(value, 8) == terms


@pytest.mark.parametrize(("value", "exponents", "terms"), [
    (3, 2, [(1, 0), (1, 1)]), (-6, 3, [(-1, 1), (-1, 2)]), (7, 3, [(-1, 0), (1, 2), (1, 2)]),
    (-4, 2, [(-1, 1), (-1, 1)]),
])  # fmt: skip
def test_of_small_exponents(value, exponents, terms):
    """What canonical digits write with a larger power takes the largest that there is."""
    assert recode(value, exponents) == terms


@pytest.mark.parametrize("form", [
    Terms(7), Terms(8, (0,), 8), Terms(4, (0, 0), 2), Terms(2, (0, 2, 4, 6)), Terms(4, (3, 0)),
])  # fmt: skip
def test_round_trip(form):
    values = np.arange(-256, 257)
    values = values[form.contains(values)]
    assert {-2, 0, 1, 8} <= {*values.tolist()}
    codes = form.encode(values)
    assert len({*codes.tolist()}) == len(values)
    assert 0 == codes[values == 0] <= codes.min() <= codes.max() < 1 << form.width
    np.testing.assert_array_equal(form.decode(codes), values)


def test_every_integer_of_eight_bits():
    """Neighbours are not both digits, so that each pair of places has one at most."""
    assert Terms(2, (0, 2, 4, 6)).contains(np.arange(-128, 128)).all()
    assert not Terms(2, (0, 2, 4)).contains(np.array([43, 64])).any()


def test_split_keeps_the_shape():
    split = Terms(4, (0, 4), 2).split(np.array([[0, 1, -8], [16, -120, -17]]))
    none = [0, 0, 0]  # sign, nonzero, exponent
    assert split.tolist() == [
        [[none, none], [[0, 1, 0], none], [[1, 1, 3], none]],
        [[none, [0, 1, 0]], [[0, 1, 3], [1, 1, 3]], [[1, 1, 0], [1, 1, 0]]],
    ]


def test_field():
    form = Terms(7)
    assert (form.field, form.width) == (3, 4)
    assert form.encode(np.array([0, 1, 64, -1, -64])).tolist() == [0, 1, 7, 9, 15]
    two = Terms(4, (0, 0), 2)
    assert (two.field, two.width) == (3, 8)
    assert two.encode(np.array([6, -3])).tolist() == [0b0101_1011, 0b1100_0010]


def test_serial_order():
    codes = np.arange(2 * 4 * 3).reshape(2, 4, 3)
    assert serial(codes, 2)[0].tolist() == [0, 3, 1, 4, 2, 5, 6, 9, 7, 10, 8, 11]
    assert serial(codes, 4)[1].tolist() == [12, 15, 18, 21, 13, 16, 19, 22, 14, 17, 20, 23]


def test_terms_reassembled():
    """A dot product over repeated inputs and single terms is that of the weights."""
    rng = np.random.default_rng(0)
    form, one = Terms(5, (0, 0, 0)), Terms(5)
    weights = rng.integers(-10, 11, (6, 8))
    x = rng.integers(-8, 8, 8)
    steps = one.decode(serial(form.codes(weights), 4))
    repeated = np.repeat(x.reshape(2, 1, 4), 3, axis=1).ravel()
    np.testing.assert_array_equal(steps @ repeated, weights @ x)


@pytest.mark.parametrize(("form", "value", "ends"), [
    (Terms(7), 3, "0..6"), (Terms(4, (0, 4)), -5, "0..3, 4..7"),
    (Terms(3, (0, 0)), 11, "0..2, 0..2"),
])  # fmt: skip
def test_too_many_digits(form, value, ends):
    what = f"sums of signed powers of two with the exponents {ends}, not {value}"
    with pytest.raises(ValueError, match=f"^{re.escape(f'Weights must be {what}')}$"):
        form.encode(np.array([0, value]))


@pytest.mark.parametrize("code", [8, 15])
def test_wrong_code(code):
    message = "Terms codes must hold exponents of the format, zeros without a sign"
    with pytest.raises(ValueError, match=f"^{message}$"):
        Terms(6).decode(np.array([0, code]))


def test_wrong_columns():
    message = "Columns must be a multiple of 3 lanes, not 4"
    with pytest.raises(ValueError, match=f"^{message}$"):
        serial(np.zeros((1, 4, 2), int), 3)


@pytest.mark.parametrize("name", ["exponents", "offset"])
def test_wrong_size(name):
    with pytest.raises(TypeError, match=f"^Terms {name} must be a positive integer, not 0$"):
        Terms(**{"exponents": 1, name: 0})

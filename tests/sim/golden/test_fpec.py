import re
from fractions import Fraction
from math import floor

import numpy as np
import pytest

from sim.golden.formats.fpec import FPEC
from sim.golden.formats.made import made

HALF = Fraction(1, 2)


def reference(form, v):
    """q and d by the definition, of one number in exact arithmetic."""
    v = Fraction(v) if form.signed else max(Fraction(v), Fraction(0))
    low = -(2 ** (form.bits - 1)) if form.signed else 0
    q = min(max(floor(v + HALF), low), 2 ** (form.bits - form.signed) - 1)
    e = min(max(v - q, -HALF), HALF)
    d = floor(abs(e) * 2 ** (form.magnitude + 1) + HALF)
    return q, -d if e < 0 else d


@pytest.mark.parametrize("magnitude", [0, 1, 2])
@pytest.mark.parametrize(("bits", "signed"), [(1, True), (3, True), (1, False), (3, False)])
def test_encode(bits, signed, magnitude):
    form = FPEC(bits, signed, magnitude)
    v = np.arange(-320, 321) / 32
    q, d = form.decode(form.encode(v))
    assert [*zip(q.tolist(), d.tolist())] == [reference(form, one) for one in v]
    assert np.abs(d).max() == 2**magnitude
    assert (form.encode(v).min(), form.encode(v).max()) == (form.low, form.high)
    assert np.all(np.diff(form.encode(v)) >= 0)


@pytest.mark.parametrize(("v", "q", "d"), [
    (2.75, 3, -1), (2.76, 3, 0), (3.25, 3, 1), (3.24, 3, 0), (2.5, 3, -1), (-2.75, -3, 1),
    (-2.5, -2, -1), (3.3, 3, 1), (2.95, 3, 0), (3.45, 3, 1), (9.0, 7, 1), (-9.0, -8, -1),
])  # fmt: skip
def test_rounding_cells_of_the_paper(v, q, d):
    """No error below a quarter; a half for 2.75, which is a tie and goes away from zero."""
    assert FPEC(4).decode(FPEC(4).encode([v])) == (q, d)


@pytest.mark.parametrize(("v", "quarters", "eighths"), [
    (2.75, -1, -2), (2.875, -1, -1), (2.9, 0, -1), (3.05, 0, 0), (3.12, 0, 1), (3.125, 1, 1),
    (3.374, 1, 3), (3.375, 2, 3), (9.0, 2, 4), (-9.0, -2, -4),
])  # fmt: skip
def test_magnitude(v, quarters, eighths):
    """With a bit more errors count quarters, with two eighths; ties go away from zero."""
    for magnitude, d in ((1, quarters), (2, eighths)):
        form = FPEC(4, magnitude=magnitude)
        assert form.decode(form.encode([v]))[1] == d


def test_unsigned_is_a_rectifier():
    codes = FPEC(4, signed=False).encode([-5.0, -0.5, -0.25, 0.0, 0.25, 15.5, 99.0])
    assert codes.tolist() == [0, 0, 0, 0, 1, 61, 61]


@pytest.mark.parametrize("magnitude", [0, 1, 2])
def test_codes(magnitude):
    form = FPEC(3, magnitude=magnitude)
    codes = np.arange(form.low - 9, form.high + 10)
    codes = codes[form.contains(codes)]
    assert len(codes) == 8 * (2 ** (magnitude + 1) + 1)
    np.testing.assert_array_equal(form.join(*form.decode(codes)), codes)
    assert FPEC(3, False, magnitude).contains([-1, 0, 1]).tolist() == [False, True, True]


def test_words():
    form = FPEC(4, magnitude=2)
    assert form.width == 8
    words = form.words([0, form.join(-3, 0), form.join(5, 1), form.join(-8, -4)])
    text = ["".join(map(str, word[::-1])) for word in words.tolist()]
    assert text == ["00000000", "00001101", "00010101", "11111000"]
    assert words.dtype == np.uint8
    assert FPEC(4).words(np.zeros((2, 3), int)).shape == (2, 3, 6)


def test_of_a_description():
    record = {"format": "fpec", "bits": 5, "signed": False, "magnitude": 1, "lanes": 4,
              "compensators": 2}  # fmt: skip
    assert made(record) == FPEC(5, False, 1)


@pytest.mark.parametrize(("fields", "message"), [
    ({"bits": 0}, "FPEC bits must be an integer from 1 to 16, not 0"),
    ({"bits": 17}, "FPEC bits must be an integer from 1 to 16, not 17"),
    ({"bits": 4, "magnitude": 3}, "FPEC magnitude must be an integer from 0 to 2, not 3"),
    ({"bits": 4, "magnitude": None}, "FPEC magnitude must be an integer from 0 to 2, not None"),
])  # fmt: skip
def test_wrong_format(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        FPEC(**fields)


@pytest.mark.parametrize("code", [2, -34, 30])
def test_wrong_code(code):
    message = f"Codes must be of FPEC(bits=4, signed=True, magnitude=0), not {code}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        FPEC(4).decode([0, code])

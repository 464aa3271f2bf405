import re

import numpy as np
import pytest

from hdl.minifloat import DLFLOAT, Minifloat, Parts
from hdl.number import Number
from tests.hdl.minifloats import HFP8, fields, model, numbers


def test_sizes():
    assert (HFP8.code, HFP8.magnitude) == (Number(width=8, signed=True), 7)
    assert Minifloat(exponent=4, mantissa=3, bias=11, signed=False).code == Number(width=7)
    assert DLFLOAT.parts == Parts(low=-31, high=32, fraction=9)
    assert (DLFLOAT.parts.exponent, DLFLOAT.parts.layout.size) == (6, 17)


def test_fields_are_magnitudes():
    """The fraction and the exponent are the magnitude of a code; zero has no other bits."""
    codes = np.arange(128)
    words = np.array(fields(HFP8.parts, model(HFP8).decode(codes)))
    np.testing.assert_array_equal(words & 127, codes)
    assert words[0] == 0
    np.testing.assert_array_equal(numbers(HFP8.parts, words), model(HFP8).decode(codes))


@pytest.mark.parametrize(("build", "kind", "message"), [
    (lambda: Minifloat(exponent=0, mantissa=3, bias=1), TypeError,
     "Minifloat exponent must be a positive integer, not 0"),
    (lambda: Parts(low=1, high=0, fraction=2), ValueError,
     "Parts must have ascending powers and a fraction, not 1..0, 2"),
    (lambda: Parts(low=0, high=0, fraction=-1), ValueError,
     "Parts must have ascending powers and a fraction, not 0..0, -1"),
])  # fmt: skip
def test_refusals(build, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        build()

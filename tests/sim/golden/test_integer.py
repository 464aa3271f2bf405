import re

import numpy as np
import pytest

from sim.golden.formats import integer

NAMES = ["bipolar", "ternary", "int1", "int2", "int3", "int8", "uint1", "uint4", "uint8"]


@pytest.mark.parametrize("name", NAMES)
def test_round_trip(name):
    """Every value has its own code of width bits and comes back from it."""
    form = integer.parse(name)
    values = np.arange(form.low, form.high + 1, form.step)

    codes = form.encode(values)

    assert form.contains(values).all()
    assert codes.min() >= 0
    assert codes.max() < 1 << form.width
    assert len(set(codes.tolist())) == len(values)
    np.testing.assert_array_equal(form.decode(codes), values)


@pytest.mark.parametrize("name", ["int32", "uint32"])
def test_round_trip_of_the_rails(name):
    form = integer.parse(name)
    values = np.array([form.low, form.low + 1, 0, form.high - 1, form.high])
    np.testing.assert_array_equal(form.decode(form.encode(values)), values)


@pytest.mark.parametrize(("name", "low", "high", "width", "signed"), [
    ("bipolar", -1, 1, 1, False),
    ("ternary", -1, 1, 2, True),
    ("int1", -1, 0, 1, True),
    ("int8", -128, 127, 8, True),
    ("uint8", 0, 255, 8, False),
    ("uint32", 0, (1 << 32) - 1, 32, False),
])  # fmt: skip
def test_parse(name, low, high, width, signed):
    form = integer.parse(name)
    assert (form.low, form.high, form.width, form.signed) == (low, high, width, signed)
    assert form.bipolar == (name == "bipolar")


@pytest.mark.parametrize("name", ["", "int", "int0", "int33", "int08", "uint100", "Int8", "int8 ",
                                  "int8\n", "float32", "fixed<1,2>", "xbipolar"])  # fmt: skip
def test_other_names(name):
    what = f"Type must be bipolar, ternary, intN or uintN with N from 1 to 32, not {name!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(what)}$"):
        integer.parse(name)


def test_contains():
    assert integer.parse("bipolar").contains(np.arange(-2, 3)).tolist() == [0, 1, 0, 1, 0]
    assert integer.parse("int2").contains(np.arange(-3, 3)).tolist() == [0, 1, 1, 1, 1, 0]


@pytest.mark.parametrize(("low", "high", "name"), [
    (0, 0, "uint1"), (0, 1, "uint1"), (0, 2, "uint2"), (3, 255, "uint8"), (0, 256, "uint9"),
    (-1, 0, "int1"), (-1, 1, "int2"), (-2, 1, "int2"), (-3, 0, "int3"), (-1, 4, "int4"),
    (-128, 127, "int8"), (-129, 0, "int9"), (-1, 128, "int9"), (-8, -8, "int4"), (-9, -8, "int5"),
])  # fmt: skip
def test_smallest(low, high, name):
    form = integer.smallest(low, high)
    assert form == integer.parse(name)
    assert form.contains(np.array([low, high])).all()

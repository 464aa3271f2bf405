import pytest
from amaranth.hdl import Fragment

from hdl.dot.booth import Booth
from hdl.dot.integer import Integer
from hdl.dot.packed import Packed
from hdl.dot.popcount import Popcount
from hdl.dot.select import select
from hdl.number import BIPOLAR, Number

FEW = Number(width=3, signed=True)


def built(config, kind):
    """Whether it builds a circuit of this kind that elaborates."""
    component = config.build()
    Fragment.get(component, None)
    return type(component) is kind


@pytest.mark.parametrize("multiplier", [False, True])
def test_both_bipolar(multiplier):
    found = select(BIPOLAR, BIPOLAR, 5, multiplier=multiplier)
    assert found == Popcount.Config(lanes=5)
    assert built(found, Popcount)


@pytest.mark.parametrize(("x", "w", "multiplier"), [
    (FEW, FEW, False), (BIPOLAR, FEW, False), (FEW, BIPOLAR, False), (BIPOLAR, FEW, True),
    (FEW, BIPOLAR, True), (FEW, Number(width=3), True),
])  # fmt: skip
def test_heap(x, w, multiplier):
    found = select(x, w, 5, multiplier=multiplier)
    assert found == Integer.Config(lanes=5, x=x, w=w, multiplier=multiplier)
    assert built(found, Integer)


@pytest.mark.parametrize("width", [4, 8])
def test_rows_where_they_take_fewer_luts(width):
    number = Number(width=width, signed=True)
    found = select(number, number, 16)
    assert found == Booth.Config(lanes=16, x=number, w=number)
    assert built(found, Booth)


@pytest.mark.parametrize("fabric", ["lut", "portable"])
def test_no_rows_without_carry_chains(fabric):
    number = Number(width=4, signed=True)
    found = select(number, number, 2, fabric=fabric)
    assert found == Integer.Config(lanes=2, x=number, w=number, fabric=fabric)


@pytest.mark.parametrize(("width", "rows", "packed"), [(3, 8, 4), (8, 5, 2), (8, 1, 1)])
def test_multipliers_do_several_rows(width, rows, packed):
    number = Number(width=width, signed=True)
    found = select(number, number, 5, multiplier=True, rows=rows)
    assert found == Packed.Config(lanes=5, rows=packed, x=number, w=number)
    assert built(found, Packed)


def test_portable_multipliers_do_one_row():
    found = select(FEW, FEW, 5, multiplier=True, rows=4, fabric="portable")
    assert found == Integer.Config(lanes=5, x=FEW, w=FEW, multiplier=True, fabric="portable")


def test_no_multiplier_unless_asked():
    assert not select(FEW, FEW, 1).multiplier

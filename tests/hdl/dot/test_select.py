import pytest
from amaranth.hdl import Fragment

from hdl.dot.integer import Integer
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


@pytest.mark.parametrize("multiplier", [False, True])
@pytest.mark.parametrize(("x", "w"), [(FEW, FEW), (BIPOLAR, FEW), (FEW, BIPOLAR)])
def test_others(x, w, multiplier):
    found = select(x, w, 5, multiplier=multiplier)
    assert found == Integer.Config(lanes=5, x=x, w=w, multiplier=multiplier)
    assert built(found, Integer)


def test_no_multiplier_unless_asked():
    assert not select(FEW, FEW, 1).multiplier

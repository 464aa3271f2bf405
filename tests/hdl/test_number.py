import re

import pytest
from amaranth.hdl import Module, Signal, signed, unsigned
from amaranth.sim import Simulator

from hdl.number import BIPOLAR, Number, holding

S3 = Number(width=3, signed=True)


@pytest.mark.parametrize(("number", "low", "high", "shape"), [
    (Number(width=1), 0, 1, unsigned(1)),
    (Number(width=8), 0, 255, unsigned(8)),
    (Number(width=1, signed=True), -1, 0, signed(1)),
    (Number(width=8, signed=True), -128, 127, signed(8)),
    (BIPOLAR, -1, 1, unsigned(1)),
])  # fmt: skip
def test_range(number, low, high, shape):
    assert (number.low, number.high, number.shape) == (low, high, shape)


@pytest.mark.parametrize("low", range(-20, 20))
@pytest.mark.parametrize("span", [0, 1, 5, 11, 40])
def test_holding_is_the_narrowest(low, span):
    found = holding(low, low + span)
    assert found.low <= low <= low + span <= found.high
    assert found.signed == (low < 0)
    if found.width > 1:
        narrower = Number(width=found.width - 1, signed=found.signed)
        assert low < narrower.low or low + span > narrower.high


@pytest.mark.parametrize(("number", "values"), [
    (BIPOLAR, [-1, 1]), (Number(width=2), [0, 1, 2, 3]), (S3, [0, 1, 2, 3, -4, -3, -2, -1])])
def test_value_of_bits(number, values):
    m, bits = Module(), Signal(number.shape)
    value = Signal(signed(5))
    m.d.comb += value.eq(number.value(bits))

    async def bench(ctx):
        for code, expected in enumerate(values):
            ctx.set(bits, code)
            assert ctx.get(value) == expected

    sim = Simulator(m)
    sim.add_testbench(bench)
    sim.run()


@pytest.mark.parametrize("width", [0, -1, 2.0, None])
def test_wrong_width(width):
    message = re.escape(f"Number width must be a positive integer, not {width!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Number(width=width)


@pytest.mark.parametrize("fields", [{"width": 2}, {"width": 1, "signed": True}])
def test_wrong_bipolar(fields):
    with pytest.raises(ValueError, match=r"^Number must be one unsigned bit to be bipolar$"):
        Number(**fields, bipolar=True)

# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.number import Number
from hdl.quant.constant_mul import ConstantHighMul, digits
from hdl.quant.high_mul import HighMul
from tests.hdl import clocked

MULTIPLIERS = [0, 1, 3, 7, 1 << 30, (1 << 31) - 1, 1431655765, 0x55555555, 0x7F0F00FF, 3 << 29]


@pytest.mark.parametrize("number", [*range(70), *MULTIPLIERS])
def test_digits(number):
    found = digits(number)
    assert sum(digit << place for place, digit in found) == number
    places = [place for place, _ in found]
    assert np.all(np.diff(places) >= 2)
    assert {abs(digit) for _, digit in found} <= {1}


@pytest.mark.parametrize(("width", "sign"), [(3, True), (1, False), (20, True), (18, False)])
@pytest.mark.parametrize("multiplier", MULTIPLIERS)
def test_is_the_rounded_high_half(multiplier, width, sign):
    check(Number(width=width, signed=sign), multiplier, 31)


@pytest.mark.parametrize("seed", range(20))
def test_random(seed):
    rng = np.random.default_rng(seed)
    bits = int(rng.integers(20, 40))
    x = Number(width=int(rng.integers(1, 26)), signed=bool(rng.integers(2)))
    check(x, int(rng.integers(0, 1 << bits)), bits, levels=int(rng.integers(0, 7)), stall=0.3)


def check(x, multiplier, bits, levels=0, stall=0.0):
    config = ConstantHighMul.Config(x=x, multiplier=multiplier, bits=bits, levels=levels)
    count = len(digits(multiplier))
    assert config.latency == max(levels, max(0, count - 1).bit_length()) + 1
    assert config.o == HighMul.Config(x=x, bits=bits).o
    rng = np.random.default_rng(x.width)
    values = clocked.draw(rng, x, 60)
    values[:4] = x.low, x.high, 0, x.high // 2
    values[4:36] = np.arange(-16, 16).clip(x.low, x.high)
    y = clocked.run(config.build(), config.latency, rng=rng, stall=stall, x=values)
    expected = [(int(v) * multiplier + (1 << 30)) >> 31 for v in values]
    np.testing.assert_array_equal(y, expected)


def test_refusals():
    message = re.escape("ConstantHighMul bits must be a positive integer, not 0")
    with pytest.raises(TypeError, match=f"^{message}$"):
        ConstantHighMul.Config(x=Number(width=8), multiplier=0, bits=0)
    message = re.escape("ConstantHighMul multiplier must be an unsigned number of 4 bits, not 16")
    with pytest.raises(ValueError, match=f"^{message}$"):
        ConstantHighMul.Config(x=Number(width=8), multiplier=16, bits=4)

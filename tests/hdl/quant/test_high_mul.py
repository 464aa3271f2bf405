# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.number import Number
from hdl.quant.high_mul import HighMul
from sim.golden import affine
from tests.hdl import clocked
from tests.hdl.primitives import netlist_run

SIZES = [  # width and sign of x, bits of the multiplier, DSPs
    (8, True, 31, 2), (12, False, 31, 2), (25, True, 31, 2), (24, False, 34, 2), (20, True, 33, 2),
    (25, False, 31, 4), (26, True, 31, 4), (32, True, 31, 4), (31, False, 31, 4),
    (22, True, 41, 3), (27, True, 36, 6), (10, True, 17, 1), (18, True, 20, 2), (1, False, 31, 2),
]  # fmt: skip


def operands(config, rng):
    """Rails, ties and random numbers."""
    x = clocked.draw(rng, config.x, 60)
    x[:6] = config.x.low, config.x.high, config.x.low, config.x.high, 0, config.x.high // 2
    m = rng.integers(0, 1 << config.bits, 60)
    m[:8] = (1 << config.bits) - 1, (1 << config.bits) - 1, 0, 1, 5, 1 << config.bits - 1, 3, 1
    m[20:40] = 1 << config.bits - 1  # ties, where that is 2^30
    return x, m


def expected(config, x, m):
    return np.array([(int(a) * int(b) + (1 << 30)) >> 31 for a, b in zip(x, m)])


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("width", "sign", "bits", "dsps"), SIZES)
def test_is_the_rounded_high_half(width, sign, bits, dsps, stall):
    config = HighMul.Config(x=Number(width=width, signed=sign), bits=bits)
    assert len(config.terms) == dsps
    assert config.latency == dsps + 2
    rng = np.random.default_rng(width + bits)
    x, m = operands(config, rng)
    y = clocked.run(config.build(), config.latency, rng=rng, stall=stall, x=x, m=m)
    np.testing.assert_array_equal(y, expected(config, x, m))
    if bits == 31:
        np.testing.assert_array_equal(y, affine.high_mul(x, m))


@pytest.mark.parametrize(("width", "sign", "bits", "dsps"), SIZES[2:5] + SIZES[7:11])
def test_slices_are_the_equations(width, sign, bits, dsps):
    """DSP48E1s as yosys models them."""
    config = HighMul.Config(x=Number(width=width, signed=sign), bits=bits)
    rng = np.random.default_rng(width)
    x, m = operands(config, rng)
    y = netlist_run(config.build(), config.latency, rng=rng, stall=0.3, x=x, m=m)
    np.testing.assert_array_equal(y, expected(config, x, m))


@pytest.mark.parametrize("width", [20, 30])
@pytest.mark.parametrize("multiplier", [0, 1, 1 << 30, 1431655765, (1 << 31) - 1])
def test_constant(multiplier, width):
    config = HighMul.Config(x=Number(width=width, signed=True), multiplier=multiplier)
    rng = np.random.default_rng(width)
    x, _ = operands(config, rng)
    y = clocked.run(config.build(), config.latency, rng=rng, stall=0.3, x=x)
    np.testing.assert_array_equal(y, affine.high_mul(x, multiplier))


def test_refusals():
    message = re.escape("HighMul bits must be a positive integer, not 0")
    with pytest.raises(TypeError, match=f"^{message}$"):
        HighMul.Config(x=Number(width=8), bits=0)
    message = re.escape("HighMul multiplier must be an unsigned number of 4 bits, not 16")
    with pytest.raises(ValueError, match=f"^{message}$"):
        HighMul.Config(x=Number(width=8), bits=4, multiplier=16)

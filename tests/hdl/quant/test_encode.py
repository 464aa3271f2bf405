# amaranth: UnusedElaboratable=no
"""Integers of sums, to the nearest and by noise: one lane."""

import re
from fractions import Fraction
from math import floor

import numpy as np
import pytest

from generators.synth.synthesize import measure
from hdl.number import BIPOLAR, Number
from hdl.quant.encode import Encode
from tests.hdl import clocked

HALF = Fraction(1, 2)
CONFIGS = [  # x: width, signed; o: width, signed; right shift
    (12, True, 4, True, 4), (12, True, 4, False, 4), (12, False, 4, False, 5),
    (9, True, 1, True, 3), (9, True, 1, False, 7), (12, False, 5, True, 0),
    (12, True, 12, True, 0), (6, True, 14, True, 2), (6, True, 14, False, 2),
    (6, True, 6, True, -2), (6, False, 9, False, -3), (8, True, 3, True, 8),
    (8, True, 3, False, 11), (8, False, 3, True, 8), (1, True, 3, True, 1), (1, False, 1, False, 0),
]  # fmt: skip


def config(width, signed, o_width, o_signed, right_shift, **fields):
    return Encode.Config(x=Number(width=width, signed=signed), right_shift=right_shift,
                         o=Number(width=o_width, signed=o_signed), **fields)  # fmt: skip


def golden(made, x, u=HALF):
    """clip(floor(x / 2^r + u)), in exact arithmetic."""
    scale = Fraction(2) ** -made.right_shift
    whole = floor(int(x) * scale + u)
    return min(max(whole, made.o.low), made.o.high)


def sums(made, rng, count=120):
    """Both ends, all about 0, all about the ends of o, ties among them, and others."""
    about = [round(end * 2.0**made.right_shift) + np.arange(-20, 20)
             for end in (0, made.o.low, made.o.high)]  # fmt: skip
    ends = [made.x.low, made.x.high]
    x = np.concatenate([ends, *about, clocked.draw(rng, made.x, count)])
    return np.clip(x, *ends)


@pytest.mark.parametrize("sizes", CONFIGS)
def test_matches_golden(sizes):
    rng, made = np.random.default_rng(sum(sizes)), config(*sizes)
    x = sums(made, rng)
    o = clocked.run(made.build(), made.latency, rng=rng, stall=0.3, x=x)
    np.testing.assert_array_equal(o, [golden(made, one) for one in x])
    assert made.latency == 2


@pytest.mark.parametrize("sizes", CONFIGS)
def test_stochastic_matches_golden(sizes):
    """Every sum, and the ends again."""
    rng, made = np.random.default_rng(sum(sizes)), config(*sizes, stochastic=True)
    x = rng.permutation([*sums(made, rng), *range(made.x.low, made.x.high + 1)])
    noise = rng.integers(0, 1 << made.noise, len(x))
    noise[::5], noise[1::5] = 0, (1 << made.noise) - 1
    ports = {"noise": noise} if made.noise else {}
    o = clocked.run(made.build(), made.latency, rng=rng, stall=0.3, x=x, **ports)
    u = [Fraction(int(one), 1 << made.noise) for one in noise]
    np.testing.assert_array_equal(o, [golden(made, *pair) for pair in zip(x, u)])
    assert made.noise == max(0, sizes[-1])


def test_worked_example():
    """10.4 in tenths does not exist in two's powers: 10.375 becomes 10, and 11 with .375."""
    made = config(12, True, 8, True, 3, stochastic=True)
    rng = np.random.default_rng(0)
    o = clocked.run(made.build(), 2, rng=rng, x=np.full(8, 83), noise=np.arange(8))
    np.testing.assert_array_equal(o, [10] * 5 + [11] * 3)


def test_resources_and_time():
    made = config(24, True, 8, True, 9)
    found = measure(made.build())
    assert found.cost.lut <= 13
    assert found.timing.reg_to_reg.ps <= 2100


@pytest.mark.parametrize("name", ["x", "o"])
def test_bipolar(name):
    fields = {"x": Number(width=4), "o": Number(width=4), name: BIPOLAR}
    with pytest.raises(ValueError, match=r"^Encode numbers must not be bipolar$"):
        Encode.Config(**fields)


@pytest.mark.parametrize("shift", [1.0, None, "1"])
def test_wrong_shift(shift):
    message = re.escape(f"Encode right_shift must be an integer, not {shift!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Encode.Config(x=Number(width=4), o=Number(width=4), right_shift=shift)

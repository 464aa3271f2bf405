# amaranth: UnusedElaboratable=no

import re
from itertools import product

import numpy as np
import pytest

from hdl.dot.integer import Integer
from hdl.number import BIPOLAR, Number
from tests.hdl import clocked

SMALL = [BIPOLAR, *(Number(width=n, signed=s) for n in (1, 2, 3) for s in (False, True))]
TERNARY = Number(width=2, signed=True)
U4, S4 = Number(width=4), Number(width=4, signed=True)
U8, S8 = Number(width=8), Number(width=8, signed=True)


def simulate(config, x, w, seed, stall):
    return clocked.run(Integer(config), config.latency, rng=np.random.default_rng(seed),
                       stall=stall, x=clocked.pack(config.x, x),
                       w=clocked.pack(config.w, w))  # fmt: skip


def values(number):
    return [-1, 1] if number.bipolar else range(number.low, number.high + 1)


@pytest.mark.parametrize("multiplier", [False, True])
@pytest.mark.parametrize(("x", "w"), [
    pair for pair in product(SMALL, SMALL) if not (pair[0].bipolar and pair[1].bipolar)])
def test_every_operand_of_one_lane(x, w, multiplier):
    config = Integer.Config(lanes=1, x=x, w=w, multiplier=multiplier)
    pairs = np.array([*product(values(x), values(w))])
    y = simulate(config, pairs[:, :1], pairs[:, 1:], x.width, 0.0)
    np.testing.assert_array_equal(y, pairs.prod(axis=1))


@pytest.mark.parametrize(("x", "w"), [(TERNARY, BIPOLAR), (BIPOLAR, TERNARY), (TERNARY, TERNARY),
                                      (Number(width=2), TERNARY)])  # fmt: skip
def test_every_operand_of_two_lanes(x, w):
    config = Integer.Config(lanes=2, x=x, w=w)
    rows = np.array([*product(values(x), values(x), values(w), values(w))])
    y = simulate(config, rows[:, :2], rows[:, 2:], 7, 0.0)
    np.testing.assert_array_equal(y, (rows[:, :2] * rows[:, 2:]).sum(axis=1))


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("multiplier", [False, True])
@pytest.mark.parametrize(("lanes", "x", "w"), [
    (7, U8, S8), (3, S8, S8), (4, S8, U8), (2, U8, U8), (9, U8, BIPOLAR), (9, BIPOLAR, S8),
    (16, TERNARY, TERNARY), (5, U4, S4), (13, S4, BIPOLAR), (6, BIPOLAR, U4),
])  # fmt: skip
def test_random_and_rails(lanes, x, w, multiplier, stall):
    rng = np.random.default_rng(lanes)
    config = Integer.Config(lanes=lanes, x=x, w=w, multiplier=multiplier)
    a, b = clocked.draw(rng, x, (24, lanes)), clocked.draw(rng, w, (24, lanes))
    for row, (left, right) in enumerate(product((x.low, x.high), (w.low, w.high))):
        a[row], b[row] = left, right
    y = simulate(config, a, b, lanes, stall)
    np.testing.assert_array_equal(y, (a * b).sum(axis=1))


@pytest.mark.parametrize("multiplier", [False, True])
@pytest.mark.parametrize(("x", "w"), [(U4, S4), (U4, BIPOLAR), (TERNARY, BIPOLAR), (BIPOLAR, S4)])
def test_padding_adds_nothing(x, w, multiplier):
    """Zero bits in an operand that is not bipolar, whatever the other one is."""
    rng = np.random.default_rng(0)
    config = Integer.Config(lanes=8, x=x, w=w, multiplier=multiplier)
    a, b = clocked.draw(rng, x, (20, 8)), clocked.draw(rng, w, (20, 8))
    (b if x.bipolar else a)[:, 5:] = 0
    y = simulate(config, a, b, 1, 0.0)
    np.testing.assert_array_equal(y, (a[:, :5] * b[:, :5]).sum(axis=1))


@pytest.mark.parametrize(("lanes", "x", "w", "product", "o"), [
    (1, U8, U8, Number(width=16), Number(width=16)),
    (4, S8, S8, Number(width=16, signed=True), Number(width=18, signed=True)),
    (3, TERNARY, TERNARY, Number(width=4, signed=True), Number(width=5, signed=True)),
    (2, Number(width=3), BIPOLAR, Number(width=4, signed=True), Number(width=5, signed=True)),
])  # fmt: skip
def test_sizes(lanes, x, w, product, o):
    config = Integer.Config(lanes=lanes, x=x, w=w)
    assert (config.product, config.o) == (product, o)
    assert config.latency == config.plan.latency


def test_multiplier_takes_two_cycles_more():
    config = Integer.Config(lanes=4, x=U8, w=S8, multiplier=True)
    assert config.latency == config.plan.latency + 2


@pytest.mark.parametrize("lanes", [0, -1, 2.0, None])
def test_wrong_lanes(lanes):
    message = re.escape(f"Integer lanes must be a positive integer, not {lanes!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Integer.Config(lanes=lanes, x=U4, w=U4)


@pytest.mark.parametrize(("x", "w", "message"), [
    (BIPOLAR, BIPOLAR, "Integer operands must not both be bipolar; use Popcount"),
    (Number(width=17), U4, "Integer operands must be at most 16 bits wide, not 17"),
    (U4, Number(width=18, signed=True), "Integer operands must be at most 16 bits wide, not 18"),
])  # fmt: skip
def test_wrong_operands(x, w, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Integer.Config(lanes=1, x=x, w=w)

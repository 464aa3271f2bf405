# amaranth: UnusedElaboratable=no

import re
from itertools import product

import numpy as np
import pytest

from hdl.dot.integer import Integer
from hdl.number import BIPOLAR, Number
from tests.hdl import clocked
from tests.hdl.dot.skewed import values
from tests.hdl.primitives import netlist_run

SMALL = [BIPOLAR, *(Number(width=n, signed=s) for n in (1, 2, 3) for s in (False, True))]
TERNARY = Number(width=2, signed=True)
U4, S4 = Number(width=4), Number(width=4, signed=True)
U8, S8 = Number(width=8), Number(width=8, signed=True)


def simulate(config, x, w, seed, stall, how=clocked.run):
    return how(Integer(config), config.latency, rng=np.random.default_rng(seed), stall=stall,
               x=clocked.pack(config.x, x), w=clocked.pack(config.w, w))  # fmt: skip


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
    (3, U8, S8), (2, S8, S8), (2, S8, U8), (2, U8, U8), (4, U8, BIPOLAR), (4, BIPOLAR, S8),
    (8, TERNARY, TERNARY), (5, U4, S4), (5, S4, BIPOLAR), (6, BIPOLAR, U4),
])  # fmt: skip
def test_random_and_rails(lanes, x, w, multiplier, stall):
    rng = np.random.default_rng(lanes)
    config = Integer.Config(lanes=lanes, x=x, w=w, multiplier=multiplier)
    a, b = clocked.draw(rng, x, (90, lanes)), clocked.draw(rng, w, (90, lanes))
    for some, number in ((a, x), (b, w)):
        some[4::3] = rng.choice([number.low, number.high], some[4::3].shape)
    for row, (left, right) in enumerate(product((x.low, x.high), (w.low, w.high))):
        a[row], b[row] = left, right
    y = simulate(config, a, b, lanes, stall)
    np.testing.assert_array_equal(y, (a * b).sum(axis=1))


def test_rare_carries():
    """What random operands seldom reach, found by proofs about mutants that they do not show."""
    a = np.array([[139, 183, 242], [4, 46, 11], [63, 9, 6], [181, 15, 239], [41, 131, 180]])
    b = np.array([[-55, 118, 8], [2, 5, 29], [27, 10, 19], [-75, -1, -41], [109, 111, -8]])
    y = simulate(Integer.Config(lanes=3, x=U8, w=S8), a, b, 1, 0.0)
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


@pytest.mark.parametrize(("lanes", "x", "most"), [(16, S4, 3.5), (9, U4, 3.8)])
def test_without_negatives_lacks_a_constant_of_the_weights(lanes, x, most):
    rng = np.random.default_rng(lanes)
    config = Integer.Config(lanes=lanes, x=x, w=BIPOLAR, negatives=False)
    a, b = clocked.draw(rng, x, (24, lanes)), clocked.draw(rng, BIPOLAR, (24, lanes))
    a[0], b[0], a[1], b[1] = x.low, -1, x.high, 1
    y = simulate(config, a, b, lanes, 0.3)
    lacking = [config.lacking(count) for count in (b < 0).sum(axis=1).tolist()]
    np.testing.assert_array_equal(y + lacking, (a * b).sum(axis=1))
    assert config.luts <= most * lanes
    assert Integer.Config(lanes=lanes, x=x, w=BIPOLAR).lacking(3) == 0


@pytest.mark.parametrize(("lanes", "x", "w"), [(8, TERNARY, TERNARY), (5, S4, BIPOLAR)])
def test_primitives(lanes, x, w):
    rng = np.random.default_rng(lanes)
    config = Integer.Config(lanes=lanes, x=x, w=w)
    a, b = clocked.draw(rng, x, (200, lanes)), clocked.draw(rng, w, (200, lanes))
    a[0], b[0], a[1], b[1] = x.low, w.low, x.high, w.low
    y = simulate(config, a, b, lanes, 0.2, netlist_run)
    np.testing.assert_array_equal(y, (a * b).sum(axis=1))


@pytest.mark.parametrize("fabric", ["lut", "portable"])
def test_other_fabrics(fabric):
    rng = np.random.default_rng(2)
    config = Integer.Config(lanes=4, x=TERNARY, w=U4, fabric=fabric)
    a, b = clocked.draw(rng, TERNARY, (30, 4)), clocked.draw(rng, U4, (30, 4))
    np.testing.assert_array_equal(simulate(config, a, b, 3, 0.0), (a * b).sum(axis=1))


@pytest.mark.parametrize("options", [{"w": U4}, {"w": BIPOLAR, "multiplier": True}])
def test_wrong_negatives(options):
    what = "counted unless the weights are bipolar and multiplied by LUTs"
    with pytest.raises(ValueError, match=f"^Integer negatives must be {what}$"):
        Integer.Config(lanes=2, x=U4, negatives=False, **options)


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

# amaranth: UnusedElaboratable=no

import re
from itertools import product

import numpy as np
import pytest

from generators.synth.synthesize import measure
from hdl.compress.fabric import KINDS
from hdl.dot.booth import Booth
from hdl.dot.codebook import Codebook, of_values
from hdl.dot.codebook_products import Products
from hdl.dot.integer import Integer
from hdl.dot.shift import Shift
from hdl.number import BIPOLAR, Number
from sim.golden.formats import codebook
from tests.hdl.clocked import draw
from tests.hdl.dot.skewed import simulate, values
from tests.hdl.primitives import netlist_run

S2, S4, S8 = (Number(width=n, signed=True) for n in (2, 4, 8))
U1, U2, U3, U4, U8 = (Number(width=n) for n in (1, 2, 3, 4, 8))
POWERS, FOUR = (0, 1, -1, 8, -4, 16), (-13, -2, 5, 30)


def some(count, width, seed=0):
    """A table of so many signed values, the lowest and highest among them."""
    low, high = -1 << width - 1, (1 << width - 1) - 1
    inside = np.random.default_rng(seed).choice(np.arange(low + 1, high), count - 2, replace=False)
    return (high, *inside.tolist(), low)


def operands(config, count):
    """Random inputs and indices; in the first rows all are rails, in others each is one of them."""
    rng = np.random.default_rng(config.lanes)
    x = draw(rng, config.x, (count, config.lanes))
    w = rng.integers(0, len(config.values), (count, config.lanes))
    mixed = x[4::3].shape
    x[4::3] = rng.choice([config.x.low, config.x.high], mixed)
    w[4::3] = rng.choice([np.argmin(config.values), np.argmax(config.values)], mixed)
    for row in range(4):
        x[row] = (config.x.low, config.x.high)[row % 2]
        w[row] = np.argmin(config.values) if row < 2 else np.argmax(config.values)
    return x, w


def check(config, x, w, seed, stall=0.0, **options):
    y = simulate(config, x, w, seed, stall, **options)
    golden = codebook.Codebook(config.values)
    assert golden.width == config.w.width
    np.testing.assert_array_equal(y, (x * golden.decode(w)).sum(axis=1))


@pytest.mark.parametrize("kind", [Codebook, Products])
@pytest.mark.parametrize(("x", "table"), [
    (U1, (7,)), (U2, (3, -3)), (S2, (0, 1, -1)), (S2, POWERS), (U2, FOUR), (U3, some(7, 5)),
    (S4, (0, 0, 5, 5)), (S2, (-1, -2)), (U2, (1, 2)),
])  # fmt: skip
def test_every_operand_of_one_lane(kind, x, table):
    config = kind.Config(lanes=1, x=x, values=table)
    pairs = np.array([*product(values(x), range(len(table)))])
    pairs = np.random.default_rng(0).permutation(np.resize(pairs, (max(40, len(pairs)), 2)))
    check(config, pairs[:, :1], pairs[:, 1:], 1, 0.3)


@pytest.mark.parametrize(("kind", "lanes", "x", "table", "fabric"), [
    (Codebook, 5, S4, some(16, 8), "xilinx"), (Codebook, 3, S8, some(64, 8), "xilinx"),
    *((Codebook, 4, S8, POWERS, fabric) for fabric in KINDS),
    *((Codebook, 1, U2, FOUR, fabric) for fabric in KINDS),
    *((Products, 3, S4, FOUR, fabric) for fabric in KINDS),
    (Products, 3, U2, some(11, 6), "xilinx"),
])  # fmt: skip
def test_random_and_rails(kind, lanes, x, table, fabric):
    config = kind.Config(lanes=lanes, x=x, values=table, fabric=fabric)
    check(config, *operands(config, 90), lanes, 0.3)


def test_rare_carries():
    """What random operands seldom reach, found by proofs about mutants that they do not show."""
    config = Codebook.Config(lanes=3, x=S8, values=some(64, 8))
    check(config, np.array([[-128, -61, -121], [-128, -128, -128]]),
          np.array([[25, 30, 29], [55, 10, 33]]), 1)  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_random_formats(seed):
    rng = np.random.default_rng(seed)
    few = seed % 2  # the other sizes end in Booth rows, whose heaps are small
    x = Number(width=int(rng.integers(1, 4)) + 3 * (not few), signed=bool(rng.integers(2)))
    table = tuple(rng.integers(-99, 99, rng.integers(1, 8 if few else 20)).tolist())
    kind = Products if few else Codebook
    config = kind.Config(lanes=int(rng.integers(1, 4)), x=x, values=table)
    check(config, *operands(config, 20), seed, 0.2)


@pytest.mark.parametrize(("kind", "lanes", "x", "table"), [
    (Codebook, 5, S4, some(16, 8)), (Codebook, 3, S8, some(64, 8)), (Codebook, 4, S4, POWERS),
    (Products, 4, S4, FOUR), (Products, 3, U2, some(11, 6)),
])  # fmt: skip
def test_primitives(kind, lanes, x, table):
    config = kind.Config(lanes=lanes, x=x, values=table)
    check(config, *operands(config, 150), lanes, 0.2, how=netlist_run)


def test_centroids():
    """Weights clustered and scaled to integers, as a network would have them."""
    rng = np.random.default_rng(3)
    centroids = codebook.cluster(rng.normal(0, 20, 400), 8)
    config = of_values(U4, tuple(np.rint(centroids).astype(int).tolist()), 4)
    check(config, *operands(config, 30), 3)


@pytest.mark.parametrize("kind", [Codebook, Products])
def test_padding_adds_nothing(kind):
    config = kind.Config(lanes=4, x=S4, values=FOUR)
    x, w = operands(config, 20)
    x[:, 2:] = 0
    y = simulate(config, x, w, 1)
    np.testing.assert_array_equal(y, (x * np.array(FOUR)[w])[:, :2].sum(axis=1))


@pytest.mark.parametrize(("x", "table", "kind", "inner", "most"), [
    (S4, some(16, 8), Codebook, Booth, 23.9), (S8, some(16, 8), Codebook, Booth, 43.9),
    (S4, POWERS[:5], Codebook, Shift, 12.7), (S2, some(16, 5), Codebook, Booth, 9.8),
    *(pytest.param(*case, marks=pytest.mark.slow) for case in (
        (S4, FOUR, Products, None, 13), (U2, FOUR, Products, None, 8.6),
        (U4, (3, 5), Products, None, 9))),
])  # fmt: skip
def test_what_is_chosen(x, table, kind, inner, most):
    config = of_values(x, table, 16)
    assert type(config) is kind.Config
    assert inner is None or type(config.inner) is inner.Config
    assert config.luts <= most * 16
    assert abs(config.estimate / config.luts - 1) < 0.06


def test_few_bits_in_a_heap():
    assert type(Codebook.Config(lanes=4, x=U1, values=FOUR).inner) is Integer.Config


@pytest.mark.parametrize("config", [
    Codebook.Config(lanes=5, x=S4, values=some(16, 8)), Products.Config(lanes=4, x=S4, values=FOUR),
])  # fmt: skip
def test_synthesis_keeps_its_primitives(config):
    found = measure(config.build())
    assert found.cost.lut == config.luts
    assert found.timing.reg_to_reg_ps <= 3500


def test_sizes():
    config = Codebook.Config(lanes=5, x=S4, values=some(16, 8))
    assert (config.w, config.product.width, config.o.width) == (Number(width=4), 12, 14)
    assert config.stages == config.inner.stages == (1,) * 5
    assert config.latency == config.inner.latency + 1
    products = Products.Config(lanes=4, x=S4, values=FOUR)
    assert products.product == Number(width=9, signed=True)  # -240..210
    assert products.o == Number(width=11, signed=True)
    assert products.stages == (4,)
    assert products.latency == products.plan.latency


@pytest.mark.parametrize("kind", [Codebook, Products])
@pytest.mark.parametrize("lanes", [0, -1, 2.0, None])
def test_wrong_lanes(kind, lanes):
    name = kind.__name__
    message = re.escape(f"{name} lanes must be a positive integer, not {lanes!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        kind.Config(lanes=lanes, x=U2, values=FOUR)


@pytest.mark.parametrize(("kind", "fields", "message"), [
    (Codebook, {"x": BIPOLAR}, "Codebook inputs must not be bipolar"),
    (Codebook, {"values": ()}, "Codebook values must be 1 to 64, not 0"),
    (Codebook, {"values": tuple(range(65))}, "Codebook values must be 1 to 64, not 65"),
    (Codebook, {"x": Number(width=17)},
     "Codebook inputs and values must be at most 16 bits wide, not 17"),
    (Codebook, {"values": (0, 1 << 17)},
     "Codebook inputs and values must be at most 16 bits wide, not 18"),
    (Products, {"x": BIPOLAR},
     "Products of an input and an index must be of at most 6 bits, the input not bipolar"),
    (Products, {"x": Number(width=5)},
     "Products of an input and an index must be of at most 6 bits, the input not bipolar"),
    (Products, {"values": (0, 0)}, "Products must not all be 0"),
])  # fmt: skip
def test_wrong_config(kind, fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        kind.Config(**{"lanes": 1, "x": U2, "values": FOUR} | fields)

# amaranth: UnusedElaboratable=no

import re
from itertools import accumulate, combinations_with_replacement

import numpy as np
import pytest
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.compress.fabric import KINDS
from hdl.dot.popcount import BIT, WIDTH, Popcount, RowsPopcount
from hdl.number import BIPOLAR, Number
from tests.hdl.clocked import draw, pack, run
from tests.hdl.compress.trees import later
from tests.hdl.primitives import netlist_run

MAKERS = [Popcount.Config, RowsPopcount.Config]


class Skewed(wiring.Component):
    """A popcount whose operands are all given in one cycle; o is the sum of two rows."""

    def __init__(self, config):
        self.config = config
        rows = isinstance(config, RowsPopcount.Config)
        bias = {"bias": In(len(config.bias))} if rows else {}
        super().__init__({"en": In(1), "x": In(config.lanes), "w": In(config.lanes),
                          "o": Out(WIDTH if rows else config.o.width)} | bias)  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        m.submodules.dot = dot = self.config.build()
        ends = list(accumulate(self.config.stages))
        assert ends[-1] == self.config.lanes
        m.d.comb += dot.en.eq(self.en)
        for name in ("x", "w"):
            lanes = getattr(self, name)
            parts = [
                later(m, lanes[end - count : end], stage, self.en)
                for stage, (end, count) in enumerate(zip(ends, self.config.stages))
            ]
            m.d.comb += getattr(dot, name).eq(Cat(*parts))
        if isinstance(dot, Popcount):
            m.d.comb += self.o.eq(dot.o)
        else:
            m.d.comb += dot.bias.eq(later(m, self.bias, self.config.bias_stage, self.en))
            m.d.comb += self.o.eq(dot.a + dot.b)
        return m


def simulate(config, x, w, seed, stall=0.0, how=run, **inputs):
    return how(Skewed(config), config.latency, rng=np.random.default_rng(seed), stall=stall,
               x=pack(BIPOLAR, x), w=pack(BIPOLAR, w), **inputs)  # fmt: skip


def operands(lanes, count):
    """Random lanes; all agree in the first row, none in the second, then all but one or two."""
    rng = np.random.default_rng(lanes)
    x, w = draw(rng, BIPOLAR, (2, count, lanes))
    w[0], w[1] = x[0], -x[1]
    pairs = combinations_with_replacement(range(lanes), 2)
    for row, lane in zip(range(2, count // 2), map(list, pairs)):
        w[row] = x[row]
        w[row, lane] = -x[row, lane]
    return x, w


@pytest.mark.parametrize("fabric", KINDS)
@pytest.mark.parametrize("lanes", [1, 2, 3, 4])
def test_every_operand(lanes, fabric):
    pairs = np.arange(1 << 2 * lanes)
    bits = 2 * (pairs[:, None] >> np.arange(2 * lanes) & 1) - 1
    x, w = bits[:, :lanes], bits[:, lanes:]
    y = simulate(Popcount.Config(lanes=lanes, fabric=fabric), x, w, lanes, 0.2)
    np.testing.assert_array_equal(y, (x == w).sum(axis=1))
    np.testing.assert_array_equal(2 * y - lanes, (x * w).sum(axis=1))


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("lanes", [5, 16, 31, 64, 128])
def test_random(lanes, stall):
    x, w = operands(lanes, 60 + 4000 // lanes)
    y = simulate(Popcount.Config(lanes=lanes), x, w, lanes, stall)
    np.testing.assert_array_equal(y, (x == w).sum(axis=1))


@pytest.mark.parametrize(("lanes", "fabric"), [(64, "xilinx"), (784, "xilinx"), (64, "lut")])
def test_primitives(lanes, fabric):
    x, w = operands(lanes, 300)
    y = simulate(Popcount.Config(lanes=lanes, fabric=fabric), x, w, 0, 0.2, netlist_run)
    np.testing.assert_array_equal(y, (x == w).sum(axis=1))


@pytest.mark.parametrize("how", [run, netlist_run])
@pytest.mark.parametrize(("lanes", "words"), [(8, 1), (64, 1), (64, 3)])
def test_rows(lanes, words, how):
    """Every bit of the bias counts in its column; the sum is modulo 2^WIDTH."""
    config = RowsPopcount.Config(lanes=lanes, words=words)
    x, w = operands(lanes, 60)
    bias = np.random.default_rng(0).integers(0, 1 << len(config.bias), len(x))
    bias[:2] = (1 << len(config.bias)) - 1
    bias[2 : 2 + len(config.bias)] = 1 << np.arange(len(config.bias))
    y = simulate(config, x, w, lanes, 0.3, how, bias=bias.tolist())
    weights = (bias[:, None] >> np.arange(len(config.bias)) & 1) @ (1 << np.array(config.bias))
    np.testing.assert_array_equal(y, ((x == w).sum(axis=1) + weights) % (1 << WIDTH))


@pytest.mark.parametrize("maker", [Popcount.Config, lambda lanes: RowsPopcount.Config(
    lanes=lanes, words=1)])  # fmt: skip
def test_padding_counts_nothing(maker):
    x, w = operands(12, 20)
    x[:, 7:], w[:, 7:] = -1, 1  # the bits x = 0, w = 1
    config = maker(lanes=12)
    bias = {"bias": [0] * 20} if isinstance(config, RowsPopcount.Config) else {}
    y = simulate(config, x, w, 1, **bias)
    np.testing.assert_array_equal(y, (x[:, :7] == w[:, :7]).sum(axis=1))


@pytest.mark.parametrize("how", [run, netlist_run])
@pytest.mark.parametrize("lanes", [1, 7, 40])
def test_products_of_bits(lanes, how):
    rng = np.random.default_rng(lanes)
    x, w = (rng.choice(2, (300, lanes), p=[0.3, 0.7]) for _ in range(2))
    config = Popcount.Config(lanes=lanes, x=BIT, w=BIT)
    found = how(Skewed(config), config.latency, rng=rng, stall=0.2, x=pack(BIT, x), w=pack(BIT, w))
    np.testing.assert_array_equal(found, (x * w).sum(axis=1))


@pytest.mark.parametrize(("lanes", "width", "latency"), [(1, 1, 1), (4, 3, 2), (7, 3, 2),
                                                         (8, 4, 3)])  # fmt: skip
def test_sizes(lanes, width, latency):
    config = Popcount.Config(lanes=lanes)
    assert (config.o, config.latency) == (Number(width=width), latency)
    assert (sum(config.stages), config.plan.heap) == (lanes, config.heap)


@pytest.mark.parametrize(("lanes", "words", "bias", "stage", "latency"), [
    (8, 1, tuple(range(12)), 1, 2),
    (64, 2, tuple(range(12)), 3, 5),
    (64, 3, (0, 1, *range(3, 12)), 3, 4),  # without column 2
])  # fmt: skip
def test_sizes_of_rows(lanes, words, bias, stage, latency):
    config = RowsPopcount.Config(lanes=lanes, words=words)
    assert (config.bias, config.bias_stage, config.latency) == (bias, stage, latency)
    assert sum(config.stages) == lanes


@pytest.mark.parametrize("lanes", [0, -1, 2.0, None])
def test_wrong_lanes(lanes):
    message = re.escape(f"Popcount lanes must be a positive integer, not {lanes!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Popcount.Config(lanes=lanes)


@pytest.mark.parametrize("words", [0, 1.5])
def test_wrong_words(words):
    message = re.escape(f"RowsPopcount words must be a positive integer, not {words!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        RowsPopcount.Config(lanes=8, words=words)


@pytest.mark.parametrize(("x", "w"), [(BIT, BIPOLAR), (BIPOLAR, BIT)])
def test_wrong_operands(x, w):
    message = f"Popcount operands must both be bipolar, or bits, not {x!r} and {w!r}"
    message = re.escape(message)
    with pytest.raises(ValueError, match=f"^{message}$"):
        Popcount.Config(lanes=1, x=x, w=w)


def test_wrong_fabric():
    message = "Fabric must be one of xilinx, lut, portable, not 'ecp5'"
    with pytest.raises(ValueError, match=f"^{message}$"):
        Popcount.Config(lanes=1, fabric="ecp5").heap  # noqa: B018

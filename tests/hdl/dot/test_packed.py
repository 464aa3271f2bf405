# amaranth: UnusedElaboratable=no

import re
from itertools import product

import numpy as np
import pytest
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from generators.synth.synthesize import measure
from hdl.dot.multiplier import Multiplier
from hdl.dot.packed import Packed
from hdl.dot.packing import CHAIN, Packing
from hdl.number import BIPOLAR, Number
from tests.hdl import clocked
from tests.hdl.compress.trees import later
from tests.hdl.primitives import netlist_run

S2, S3, S4, S5, S8 = (Number(width=n, signed=True) for n in (2, 3, 4, 5, 8))
U3, U4, U8, U9 = (Number(width=n) for n in (3, 4, 8, 9))

KINDS = [(1, S8, S8), (1, U8, S2), (2, S8, S8), (2, U8, S8), (2, U9, S8), (2, U4, S8), (2, S2, S5),
         (3, S4, S4), (3, U4, S4), (4, S4, S4), (4, U4, S4), (4, S3, S3), (4, U3, S3), (4, U4, S3),
         (4, S3, S4)]  # fmt: skip


class Skewed(wiring.Component):
    """Each lane, of x and of each row's weights, is delayed by its stage."""

    def __init__(self, config):
        self.config = config
        super().__init__({
            "en": In(1),
            "x": In(config.lanes * config.x.width),
            "w": In(config.rows * config.lanes * config.w.width),
            "o": Out(config.rows * config.o.width),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.submodules.dot = dot = config.build()
        stages = [stage for stage, lanes in enumerate(config.stages) for _ in range(lanes)]
        assert len(stages) == config.lanes
        for name, width in (("x", config.x.width), ("w", config.w.width)):
            port = getattr(self, name)
            lanes = range(len(port) // width)
            parts = [later(m, port.word_select(lane, width), stages[lane % config.lanes], self.en)
                     for lane in lanes]  # fmt: skip
            m.d.comb += getattr(dot, name).eq(Cat(*parts))
        m.d.comb += [dot.en.eq(self.en), self.o.eq(dot.o.as_value())]
        return m


def simulate(config, x, w, stall=0.0, how=clocked.run):
    """Sums (count, rows) of operands (count, lanes) and weights (count, rows, lanes)."""
    rng = np.random.default_rng(config.lanes)
    found = how(Skewed(config), config.latency, rng=rng, stall=stall, x=clocked.pack(config.x, x),
                w=clocked.pack(config.w, w.reshape(len(x), -1)))  # fmt: skip
    width, sign = config.o.width, (1 << config.o.width - 1) * config.o.signed
    fields = [[int(one) >> width * row & (1 << width) - 1 for row in range(config.rows)]
              for one in found]  # fmt: skip
    return (np.array(fields) ^ sign) - sign


def operands(config, count):
    """Random ones, but first each corner of the weights with each end of the operand."""
    rng = np.random.default_rng(count)
    x = clocked.draw(rng, config.x, (count, config.lanes))
    w = clocked.draw(rng, config.w, (count, config.rows, config.lanes))
    ends = product((config.x.low, config.x.high),
                   product((config.w.low, config.w.high), repeat=config.rows))  # fmt: skip
    for row, (operand, weights) in enumerate(ends):
        x[row], w[row] = operand, np.array(weights)[:, None]
    return x, w


def sums(x, w):
    return np.einsum("nl,nrl->nr", x, w)


@pytest.mark.slow
@pytest.mark.parametrize("x", [S8, U8])
def test_every_pair_of_bytes(x):
    """In one row, while the other one's weight is at an end or random; under yosys' model."""
    config = Packed.Config(lanes=1, rows=2, x=x, w=S8)
    pairs = np.array([*product(range(x.low, x.high + 1), range(-128, 128))])
    rng = np.random.default_rng(0)
    other = rng.choice([-128, -1, 0, 127, *rng.integers(-128, 128, 4)], len(pairs))
    w = np.stack([pairs[:, 1], other], axis=1)
    w[1::2] = w[1::2, ::-1]
    y = simulate(config, pairs[:, :1], w[:, :, None], how=netlist_run)
    np.testing.assert_array_equal(y, pairs[:, :1] * w)


@pytest.mark.parametrize("x", [S4, U4])
def test_every_nibble_beside_every_other(x):
    """In each of four rows all weights, beside all of the next row, for every operand."""
    config = Packed.Config(lanes=1, rows=4, x=x, w=S4)
    values = np.array([*product(range(x.low, x.high + 1), range(-8, 8), range(-8, 8))])
    rng = np.random.default_rng(0)
    w = rng.choice([-8, 7, 0, -1], (3, len(values), 4))
    for low in range(3):
        w[low, :, low : low + 2] = values[:, 1:]
    given, w = np.tile(values[:, :1], (3, 1)), w.reshape(-1, 4)
    y = simulate(config, given, w[:, :, None], how=netlist_run)
    np.testing.assert_array_equal(y, given * w)


@pytest.mark.parametrize(("rows", "x", "w"), KINDS)
@pytest.mark.parametrize("lanes", [1, 9])
def test_random_and_rails(rows, x, w, lanes):
    config = Packed.Config(lanes=lanes, rows=rows, x=x, w=w)
    x, w = operands(config, 50)
    np.testing.assert_array_equal(simulate(config, x, w, 0.3), sums(x, w))


@pytest.mark.parametrize(("rows", "x", "w", "lanes"), [
    (1, U8, S8, 17), (2, S8, S8, 9), (2, U8, S8, 7), (3, U4, S4, 9), (4, S4, S4, 5),
    (4, U4, S4, 5), (4, U4, S3, 9),
])  # fmt: skip
def test_primitives(rows, x, w, lanes):
    config = Packed.Config(lanes=lanes, rows=rows, x=x, w=w)
    x, w = operands(config, 1000)
    np.testing.assert_array_equal(simulate(config, x, w, 0.2, netlist_run), sums(x, w))


@pytest.mark.parametrize("fabric", ["lut", "portable"])
def test_other_fabrics(fabric):
    config = Packed.Config(lanes=5, rows=2, x=U8, w=S8, fabric=fabric)
    x, w = operands(config, 100)
    np.testing.assert_array_equal(simulate(config, x, w, 0.0, netlist_run), sums(x, w))


def test_padding_adds_nothing():
    config = Packed.Config(lanes=6, rows=4, x=U4, w=S4)
    x, w = operands(config, 40)
    x[:, 4:], w[:, :, :2] = 0, 0
    np.testing.assert_array_equal(simulate(config, x, w), sums(x[:, 2:4], w[:, :, 2:4]))


@pytest.mark.parametrize(("rows", "x", "w", "packing"), [
    (1, S8, S8, Packing(pitch=47, chain=CHAIN)),
    (2, S8, S8, Packing(pitch=16, chain=8, canary=2)),
    (2, U8, S8, Packing(pitch=16, chain=4, canary=2)),
    (3, U4, S4, Packing(pitch=10, chain=4)),
    (4, S4, S4, Packing(pitch=7, chain=1, shifted=True)),
    (4, U4, S4, Packing(pitch=7, chain=1, canary=1, shifted=True)),
    (4, S3, S3, Packing(pitch=7, chain=4)),
    (3, S8, S8, None), (4, S5, S5, None), (5, S2, S2, None), (2, BIPOLAR, S2, None),
    (2, S4, U4, None), (1, Number(width=18), S2, None),
    (2, Number(width=10), S8, Packing(pitch=17, chain=1, canary=1, shifted=True)),
    (2, Number(width=11), S8, None),  # 2^7 x would lie in the next row's field
    (2, Number(width=11, signed=True), S8, Packing(pitch=16, chain=1, canary=2)),
])  # fmt: skip
def test_packing(rows, x, w, packing):
    assert Packing.best(rows, x, w) == packing


@pytest.mark.parametrize(("most", "x", "w", "rows"), [
    (1, S8, S8, 1), (5, S8, S8, 2), (16, S4, S4, 4), (6, S4, S4, 3), (5, S4, S4, 3), (4, S4, S4, 4),
    (7, S5, S5, 3), (9, BIPOLAR, S4, 0), (9, S4, U4, 0),
])  # fmt: skip
def test_rows_of_a_dsp(most, x, w, rows):
    assert Packing.rows(most, x, w) == rows


@pytest.mark.parametrize(("rows", "x", "w", "lanes", "most"), [
    (1, S8, S8, 8, 0), (2, S8, S8, 16, 4.4), (2, U8, S8, 16, 6), (4, S4, S4, 16, 4.2),
    (4, U4, S4, 8, 7.8), (3, S4, S4, 16, 1), (3, U4, S4, 16, 1.9), (4, S3, S3, 16, 1.4),
])  # fmt: skip
def test_luts_of_a_product(rows, x, w, lanes, most):
    config = Packed.Config(lanes=lanes, rows=rows, x=x, w=w)
    assert config.luts <= most * lanes * rows
    assert abs(config.estimate - config.luts) <= 0.25 * config.luts


@pytest.mark.parametrize(("rows", "x", "w", "stages", "fixed"), [
    (2, S8, S8, (1, 1, 1, 1, 1), 4), (2, U8, S8, (1, 2, 2), 2), (4, S4, S4, (5,), 0),
])  # fmt: skip
def test_stages(rows, x, w, stages, fixed):
    config = Packed.Config(lanes=5, rows=rows, x=x, w=w)
    assert config.stages == stages
    assert config.latency == fixed + Multiplier.latency + config.plan.latency


@pytest.mark.slow
@pytest.mark.parametrize(("rows", "x", "w"), [(2, U8, S8), (4, S4, S4)])
def test_synthesis(rows, x, w):
    config = Packed.Config(lanes=4, rows=rows, x=x, w=w)
    found = measure(Packed(config))
    assert found.cost.dsp == 4
    assert config.luts - 2 <= found.cost.lut <= config.luts + 4
    assert found.timing.reg_to_reg.ps <= 3500


@pytest.mark.parametrize(("fields", "kind", "message"), [
    ({"lanes": 0}, TypeError, "Packed lanes must be a positive integer, not 0"),
    ({"rows": 0}, TypeError, "Packed rows must be a positive integer, not 0"),
    ({"rows": 4}, ValueError, "Packed products must fit in a DSP48E1, unlike 4 rows of "
     "Number(width=8, signed=True, bipolar=False) times "
     "Number(width=8, signed=True, bipolar=False)"),
])  # fmt: skip
def test_refusals(fields, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        Packed.Config(**{"lanes": 2, "rows": 2, "x": S8, "w": S8} | fields)

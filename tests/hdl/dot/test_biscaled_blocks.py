# amaranth: UnusedElaboratable=no

import re
from dataclasses import replace

import numpy as np
import pytest

from generators.synth.synthesize import measure
from hdl.dot.biscaled_blocks import BiScaledBlocks
from hdl.dot.booth import Booth
from hdl.number import BIPOLAR, Number
from sim.golden.formats.biscaled import BiScaled
from tests.hdl.clocked import run
from tests.hdl.dot.scaled import Placed
from tests.hdl.dot.twoscaled import number, numbers, ports, rails
from tests.hdl.primitives import netlist_run

S1, S2, S4, S6, S8 = (Number(width=n, signed=True) for n in (1, 2, 4, 6, 8))
U1, U4, U6 = (Number(width=n) for n in (1, 4, 6))


def of(x, w, lanes, **options):
    """The circuit's config for inputs and weights in blocks."""
    return BiScaledBlocks.Config(lanes=lanes, block=w.block, limit=w.limit, qx=x, qw=number(w),
                                 w_shift=w.shift, **options)  # fmt: skip


def simulate(config, x, w, seed=0, stall=0.0, how=run):
    """The sums of rows of words."""
    return how(Placed(config), config.latency, rng=np.random.default_rng(seed), stall=stall,
               x=x, w=w)  # fmt: skip


def check(x, w, lanes, count, seed, stall=0.0, how=run, **options):
    rng = np.random.default_rng(seed)
    a, b = (numbers(form, (count, lanes * w.block), rng) for form in (x, w))
    for row, (left, right) in enumerate(rails(x, w, lanes * w.block)):
        a[row], b[row] = left, right
    config = of(x, w, lanes, **options)
    assert config.w.width == w.width
    y = simulate(config, ports(x, a), ports(w, b), seed, stall, how)
    np.testing.assert_array_equal(y, (a * b).sum(axis=1))


@pytest.mark.parametrize(("x", "w", "lanes"), [
    (S2, BiScaled(3, 2, block=16), 1), (U1, BiScaled(4, 2, block=6, limit=2), 1),
    (U4, BiScaled(3, 2, block=5), 2), (S4, BiScaled(3, 3, False, block=7, limit=3), 1),
    (U6, BiScaled(2, 1, block=4), 2), (S4, BiScaled(4, 1, block=1), 2),
])  # fmt: skip
def test_random_and_rails(x, w, lanes):
    check(x, w, lanes, 10, lanes, 0.3)


@pytest.mark.parametrize("fabric", ["lut", "portable"])
def test_fabrics(fabric):
    check(S2, BiScaled(3, 2, block=4), 2, 10, 5, 0.3, fabric=fabric)


@pytest.mark.parametrize("seed", range(6))
def test_random_formats(seed):
    rng = np.random.default_rng(seed)
    bits, signed = int(rng.integers(2, 5)), bool(rng.integers(2))
    block = int(rng.integers(1, 6))
    w = BiScaled(bits, int(rng.integers(1, bits - signed + 1)), signed, block=block,
                 limit=int(rng.integers(1, min(3, block) + 1)))  # fmt: skip
    x = Number(width=int(rng.integers(1, 5)), signed=bool(rng.integers(2)))
    check(x, w, int(rng.integers(1, 3)), 12, seed, 0.2, skewed=bool(rng.integers(2)),
          rows_per_stage=int(rng.integers(1, 4)))  # fmt: skip


@pytest.mark.parametrize(("x", "w", "lanes", "skewed"), [
    (S4, BiScaled(3, 2, block=6, limit=2), 1, True), (U4, BiScaled(3, 1, block=5), 1, False),
])  # fmt: skip
def test_primitives(x, w, lanes, skewed):
    check(x, w, lanes, 60, lanes, 0.2, netlist_run, skewed=skewed)


@pytest.mark.parametrize("block", [2, 3, 4, 5, 17])
def test_each_position(block):
    """A wide weight at each place of a block."""
    form = BiScaled(3, 2, block=block)
    rows = np.arange(block * 4)
    w = np.zeros((block * 4, block), np.int64)
    w[rows, rows % block] = np.repeat([-4, -3, 2, 3], block) << 2
    x = np.random.default_rng(block).integers(-2, 2, w.shape)
    y = simulate(of(S2, form, 1), ports(S2, x), ports(form, w))
    np.testing.assert_array_equal(y, (x * w).sum(axis=1))


@pytest.mark.parametrize("signed", [True, False])
def test_a_list_holds_any_integer(signed):
    """Not only those of the wide scale: h has all that a lane lacks."""
    config = of(S4, BiScaled(4, 2, signed, block=2), 1)
    low, high = (-32, 32) if signed else (0, 64)
    w = np.arange(low, high)
    x = np.random.default_rng(0).integers(-8, 8, (64, 2))
    h = (w >> 4 & 3) << 1 | w >> 3 & 1 if signed else w >> 4
    words = (5 & 15) | (w & 15) << 4 | 1 << 8 | h << 9
    y = simulate(config, ports(S4, x), words.tolist())
    np.testing.assert_array_equal(y, 5 * x[:, 0] + w * x[:, 1])


def test_padding_adds_nothing():
    form = BiScaled(3, 2, block=4)
    rng = np.random.default_rng(0)
    a, b = numbers(S4, (20, 12), rng), numbers(form, (20, 12), rng)
    a[:, 8:], b[:, :4] = 0, 0
    y = simulate(of(S4, form, 3), ports(S4, a), ports(form, b))
    np.testing.assert_array_equal(y, (a * b)[:, 4:8].sum(axis=1))


@pytest.mark.parametrize(("block", "limit", "most"), [(16, 1, 26.6), (16, 2, 29.1), (32, 1, 26.2),
                                                      (32, 2, 28.3)])  # fmt: skip
def test_target(block, limit, most):
    """Issue 6: at most 1.25 of plain 6 x 6 and 0.75 of plain 8 x 8."""
    config = of(S6, BiScaled(6, 2, block=block, limit=limit), 1, skewed=True)
    assert config.luts <= most * block
    assert abs(config.estimate / config.luts - 1) < 0.05
    plain6, plain8 = (Booth.Config(lanes=block, x=n, w=n).luts for n in (S6, S8))
    assert config.luts <= 1.25 * plain6
    assert config.luts <= 0.75 * plain8


def test_synthesis_keeps_its_primitives():
    config = of(S4, BiScaled(4, 2, block=5), 1, skewed=True)
    found = measure(config.build())
    assert found.cost.lut == config.luts
    assert found.timing.reg_to_reg.ps <= 3500


def test_sizes():
    config = of(U6, BiScaled(6, 2, block=12, limit=2), 3)
    assert (config.x, config.w) == (Number(width=72), Number(width=72 + 2 * 7))
    assert config.product.signed
    assert config.stages == (3,)
    assert config.x_places == (tuple(range(3 * 72)),)
    assert config.latency == config.plan.latency
    assert not config.multiplier
    skewed = replace(config, skewed=True)
    assert skewed.latency == config.latency
    for places, word in ((skewed.x_places, config.x), (skewed.w_places, config.w)):
        assert len(places) > 1
        assert sorted(sum(places, ())) == [*range(3 * word.width)]


@pytest.mark.parametrize("name", ["lanes", "block", "limit", "w_shift", "rows_per_stage"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"BiScaledBlocks {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        BiScaledBlocks.Config(**{"lanes": 1, "block": 4, "qx": U4, "qw": U4, "w_shift": 1,
                                 name: value})  # fmt: skip


@pytest.mark.parametrize(("fields", "message"), [
    ({"limit": 5}, "BiScaledBlocks limit must be at most its block of 4, not 5"),
    ({"qx": BIPOLAR}, "BiScaledBlocks operands must not be bipolar"),
    ({"w_shift": 13}, "BiScaledBlocks operands, shifted, must be at most 16 bits wide, not 17"),
])  # fmt: skip
def test_wrong_config(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        BiScaledBlocks.Config(**{"lanes": 1, "block": 4, "qx": U4, "qw": U4, "w_shift": 1} | fields)

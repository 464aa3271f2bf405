# amaranth: UnusedElaboratable=no

import re
from itertools import product

import numpy as np
import pytest

from hdl.dot.fusible import Fusible
from hdl.number import BIPOLAR, Number
from tests.hdl import clocked
from tests.hdl.primitives import netlist_run

NUMBERS = [Number(width=n, signed=s) for n in range(1, 9) for s in (False, True)]
U2, S2, U4, S4, U8, S8 = (Number(width=n, signed=s) for n in (2, 4, 8) for s in (False, True))


def simulate(config, x, w, seed, stall=0.0, how=clocked.run):
    return how(config.build(), config.latency, rng=np.random.default_rng(seed), stall=stall,
               x=clocked.pack(config.x, x), w=clocked.pack(config.w, w))  # fmt: skip


def operands(config, seed, rows=20):
    rng = np.random.default_rng(seed)
    x = clocked.draw(rng, config.x, (rows, config.lanes))
    w = clocked.draw(rng, config.w, (rows, config.lanes))
    for row, (a, b) in enumerate(product((config.x.low, config.x.high),
                                         (config.w.low, config.w.high))):  # fmt: skip
        x[row], w[row] = a, b
    return x, w


@pytest.mark.parametrize("seed", range(6))
def test_random_numbers(seed):
    rng = np.random.default_rng(seed)
    x, w = (NUMBERS[k] for k in rng.integers(0, len(NUMBERS), 2))
    lanes = int(rng.integers(1, 5 if max(x.width, w.width) > 4 else 20))
    config = Fusible.Config(lanes=lanes, x=x, w=w)
    a, b = operands(config, seed)
    y = simulate(config, a, b, seed, 0.3 * (seed % 2))
    np.testing.assert_array_equal(y, (a * b).sum(axis=1))


@pytest.mark.parametrize(("lanes", "x", "w", "units"), [
    (1, U2, S2, 1), (16, U2, U2, 1), (20, S2, S2, 2), (8, U4, S2, 1), (9, S2, U4, 2),
    (2, S8, S8, 2), (4, U8, S4, 2), (4, U8, S2, 1), (4, S2, S8, 1), (7, U4, S4, 2),
])  # fmt: skip
def test_each_mode_of_several_units(lanes, x, w, units):
    config = Fusible.Config(lanes=lanes, x=x, w=w)
    assert config.units == units
    a, b = operands(config, lanes)
    np.testing.assert_array_equal(simulate(config, a, b, 1, 0.2), (a * b).sum(axis=1))


def test_primitives():
    config = Fusible.Config(lanes=11, x=U4, w=S4)
    a, b = operands(config, 4, 100)
    y = simulate(config, a, b, 4, 0.2, netlist_run)
    np.testing.assert_array_equal(y, (a * b).sum(axis=1))


@pytest.mark.parametrize("fabric", ["lut", "portable"])
def test_other_fabrics(fabric):
    config = Fusible.Config(lanes=6, x=S4, w=U4, fabric=fabric)
    a, b = operands(config, 6)
    np.testing.assert_array_equal(simulate(config, a, b, 6), (a * b).sum(axis=1))


def test_padding_adds_nothing():
    config = Fusible.Config(lanes=7, x=U4, w=S4)
    a, b = operands(config, 7)
    a[:, 4:] = 0
    np.testing.assert_array_equal(simulate(config, a, b, 7), (a[:, :4] * b[:, :4]).sum(axis=1))


def test_sizes():
    config = Fusible.Config(lanes=40, x=U2, w=S2)
    assert config.stages == (40,)
    assert (config.units, config.latency, config.luts) == (3, config.sum.latency, config.sum.luts)
    one = Fusible.Config(lanes=2, x=U8, w=Number(width=3, signed=True))
    assert (one.mode.x, one.mode.w, one.units, one.latency) == (8, 4, 1, 7)
    assert one.luts == one.estimate == one.sum.luts


@pytest.mark.parametrize("units", [2, 3, 4, 7])
def test_estimate(units):
    config = Fusible.Config(lanes=16 * units, x=U2, w=S2)
    assert abs(config.estimate - config.luts) < 0.1 * config.luts


@pytest.mark.parametrize("lanes", [0, 1.5])
def test_wrong_lanes(lanes):
    message = re.escape(f"Fusible lanes must be a positive integer, not {lanes!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Fusible.Config(lanes=lanes, x=U4, w=U4)


@pytest.mark.parametrize(("x", "w", "message"), [
    (BIPOLAR, U4, "Fusible operands must not be bipolar; use Integer"),
    (U4, BIPOLAR, "Fusible operands must not be bipolar; use Integer"),
    (Number(width=9), U4, "Fusible operands must be at most 8 bits wide, not 9"),
    (U4, Number(width=16, signed=True), "Fusible operands must be at most 8 bits wide, not 16"),
])  # fmt: skip
def test_wrong_operands(x, w, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Fusible.Config(lanes=1, x=x, w=w)

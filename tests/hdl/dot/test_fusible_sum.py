# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.dot.fusible_sum import FusionSum
from sim.golden import fusible
from tests.hdl import clocked
from tests.hdl.dot.fixed_bricks import FixedBricks, plan
from tests.hdl.dot.fused import PORTS, cases
from tests.hdl.primitives import netlist_run


def rows_of(units, rng, rounds):
    """Rows of PORTS and the sum: the units' operands of each mode and sign, in random order."""
    rows = []
    for some in zip(*(sorted(cases(rng, rounds), key=lambda row: row[:3]) for _ in range(units))):
        x, w = (sum(row[k] << 32 * unit for unit, row in enumerate(some)) for k in (3, 4))
        rows.append((*some[0][:3], x, w, sum(row[-1] for row in some)))
    return [rows[k] for k in rng.permutation(len(rows))]


def simulate(config, rows, how, rng, stall=0.0):
    inputs = dict(zip(PORTS, zip(*(row[:-1] for row in rows))))
    return how(config.build(), config.latency, rng=rng, stall=stall, **inputs)


@pytest.mark.parametrize(("units", "how", "stall"), [
    (1, clocked.run, 0.3), (2, clocked.run, 0.3), (3, clocked.run, 0.0), (4, netlist_run, 0.2)])
def test_each_cycle_another_mode_and_sum(units, how, stall):
    rng = np.random.default_rng(units)
    rows = rows_of(units, rng, 2)
    y = simulate(FusionSum.Config(units=units), rows, how, rng, stall)
    np.testing.assert_array_equal(y, [row[-1] for row in rows])


@pytest.mark.parametrize("how", [clocked.run, netlist_run])
def test_packed_words_need_not_be_operands(how):
    """The largest and least sums of every mode, and random bits."""
    rng = np.random.default_rng(2)
    config, rows = FusionSum.Config(units=2), []
    words = [[0xFFFFFFFF] * 2, [0xAAAAAAAA] * 2, [0x55555555] * 2]
    words += rng.integers(0, 1 << 32, (6, 2)).tolist()
    for mode, bits in enumerate(fusible.MODES):
        for signs in range(4):
            x_signed, w_signed = signs & 1, signs >> 1
            for x, w in zip(words, [*words[1:], words[0]]):
                want = sum(fusible.unit(a, b, *bits, x_signed=x_signed, w_signed=w_signed)
                           for a, b in zip(x, w))  # fmt: skip
                both = (sum(word << 32 * k for k, word in enumerate(some)) for some in (x, w))
                rows.append((mode, x_signed, w_signed, *both, want))
    y = simulate(config, rows, how, rng)
    np.testing.assert_array_equal(y, [row[-1] for row in rows])


@pytest.mark.parametrize("fabric", ["lut", "portable"])
def test_other_fabrics(fabric):
    rng = np.random.default_rng(3)
    rows = rows_of(2, rng, 2)
    config = FusionSum.Config(units=2, fabric=fabric)
    y = simulate(config, rows, netlist_run, rng, 0.1)
    np.testing.assert_array_equal(y, [row[-1] for row in rows])


def test_sizes():
    config = FusionSum.Config(units=4)
    assert (config.width, len(config.plans)) == (19, 8)
    assert config.latency == 2 + config.level + config.outer.latency


@pytest.mark.parametrize("units", [4, 8])
def test_a_quarter_more_than_what_does_not_fuse(units):
    """Two LUTs a product of 2-bit numbers, and their tree, see the snapshots of resources."""
    fixed = 32 * units + plan(units).luts
    assert FusionSum.Config(units=units).luts <= 1.25 * fixed


def test_what_does_not_fuse_is_right():
    rng = np.random.default_rng(7)
    rows = [row for row in rows_of(2, rng, 8) if not row[0] and row[1] and row[2]]
    inputs = dict(zip(PORTS[3:], zip(*(row[3:5] for row in rows))))
    ones = [1] * len(rows)
    latency = plan(2).latency + 1
    y = clocked.run(FixedBricks(2), latency, rng=rng, x_signed=ones, w_signed=ones, **inputs)
    np.testing.assert_array_equal(y[:-latency], [row[-1] for row in rows[:-latency]])


def test_wrong_units():
    message = "FusionSum units must be a positive integer, not 0"
    with pytest.raises(TypeError, match=f"^{message}$"):
        FusionSum.Config(units=0)


def test_wrong_fabric():
    message = "FusionSum fabric must be one of xilinx, lut, portable, not 'asic'"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        FusionSum.Config(units=2, fabric="asic")

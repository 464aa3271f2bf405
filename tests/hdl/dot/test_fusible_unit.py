# amaranth: UnusedElaboratable=no

import re
from itertools import product

import numpy as np
import pytest

from hdl.dot.fusible_bricks import FusionBricks
from hdl.dot.fusible_unit import FusionUnit
from hdl.dot.integer import Integer
from hdl.number import Number
from sim.golden import fusible
from tests.hdl import clocked
from tests.hdl.dot.fixed_bricks import FixedBricks, plan
from tests.hdl.dot.fused import PORTS, cases
from tests.hdl.primitives import netlist_run

CONFIG = FusionUnit.Config()


def simulate(rows, how, rng, stall=0.0, config=CONFIG):
    inputs = dict(zip(PORTS, zip(*rows)))
    return how(FusionUnit(config), config.latency, rng=rng, stall=stall, **inputs)


@pytest.mark.parametrize(("how", "stall"), [
    (clocked.run, 0.0), (clocked.run, 0.3), (netlist_run, 0.2)])
def test_each_cycle_another_mode_and_sum(how, stall):
    """Sixteen, eight, four, two or one products in each cycle, whatever those before were."""
    rng = np.random.default_rng(5)
    rows = cases(rng, 4)
    y = simulate([row[:-1] for row in rows], how, rng, stall)
    np.testing.assert_array_equal(y, [row[-1] for row in rows])


def test_every_brick_in_every_mode():
    """Every operand of each brick alone, signed or not."""
    rows, want = [], []
    for (mode, bits), brick, signs in product(enumerate(fusible.MODES), range(16), range(4)):
        x_signed, w_signed = signs & 1, signs >> 1
        for x, w in product(range(4), repeat=2):
            x, w = x << 2 * brick, w << 2 * brick
            rows.append((mode, x_signed, w_signed, x, w))
            want.append(fusible.unit(x, w, *bits, x_signed=x_signed, w_signed=w_signed))
    y = simulate(rows, netlist_run, np.random.default_rng(1))
    np.testing.assert_array_equal(y, want)


def test_packed_words_need_not_be_operands():
    """The bricks are added as the mode says, whatever their digits are."""
    rng = np.random.default_rng(2)
    rows = [(int(rng.integers(9)), *map(int, rng.integers(0, 2, 2)),
             *map(int, rng.integers(0, 1 << 32, 2))) for _ in range(200)]  # fmt: skip
    want = [fusible.unit(x, w, *fusible.MODES[mode], x_signed=x_signed, w_signed=w_signed)
            for mode, x_signed, w_signed, x, w in rows]  # fmt: skip
    np.testing.assert_array_equal(simulate(rows, netlist_run, rng), want)


def test_worked_example():
    """SEED_SYSTEMS.md, section 5: 11 x 6 = 66, of any of the four products."""
    rows = []
    for place in range(4):
        lanes = np.arange(4) == place
        (x,), (w,) = fusible.pack([11 * lanes], [6 * lanes], 4, 4)
        rows.append((fusible.MODES.index((4, 4)), 0, 0, x, w))
    assert [*simulate(rows, clocked.run, np.random.default_rng(0))] == [66] * 4


@pytest.mark.parametrize("fabric", ["lut", "portable"])
def test_other_fabrics(fabric):
    rng = np.random.default_rng(3)
    rows = cases(rng, 2)
    config = FusionUnit.Config(fabric=fabric)
    y = simulate([row[:-1] for row in rows], netlist_run, rng, 0.1, config)
    np.testing.assert_array_equal(y, [row[-1] for row in rows])


def test_sizes():
    assert CONFIG.latency == 7
    assert max(plan.latency for plan in CONFIG.plans.values()) == 3
    assert CONFIG.luts <= 100


def test_less_than_twice_what_does_not_fuse():
    """Sixteen products of 2-bit numbers, signed always."""
    number = Number(width=2, signed=True)
    assert CONFIG.luts < 2 * Integer.Config(lanes=16, x=number, w=number).luts


@pytest.mark.parametrize("signs", range(4))
def test_what_does_not_fuse_is_right(signs):
    """The circuit that a unit's size is compared with, see the snapshots of resources."""
    rng = np.random.default_rng(signs)
    x_signed, w_signed = signs & 1, signs >> 1
    words = [*map(int, (0, 0xFFFFFFFF, 0xAAAAAAAA)), *map(int, rng.integers(0, 1 << 32, 30))]
    x, w = zip(*product(words[:3], repeat=2), *zip(words, words[::-1]))
    want = [fusible.unit(a, b, 2, 2, x_signed=x_signed, w_signed=w_signed) for a, b in zip(x, w)]
    latency = plan().latency + 1
    y = clocked.run(FixedBricks(), latency, rng=rng, x=x, w=w,
                    x_signed=[x_signed] * len(x), w_signed=[w_signed] * len(x))  # fmt: skip
    np.testing.assert_array_equal(y[:-latency], want[:-latency])


def test_wrong_fabric():
    message = "FusionBricks fabric must be one of xilinx, lut, portable, not 'asic'"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        FusionBricks.Config(fabric="asic")

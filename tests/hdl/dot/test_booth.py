# amaranth: UnusedElaboratable=no

import re
from itertools import product

import numpy as np
import pytest

from generators.synth.synthesize import measure
from hdl.compress.fabric import KINDS
from hdl.dot.booth import CHAIN, Booth
from hdl.number import BIPOLAR, Number
from tests.hdl.dot.skewed import operands, simulate, values
from tests.hdl.primitives import netlist_run

SMALL = [Number(width=n, signed=s) for n in (1, 2, 3) for s in (False, True)]
S2, S4, S8 = (Number(width=n, signed=True) for n in (2, 4, 8))
U3, U4, U8 = (Number(width=n) for n in (3, 4, 8))


@pytest.mark.parametrize(("x", "w"), [*product(SMALL, SMALL)])
def test_every_operand_of_one_lane(x, w):
    pairs = np.array([*product(values(x), values(w))])
    y = simulate(Booth.Config(lanes=1, x=x, w=w), pairs[:, :1], pairs[:, 1:], x.width)
    np.testing.assert_array_equal(y, pairs.prod(axis=1))


@pytest.mark.parametrize(("x", "w"), [(S2, S2), (U3, S2), (S2, U3)])
def test_every_operand_of_two_lanes(x, w):
    rows = np.array([*product(values(x), values(x), values(w), values(w))])[::3]
    y = simulate(Booth.Config(lanes=2, x=x, w=w), rows[:, :2], rows[:, 2:], 7, 0.2)
    np.testing.assert_array_equal(y, (rows[:, :2] * rows[:, 2:]).sum(axis=1))


@pytest.mark.parametrize("fabric", KINDS)
@pytest.mark.parametrize(("lanes", "x", "w"), [
    (16, S4, S4), (8, S8, S4), (5, U8, S2), (7, S4, U8), (3, U4, U4), (CHAIN + 5, S4, S2),
])  # fmt: skip
def test_random_and_rails(lanes, x, w, fabric):
    config = Booth.Config(lanes=lanes, x=x, w=w, fabric=fabric)
    a, b = operands(config, 90)
    y = simulate(config, a, b, lanes, 0.3)
    np.testing.assert_array_equal(y, (a * b).sum(axis=1))


def test_rare_carries():
    """What random operands seldom reach, found by proofs about mutants that they do not show."""
    a = np.array([[-128, -126, -127, 74, 80, 120, 96, 64], [-128, -1, 6, 127, 123, -64, -16, 64],
                  [-128, -128, -128, -128, 118, 119, 84, 48],
                  [-128, -128, -128, -128, -48, 120, 96, 64]])  # fmt: skip
    b = np.array([[2, -6, -6, 7, 5, -6, -2, -7], [-7, 7, 2, -6, -6, 6, -5, 7],
                  [2, -2, -2, -6, 6, -2, -6, -8], [-2, 2, -8, -6, -8, -6, -2, -7]])  # fmt: skip
    y = simulate(Booth.Config(lanes=8, x=S8, w=S4), a, b, 1)
    np.testing.assert_array_equal(y, (a * b).sum(axis=1))


@pytest.mark.parametrize(("lanes", "rows", "stages"), [(7, 2, (2, 2, 2, 1)),
                                                       (CHAIN + 3, 3, (6, 6, 6, 1))])  # fmt: skip
def test_several_rows_between_registers(lanes, rows, stages):
    config = Booth.Config(lanes=lanes, x=U4, w=S4, rows_per_stage=rows)
    assert config.stages == stages
    a, b = operands(config, 100)
    y = simulate(config, a, b, lanes, 0.2, netlist_run)
    np.testing.assert_array_equal(y, (a * b).sum(axis=1))


@pytest.mark.parametrize(("lanes", "x", "w"), [(16, S4, S4), (5, U8, S4)])
def test_primitives(lanes, x, w):
    config = Booth.Config(lanes=lanes, x=x, w=w)
    a, b = operands(config, 300)
    y = simulate(config, a, b, lanes, 0.2, netlist_run)
    np.testing.assert_array_equal(y, (a * b).sum(axis=1))


@pytest.mark.parametrize(("x", "w"), [(U4, S4), (S4, U4)])
def test_padding_adds_nothing(x, w):
    config = Booth.Config(lanes=8, x=x, w=w)
    a, b = operands(config, 20)
    a[:, 5:], b[:, :2] = 0, 0
    y = simulate(config, a, b, 1)
    np.testing.assert_array_equal(y, (a[:, 2:5] * b[:, 2:5]).sum(axis=1))


@pytest.mark.parametrize(("lanes", "x", "w", "most"), [
    (16, S4, S4, 11.5), (8, S8, S4, 20.5), (8, S8, S2, 10.0), (16, S8, S8, 40.0),
])  # fmt: skip
def test_luts_of_a_lane(lanes, x, w, most):
    config = Booth.Config(lanes=lanes, x=x, w=w)
    assert config.luts <= most * lanes
    assert abs(config.estimate / config.luts - 1) < 0.05


def test_synthesis_keeps_its_primitives():
    config = Booth.Config(lanes=8, x=S4, w=S4)
    found = measure(config.build())
    assert found.cost.lut == config.luts
    assert found.timing.reg_to_reg_ps <= 3500


@pytest.mark.parametrize(("x", "w", "recodes_x", "digits", "row"), [
    (S8, S4, False, 2, 9), (S4, S8, True, 2, 9), (U8, S2, False, 1, 9), (S2, U8, True, 1, 9),
    (S4, U4, True, 2, 5),
])  # fmt: skip
def test_recodes_what_is_cheaper(x, w, recodes_x, digits, row):
    config = Booth.Config(lanes=4, x=x, w=w)
    assert (config.recodes_x, config.digits, config.row) == (recodes_x, digits, row)


def test_sizes():
    config = Booth.Config(lanes=CHAIN + 5, x=S4, w=S4)
    assert config.product == Number(width=8, signed=True)
    assert config.o == Number(width=12, signed=True)
    assert config.stages == (2,) * 10 + (1,)
    assert config.latency == config.plan.latency >= len(config.stages) + 1


@pytest.mark.parametrize("lanes", [0, -1, 2.0, None])
def test_wrong_lanes(lanes):
    message = re.escape(f"Booth lanes must be a positive integer, not {lanes!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Booth.Config(lanes=lanes, x=U4, w=U4)


def test_wrong_rows():
    message = "Booth rows_per_stage must be a positive integer, not 0"
    with pytest.raises(TypeError, match=f"^{message}$"):
        Booth.Config(lanes=1, x=U4, w=U4, rows_per_stage=0)


@pytest.mark.parametrize(("x", "w", "message"), [
    (BIPOLAR, U4, "Booth operands must not be bipolar; use Integer"),
    (U4, BIPOLAR, "Booth operands must not be bipolar; use Integer"),
    (Number(width=17), U4, "Booth operands must be at most 16 bits wide, not 17"),
    (U4, Number(width=18, signed=True), "Booth operands must be at most 16 bits wide, not 18"),
])  # fmt: skip
def test_wrong_operands(x, w, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Booth.Config(lanes=1, x=x, w=w)

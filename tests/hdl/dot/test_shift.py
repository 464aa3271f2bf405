# amaranth: UnusedElaboratable=no

import re
from itertools import product

import numpy as np
import pytest

from generators.synth.synthesize import measure
from hdl.compress.fabric import KINDS
from hdl.dot.shift import CHAIN, Shift
from hdl.number import BIPOLAR, Number
from sim.golden.formats.log import Log
from sim.golden.formats.terms import Terms
from tests.hdl.clocked import draw
from tests.hdl.dot.skewed import simulate, values
from tests.hdl.primitives import netlist_run

S1, S2, S3, S4, S8 = (Number(width=n, signed=True) for n in (1, 2, 3, 4, 8))
U1, U3, U4, U8 = (Number(width=n) for n in (1, 3, 4, 8))


def form(config):
    """The golden model's format of the weights."""
    found = Terms(config.exponents, config.starts, config.offset)
    assert (found.field, found.width) == (config.field, config.w.width)
    return found


def terms(config):
    """Every code of a term, in the order of their values."""
    one = Terms(config.exponents, (0,), config.offset)
    powers = [1 << e for e in range(config.exponents)]
    return one.encode([*(-p for p in reversed(powers)), 0, *powers])


def operands(config, count):
    """Random inputs and codes; in the first rows all are the lowest, zero or highest.

    In every third of the others each is one of the rails.
    """
    rng = np.random.default_rng(config.lanes)
    x = draw(rng, config.x, (count, config.lanes))
    one = terms(config)
    w = rng.choice(one, (count, config.lanes, config.terms))
    x[6::3] = rng.choice([config.x.low, config.x.high], x[6::3].shape)
    w[6::3] = rng.choice([one[0], one[-1]], w[6::3].shape)
    ends = product((config.x.low, config.x.high), (one[0], one[len(one) // 2], one[-1]))
    for row, (left, right) in enumerate(ends):
        x[row], w[row] = left, right
    return x, (w << np.arange(config.terms) * (1 + config.field)).sum(axis=2)


def check(config, x, w, seed, stall=0.0, **options):
    y = simulate(config, x, w, seed, stall, **options)
    np.testing.assert_array_equal(y, (x * form(config).decode(w)).sum(axis=1))


@pytest.mark.parametrize("exponents", range(1, 16))
@pytest.mark.parametrize("x", [S1, S3, U1, U3])
def test_every_operand_of_one_lane(x, exponents):
    config = Shift.Config(lanes=1, x=x, exponents=exponents)
    a, w = np.meshgrid(values(x), terms(config))
    check(config, a.reshape(-1, 1), w.reshape(-1, 1), 1, 0.2)


@pytest.mark.parametrize("fabric", KINDS)
@pytest.mark.parametrize(("lanes", "x", "exponents", "starts"), [
    (16, S4, 7, (0,)), (5, U8, 8, (0,)), (7, S8, 3, (0, 3)), (3, U4, 5, (2, 0, 1)),
    (4, S8, 2, (0, 2, 4, 6)), (CHAIN + 2, S2, 4, (0,)), (3, U3, 9, (1,)),
    (2, S4, 15, (0, 0)), (2, Number(width=30, signed=True), 2, (0,)),
])  # fmt: skip
def test_random_and_rails(lanes, x, exponents, starts, fabric):
    config = Shift.Config(lanes=lanes, x=x, exponents=exponents, starts=starts, fabric=fabric)
    check(config, *operands(config, 60), lanes, 0.3)


@pytest.mark.parametrize("seed", range(10))
def test_random_formats(seed):
    rng = np.random.default_rng(seed)
    x = Number(width=int(rng.integers(1, 11)), signed=bool(rng.integers(2)))
    starts = tuple(rng.integers(0, 6, rng.integers(1, 4)).tolist())
    config = Shift.Config(lanes=int(rng.integers(1, 5)), x=x, exponents=int(rng.integers(1, 13)),
                          starts=starts)  # fmt: skip
    check(config, *operands(config, 16), seed, 0.2)


@pytest.mark.parametrize(("lanes", "x", "exponents", "starts"), [
    (9, S4, 7, (0,)), (5, U8, 6, (0,)), (3, S4, 8, (0, 1)), (2, U4, 15, (0,)), (4, S8, 3, (0,)),
    (4, S4, 2, (0, 2)),
])  # fmt: skip
def test_primitives(lanes, x, exponents, starts):
    config = Shift.Config(lanes=lanes, x=x, exponents=exponents, starts=starts)
    check(config, *operands(config, 200), lanes, 0.2, how=netlist_run)


def test_logarithmic_weights():
    """A log weight of four bits is the code of a term of seven exponents, without a recoding."""
    log = Log(4)
    config = Shift.Config(lanes=4, x=S4, exponents=log.exponents)
    assert config.w.width == log.bits
    a, w = operands(config, 40)
    np.testing.assert_array_equal(log.decode(w), form(config).decode(w))
    np.testing.assert_array_equal(log.encode(log.decode(w)), w)
    y = simulate(config, a, w, 4)
    np.testing.assert_array_equal(y, (a * log.decode(w)).sum(axis=1))


@pytest.mark.parametrize(("x", "w"), [(S4, S4), (U4, S8)])
def test_terms_of_two_exponents_make_every_integer(x, w):
    config = Shift.Config(lanes=3, x=x, exponents=2, starts=tuple(range(0, w.width, 2)))
    rng = np.random.default_rng(w.width)
    numbers = np.concatenate([rng.permutation(values(w)) for _ in range(3)]).reshape(-1, 3)[:90]
    a = draw(rng, x, numbers.shape)
    y = simulate(config, a, form(config).encode(numbers), 5)
    np.testing.assert_array_equal(y, (a * numbers).sum(axis=1))


def test_padding_adds_nothing():
    config = Shift.Config(lanes=8, x=U4, exponents=7)
    a, w = operands(config, 20)
    a[:, 5:], w[:, :2] = 0, 0
    y = simulate(config, a, w, 1)
    np.testing.assert_array_equal(y, (a * form(config).decode(w))[:, 2:5].sum(axis=1))


@pytest.mark.parametrize(("x", "exponents", "starts", "most"), [
    (S4, 7, (0,), 14.7), (S4, 6, (0,), 12.7), (S4, 2, (0, 2), 11.5), (S8, 7, (0,), 22.7),
    (S8, 2, (0, 2, 4, 6), 39.9), (S8, 4, (0, 4), 34.2),
])  # fmt: skip
def test_luts_of_a_lane(x, exponents, starts, most):
    config = Shift.Config(lanes=16, x=x, exponents=exponents, starts=starts)
    assert config.luts <= most * 16
    assert abs(config.estimate / config.luts - 1) < 0.05


def test_synthesis_keeps_its_primitives():
    config = Shift.Config(lanes=8, x=S4, exponents=7)
    found = measure(config.build())
    assert found.cost.lut == config.luts
    assert found.timing.reg_to_reg_ps <= 3500


def test_sizes():
    config = Shift.Config(lanes=CHAIN + 5, x=S4, exponents=7, starts=(0, 1))
    assert (config.terms, config.field, config.w) == (2, 3, Number(width=8))
    assert config.product == Number(width=12, signed=True)
    assert config.o == Number(width=16, signed=True)
    assert config.stages == (2,) * 10 + (1,)
    assert config.latency == config.plan.latency >= len(config.stages) + 1


@pytest.mark.parametrize("name", ["lanes", "exponents"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"Shift {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Shift.Config(**{"lanes": 1, "x": U4, "exponents": 1, name: value})


@pytest.mark.parametrize(("fields", "message"), [
    ({"x": BIPOLAR}, "Shift inputs must not be bipolar"),
    ({"x": Number(width=33)}, "Shift inputs must be at most 32 bits wide, not 33"),
    ({"exponents": 16}, "Shift exponents must be at most 15, not 16"),
    ({"starts": ()}, "Shift starts must be some exponents from 0 up, not ()"),
    ({"starts": (1, -1)}, "Shift starts must be some exponents from 0 up, not (1, -1)"),
])  # fmt: skip
def test_wrong_config(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Shift.Config(**{"lanes": 1, "x": U4, "exponents": 1} | fields)

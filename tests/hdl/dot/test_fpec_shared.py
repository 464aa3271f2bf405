# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from generators.synth.synthesize import measure
from hdl.dot.booth import CHAIN
from hdl.dot.fpec import FPEC
from hdl.dot.fpec_shared import SharedFPEC
from hdl.number import BIPOLAR, Number
from sim.golden.compensate import compensated
from tests.hdl.dot import errors
from tests.hdl.dot.skewed import simulate
from tests.hdl.dot.test_fpec import sides
from tests.hdl.primitives import netlist_run

S1, S2, S4 = (Number(width=n, signed=True) for n in (1, 2, 4))
U2, U4 = (Number(width=n) for n in (2, 4))


def golden(config, x, w):
    """Of each row of codes."""
    forms = [None if m is None else errors.form(number, m) for number, m in sides(config)]
    return np.array([compensated(a[None], b[None], x=forms[0], w=forms[1], lanes=config.block,
                                 compensators=config.compensators)[0, 0]
                     for a, b in zip(x, w)])  # fmt: skip


def operands(config, count, frequency=0.4):
    """Random codes; rows 0 and 1 of the lowest and highest, with errors."""
    rng = np.random.default_rng(config.lanes)
    shape = count, config.lanes * config.block
    x, w = (errors.random_codes(rng, *side, shape, frequency) for side in sides(config))
    for row, place in enumerate((0, -1)):
        x[row], w[row] = (np.sort(errors.ends(*side).ravel())[place] for side in sides(config))
    return x, w


def blocks(config, words, number):
    """Words of elements as those of blocks, lowest element lowest."""
    width = number.width // config.block
    some = (words & (1 << width) - 1).reshape(len(words), config.lanes, config.block)
    return (some.astype(object) << np.arange(config.block) * width).sum(axis=2)


def check(config, x, w, seed, stall=0.0, **options):
    one, other = (errors.word(*side, values) for side, values in zip(sides(config), (x, w)))
    y = simulate(config, blocks(config, one, config.x), blocks(config, other, config.w), seed,
                 stall, **options)  # fmt: skip
    np.testing.assert_array_equal(y, golden(config, x, w))


@pytest.mark.parametrize(("block", "compensators"), [(3, 1), (4, 2)])
def test_every_pattern_of_errors(block, compensators):
    """Errors on either side of each element, or on none: which are served, which dropped."""
    config = SharedFPEC.Config(lanes=1, block=block, compensators=compensators, qx=S2, qw=U2)
    pattern = np.arange(4**block)[:, None] >> 2 * np.arange(block)
    rng = np.random.default_rng(block)
    x = errors.form(S2, 0).join(rng.integers(-2, 2, pattern.shape), pattern & 1)
    w = errors.form(U2, 0).join(rng.integers(1, 4, pattern.shape), -(pattern >> 1 & 1))
    check(config, x, w, 1)


@pytest.mark.parametrize(
    ("lanes", "block", "compensators", "qx", "qw", "magnitude", "kind", "fabric"), [
        (2, 4, 1, U2, S2, 0, "both", "portable"), (1, 5, 2, S4, S2, 0, "x", "xilinx"),
        (1, 7, 1, S2, S2, 1, "both", "lut"), (CHAIN + 1, 2, 1, S2, S1, 0, "w", "xilinx"),
        (1, 4, 2, U2, S2, 2, "both", "xilinx"),
    ])  # fmt: skip
def test_random_and_ends(lanes, block, compensators, qx, qw, magnitude, kind, fabric):
    config = SharedFPEC.Config(lanes=lanes, block=block, compensators=compensators, qx=qx, qw=qw,
                               magnitude=magnitude, errors=kind, fabric=fabric)  # fmt: skip
    check(config, *operands(config, 20), lanes, 0.3)


@pytest.mark.parametrize("seed", range(2))
def test_random_formats(seed):
    rng = np.random.default_rng(seed)
    qx, qw = (Number(width=int(rng.integers(1, 4)), signed=bool(rng.integers(2)))
              for _ in range(2))  # fmt: skip
    block = int(rng.integers(2, 6))
    config = SharedFPEC.Config(lanes=1 + seed % 2, block=block, qx=qx, qw=qw,
                               compensators=int(rng.integers(1, min(block, 4))), magnitude=seed % 3,
                               errors=rng.choice(["both", "x", "w"]))  # fmt: skip
    check(config, *operands(config, 24), seed, 0.2)


@pytest.mark.parametrize(("block", "compensators", "magnitude"), [(4, 1, 0), (3, 2, 1)])
def test_primitives(block, compensators, magnitude):
    config = SharedFPEC.Config(lanes=1, block=block, compensators=compensators, qx=U2, qw=S4,
                               magnitude=magnitude)  # fmt: skip
    check(config, *operands(config, 80), 2, 0.2, how=netlist_run)


def test_padding_adds_nothing():
    config = SharedFPEC.Config(lanes=2, block=4, qx=U2, qw=S2)
    x, w = operands(config, 20)
    x[:, 4:] = 0
    full = np.where(np.arange(8) < 4, w, 0)
    np.testing.assert_array_equal(golden(config, x, w), golden(config, x, full))
    check(config, x, w, 1)


@pytest.mark.parametrize(("number", "block", "compensators", "most"), [
    (S4, 4, 1, 0.875), (S4, 8, 2, 1.19),
])  # fmt: skip
def test_luts_beside_those_of_all_lanes(number, block, compensators, most):
    """A correction is little more than its selection: two of eight lanes cost more than all."""
    shared = SharedFPEC.Config(lanes=64 // block, block=block, compensators=compensators,
                               qx=number, qw=number)  # fmt: skip
    every = FPEC.Config(lanes=64, qx=number, qw=number)
    assert most - 0.03 <= shared.luts / every.luts <= most
    assert abs(shared.estimate / shared.luts - 1) < 0.06


def test_synthesis_keeps_its_primitives():
    config = SharedFPEC.Config(lanes=2, block=4, qx=S2, qw=S2)
    found = measure(config.build())
    assert abs(found.cost.lut / config.luts - 1) < 0.03
    assert found.timing.reg_to_reg_ps <= 3500


def test_sizes():
    config = SharedFPEC.Config(lanes=CHAIN + 2, block=4, qx=U4, qw=S4, errors="w")
    assert (config.x, config.w) == (Number(width=16), Number(width=24))
    assert config.product == Number(width=11, signed=True)
    assert config.o == Number(width=16, signed=True)  # 72 * (2 * 15 * -8 - 15)
    assert config.stages == (2,) * 9
    assert config.front == 1
    assert config.latency == config.plan.latency >= len(config.stages) + 1


@pytest.mark.parametrize("name", ["lanes", "block", "compensators"])
def test_wrong_size(name):
    message = f"SharedFPEC {name} must be a positive integer, not 0"
    with pytest.raises(TypeError, match=f"^{message}$"):
        SharedFPEC.Config(**{"lanes": 1, "block": 4, "qx": U4, "qw": U4, name: 0})


@pytest.mark.parametrize(("fields", "message"), [
    ({"compensators": 4},
     "SharedFPEC compensators must be fewer than the 4 elements of a block, not 4"),
    ({"qx": BIPOLAR}, "FPEC operands must not be bipolar"),
    ({"magnitude": 3}, "FPEC magnitude must be 0 to 2, not 3"),
])  # fmt: skip
def test_wrong_config(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        SharedFPEC.Config(**{"lanes": 1, "block": 4, "qx": U4, "qw": U4} | fields)

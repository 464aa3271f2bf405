# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from generators.synth.synthesize import measure
from hdl.dot.folded import Folded
from hdl.number import BIPOLAR
from tests.hdl import clocked
from tests.hdl.primitives import netlist_run


def counts(weights, x, step, *, seed=0, stall=0.0, run=clocked.run, **of):
    """What the circuit counts (vectors, pe), config.latency cycles after each vector."""
    config = Folded.Config.of(weights, **of)
    found = run(Folded(config), config.latency, rng=np.random.default_rng(seed), stall=stall,
                x=clocked.pack(BIPOLAR, x), step=step)  # fmt: skip
    width = config.o.width
    lanes = [[int(row) >> width * pe & (1 << width) - 1 for pe in range(config.pe)]
             for row in found]  # fmt: skip
    return np.array(lanes)


def expected(weights, x, step):
    return (x[:, None] == weights[step]).sum(axis=2)


def every_input(steps, simd):
    """Each x with each step."""
    numbers = np.arange(steps << simd)
    return 2 * (numbers[:, None] >> np.arange(simd) & 1) - 1, numbers >> simd


@pytest.mark.parametrize("steps", [2, 3, 4, 5, 8])
@pytest.mark.parametrize("simd", [1, 2, 3, 4, 5])
def test_every_input(steps, simd):
    weights = clocked.draw(np.random.default_rng(simd), BIPOLAR, (steps, 3, simd))
    x, step = every_input(steps, simd)
    found = counts(weights, x, step)
    np.testing.assert_array_equal(found, expected(weights, x, step))


@pytest.mark.parametrize("simd", [1, 2, 3])
def test_every_weight(simd):
    """Each pattern of a row's weights in two steps."""
    patterns = np.arange(1 << 2 * simd)[:, None] >> np.arange(2 * simd) & 1
    weights = (2 * patterns - 1).reshape(-1, 2, simd).transpose(1, 0, 2)
    x, step = every_input(2, simd)
    found = counts(weights, x, step)
    np.testing.assert_array_equal(found, expected(weights, x, step))


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("steps", "pe", "simd"), [(2, 1, 8), (2, 4, 25), (3, 2, 7), (4, 3, 16),
                                                   (4, 4, 27), (7, 2, 13), (8, 3, 24)])  # fmt: skip
def test_random(steps, pe, simd, stall):
    rng = np.random.default_rng(100 * simd + steps)
    weights = clocked.draw(rng, BIPOLAR, (steps, pe, simd))
    x, step = clocked.draw(rng, BIPOLAR, (40, simd)), rng.integers(0, steps, 40)
    x[0], x[1] = weights[step[0], 0], -weights[step[1], pe - 1]
    x[2], x[3] = 1, -1
    found = counts(weights, x, step, stall=stall)
    np.testing.assert_array_equal(found, expected(weights, x, step))
    assert found[0, 0] == simd
    assert found[1, pe - 1] == 0


@pytest.mark.slow
@pytest.mark.parametrize(("steps", "simd"), [(4, 64), (8, 256)])
def test_many_lanes(steps, simd):
    rng = np.random.default_rng(simd)
    weights = clocked.draw(rng, BIPOLAR, (steps, 2, simd))
    x, step = clocked.draw(rng, BIPOLAR, (30, simd)), rng.integers(0, steps, 30)
    x[0], x[1] = weights[step[0], 0], -weights[step[1], 1]
    for run in (clocked.run, netlist_run):
        found = counts(weights, x, step, stall=0.3, run=run)
        np.testing.assert_array_equal(found, expected(weights, x, step))


@pytest.mark.parametrize("sign", [-1, 1])
@pytest.mark.parametrize("simd", [6, 16])
def test_rails(simd, sign):
    weights = np.full((4, 2, simd), sign)
    x, step = np.repeat([[1] * simd, [-1] * simd], 4, axis=0), np.tile(np.arange(4), 2)
    found = counts(weights, x, step)
    np.testing.assert_array_equal(found, np.repeat([simd, 0][::sign], 4)[:, None] * [1, 1])


@pytest.mark.parametrize(("steps", "pe", "simd", "fabric"), [
    (2, 3, 9, "xilinx"), (4, 3, 16, "xilinx"), (8, 2, 16, "xilinx"), (4, 3, 16, "lut"),
    (8, 3, 9, "portable"),
])  # fmt: skip
def test_primitives(steps, pe, simd, fabric):
    rng = np.random.default_rng(simd)
    weights = clocked.draw(rng, BIPOLAR, (steps, pe, simd))
    x, step = clocked.draw(rng, BIPOLAR, (60, simd)), rng.integers(0, steps, 60)
    found = counts(weights, x, step, stall=0.3, run=netlist_run, fabric=fabric)
    np.testing.assert_array_equal(found, expected(weights, x, step))


@pytest.mark.parametrize(("steps", "pe", "simd", "latency", "luts"), [
    (2, 1, 1, 1, 1),  # the table of a lane
    (4, 2, 2, 1, 3),  # a parity, and two tables for both rows
    (4, 3, 3, 1, 5),  # a parity, and four tables for two rows and for one
    (8, 3, 3, 1, 6),  # three tables for a row each
    (4, 2, 7, 2, 8),  # two of parities, four of tables, and a full adder a row
    (4, 16, 16, 4, 156),
    (8, 16, 16, 4, 212),
])  # fmt: skip
def test_sizes(steps, pe, simd, latency, luts):
    config = Folded.Config.of(np.ones((steps, pe, simd)))
    assert config.latency == latency
    assert config.luts <= luts
    assert config.o.width == simd.bit_length()


@pytest.mark.slow
@pytest.mark.parametrize(("steps", "simd", "most"), [(2, 64, 0.6), (4, 64, 0.6), (8, 64, 0.82),
                                                     (4, 256, 0.56), (8, 256, 0.82)])  # fmt: skip
def test_synthesis(steps, simd, most):
    """LUTs of a lane of a step; shift registers are not promised."""
    pe = 16
    weights = clocked.draw(np.random.default_rng(simd), BIPOLAR, (steps, pe, simd))
    config = Folded.Config.of(weights)
    made = measure(Folded(config))
    assert config.luts <= made.cost.lut <= config.luts + 3 * pe + 3
    assert made.cost.lut <= most * pe * simd
    assert made.timing.reg_to_reg.ps <= 3500


def test_weights_are_kept():
    weights = clocked.draw(np.random.default_rng(0), BIPOLAR, (4, 3, 5))
    config = Folded.Config.of(weights)
    assert config == Folded.Config.of(weights.copy())
    assert hash(config) == hash(Folded.Config.of(weights.copy()))
    assert (config.steps, config.pe, config.simd) == (4, 3, 5)
    assert config != Folded.Config.of(-weights)


@pytest.mark.parametrize("steps", [1, 9])
def test_wrong_steps(steps):
    message = re.escape(f"Folded steps must be from 2 to 8, not {steps}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        Folded.Config.of(np.ones((steps, 2, 3)))


@pytest.mark.parametrize("size", ["steps", "pe", "simd"])
@pytest.mark.parametrize("wrong", [0, -1, 2.0])
def test_wrong_sizes(size, wrong):
    sizes = {"steps": 2, "pe": 1, "simd": 1} | {size: wrong}
    message = re.escape(f"Folded {size} must be a positive integer, not {wrong!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Folded.Config(**sizes, weights=b"\1\1")


def test_wrong_number_of_weights():
    with pytest.raises(ValueError, match=r"^Folded weights must be 24 numbers, not 2$"):
        Folded.Config(steps=2, pe=3, simd=4, weights=b"\1\1")


def test_wrong_shape():
    message = re.escape("Folded weights must be of shape (steps, pe, simd), not (3, 4)")
    with pytest.raises(ValueError, match=f"^{message}$"):
        Folded.Config.of(np.ones((3, 4)))


@pytest.mark.parametrize("wrong", [0, 2, 257])
def test_wrong_weights(wrong):
    with pytest.raises(ValueError, match=r"^Folded weights must be -1 and 1 only$"):
        Folded.Config.of(np.full((2, 3, 4), wrong))

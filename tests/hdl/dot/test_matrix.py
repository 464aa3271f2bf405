# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from generators.synth.synthesize import synthesize
from hdl.dot.matrix import ConstantMatrix
from hdl.number import BIPOLAR, Number, holding
from tests.hdl import clocked
from tests.hdl.dot.matrices import TARGETS, random_matrix, vectors
from tests.hdl.primitives import netlist_run

INT4 = Number(width=4, signed=True)


def simulate(config, x, *, stall=0.0, runner=clocked.run):
    """The outputs (vectors, rows) of vectors (count, cols)."""
    y = runner(ConstantMatrix(config), config.latency, rng=np.random.default_rng(len(x)),
               stall=stall, x=clocked.pack(config.x, x))  # fmt: skip
    width = config.o.width
    rows = [[int(v) >> width * r & (1 << width) - 1 for r in range(config.rows)] for v in y]
    codes = np.array(rows, np.int64)
    return np.where(codes > config.o.high, codes - (1 << width), codes)


def check(weights, x, *, bias=None, thresholds=None, fabric="xilinx", **options):
    number, found = x
    config = ConstantMatrix.Config.of(weights, number, bias=bias, thresholds=thresholds,
                                      fabric=fabric)  # fmt: skip
    total = found @ weights.T + (0 if bias is None else bias)
    wanted = total if thresholds is None else total >= thresholds
    np.testing.assert_array_equal(simulate(config, found, **options), wanted)


@pytest.mark.parametrize("seed", range(12))
def test_random_formats(seed):
    """Sums with biases, then signs, with stalls."""
    rng = np.random.default_rng(seed)
    weights, x = random_matrix(rng)
    found = x, vectors(rng, x, weights, 12)
    check(weights, found, bias=rng.integers(-9, 10, len(weights)), stall=0.4 * (seed % 2))
    check(weights, found, thresholds=rng.integers(-9, 10, len(weights)))


@pytest.mark.parametrize("fabric", ["lut", "portable"])
def test_other_fabrics(fabric):
    rng = np.random.default_rng(3)
    weights = rng.integers(-2, 3, (6, 5))
    check(weights, (Number(width=2), vectors(rng, Number(width=2), weights, 12)), fabric=fabric)


@pytest.mark.parametrize(("x", "shared"), [(INT4, 9), (BIPOLAR, 0), (Number(width=2), 5)])
def test_shared_sums(x, shared):
    """Sums that wait for their readers; of bits there are none."""
    rng = np.random.default_rng(4)
    weights = rng.integers(-3, 4, (16, 8))
    config = ConstantMatrix.Config.of(weights, x)
    assert len(config.plan.sums) >= shared
    check(weights, (x, vectors(rng, x, weights, 30)), stall=0.3)


def test_primitives():
    rng = np.random.default_rng(5)
    weights = rng.integers(-4, 4, (8, 8))
    check(weights, (INT4, vectors(rng, INT4, weights, 30)), stall=0.3, runner=netlist_run)


def test_every_vector():
    weights = np.array([[3, -5, 2], [-1, 7, 6], [0, 0, -8], [3, -5, 1]])
    x = np.array(np.meshgrid(*[np.arange(-4, 4)] * 3)).reshape(3, -1).T
    check(weights, (Number(width=3, signed=True), x))


def test_rows_that_never_change():
    """No register: zeros with a bias, thresholds beyond all sums, and an input as it is."""
    weights = np.array([[0, 0], [0, 1]])
    config = ConstantMatrix.Config.of(weights, INT4, bias=[-3, 0])
    assert (config.latency, config.luts, config.o) == (0, 0, INT4)
    x = np.array([[-8, 7], [7, -8], [1, 2]])
    np.testing.assert_array_equal(simulate(config, x), [[-3, 7], [-3, -8], [-3, 2]])
    config = ConstantMatrix.Config.of(weights, INT4, thresholds=[0, 8])
    np.testing.assert_array_equal(simulate(config, x), [[1, 0]] * 3)


def test_sizes():
    weights = np.array([[1, 2, 3], [0, 1, 0]])
    config = ConstantMatrix.Config.of(weights, Number(width=2))
    assert (config.rows, config.cols, config.o) == (2, 3, Number(width=5))
    assert config.numbers == (Number(width=5), Number(width=2))
    assert ConstantMatrix.Config.of(weights, INT4, bias=[0, 100]).o == holding(-48, 107)
    assert config == ConstantMatrix.Config.of(weights.copy(), Number(width=2))
    assert hash(config) == hash(ConstantMatrix.Config.of(weights.copy(), Number(width=2)))
    np.testing.assert_array_equal(config.matrix, weights)


@pytest.mark.slow
@pytest.mark.parametrize("target", TARGETS, ids=lambda one: one.name)
def test_targets(target):
    """In few enough LUTs, as synthesis finds them; exact at random and at the ends."""
    rng = np.random.default_rng(target.seed)
    config = target.config()
    assert config.luts <= 0.55 * target.luts
    assert synthesize(config.build()).lut == config.luts
    x = vectors(rng, target.x, target.weights(), 24)
    np.testing.assert_array_equal(simulate(config, x, stall=0.2), x @ target.weights().T)


@pytest.mark.parametrize(("weights", "fields", "message"), [
    (np.ones(3), {}, "ConstantMatrix weights must be a matrix, not of shape (3,)"),
    (np.ones((0, 3)), {}, "ConstantMatrix weights must be a matrix, not of shape (0, 3)"),
    (np.full((1, 3), 0.5), {}, "ConstantMatrix weights must be integers of at most 32 bits"),
    (np.full((1, 3), 1 << 31), {}, "ConstantMatrix weights must be integers of at most 32 bits"),
    (np.ones((2, 3)), {"bias": [1]},
     "ConstantMatrix bias must be one for each of 2 rows, not 1"),
    (np.ones((2, 3)), {"thresholds": [1, 2, 3]},
     "ConstantMatrix thresholds must be one for each of 2 rows, not 3"),
    (np.ones((1, 3)), {"bias": [1], "thresholds": [1]},
     "ConstantMatrix must not have both bias and thresholds"),
])  # fmt: skip
def test_wrong_arrays(weights, fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ConstantMatrix.Config.of(weights, INT4, **fields)


@pytest.mark.parametrize("weights", [b"", bytes(4), bytes(9)])
def test_wrong_bytes(weights):
    message = f"ConstantMatrix weights must be some rows of 2 integers, not {len(weights)} bytes"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ConstantMatrix.Config(weights=weights, cols=2, x=INT4)


@pytest.mark.parametrize("cols", [0, 2.0])
def test_wrong_cols(cols):
    message = re.escape(f"ConstantMatrix cols must be a positive integer, not {cols!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        ConstantMatrix.Config(weights=bytes(4), cols=cols, x=INT4)

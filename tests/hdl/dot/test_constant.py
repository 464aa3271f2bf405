# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.dot.constant import ConstantCounts
from hdl.number import BIPOLAR, Number
from tests.hdl import clocked


def simulate(config, x, seed, stall):
    """The outputs (frames, rows) of inputs (frames, cols) of -1 and 1."""
    y = clocked.run(ConstantCounts(config), config.latency, rng=np.random.default_rng(seed),
                    stall=stall, x=clocked.pack(BIPOLAR, x))  # fmt: skip
    width = config.o.width
    mask = (1 << width) - 1
    return np.array([[int(v) >> width * r & mask for r in range(config.rows)] for v in y])


def counts(w, x):
    return (x @ w.T + w.shape[1]) // 2


def check(w, x, *, thresholds=None, stall=0.0, fabric="xilinx"):
    y = simulate(ConstantCounts.Config.of(w, thresholds, fabric), x, len(w), stall)
    wanted = counts(w, x) if thresholds is None else counts(w, x) >= thresholds
    np.testing.assert_array_equal(y, wanted)


@pytest.mark.parametrize("fabric", ["xilinx", "lut", "portable"])
@pytest.mark.parametrize(("rows", "cols"), [(1, 1), (1, 3), (2, 4), (3, 6), (5, 5)])
def test_every_input(rows, cols, fabric):
    rng = np.random.default_rng(10 * rows + cols)
    x = 2 * (np.arange(1 << cols)[:, None] >> np.arange(cols) & 1) - 1
    w = clocked.draw(rng, BIPOLAR, (rows, cols))
    check(w, x, fabric=fabric)
    check(w, x, thresholds=rng.integers(-1, cols + 3, rows), fabric=fabric)


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("signs", [False, True])
@pytest.mark.parametrize(("rows", "cols"), [(3, 20), (10, 40)])
def test_random_and_rails(rows, cols, signs, stall):
    rng = np.random.default_rng(rows)
    w, x = (clocked.draw(rng, BIPOLAR, (n, cols)) for n in (rows, 24))
    x[0], x[1], x[2], x[3] = -1, 1, w[0], -w[-1]
    thresholds = cols // 2 + rng.integers(-3, 4, rows) if signs else None
    check(w, x, thresholds=thresholds, stall=stall)


@pytest.mark.slow
@pytest.mark.parametrize("signs", [False, True])
def test_many_rows(signs):
    """So many different sums that similar ones share plans."""
    rng = np.random.default_rng(1)
    w, x = (clocked.draw(rng, BIPOLAR, (n, 300)) for n in (20, 20))
    x[0], x[1] = -1, 1
    check(w, x, thresholds=150 + rng.integers(-9, 10, 20) if signs else None, stall=0.2)


def test_correlated_rows():
    rng = np.random.default_rng(2)
    w, x = (clocked.draw(rng, BIPOLAR, (n, 24)) for n in (4, 20))
    w[1], w[2] = w[0], -w[0]
    check(w, x)
    check(w, x, thresholds=np.array([12, 11, 14, 10]))


def test_rows_that_never_change():
    config = ConstantCounts.Config.of(np.array([[1, -1], [1, 1]]), [0, 3])
    assert (config.latency, config.luts) == (0, 0)
    x = np.array([[-1, -1], [1, -1], [1, 1]])
    np.testing.assert_array_equal(simulate(config, x, 0, 0.0), [[1, 0]] * 3)


def test_sizes():
    w = clocked.draw(np.random.default_rng(0), BIPOLAR, (6, 30))
    counted = ConstantCounts.Config.of(w)
    signed = ConstantCounts.Config.of(w, [15] * 6)
    assert (counted.rows, counted.cols, counted.o) == (6, 30, Number(width=5))
    assert signed.o == BIPOLAR
    assert signed.luts < counted.luts < 6 * 30 * 0.6
    assert counted == ConstantCounts.Config.of(w.copy()) and hash(counted) == hash(counted)
    np.testing.assert_array_equal(counted.matrix, w)


@pytest.mark.parametrize(("weights", "thresholds", "message"), [
    (np.ones(3), None, "ConstantCounts weights must be a matrix, not of shape (3,)"),
    (np.ones((0, 3)), None, "ConstantCounts weights must be a matrix, not of shape (0, 3)"),
    (np.zeros((1, 3)), None, "ConstantCounts weights must be -1 and 1 only"),
    (np.full((1, 3), 257), None, "ConstantCounts weights must be -1 and 1 only"),
    (np.ones((2, 3)), [1], "ConstantCounts thresholds must be one for each of 2 rows, not 1"),
])  # fmt: skip
def test_wrong_arrays(weights, thresholds, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ConstantCounts.Config.of(weights, thresholds)


@pytest.mark.parametrize("weights", [b"", b"\1\1\1"])
def test_wrong_bytes(weights):
    message = f"ConstantCounts weights must be some rows of 2, not {len(weights)} numbers"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ConstantCounts.Config(weights=weights, cols=2)


@pytest.mark.parametrize("cols", [0, -1, 2.0])
def test_wrong_cols(cols):
    message = re.escape(f"ConstantCounts cols must be a positive integer, not {cols!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        ConstantCounts.Config(weights=b"\1", cols=cols)

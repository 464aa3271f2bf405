# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.dot.popcount import Popcount
from hdl.number import BIPOLAR, Number
from tests.hdl import clocked

BIT = Number(width=1)


def simulate(lanes, x, w, seed, stall):
    dut = Popcount(Popcount.Config(lanes=lanes))
    return clocked.run(dut, dut.config.latency, rng=np.random.default_rng(seed), stall=stall,
                       x=clocked.pack(BIPOLAR, x), w=clocked.pack(BIPOLAR, w))  # fmt: skip


@pytest.mark.parametrize("lanes", [1, 2, 3, 4])
def test_every_operand(lanes):
    pairs = np.arange(1 << 2 * lanes)
    bits = 2 * (pairs[:, None] >> np.arange(2 * lanes) & 1) - 1
    x, w = bits[:, :lanes], bits[:, lanes:]
    y = simulate(lanes, x, w, lanes, 0.0)
    np.testing.assert_array_equal(y, (x == w).sum(axis=1))
    np.testing.assert_array_equal(2 * y - lanes, (x * w).sum(axis=1))


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("lanes", [5, 16, 31, 64, 150])
def test_random(lanes, stall):
    rng = np.random.default_rng(lanes)
    x, w = clocked.draw(rng, BIPOLAR, (2, 30, lanes))
    w[0], w[1] = x[0], -x[1]
    y = simulate(lanes, x, w, lanes, stall)
    np.testing.assert_array_equal(y, (x == w).sum(axis=1))


def test_padding_counts_nothing():
    rng = np.random.default_rng(0)
    x, w = clocked.draw(rng, BIPOLAR, (2, 20, 12))
    x[:, 7:], w[:, 7:] = -1, 1  # the bits x = 0, w = 1
    y = simulate(12, x, w, 1, 0.0)
    np.testing.assert_array_equal(y, (x[:, :7] == w[:, :7]).sum(axis=1))


@pytest.mark.parametrize(("lanes", "width", "latency"), [(1, 1, 1), (7, 3, 2), (8, 4, 2),
                                                         (64, 7, 4)])  # fmt: skip
def test_sizes(lanes, width, latency):
    config = Popcount.Config(lanes=lanes)
    assert (config.o, config.latency) == (Number(width=width), latency)


@pytest.mark.parametrize("lanes", [0, -1, 2.0, None])
def test_wrong_lanes(lanes):
    message = re.escape(f"Popcount lanes must be a positive integer, not {lanes!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Popcount.Config(lanes=lanes)


@pytest.mark.parametrize(("x", "w"), [(BIT, BIPOLAR), (BIPOLAR, BIT)])
def test_wrong_operands(x, w):
    message = re.escape(f"Popcount operands must be bipolar, not {x!r} and {w!r}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        Popcount.Config(lanes=1, x=x, w=w)

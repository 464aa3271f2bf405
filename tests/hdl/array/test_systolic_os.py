# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.array.systolic_config import Columns
from hdl.array.systolic_os import OutputStationary
from hdl.dot.booth import Booth
from hdl.dot.integer import Integer
from hdl.dot.packed import Packed
from hdl.dot.popcount import Popcount
from hdl.number import BIPOLAR, Number
from tests.hdl import primitives
from tests.hdl.array.systolic_bench import operands
from tests.hdl.array.systolic_os_bench import product

S3, S4 = (Number(width=n, signed=True) for n in (3, 4))
U2, U4 = (Number(width=n) for n in (2, 4))
ACC = Number(width=14, signed=True)


def array(rows, cols, dot, acc=ACC, reach=1, stalls=True):
    columns = Columns(dot=dot, count=cols, reach=reach)
    return OutputStationary.Config(rows=rows, columns=columns, acc=acc, stalls=stalls)


BOOTH = Booth.Config(lanes=3, x=S4, w=S4)
ARRAYS = {
    "booth": array(3, 2, BOOTH),
    "one row": array(1, 2, BOOTH),
    "two dots a hop": array(2, 4, Booth.Config(lanes=2, x=U4, w=S3), reach=2),
    "popcount": array(2, 2, Popcount.Config(lanes=13), Number(width=8)),
    "bipolar weights": array(2, 2, Integer.Config(lanes=3, x=U2, w=BIPOLAR)),
    "bipolar operands": array(2, 1, Integer.Config(lanes=3, x=BIPOLAR, w=S3)),
    "three int4 in a DSP48E1": array(2, 6, Packed.Config(lanes=5, rows=3, x=U4, w=S4)),
}


@pytest.mark.parametrize(("depth", "stall", "gaps"), [(2, 0.0, 0.0), (14, 0.3, 0.0),
                                                      (16, 0.0, 0.4), (17, 0.2, 0.4)])  # fmt: skip
@pytest.mark.parametrize("name", ARRAYS)
def test_products_of_no_multiples(name, depth, stall, gaps):
    config = ARRAYS[name]
    x, w = operands(config.dot, 4 * config.rows + 1, depth, 3 * config.cols + 1)
    found = product(config, OutputStationary(config), x, w, stall=stall, gaps=gaps)
    np.testing.assert_array_equal(found, x @ w.T)


def test_rare_carry():
    """What random operands seldom reach, found by a proof about a mutant that they do not show."""
    x = np.tile([-8, -5, -2, -8, 1, 5, -8, 6, 4], (3, 1))
    w = np.tile([-2, 6, -7, -2, 4, -4, -2, -2, -2], (2, 1))
    found = product(ARRAYS["booth"], OutputStationary(ARRAYS["booth"]), x, w)
    np.testing.assert_array_equal(found, x @ w.T)


@pytest.mark.parametrize("stalls", [False, True])
def test_netlist(stalls):
    """LUT6_2, CARRY4 and DSP48E1 in yosys' models; without an enable, too."""
    config = array(3, 3, Packed.Config(lanes=3, rows=3, x=S4, w=S4), stalls=stalls)
    x, w = operands(config.dot, 10, 20, 10)
    dut = OutputStationary(config)
    found = product(config, dut, x, w, stall=0.2 * stalls, how=primitives.netlist_run)
    np.testing.assert_array_equal(found, x @ w.T)


def test_narrow_sums_wrap():
    config = array(2, 1, BOOTH, acc=Number(width=5, signed=True))
    x, w = operands(config.dot, 2, 12, 1)
    found = product(config, OutputStationary(config), x, w)
    np.testing.assert_array_equal(found, (x @ w.T + 16) % 32 - 16)


@pytest.mark.parametrize(("rows", "cols", "reach"), [(1, 1, 1), (3, 4, 1), (5, 6, 3)])
def test_cycles(rows, cols, reach):
    config = array(rows, cols, BOOTH, reach=reach)
    assert config.latency == rows + cols // reach + BOOTH.latency + 1
    assert config.cycles(50) == 50 + 2 * rows + cols // reach - 2 + BOOTH.latency + 1
    assert (config.interval(50), config.interval(2)) == (50, max(2, rows))
    assert config.macs == rows * cols * BOOTH.lanes


def test_refuses_no_rows():
    what = "OutputStationary rows must be a positive integer, not 0"
    with pytest.raises(TypeError, match=f"^{re.escape(what)}$"):
        array(0, 1, BOOTH)

# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import Const, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.compress.old_heap import Plan, compress
from tests.hdl import clocked


class Heap(wiring.Component):
    """The sum of bits x, column by column, and of ones."""

    def __init__(self, heights, ones):
        self.heights, self.ones = heights, ones
        self.plan = Plan(tuple(h + n for h, n in zip(heights, ones)))
        super().__init__({"en": In(1), "x": In(sum(heights)), "o": Out(len(heights))})

    def elaborate(self, platform):
        m = Module()
        bits, columns = list(self.x), []
        for height, ones in zip(self.heights, self.ones):
            columns.append([*bits[:height], *[Const(1, 1)] * ones])
            del bits[:height]
        m.d.comb += self.o.eq(compress(m, columns, self.en))
        return m


def golden(dut, bits):
    """The sum modulo 2^width of rows of bits."""
    weights = np.repeat(1 << np.arange(len(dut.heights)), dut.heights)
    constant = np.sum(np.array(dut.ones) << np.arange(len(dut.heights)))
    return (bits @ weights + constant) % (1 << len(dut.heights))


@pytest.mark.parametrize(("heights", "levels", "latency"), [
    ((0,), (), 1),
    ((2, 2, 2), (), 1),
    ((3,), ((1,),), 1),  # the carry leaves the heap
    ((3, 0), ((1, 0),), 1),
    ((3, 2), ((1, 0), (0, 1)), 1),  # 1, 3 -> 1, 1
    ((3, 3, 3), ((1, 1, 1),), 1),  # 1, 2, 2
    ((6, 0, 0), ((2, 0, 0),), 1),  # 2, 2, 0
    ((7, 0, 0), ((2, 0, 0), (1, 0, 0), (0, 1, 0)), 2),  # 3, 2 -> 1, 3 -> 1, 1, 1
    ((9, 0, 0, 0), ((3, 0, 0, 0), (1, 1, 0, 0)), 1),  # 3, 3 -> 1, 2, 1
    ((1, 9), ((0, 3), (0, 1)), 1),
])  # fmt: skip
def test_plan(heights, levels, latency):
    plan = Plan(heights)
    assert plan.levels == levels
    assert plan.latency == latency
    assert plan.full_adders == sum(map(sum, levels))


@pytest.mark.parametrize(("lanes", "levels", "latency"), [
    (16, 5, 2), (64, 9, 4), (784, 14, 5)])
def test_plan_of_popcounts(lanes, levels, latency):
    plan = Plan((lanes,) + (0,) * (lanes.bit_length() - 1))
    assert (len(plan.levels), plan.latency) == (levels, latency)
    # Each adder takes one bit away; at most two bits a column are left.
    assert lanes - 2 * lanes.bit_length() <= plan.full_adders < lanes


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("heights", "ones"), [
    ((1,), (0,)),
    ((5,), (0,)),
    ((0, 4, 0), (0, 0, 0)),
    ((0, 0), (0, 0)),
    ((0, 0, 0), (3, 0, 4)),
    ((3, 0, 5, 0, 0), (1, 1, 0, 2, 0)),
    ((40, 0, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0)),
    ((7, 7, 7, 7), (0, 0, 0, 0)),  # wraps
])  # fmt: skip
def test_sums(heights, ones, stall):
    check(Heap(heights, ones), np.random.default_rng(sum(heights)), stall)


@pytest.mark.parametrize("seed", range(12))
def test_sums_random(seed):
    rng = np.random.default_rng(seed)
    width = int(rng.integers(1, 9))
    heights = rng.integers(0, 12, width) * rng.integers(0, 2, width)
    check(Heap(tuple(heights.tolist()), tuple(rng.integers(0, 3, width).tolist())), rng, 0.3)


def check(dut, rng, stall):
    bits = rng.integers(0, 2, (40, sum(dut.heights)))
    bits[0], bits[1] = 0, 1
    x = [sum(bit << k for k, bit in enumerate(row)) for row in bits.tolist()]
    y = clocked.run(dut, dut.plan.latency, rng=rng, stall=stall, x=x)
    np.testing.assert_array_equal(y, golden(dut, bits))


@pytest.mark.parametrize("heights", [(), (1, -1)])
def test_wrong_heights(heights):
    message = f"Heap heights must be some non-negative integers, not {heights!r}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Plan(heights)

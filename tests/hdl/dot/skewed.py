"""Dot products whose lanes are read in stages, as if all were given in one cycle."""

from itertools import accumulate, product

import numpy as np
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from tests.hdl.clocked import draw, pack, run
from tests.hdl.compress.trees import later

__all__ = ["Skewed", "operands", "simulate", "values"]


class Skewed(wiring.Component):
    """A dot product of a config with ``stages``; each lane is delayed by its stage."""

    def __init__(self, config):
        self.config = config
        super().__init__({
            "en": In(1),
            "x": In(config.lanes * config.x.width),
            "w": In(config.lanes * config.w.width),
            "o": Out(config.o.shape),
        })

    def elaborate(self, platform):
        m = Module()
        config = self.config
        m.submodules.dot = dot = config.build()
        ends = [*accumulate(config.stages)]
        assert ends[-1] == config.lanes
        for name, width in (("x", config.x.width), ("w", config.w.width)):
            lanes = getattr(self, name)
            parts = [later(m, lanes[(end - count) * width : end * width], stage, self.en)
                     for stage, (end, count) in enumerate(zip(ends, config.stages))]  # fmt: skip
            m.d.comb += getattr(dot, name).eq(Cat(*parts))
        m.d.comb += [dot.en.eq(self.en), self.o.eq(dot.o)]
        return m


def simulate(config, x, w, seed, stall=0.0, how=run):
    """The sums of rows of operands (rows, lanes)."""
    return how(Skewed(config), config.latency, rng=np.random.default_rng(seed), stall=stall,
               x=pack(config.x, x), w=pack(config.w, w))  # fmt: skip


def operands(config, count):
    """Random operands; in the first rows all are the lowest or highest, in others each is one."""
    rng = np.random.default_rng(config.lanes)
    x, w = draw(rng, config.x, (count, config.lanes)), draw(rng, config.w, (count, config.lanes))
    for some, number in ((x, config.x), (w, config.w)):
        some[4::3] = rng.choice([number.low, number.high], some[4::3].shape)
    ends = product((config.x.low, config.x.high), (config.w.low, config.w.high))
    for row, (left, right) in enumerate(ends):
        x[row], w[row] = left, right
    return x, w


def values(number):
    """All values of a number."""
    return [-1, 1] if number.bipolar else range(number.low, number.high + 1)

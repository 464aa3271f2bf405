# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from generators.synth.synthesize import synthesize
from hdl.accumulate.planes import Op, PlaneAccumulator
from hdl.number import Number
from sim.golden import planes
from tests.hdl import clocked, primitives

OPS = (Op.FIRST, Op.MINUS, Op.ADD, Op.DOUBLE, Op.LESS, Op.FLIP, Op.LESS1, Op.SHIFT)
"""The first seven as in planes.horner."""

RUNS = {"simulator": clocked.run, "netlist": primitives.netlist_run}


class Chain(wiring.Component):
    """Units that take their neighbour's sums; op is the place of one in OPS, noise another's."""

    def __init__(self, config, units=1):
        self.config, self.units = config, units
        super().__init__({"en": In(1), "op": In(3), "c": In(48 * units), "o": Out(48)})

    def elaborate(self, platform):
        m = Module()
        op = Signal(Op, init=Op.FIRST)
        with m.Switch(self.op):
            for number, one in enumerate(OPS):
                with m.Case(number):
                    m.d.comb += op.eq(one)
        neighbour = 0
        for k in range(self.units):
            m.submodules[f"unit{k}"] = unit = PlaneAccumulator(self.config)
            m.d.comb += [
                unit.en.eq(self.en),
                unit.op.eq(op),
                unit.c.eq(self.c.word_select(k, 48)),
                unit.neighbour.eq(neighbour),
            ]
            neighbour = unit.cascade
        m.d.comb += self.o.eq(unit.o)
        return m


def lanes_of(words, config):
    mask = (1 << config.width) - 1
    lanes = words.astype(object)[:, None] >> config.width * np.arange(config.lanes) & mask
    return planes.wrap(lanes, config.width)


@pytest.mark.parametrize("run", RUNS)
@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("lanes", [2, 4, 1])
def test_ops(lanes, stall, run):
    rng = np.random.default_rng(lanes)
    config = PlaneAccumulator.Config(lanes=lanes)
    steps = 2500 if run == "netlist" else 300
    row = Number(width=config.width)
    rows = clocked.draw(rng, row, (steps, lanes))
    rows[20:40] = row.high
    ops = rng.choice(7, steps, p=[0.08, 0.08, 0.3, 0.3, 0.08, 0.08, 0.08])
    ops[0] = 0

    words = RUNS[run](Chain(config), config.latency, rng=rng, stall=stall, op=ops,
                      c=clocked.pack(row, rows))  # fmt: skip

    o = lanes_of(words, config)
    np.testing.assert_array_equal(o, planes.horner(ops, rows, config.width))


@pytest.mark.parametrize("run", RUNS)
def test_sums_leave_through_a_chain(run):
    rng = np.random.default_rng(1)
    rows = clocked.draw(rng, Number(width=24), (400, 6))
    ops = np.resize([0, 2, 7, 7], len(rows))
    words = RUNS[run](Chain(PlaneAccumulator.Config(), 3), 2, rng=rng, stall=0.3, op=ops,
                      c=clocked.pack(Number(width=24), rows))  # fmt: skip
    sums = (rows[0::4] + rows[1::4]) % (1 << 24)
    codes = np.array(clocked.pack(Number(width=24), sums.reshape(-1, 2)), object).reshape(-1, 3)
    np.testing.assert_array_equal(words.reshape(-1, 4)[:, 1:], codes[:, ::-1])


def test_takes_one_dsp():
    cost = synthesize(PlaneAccumulator(PlaneAccumulator.Config()))
    assert (cost.lut, cost.ff, cost.dsp) == (0, 0, 1)


def test_refuses_other_lanes():
    what = "PlaneAccumulator lanes must be 1, 2 or 4, not 5"
    with pytest.raises(ValueError, match=f"^{re.escape(what)}$"):
        PlaneAccumulator.Config(lanes=5)

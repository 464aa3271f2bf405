# amaranth: UnusedElaboratable=no

import re
from itertools import product

import numpy as np
import pytest
from amaranth.hdl import Cat, Const, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out
from amaranth.sim import Simulator

from generators.emit.verilog import to_rtlil
from hdl.compress.blocks import BLOCKS, LUT_ONLY, Bit, Pair
from hdl.compress.fabric import Fabric
from hdl.compress.tree import GATES
from tests.hdl.compress.trees import GOLDEN_GATES
from tests.hdl.primitives import netlist_run

STRAIGHT = {"A06": (6, 5), "A06n": (5,), "A14": (4,), "XN06": (1, 2, 3), "A607": (6, 5, 12),
            "A1407": (6, 5), "A6014": (4, 11), "A1415": (4,)}  # fmt: skip
"""Bits that may not be inverted: the chain's carry in, and a LUT's sixth input."""


def wires(name):
    """How many wires a block takes."""
    return 2 * sum(BLOCKS[name].pairs) + sum(BLOCKS[name].bits)


def variants(name):
    """A block with each combination of gates, and with no, each and all of its bits inverted.

    Of bits of stacked counters, with one in five.
    """
    block = BLOCKS[name]
    free = [k for k in range(sum(block.bits)) if k not in STRAIGHT.get(name, ())]
    step = 1 if wires(name) <= 8 else 5
    some = [(), *((k,) for k in free[::step]), tuple(free)]
    gates = list(product(GATES, repeat=sum(block.pairs)))
    same = [(gate,) * sum(block.pairs) for gate in GATES] if block.pairs else gates
    found = [(name, one, ()) for one in gates] + [(name, one, k) for one in same for k in some]
    return list(dict.fromkeys(found))


class Blocks(wiring.Component):
    """What blocks give of the lowest bits of x, side by side."""

    def __init__(self, some, kind="xilinx"):
        self.some, self.kind = some, kind
        size = sum(sum(BLOCKS[name].out) for name, _, _ in some)
        super().__init__({"x": In(max(wires(name) for name, _, _ in some)), "o": Out(size)})

    def elaborate(self, platform):
        m = Module()
        fab, out = Fabric(m, platform, self.kind), []
        for number, (name, gates, inverted) in enumerate(self.some):
            x, block = iter(self.x), BLOCKS[name]
            pairs = [Pair(next(x), next(x), GATES[gate]) for gate in gates]
            bits = [Bit(next(x), k in inverted) for k in range(sum(block.bits))]
            columns = [[bits.pop(0) for _ in range(count)] for count in block.bits]
            out += block.emit(fab, f"b{number}", pairs, columns)
        m.d.comb += self.o.eq(Cat(*out))
        return m


def check(some, outputs):
    """Counts what blocks take and give, of all values of x."""
    x = np.arange(len(outputs))
    outputs, place = np.array(outputs, object), 0
    for name, gates, inverted in some:
        block = BLOCKS[name]
        bits = x[:, None] >> np.arange(wires(name)) & 1
        pairs = bits[:, : 2 * len(gates)].reshape(len(x), -1, 2)
        taken = sum((GOLDEN_GATES[gate](pairs[:, k, 0], pairs[:, k, 1]).astype(int)
                     for k, gate in enumerate(gates)), 0 * x)  # fmt: skip
        plain = bits[:, 2 * len(gates) :]
        plain[:, list(inverted)] ^= 1
        taken = taken + plain @ (1 << np.repeat(np.arange(len(block.bits)), block.bits))
        weights = np.repeat(np.arange(len(block.out)), block.out)
        given = sum((outputs >> place + k & 1) << weight for k, weight in enumerate(weights))
        np.testing.assert_array_equal(given.astype(int), taken, f"{name} {gates} {inverted}")
        place += len(weights)


@pytest.mark.parametrize("name", BLOCKS)
def test_equations(name):
    """Of every input, of Amaranth's simulator."""
    some = variants(name)
    dut, outputs = Blocks(some), []

    async def bench(ctx):
        for x in range(1 << len(dut.x)):
            ctx.set(dut.x, x)
            outputs.append(ctx.get(dut.o))

    sim = Simulator(dut)
    sim.add_testbench(bench)
    sim.run()
    check(some, outputs)


@pytest.mark.parametrize(("kind", "names"), [
    ("xilinx", [name for name in BLOCKS if wires(name) <= 8]),
    ("xilinx", [name for name in BLOCKS if wires(name) > 8]),
    ("lut", LUT_ONLY),
    ("portable", LUT_ONLY),
], ids=["xilinx", "xilinx stacked", "lut", "portable"])  # fmt: skip
def test_primitives(kind, names):
    """Of every input, under yosys' models of the primitives."""
    some = [one for name in names for one in variants(name)[:: 1 if kind == "xilinx" else 5]]
    dut = Blocks(some, kind)
    rng = np.random.default_rng(0)
    check(some, netlist_run(dut, 0, rng=rng, x=range(1 << len(dut.x))))


@pytest.mark.parametrize(("name", "gate", "inits"), [  # ARITHMETIC.md, table 3.2
    ("XFA", "xnor", ["96696996_F99F9009"]),
    ("XFA", "and", ["87777888_F8888000"]),
    ("XHA", "xnor", ["69966996_90099009"]),
    ("XX", "xnor", ["99999999_F00FF00F"]),
    ("FA", None, ["96969696_E8E8E8E8"]),
    ("HA", None, ["66666666_88888888"]),
    ("A06", None, ["69969669_96696996", "177E7EE8_E8808000"]),
    ("A06n", None, ["69969669_96696996", "177E7EE8_E8808000"]),
    ("A14", None, ["69966996_FF00FF00", "17E817E8_FF00FF00"]),
    ("XN06", "xnor", ["69969669_96696996", "06606FF6_F99F9009"]),
    ("A607", None, ["69969669_96696996", "177E7EE8_E8808000"] * 2),
])  # fmt: skip
def test_inits(name, gate, inits):
    text = to_rtlil(Blocks([(name, (gate,) * sum(BLOCKS[name].pairs), ())]))
    found = re.findall(r"parameter \\INIT 64'([01]{64})", text)
    assert [f"{int(init, 2):016X}" for init in found] == [init.replace("_", "") for init in inits]


@pytest.mark.parametrize("name", BLOCKS)
def test_cells(name):
    """Blocks are made of what they say, a counter of one CARRY4 and of LUTs for its positions."""
    block = BLOCKS[name]
    text = to_rtlil(Blocks([(name, ("xnor",) * sum(block.pairs), ())]))
    assert text.count("cell \\LUT6_2 ") == block.luts
    assert text.count("cell \\CARRY4 ") == block.carry4 == int(block.chain)
    assert block.chain == (name not in LUT_ONLY)
    assert block.columns == max(len(block.pairs), len(block.bits))
    # Nothing is lost: what it gives can hold the most that it takes.
    most = sum(n << k for counts in (block.pairs, block.bits) for k, n in enumerate(counts))
    assert sum(n << k for k, n in enumerate(block.out)) >= most


def test_bit_counts_its_literal():
    wire = Const(0, 1)
    assert [Bit(wire).literal(bit) for bit in (0, 1)] == [0, 1]
    assert [Bit(wire, inverted=True).literal(bit) for bit in (0, 1)] == [1, 0]

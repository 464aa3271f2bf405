# amaranth: UnusedElaboratable=no

import json
import re

import pytest

from generators.emit.verilog import run_yosys, scratch, to_rtlil
from hdl.compress.blocks import BLOCKS, LUT_ONLY
from hdl.compress.heap import Heap
from hdl.compress.plan import SCHEDULES, Plan, levels_of, plan
from hdl.compress.solve import solve
from tests.hdl.compress.trees import Tree
from tests.synth.schedules import best, common, record

COUNTER = Heap(bits=((7,),))
ONE_CHAIN = ("6lo", "6hi", "top")

SCHEDULED = [
    (Heap(tuple(one["pairs"]), tuple(map(tuple, one["bits"])), one["width"], one["rows"],
          one["fabric"]), one)
    for one in json.loads(SCHEDULES.read_text())
]  # fmt: skip
TINY = {1: 1}
"""LUTs of the binary popcounts that are too small for 0.85 a lane."""


def test_walk():
    """Seven lanes: products and adders of them, then an adder of bits."""
    levels = ((("X3", 0, 1),), (("XFA", 0, 1),), (("XFA", 0, 1),), (("FA", 1, 1),))
    found = Plan(Heap(pairs=(7,)), levels, ("none",) * 3)
    assert found.walk == (
        ((0, 0, 0), (4, 0, 0)),  # pairs are taken, and what is made of them comes a level later
        ((0, 1, 0), (2, 0, 0)),
        ((0, 2, 0), (0, 0, 0)),
        ((1, 0, 0), (0, 0, 0)),
        ((1, 1, 1), (0, 0, 0)),
    )
    assert found.pair_stages == ((5, 2),)
    assert (found.luts, found.carry4, found.stages, found.latency) == (5, 0, 2, 2)
    assert found.ff == (1 + 2) + 3  # column 0; column 1; the result
    assert not found.adds


def test_walk_with_arrivals():
    """Bits that arrive in stage 1, the last of a column as the chain's carry in."""
    levels = ((("XX", 0, 2),), (("XFA", 0, 1),), (), (("FA", 1, 1),))
    found = Plan(Heap(pairs=(6,), bits=((), (1, 2))), levels, ("4lo", "4hi", "P2", "top"))
    assert found.walk == (
        ((0,) * 4, (2, 0, 0, 0)),
        ((3, 0, 0, 0), (0,) * 4),
        ((5, 3, 0, 0), (0,) * 4),
        ((5, 0, 0, 0), (0,) * 4),
        ((5, 1, 1, 0), (0,) * 4),
    )
    assert found.arriving(2) == [1, 2, 0, 0]
    assert found.arriving(0) == found.arriving(1) == found.arriving(4) == [0] * 4


@pytest.mark.parametrize(("heap", "levels", "final", "message"), [
    (COUNTER, ((),), ONE_CHAIN, "Plan must have whole stages, not 1 levels"),
    (COUNTER, ((("FA", 0, 3),), ()), ONE_CHAIN, "Plan takes more in level 0 than there is"),
    (COUNTER, ((), (("XX", 0, 1),)), ONE_CHAIN, "Plan takes more in level 1 than there is"),
    (COUNTER, ((("FA", 0, 2),), (("FA", 1, 1),)), ONE_CHAIN,
     "Plan takes more in level 1 than there is"),
    (Heap(bits=((5,),), width=1), ((), (("A14", 0, 1),)), ("none",),
     "Plan takes more in level 1 than there is"),  # of column 1
    (Heap(pairs=(1,)), (), ("none",), "Plan leaves some of the heap unread"),
    (Heap(bits=((1,), (1,))), (), ("P2", "top"), "Plan leaves some of the heap unread"),
    (Heap(bits=((2,),)), (), ("none", "none"), "Plan leaves (2, 0) bits where [1, 1] end"),
    (Heap(bits=((4,),)), (), ("P2", "P2", "top"), "Plan leaves (4, 0, 0) bits where [3, 2, 0] end"),
    (Heap(bits=((3,),), fabric="lut"), (), ("P2", "top"),
     "Plan leaves (3, 0) bits where [2, 0] end"),
    (Heap(bits=((3,),), rows=2), (), (), "Plan leaves (3, 0) bits where [2, 2] end"),
    (COUNTER, ((("A06", 0, 1),), ()), ("none",) * 3,
     "Plan must have a register after A06 in level 0"),
    (Heap(bits=((7,),), fabric="lut"), ((), (("A06", 0, 1),)), ("none",) * 3,
     "Plan of LUTs alone must have no counters, but has A06"),
    (Heap(bits=((7,),), fabric="portable"), (), ONE_CHAIN,
     "Plan must end in an adder of 3 columns, not ('6lo', '6hi', 'top')"),
    (COUNTER, (), ("6lo", "6hi"), "Plan must end in an adder of 3 columns, not ('6lo', '6hi')"),
    (COUNTER, (), ("6lo", "P2", "top"),
     "Plan must end in an adder of 3 columns, not ('6lo', 'P2', 'top')"),
    (COUNTER, (), ("P2", "top", "P2"),
     "Plan must end in an adder of 3 columns, not ('P2', 'top', 'P2')"),
    (COUNTER, (), ("P2", "none", "none"),
     "Plan must end in an adder of 3 columns, not ('P2', 'none', 'none')"),
    (Heap(bits=((2,),), rows=2), (), ("P2", "top"),
     "Plan must end in an adder of 0 columns, not ('P2', 'top')"),
])  # fmt: skip
def test_refuses(heap, levels, final, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Plan(heap, levels, final)


def test_takes_a_chain_alone():
    found = Plan(COUNTER, (), ONE_CHAIN)
    assert (found.luts, found.carry4, found.ff, found.latency) == (2, 1, 3, 1)


HEAPS = [Heap(pairs=(64,)), Heap(pairs=(16,), rows=2), Heap(pairs=(16,), fabric="lut"),
         Heap(bits=((28,),), width=3), Heap(pairs=(4, 2), bits=((1,), (2, 1))),
         Heap(bits=((12,),), width=2, rows=2)]  # fmt: skip


@pytest.mark.parametrize("heap", HEAPS)
def test_figures_are_of_the_circuit(heap):
    """LUTs, CARRY4s and flip-flops of the emitted tree, whose operands wait in none."""

    class Unskewed(Tree):
        def _pairs(self, m):
            left = iter(zip(self.x, self.w) if "x" in self.sizes else ())
            return [[next(left) for _ in range(count)] for count in self.heap.pairs]

        def _bits(self, m):
            left = iter(self.b if "b" in self.sizes else ())
            return [[[next(left) for _ in range(count)] for count in some]
                    for some in self.heap.bits]  # fmt: skip

    tree = Unskewed(heap)
    with scratch() as folder:
        (folder / "top.il").write_text(to_rtlil(tree))
        run_yosys("read_rtlil top.il\nproc\nflatten\nopt\nsimplemap\nopt_clean\n"
                  "tee -q -o cells.json stat -json\n", folder)  # fmt: skip
        cells = json.loads((folder / "cells.json").read_text())["design"]["num_cells_by_type"]
    found = tree.plan
    assert sum(n for cell, n in cells.items() if cell.startswith("$_DFF")) == found.ff
    last = found.final.count("P2") if heap.fabric == "lut" else 0  # it is `+`, yosys makes it
    assert cells["LUT6_2"] == found.luts - last
    assert cells.get("CARRY4", 0) == found.carry4 - -(-last // 4)


@pytest.mark.parametrize(("heap", "one"), SCHEDULED, ids=[str(h) for h, _ in SCHEDULED])
def test_schedule(heap, one):
    """The data is a plan, with the figures of it."""
    found = plan(heap)
    assert json.loads(json.dumps(record(found))) == one
    for level, blocks in enumerate(found.levels):
        chains = [name for name, _, _ in blocks if BLOCKS[name].chain]
        assert not chains or (level % 2 and heap.fabric == "xilinx")
        assert all(count > 0 for _, _, count in blocks)
    assert [sum(stages) for stages in found.pair_stages] == list(heap.pairs)
    assert found.latency == len(found.levels) // 2 + bool({*found.final} - {"none"})


def test_schedules_are_of_common_heaps():
    """Each once, and no others."""
    assert len({heap for heap, _ in SCHEDULED}) == len(SCHEDULED)
    assert {heap for heap, _ in SCHEDULED} == set(common())


def popcounts(rows, fabric="xilinx"):
    """LUTs by lanes."""
    return {
        heap.pairs[0]: one["luts"]
        for heap, one in SCHEDULED
        if (heap.rows, heap.fabric, heap.bits) == (rows, fabric, ()) and heap.pairs
    }


def test_luts_of_popcounts():
    binary, rows = popcounts(1), popcounts(2)
    assert plan(Heap(pairs=(64,))).luts <= 54
    assert plan(Heap(pairs=(64,), rows=2)).luts <= 50
    assert plan(Heap(pairs=(128,))).luts <= 105
    assert {n: luts for n, luts in binary.items() if luts > 0.85 * n} == TINY
    assert not {n: luts for n, luts in rows.items() if n > 4 and luts > 0.8 * n}
    few = popcounts(1, "lut")
    assert not {n: luts for n, luts in few.items() if n >= 16 and luts > 1.05 * n}


def test_luts_of_plain_bits():
    found = {sum(map(sum, heap.bits)): one["luts"] for heap, one in SCHEDULED
             if heap.bits and not heap.pairs}  # fmt: skip
    assert not {n: luts for n, luts in found.items() if n > 8 and luts > 0.57 * n}


@pytest.mark.parametrize("lanes", [6, 8])
def test_schedule_is_what_the_solver_says(lanes):
    heap = Heap(pairs=(lanes,))
    assert best(heap).luts == plan(heap).luts


@pytest.mark.parametrize("heap", [Heap(bits=((9, 3),)), Heap(pairs=(7, 2), rows=2)])
def test_solver_is_deterministic(heap):
    found = solve(heap, 4)
    assert found == solve(heap, 4)
    assert Plan(heap, *found).luts <= plan(heap).luts


def test_solver_takes_nothing_beyond_the_top():
    """Column 3, which a heap of three columns has not, once gave bits."""
    found = Plan(Heap(bits=((28,),), width=3), *solve(Heap(bits=((28,),), width=3), 4))
    assert all(column + BLOCKS[name].columns <= 3
               for level in found.levels for name, column, _ in level)  # fmt: skip


def test_solver_of_luts_alone():
    levels, _ = solve(Heap(bits=((20,),), fabric="lut"), 6)
    assert {name for level in levels for name, _, _ in level} <= set(LUT_ONLY)


def test_portable_is_planned_as_luts():
    levels = plan(Heap(pairs=(16,), fabric="lut")).levels
    assert plan(Heap(pairs=(16,), fabric="portable")).levels == levels


@pytest.mark.parametrize(("heap", "levels"), [
    (Heap(bits=((2, 1, 2),), rows=2), 0),
    (Heap(bits=((2, 1, 2),)), 2),
    (Heap(bits=((7,),), rows=2), 4),
    (Heap(pairs=(1,), rows=2), 2),
    (Heap(pairs=(4,)), 2),
    (Heap(pairs=(5,)), 4),
    (Heap(pairs=(16,)), 4),
    (Heap(pairs=(64,)), 8),
    (Heap(pairs=(1024,)), 12),
    (Heap(bits=((60, 60),)), 6),
    (Heap(bits=((1,), (1,), (1,))), 6),  # a stage for all to arrive
])
def test_levels(heap, levels):
    assert levels_of(heap) == levels

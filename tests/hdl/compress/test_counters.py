# amaranth: UnusedElaboratable=no

import re
from dataclasses import replace

import numpy as np
import pytest

from generators.synth.synthesize import measure
from hdl.compress.adders import adders
from hdl.compress.counters import counters
from hdl.compress.heap import Heap
from hdl.compress.late import late
from hdl.compress.plan import Plan, plan
from tests.hdl.clocked import run
from tests.hdl.compress.trees import Forest, Tree, numbers
from tests.hdl.primitives import netlist_run

THREE = Heap(bits=((3, 3, 3, 3),), width=6, ternary=True)


class Late(Tree):
    """A tree whose bits come as late as they may."""

    def __init__(self, heap, kinds=None):
        found = late(plan(heap))
        super().__init__(found.heap, kinds=kinds)
        self.plan, self.latency = found, found.latency


def drawn(rng):
    """A random heap of several columns and stages that may end in three rows."""
    columns = int(rng.integers(1, 7))
    bits = rng.integers(0, 1 + rng.integers(1, 16), (rng.integers(1, 4), columns))
    bits[0, 0] += not bits.any()
    width = int(rng.choice([0, columns, columns + 2]))
    return Heap(bits=tuple(map(tuple, bits.tolist())), width=width, ternary=True)


def planted(heap, rng, kind=Tree):
    """A tree with some bits inverted or constant."""
    odds = [0.4, 0.4, 0.05, 0.1, 0.05] if rng.integers(2) else [0, 1, 0, 0, 0]
    return kind(heap, kinds="".join(rng.choice(list("b~01/"), sum(map(sum, heap.bits)), p=odds)))


def check(trees, rng, simulate, stall=0.0):
    dut = Forest(trees)
    operands = dut.draw(rng, 24)
    inputs = {name: numbers(bits) for name, bits in operands.items()}
    o = simulate(dut, dut.latency, rng=rng, stall=stall, **inputs)
    assert o.tolist() == dut.golden(**operands)


@pytest.mark.parametrize("simulate", [run, netlist_run])
@pytest.mark.parametrize("kind", [Tree, Late])
def test_sums_of_random_heaps(kind, simulate):
    rng = np.random.default_rng(3)
    check([planted(drawn(rng), rng, kind) for _ in range(8)], rng, simulate, stall=0.2)


@pytest.mark.parametrize("heights", [(3, 3, 3), (5, 3, 3), (1, 5, 3, 3), (2, 4, 3), (0, 3, 3, 3)])
def test_three_rows_and_all_bits(heights):
    """One chain; its lowest position of three takes a fourth bit, its first one the carry in."""
    heap = Heap(bits=(heights,), width=len(heights) + 2, ternary=True)
    found = plan(heap)
    assert found.latency == 1 and "T3" in found.final
    assert found.luts <= len(heights) + 2
    check([Tree(heap, kinds="~" * sum(heights)), Tree(heap)], np.random.default_rng(1), netlist_run)


def test_sizes():
    """A LUT for each column of three numbers, and half a LUT for a bit of more."""
    assert plan(THREE).luts == 6
    assert plan(Heap(bits=((16,) * 8,), width=12, ternary=True)).luts <= 66
    many = Heap(bits=((9,) * 5, (9,) * 5), width=9)
    assert plan(Heap(many.pairs, many.bits, 9, ternary=True)).luts < plan(many).luts


def test_late():
    """The same blocks; no bit waits that need not."""
    heap = Heap(bits=((20,) * 8,), width=13, ternary=True)
    found = plan(heap)
    waiting = late(found)
    assert (waiting.levels, waiting.final) == (found.levels, found.final)
    assert waiting.ff < found.ff
    counts = np.array([(*some, *[0] * 13)[: found.heap.columns] for some in waiting.heap.bits])
    assert counts.sum(axis=0).tolist() == [20] * 8 + [0] * (found.heap.columns - 8)


def test_ends():
    with pytest.raises(ValueError, match=re.escape("Plan must end in an adder of 6 columns, not ")):
        Plan(THREE, (), ("T3", "T3", "T3", "P2", "P2", "top"))
    with pytest.raises(ValueError, match=re.escape("Plan must end in an adder of 6 columns, not ")):
        Plan(Heap(bits=((2,) * 6,), width=6), (), ("T3",) * 6)


@pytest.mark.parametrize("fields", [{"pairs": (3,)}, {"rows": 2}, {"fabric": "lut"}])
def test_refuses(fields):
    message = "Heap must be of bits, and end on a carry chain, to end in three rows"
    with pytest.raises(ValueError, match=f"^{message}$"):
        Heap(bits=((3,),), ternary=True, **fields)


@pytest.mark.parametrize("simulate", [run, netlist_run])
def test_adders_alone(simulate, monkeypatch):
    """What stands in where no search ends."""
    monkeypatch.setattr("hdl.compress.beam.search", lambda *some: None)
    rng = np.random.default_rng(8)
    heaps = [drawn(rng) for _ in range(5)] + [Heap(bits=((2, 1, 1),))]
    heaps = [replace(heap, fabric=kind, ternary=False, rows=rows)
             for heap in heaps for kind, rows in (("lut", 1), ("portable", 2))]  # fmt: skip
    plan.cache_clear()
    assert all(plan(heap).levels == adders(heap)[0] for heap in heaps)
    check([planted(heap, rng) for heap in heaps], rng, simulate)
    plan.cache_clear()


def test_same_again():
    heap = Heap(bits=((17, 3, 40),), ternary=True)
    assert counters(heap) == counters(heap)


def test_time_of_three_rows():
    """The majorities are no chain: two LUTs and carries, whatever the width."""
    heap = Heap(bits=((3,) * 12,), width=14, ternary=True)
    assert measure(Tree(heap)).timing.setup["b"].lut_levels == 2

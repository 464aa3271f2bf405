# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import Const, Module, Signal

from generators.emit.verilog import to_rtlil
from hdl.compress.fabric import KINDS
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan, plan
from hdl.compress.tree import GATES, compress
from tests.hdl.clocked import run
from tests.hdl.compress.trees import Forest, Tree, numbers
from tests.hdl.primitives import netlist_run

HEAPS = [
    Heap(pairs=(1,)),
    Heap(pairs=(2,), rows=2),
    Heap(pairs=(9,), width=3),
    Heap(pairs=(20,)),
    Heap(pairs=(32,), rows=2),
    Heap(pairs=(2, 4, 6, 4, 2)),
    Heap(pairs=(2, 4, 6, 4, 2), bits=((0, 0, 0, 1),), width=6, rows=2),
    Heap(pairs=(0, 0, 5), bits=((2,),), width=9),
    Heap(bits=((1,),)),
    Heap(bits=((2,),)),
    Heap(bits=((2, 1, 2),), rows=2),  # nothing to do
    Heap(bits=((7,),)),
    Heap(bits=((30,),)),
    Heap(bits=((28,),), width=3),
    Heap(bits=((0, 3, 3), (1, 1, 1))),
    Heap(bits=((5, 2, 3), (0, 0, 4), (1, 1, 1)), rows=2),
    Heap(bits=((3, 2, 1, 0, 0, 0), ()), rows=2),
    Heap(pairs=(8, 0, 0), bits=((), (1, 1, 0, 1)), width=12, rows=2),
]


def of(heap, kind):
    return Heap(heap.pairs, heap.bits, heap.width, heap.rows, kind)


def drawn(rng):
    """A random heap of several columns and stages, with few and with many bits."""
    columns = int(rng.integers(1, 5))
    pairs = rng.integers(0, 1 + rng.integers(1, 7), columns)
    bits = rng.integers(0, 1 + rng.integers(1, 7), (rng.integers(0, 3), columns))
    pairs[0] += not (pairs.any() or bits.any())
    width = int(rng.choice([0, columns, columns + 2, columns + 7]))
    return Heap(tuple(pairs.tolist()), tuple(map(tuple, bits.tolist())), width,
                int(rng.integers(1, 3)))  # fmt: skip


def planted(heap, rng):
    """A tree of random gates and kinds of bits."""
    gates = rng.choice(list(GATES), sum(heap.pairs)).tolist()
    odds = [0.4, 0.4, 0.05, 0.1, 0.05] if rng.integers(2) else [0, 1, 0, 0, 0]
    return Tree(heap, gates, "".join(rng.choice(list("b~01/"), sum(map(sum, heap.bits)), p=odds)))


def check(dut, rng, simulate, stall, count=24):
    operands = dut.draw(rng, count)
    inputs = {name: numbers(bits) for name, bits in operands.items()}
    o = simulate(dut, dut.latency, rng=rng, stall=stall, **inputs)
    assert o.tolist() == dut.golden(**operands)


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("kind", KINDS)
def test_sums(kind, stall):
    check(Forest([Tree(of(heap, kind)) for heap in HEAPS]), np.random.default_rng(1), run, stall)


@pytest.mark.parametrize("seed", range(10))
def test_sums_of_random_heaps(seed):
    """In all fabrics: what is the same sum is the same function."""
    rng = np.random.default_rng(seed)
    heap = drawn(rng)
    trees = [planted(of(heap, kind), np.random.default_rng(seed)) for kind in KINDS]
    check(Forest(trees), rng, run, 0.3, 80)


@pytest.mark.parametrize("kind", KINDS)
def test_primitives(kind):
    """Under yosys' models of them."""
    rng = np.random.default_rng(2)
    some = [planted(of(heap, kind), rng) for heap in (*HEAPS, drawn(rng), drawn(rng), drawn(rng))]
    check(Forest(some), rng, netlist_run, 0.3, 200)


@pytest.mark.parametrize("kind", ["~", "/", "0", "1"])
@pytest.mark.parametrize("heap", [
    Heap(bits=((7,),)), Heap(bits=((13, 1, 8, 2),)), Heap(pairs=(5,), bits=((), (3, 2), (1, 1)))])
def test_all_inverted_or_constant(heap, kind):
    """Also where no bit is left for the chain's carry in."""
    tree = Tree(heap, kinds=kind * sum(map(sum, heap.bits)))
    check(tree, np.random.default_rng(0), run, 0.2, 60)


@pytest.mark.parametrize("kinds", ["bbbbb~", "~bbbbb~", "b~~~~~", "~~~~~~", "~~~~~~~", "/01b~~b"])
def test_inverted_bits_in_the_last_adder(kinds):
    tree = Tree(Heap(bits=((len(kinds),),)), kinds=kinds)
    tree.plan = Plan(tree.heap, (), ("6lo", "6hi", "top"))
    tree.latency = 1
    check(tree, np.random.default_rng(0), run, 0.2, 100)


@pytest.mark.parametrize("gate", GATES)
def test_gate_of_all_pairs(gate):
    class Gated(Tree):
        def elaborate(self, platform):
            m = Module()
            pairs = [[pair[:2] for pair in column] for column in self._pairs(m)]
            m.d.comb += self.o.eq(
                compress(m, platform, self.plan, pairs=pairs, en=self.en, gate=gate))
            return m

    check(Gated(Heap(pairs=(6, 3)), [gate] * 9), np.random.default_rng(0), run, 0.2)


def test_no_register_has_a_reset():
    lines = to_rtlil(Tree(Heap(pairs=(20,), bits=((3, 1),)))).splitlines()
    assert len([line for line in lines if "\\rst" in line]) == 1  # the port


HEAP = Heap(pairs=(3, 0, 1), bits=((2,), (0, 1)))


@pytest.mark.parametrize(("pairs", "bits", "message"), [
    ((2, 0, 1), ((2,), (0, 1)), "Heap has [3, 0, 1] pairs, not [2, 0, 1]"),
    ((3, 0, 1, 1), ((2,), (0, 1)), "Heap has [3, 0, 1] pairs, not [3, 0, 1, 1]"),
    ((), ((2,), (0, 1)), "Heap has [3, 0, 1] pairs, not []"),
    ((3, 0, 1), ((2, 1), (0, 1)), "Heap has [2] bits in stage 0, not [2, 1]"),
    ((3, 0, 1), ((2,), (1, 0)), "Heap has [0, 1] bits in stage 1, not [1]"),
    ((3, 0, 1), ((2,),), "Heap has [0, 1] bits in stage 1, not []"),
    ((3, 0, 1), ((2,), (0, 1), (1,)), "Heap has [] bits in stage 2, not [1]"),
])  # fmt: skip
def test_refuses_other_numbers(pairs, bits, message):
    bit, m = Const(0, 1), Module()
    pairs = [[(bit, bit)] * count for count in pairs]
    bits = [[[bit] * count for count in some] for some in bits]
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        compress(m, None, plan(HEAP), pairs=pairs, bits=bits, en=Signal())


def test_takes_empty_columns_and_stages():
    bit = Const(1, 1)
    pairs = [[(bit, bit)] * 3, [], [(bit, bit)], [], [], []]
    bits = [[[bit] * 2, [], [], [], []], [[], [bit]], [], [[]]]
    o = compress(Module(), None, plan(HEAP), pairs=pairs, bits=bits, en=Signal())
    assert len(o) == HEAP.result


@pytest.mark.parametrize("pair", [(0, 0), (0, 0, "or")])
def test_refuses_unknown_gates(pair):
    pairs = [[(Const(pair[0], 1), Const(pair[1], 1), *pair[2:])]]
    with pytest.raises(ValueError, match=r"^Gate must be one of xnor, xor, and, nand, not 'or'$"):
        compress(Module(), None, plan(Heap(pairs=(1,))), pairs=pairs, en=Signal(), gate="or")

"""Compressor trees whose operands are all given in one cycle, and what they count."""

from itertools import accumulate

import numpy as np
from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.compress.blocks import Bit
from hdl.compress.plan import plan
from hdl.compress.tree import compress

__all__ = ["GOLDEN_GATES", "Forest", "Tree", "later", "numbers"]

GOLDEN_GATES = {
    "xnor": lambda x, w: x == w,
    "xor": lambda x, w: x != w,
    "and": lambda x, w: x * w,
    "nand": lambda x, w: 1 - x * w,
}

_GIVE = {"b": lambda bit: bit, "~": lambda bit: Bit(bit, inverted=True),
         "0": lambda bit: Const(0, 1), "1": lambda bit: Const(1, 1),
         "/": lambda bit: Bit(Const(0, 1), inverted=True)}  # fmt: skip
_COUNT = {"b": lambda bit: bit, "~": lambda bit: 1 - bit, "0": lambda bit: 0 * bit,
          "1": lambda bit: 0 * bit + 1, "/": lambda bit: 0 * bit + 1}  # fmt: skip


def later(m, value, cycles: int, en):
    """A value so many enabled cycles later."""
    for _ in range(cycles):
        register = Signal(len(value), reset_less=True)
        with m.If(en):
            m.d.sync += register.eq(value)
        value = register
    return value


def numbers(bits: np.ndarray) -> list[int]:
    """Each row of bits as an integer, the first lowest."""
    return [sum(bit << k for k, bit in enumerate(row)) for row in bits.tolist()]


class Tree(wiring.Component):
    """The sum of a heap, ``latency`` enabled cycles after all of its operands.

    x and w are the pairs by column, b the bits by stage and column; ``gates`` holds of each pair
    its product, ``kinds`` of each bit a letter: b, inverted ~, the constants 0, 1 and / (not 0).
    """

    def __init__(self, heap, gates=None, kinds=None):
        self.heap, self.plan, self.latency = heap, plan(heap), plan(heap).latency
        self.pair_columns = np.repeat(np.arange(len(heap.pairs)), heap.pairs)
        self.bit_columns = np.array([c for some in heap.bits for c, n in enumerate(some)
                                     for _ in range(n)], int)  # fmt: skip
        self.gates = gates or ["xnor"] * len(self.pair_columns)
        self.kinds = kinds or "b" * len(self.bit_columns)
        sizes = {"x": len(self.pair_columns), "w": len(self.pair_columns),
                 "b": len(self.bit_columns)}  # fmt: skip
        self.sizes = {name: size for name, size in sizes.items() if size}
        super().__init__({"en": In(1), "o": Out(heap.result)}
                         | {name: In(size) for name, size in self.sizes.items()})  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        o = compress(m, platform, self.plan, pairs=self._pairs(m), bits=self._bits(m), en=self.en)
        m.d.comb += self.o.eq(o if self.heap.rows == 1 else o[0] + o[1])
        return m

    def _pairs(self, m):
        found, lane = [], 0
        for stages in self.plan.pair_stages:
            column = []
            for stage, count in enumerate(stages):
                for k in range(lane, lane + count):
                    x, w = (later(m, bits[k], stage, self.en) for bits in (self.x, self.w))
                    column.append((x, w, self.gates[k]))
                lane += count
            found.append(column)
        return found

    def _bits(self, m):
        left = iter(zip(self.b, self.kinds) if "b" in self.sizes else ())
        return [
            [[_GIVE[kind](later(m, bit, stage, self.en))
              for bit, kind in (next(left) for _ in range(count))] for count in some]
            for stage, some in enumerate(self.heap.bits)
        ]  # fmt: skip

    def draw(self, rng, count) -> dict[str, np.ndarray]:
        """Random operands (row, bit); the first rows are all 0, all 1, and the largest sum."""
        found = {name: rng.integers(0, 2, (count, size)) for name, size in self.sizes.items()}
        for bits in found.values():
            bits[0], bits[1], bits[2] = 0, 1, 1
        for k, gate in enumerate(self.gates):
            found["w"][2, k] = gate in ("xnor", "and")
        for k, kind in enumerate(self.kinds):
            found["b"][2, k] = kind != "~"
        return found

    def golden(self, x=None, w=None, b=None) -> list[int]:
        """The sum of each row of operands, modulo 2^result."""
        total = 0
        for k, (column, gate) in enumerate(zip(self.pair_columns.tolist(), self.gates)):
            total = total + (GOLDEN_GATES[gate](x[:, k], w[:, k]).astype(object) << column)
        for k, (column, kind) in enumerate(zip(self.bit_columns.tolist(), self.kinds)):
            total = total + (_COUNT[kind](b[:, k]).astype(object) << column)
        return [int(one) % (1 << self.heap.result) for one in total]


class Forest(wiring.Component):
    """Trees side by side, whose results leave in the same cycle."""

    def __init__(self, trees):
        self.trees, self.latency = trees, max(tree.latency for tree in trees)
        members = {f"{name}{k}": In(size) for k, tree in enumerate(trees)
                   for name, size in tree.sizes.items()}  # fmt: skip
        super().__init__({"en": In(1), "o": Out(sum(tree.heap.result for tree in trees))} | members)

    def elaborate(self, platform):
        m = Module()
        ends = []
        for k, tree in enumerate(self.trees):
            m.submodules[f"tree{k}"] = tree
            m.d.comb += tree.en.eq(self.en)
            m.d.comb += [getattr(tree, name).eq(getattr(self, f"{name}{k}")) for name in tree.sizes]
            ends.append(later(m, tree.o, self.latency - tree.latency, self.en))
        m.d.comb += self.o.eq(Cat(*ends))
        return m

    def draw(self, rng, count) -> dict[str, np.ndarray]:
        """As of a tree, under the names of the ports."""
        return {f"{name}{k}": bits for k, tree in enumerate(self.trees)
                for name, bits in tree.draw(rng, count).items()}  # fmt: skip

    def golden(self, **operands) -> list[int]:
        """The sums of each row, the first tree's lowest."""
        places = accumulate((tree.heap.result for tree in self.trees), initial=0)
        rows = [[one << place for one in tree.golden(**{name: operands[f"{name}{k}"]
                                                       for name in tree.sizes})]
                for k, (tree, place) in enumerate(zip(self.trees, places))]  # fmt: skip
        return [sum(row) for row in zip(*rows)]

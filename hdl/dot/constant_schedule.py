"""When the sums of a constant matrix are made, and by which compressor trees."""

from dataclasses import dataclass
from functools import cache

from hdl.compress import plan as tree
from hdl.compress.fabric import Kind
from hdl.compress.heap import Heap
from hdl.dot.constant_sums import Plan, Sum

__all__ = ["Schedule", "Step"]


@dataclass(frozen=True)
class Step:
    """When a sum is made.

    start : cycle of the tree's stage 0, or of a comparison.
    done : cycle in which the result is there.
    plan : the tree; none of a comparison.
    """

    start: int
    done: int
    plan: tree.Plan | None = None


class Schedule:
    """Trees of all sums, as soon as their bits are there.

    Parameters
    ----------
    plan : what is to be summed
    signs : whether of a row only the top bit leaves
    fabric : what the trees are made of

    Attributes
    ----------
    sums, rows : a :class:`Step` of each; None of a row that is constant.
    latency : cycle in which the last row is done.
    luts : of all trees and comparisons.
    """

    def __init__(self, plan: Plan, signs: bool, fabric: Kind) -> None:
        self._fabric = fabric
        self._ready = [0] * plan.inputs
        sums, rows = plan.sums, plan.rows
        self.sums = []
        for one in sums:
            step = self._step(one)
            self.sums.append(step)
            self._ready += [step.done] * one.width
        self.rows = [
            None if not one.bits else self._compare(one) if signs and _two(one) else self._step(one)
            for one in rows
        ]
        self.latency = max((step.done for step in self.rows if step is not None), default=0)
        self.luts = sum(
            _positions(one.width, fabric) if step.plan is None else step.plan.luts
            for one, step in zip((*sums, *rows), (*self.sums, *self.rows))
            if step is not None
        )

    def _step(self, one: Sum) -> Step:
        """A tree that starts a cycle before its last bits, with all others."""
        ready = [self._ready[bit.wire] for bit in one.bits]
        start = max(min(ready), max(ready) - 1)
        heights = [[0] * one.width for _ in range(max(ready) - start + 1)]
        for bit, cycle in zip(one.bits, ready):
            heights[max(0, cycle - start)][bit.column] += 1
        self._constants(one, heights)
        heap = Heap(bits=tuple(map(tuple, heights)), width=one.width, fabric=self._fabric)
        found = _plan(heap)
        return Step(start, start + found.latency, found)

    @staticmethod
    def _constants(one: Sum, heights: list[list[int]]) -> None:
        """Room for the constant."""
        for column in range(one.width):
            heights[-1][column] += one.constant >> column & 1

    def _compare(self, one: Sum) -> Step:
        start = max(self._ready[bit.wire] for bit in one.bits)
        return Step(start, start + 1)


def _two(one: Sum) -> bool:
    """Whether it is two numbers and a carry."""
    return max(one.heights) <= 2 and one.constant <= 1


def _positions(width: int, fabric: Kind) -> int:
    return width // 2 + 1 if fabric == "xilinx" else width


@cache
def _plan(heap: Heap) -> tree.Plan:
    """Counters of six or seven bits are a chain alone."""
    if heap.fabric == "xilinx" and heap.width == 3 and heap.bits in (((6, 0, 0),), ((7, 0, 0),)):
        return tree.Plan(heap, (), ("6lo", "6hi", "top"))
    return tree.plan(heap)

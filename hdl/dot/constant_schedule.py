"""When the sums of a constant matrix are made, and by which compressor trees."""

from collections import Counter
from dataclasses import dataclass, replace
from functools import cache

from hdl.compress import plan as tree
from hdl.compress.fabric import Kind
from hdl.compress.heap import Heap
from hdl.compress.late import late
from hdl.dot.constant_sums import Plan, Sum

__all__ = ["Schedule", "Step"]


@dataclass(frozen=True)
class Step:
    """When a sum is made.

    start : cycle of the tree's stage 0, or of a comparison.
    done : cycle in which the result is there.
    cycles : of each bit, when it is read.
    plan : the tree; none of a comparison.
    """

    start: int
    done: int
    cycles: tuple[int, ...]
    plan: tree.Plan | None = None

    def later(self, cycles: int) -> "Step":
        """The same some cycles later."""
        return replace(self, start=self.start + cycles, done=self.done + cycles,
                       cycles=tuple(cycle + cycles for cycle in self.cycles))  # fmt: skip


class Schedule:
    """Trees of all sums.

    Each as soon as its bits are there, from a cycle before the last of them; or, patient, from the
    first of them, and then as late as those who want the result allow. Bits that wait for their
    stage do so in registers that all trees share.

    Parameters
    ----------
    plan : what is to be summed
    signs : whether of a row only the top bit leaves
    fabric : what the trees are made of
    patient : see above; such trees may end in three rows, see :class:`hdl.compress.heap.Heap`

    Attributes
    ----------
    signs, fabric : as given.
    sums, rows : a :class:`Step` of each; None of a row that is constant.
    latency : cycle in which the last row is done.
    luts : of all trees and comparisons.
    """

    def __init__(self, plan: Plan, signs: bool, fabric: Kind, patient: bool = False) -> None:
        self.signs, self.fabric = signs, fabric
        self._ready = [0] * plan.inputs
        sums, rows = plan.sums, plan.rows
        self._uses = Counter(bit.wire for one in (*sums, *rows) for bit in one.bits)
        step_of = self._patient if patient else self._step
        self.sums = []
        for one in sums:
            step = step_of(one)
            self.sums.append(step)
            self._ready += [step.done] * one.width
        self.rows = [
            None if not one.bits else self._compare(one) if signs and _two(one) else step_of(one)
            for one in rows
        ]
        self.latency = max((step.done for step in self.rows if step is not None), default=0)
        if patient:
            self._delay(plan)
        self.luts = sum(
            _positions(one.width, fabric) if step.plan is None else step.plan.luts
            for one, step in zip((*sums, *rows), (*self.sums, *self.rows))
            if step is not None
        )

    def _step(self, one: Sum) -> Step:
        """A tree that starts a cycle before its last bits, with all others."""
        ready = [self._ready[bit.wire] for bit in one.bits]
        start = max(min(ready), max(ready) - 1)
        heights = self._heights(one, start)
        found = _plan(Heap(bits=heights, width=one.width, fabric=self.fabric))
        cycles = tuple(max(start, cycle) for cycle in ready)
        return Step(start, start + found.latency, cycles, found)

    def _patient(self, one: Sum) -> Step:
        """A tree that starts with its first bits; each is read by the stage that takes it."""
        start = min(self._ready[bit.wire] for bit in one.bits)
        heights = self._heights(one, start)
        found = late(_plan(Heap(bits=heights, width=one.width, fabric=self.fabric,
                                ternary=self.fabric == "xilinx")))  # fmt: skip
        cycles = [0] * len(one.bits)
        for column in range(found.heap.columns):
            waiting = [k for k, bit in enumerate(one.bits) if bit.column == column]
            # what few others read goes first: inputs wait for all
            waiting.sort(key=lambda k: self._uses[one.bits[k].wire])
            for stage, counts in enumerate(found.heap.bits):
                cycle = start + stage
                here = [k for k in waiting if self._ready[one.bits[k].wire] <= cycle]
                for k in here[: counts[column]]:
                    cycles[k] = cycle
                    waiting.remove(k)
        return Step(start, start + found.latency, tuple(cycles), found)

    def _heights(self, one: Sum, start: int) -> tuple[tuple[int, ...], ...]:
        """Bits of each cycle from the start on, by column; the constant comes last."""
        last = max(self._ready[bit.wire] for bit in one.bits)
        heights = [[0] * one.width for _ in range(last - start + 1)]
        for bit in one.bits:
            heights[max(0, self._ready[bit.wire] - start)][bit.column] += 1
        for column in range(one.width):
            heights[-1][column] += one.constant >> column & 1
        return tuple(map(tuple, heights))

    def _compare(self, one: Sum) -> Step:
        start = max(self._ready[bit.wire] for bit in one.bits)
        return Step(start, start + 1, (start,) * len(one.bits))

    def _delay(self, plan: Plan) -> None:
        """All as late as the latency allows."""
        wanted = [self.latency] * len(self._ready)
        self.rows = [step and step.later(self.latency - step.done) for step in self.rows]
        wires = len(self._ready)
        for one, step in zip(plan.rows, self.rows):
            if step is not None:
                _want(wanted, one, step)
        for number in reversed(range(len(plan.sums))):
            one = plan.sums[number]
            wires -= one.width
            step = self.sums[number]
            step = step.later(min(wanted[wires : wires + one.width]) - step.done)
            self.sums[number] = step
            _want(wanted, one, step)


def _want(wanted: list[int], one: Sum, step: Step) -> None:
    """Notes when a sum reads its wires."""
    for bit, cycle in zip(one.bits, step.cycles):
        wanted[bit.wire] = min(wanted[bit.wire], cycle)


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

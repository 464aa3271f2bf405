"""All popcounts of a constant bipolar matrix at once, classes of inputs counted once for all."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.blocks import Bit
from hdl.compress.fabric import Fabric, Kind
from hdl.compress.tree import compress
from hdl.dot.constant_plan import plan
from hdl.dot.constant_schedule import Schedule, Step
from hdl.dot.constant_sums import Plan, Sum
from hdl.number import BIPOLAR, Number, holding
from hdl.stream.delay import delay

__all__ = ["ConstantCounts"]


class ConstantCounts(wiring.Component):
    r"""Count agreeing lanes of all rows: :math:`o_r = \sum_c xnor(x_c, w_{r,c})`.

    With thresholds: :math:`o_r = [\sum_c xnor(x_c, w_{r,c}) \ge t_r]`. The weights are constants,
    so that inputs which agree with the same rows of a set are counted once for all of these:
    see :mod:`hdl.dot.constant_plan`.

    Pipelined: one result a cycle, all rows ``config.latency`` enabled cycles after their inputs.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(cols)``
        Bipolar inputs, column 0 in bit 0.
    o : ``Out(rows * config.o.width)``
        The counts, or the outputs of the thresholds; row 0 lowest.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The matrix and what it is made of.

        weights : int8 -1 and 1, row by row; see :meth:`of`.
        cols : of the matrix.
        thresholds : of each row, the popcount from which its output is +1; none emits counts.
        """

        weights: bytes
        cols: int
        thresholds: tuple[int, ...] | None = None
        fabric: Kind = "xilinx"

        def __post_init__(self) -> None:
            positive("ConstantCounts", cols=self.cols)
            size = len(self.weights)
            if not size or size % self.cols:
                what = f"some rows of {self.cols}, not {size} numbers"
                raise ValueError(f"ConstantCounts weights must be {what}")
            if not np.isin(np.frombuffer(self.weights, np.int8), (-1, 1)).all():
                raise ValueError("ConstantCounts weights must be -1 and 1 only")
            if self.thresholds is not None and len(self.thresholds) != self.rows:
                what = f"one for each of {self.rows} rows, not {len(self.thresholds)}"
                raise ValueError(f"ConstantCounts thresholds must be {what}")

        @classmethod
        def of(cls, weights: np.ndarray, thresholds: Sequence[int] | None = None,
               fabric: Kind = "xilinx") -> "ConstantCounts.Config":  # fmt: skip
            """Of weights (rows, cols) and the thresholds (rows,) of popcounts."""
            if weights.ndim != 2 or not weights.size:
                shape = weights.shape
                raise ValueError(f"ConstantCounts weights must be a matrix, not of shape {shape}")
            found = None if thresholds is None else tuple(int(t) for t in thresholds)
            small = np.clip(weights, -2, 2).astype(np.int8).tobytes()
            return cls(weights=small, cols=weights.shape[1], thresholds=found, fabric=fabric)

        @property
        def rows(self) -> int:
            """Rows of the matrix."""
            return len(self.weights) // self.cols

        @property
        def matrix(self) -> np.ndarray:
            """The weights (rows, cols)."""
            return np.frombuffer(self.weights, np.int8).reshape(-1, self.cols)

        @property
        def o(self) -> Number:
            """The output of a row."""
            return holding(0, self.cols) if self.thresholds is None else BIPOLAR

        @cached_property
        def plan(self) -> Plan:
            """What is counted for which rows."""
            return plan(self.matrix, self.thresholds)

        @cached_property
        def schedule(self) -> Schedule:
            """When, and by which trees."""
            signs = self.thresholds is not None
            return Schedule(self.plan, signs, self.fabric)

        @property
        def latency(self) -> int:
            """Enabled cycles from inputs to results."""
            return self.schedule.latency

        @property
        def luts(self) -> int:
            """LUTs of all trees and comparisons."""
            return self.schedule.luts

        def build(self) -> "ConstantCounts":
            """The circuit."""
            return ConstantCounts(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "x": In(config.cols),
            "o": Out(config.rows * config.o.width),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        schedule = self.config.schedule
        wires = _Wires(m, self.en, list(self.x), [0] * self.config.cols)
        for number, (one, step) in enumerate(zip(self.config.plan.sums, schedule.sums)):
            wires.add(self._tree(m, platform, one, step, wires, f"sum{number}"), step.done)
        outputs = []
        for number, (one, step) in enumerate(zip(self.config.plan.rows, schedule.rows)):
            name = f"row{number}"
            if step is None:
                outputs.append(Const(one.constant, self.config.o.width))
                continue
            if step.plan is None:
                value = self._sign(m, platform, one, step, wires, name)
            else:
                value = self._tree(m, platform, one, step, wires, name)
                value = value if self.config.thresholds is None else value[-1]
            outputs.append(delay(m, self.en, value, schedule.latency - step.done, name))
        m.d.comb += self.o.eq(Cat(*outputs))
        return m

    def _tree(self, m: Module, platform, one: Sum, step: Step, wires: "_Wires", name: str):
        """The result of a sum."""
        heap = step.plan.heap
        bits = [[[] for _ in range(heap.columns)] for _ in heap.bits]
        for bit in one.bits:
            cycle = max(step.start, wires.ready[bit.wire])
            place = bits[cycle - step.start][bit.column]
            place.append(Bit(wires.at(bit.wire, cycle), bit.inverted))
        for column, counts in enumerate([*zip(*heap.bits)][: heap.columns]):
            ones = one.constant >> column & 1
            for stage, count in enumerate(counts):
                some = bits[stage][column]
                while len(some) < count:
                    some.append(Bit(Const(ones, 1)))
                    ones = 0
        part = Module()
        m.submodules[name] = part
        return compress(part, platform, step.plan, bits=bits, en=self.en)

    def _sign(self, m: Module, platform, one: Sum, step: Step, wires: "_Wires", name: str):
        """The top bit of two numbers' sum: a chain that only carries, two columns a position."""
        columns = [[] for _ in range(one.width)]
        for bit in one.bits:
            columns[bit.column].append(Bit(wires.at(bit.wire, step.start), bit.inverted))
        columns = [some + [Bit(Const(0, 1))] * (2 - len(some)) for some in columns]
        part = Module()
        m.submodules[name] = part
        sign = Signal(name="sign", reset_less=True)
        with part.If(self.en):
            part.d.sync += sign.eq(_top_bit(part, platform, columns, one.constant,
                                            self.config.fabric))  # fmt: skip
        return sign


class _Wires:
    """Wires, and when they are ready; those who want one later share its registers."""

    def __init__(self, m: Module, en: Value, wires: list[Value], ready: list[int]) -> None:
        self._m, self._en, self.ready = m, en, ready
        self._late = [[wire] for wire in wires]

    def add(self, bits: Value, ready: int) -> None:
        """Further wires."""
        self._late += [[bit] for bit in bits]
        self.ready += [ready] * len(bits)

    def at(self, wire: int, cycle: int) -> Value:
        """A wire's value in a cycle, when it is ready or later."""
        late = self._late[wire]
        while len(late) <= cycle - self.ready[wire]:
            late.append(delay(self._m, self._en, late[-1], 1, f"w{wire}_{len(late)}"))
        return late[cycle - self.ready[wire]]


def _top_bit(m: Module, platform, columns, carry: int, fabric: Kind) -> Value:
    """The highest bit of the sum of two rows and a carry."""
    fab = Fabric(m, platform, fabric)
    if fabric != "xilinx":
        rows = [Cat(*(some[r].literal(some[r].value) for some in columns)) for r in range(2)]
        return (rows[0] + rows[1] + carry)[len(columns) - 1]
    *below, top = columns
    positions = []
    for low in range(0, len(below), 2):
        taken = [bit for some in below[low : low + 2] for bit in some]
        positions.append(_carries(fab, f"c{low}", taken))
    positions.append(_carries(fab, "top", top))
    sums, _ = fab.carry("sign", Const(carry, 1), positions)
    return sums[-1]


def _carries(fab: Fabric, name: str, bits: Sequence[Bit]):
    """A position (S, DI) for two or four bits a0, b0, a1, b1: it passes the carry or makes one."""

    def passes(*wires):
        a, b, *more = (bit.literal(wire) for bit, wire in zip(bits, wires))
        return (a ^ b) & (more[0] ^ more[1]) if more else a ^ b

    def makes(*wires):
        a, b, *more = (bit.literal(wire) for bit, wire in zip(bits, wires))
        return more[0] & more[1] | (more[0] ^ more[1]) & a & b if more else a & b

    return fab.lut2(name, [bit.value for bit in bits], passes, makes)

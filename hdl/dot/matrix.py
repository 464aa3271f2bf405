"""All dot products of a constant integer matrix at once, their common sub-expressions shared."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from amaranth.hdl import Cat, Const, Module, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.fabric import Kind
from hdl.dot.constant_circuit import sums
from hdl.dot.constant_schedule import Schedule
from hdl.dot.constant_sums import Plan
from hdl.dot.matrix_plan import plan, row_ranges
from hdl.number import BIPOLAR, Number, holding

__all__ = ["ConstantMatrix"]

STORED = np.dtype("<i4")
"""Of weights in a Config."""


class ConstantMatrix(wiring.Component):
    r"""Multiply vectors by a constant matrix: :math:`o_r = b_r + \sum_c w_{r,c} x_c`.

    With thresholds: :math:`o_r = [\sum_c w_{r,c} x_c \ge t_r]`. The weights are canonical signed
    digits, so that a row adds inputs, shifted or inverted; sums of two inputs that save more LUTs
    in rows than they take are made once for all of them, see :mod:`hdl.dot.matrix_share`.

    Pipelined: one vector a cycle, all rows ``config.latency`` enabled cycles after their inputs.

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(cols * config.x.width)``
        The vector, column 0 lowest.
    o : ``Out(rows * config.o.width)``
        The dot products, or the outputs of the thresholds; row 0 lowest.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """The matrix and what it is made of.

        weights : row by row, of four bytes each; see :meth:`of`.
        cols : of the matrix.
        x : the inputs.
        bias : of each row, what is added to it; without, nothing.
        thresholds : of each row, the dot product from which its output is +1; none emits these.

        Raises
        ------
        ValueError
            If these are of other sizes, or there are both biases and thresholds.
        """

        weights: bytes
        cols: int
        x: Number
        bias: tuple[int, ...] | None = None
        thresholds: tuple[int, ...] | None = None
        fabric: Kind = "xilinx"

        def __post_init__(self) -> None:
            positive("ConstantMatrix", cols=self.cols)
            size, odd = divmod(len(self.weights), STORED.itemsize)
            if not size or odd or size % self.cols:
                what = f"some rows of {self.cols} integers, not {len(self.weights)} bytes"
                raise ValueError(f"ConstantMatrix weights must be {what}")
            for name in ("bias", "thresholds"):
                values = getattr(self, name)
                if values is not None and len(values) != self.rows:
                    what = f"one for each of {self.rows} rows, not {len(values)}"
                    raise ValueError(f"ConstantMatrix {name} must be {what}")
            if self.bias is not None and self.thresholds is not None:
                raise ValueError("ConstantMatrix must not have both bias and thresholds")

        @classmethod
        def of(cls, weights: np.ndarray, x: Number, *, bias: Sequence[int] | None = None,
               thresholds: Sequence[int] | None = None,
               fabric: Kind = "xilinx") -> "ConstantMatrix.Config":  # fmt: skip
            """Of integer weights (rows, cols), and biases or thresholds (rows,)."""
            if weights.ndim != 2 or not weights.size:
                shape = weights.shape
                raise ValueError(f"ConstantMatrix weights must be a matrix, not of shape {shape}")
            stored = weights.astype(STORED)
            if not np.array_equal(stored, weights):
                what = "integers of at most 32 bits"
                raise ValueError(f"ConstantMatrix weights must be {what}")
            added, found = (None if some is None else tuple(map(int, some))
                            for some in (bias, thresholds))  # fmt: skip
            return cls(weights=stored.tobytes(), cols=weights.shape[1], x=x, bias=added,
                       thresholds=found, fabric=fabric)  # fmt: skip

        @property
        def rows(self) -> int:
            """Rows of the matrix."""
            return len(self.weights) // STORED.itemsize // self.cols

        @property
        def matrix(self) -> np.ndarray:
            """The weights (rows, cols)."""
            return np.frombuffer(self.weights, STORED).reshape(-1, self.cols).astype(np.int64)

        @cached_property
        def numbers(self) -> tuple[Number, ...]:
            """What holds each row."""
            if self.thresholds is not None:
                return (BIPOLAR,) * self.rows
            bias = np.array(self._added, np.int64)
            low, high = (ends + bias for ends in row_ranges(self.matrix, self.x))
            return tuple(holding(*ends) for ends in zip(low.tolist(), high.tolist()))

        @property
        def o(self) -> Number:
            """What holds any row."""
            if self.thresholds is not None:
                return BIPOLAR
            return holding(min(one.low for one in self.numbers),
                           max(one.high for one in self.numbers))  # fmt: skip

        @property
        def _added(self) -> tuple[int, ...]:
            """What is added to each row so that its threshold is 0."""
            if self.thresholds is not None:
                return tuple(-t for t in self.thresholds)
            return (0,) * self.rows if self.bias is None else self.bias

        @cached_property
        def plan(self) -> Plan:
            """What is added."""
            return plan(self.matrix, self.x, self._added, self.thresholds is not None)

        @cached_property
        def schedule(self) -> Schedule:
            """When, and by which trees."""
            return Schedule(self.plan, self.thresholds is not None, self.fabric, patient=True)

        @property
        def latency(self) -> int:
            """Enabled cycles from inputs to results."""
            return self.schedule.latency

        @property
        def luts(self) -> int:
            """LUTs of all trees and comparisons."""
            return self.schedule.luts

        def build(self) -> "ConstantMatrix":
            """The circuit."""
            return ConstantMatrix(self)

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1),
            "x": In(config.cols * config.x.width),
            "o": Out(config.rows * config.o.width),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        rows = sums(m, platform, config.plan, config.schedule, self.x, self.en)
        m.d.comb += self.o.eq(Cat(*map(self._wide, rows, config.numbers)))
        return m

    def _wide(self, value: Value, number: Number) -> Value:
        """A row's number in as many bits as any."""
        more = self.config.o.width - len(value)
        return Cat(value, (value[-1] if number.signed else Const(0, 1)).replicate(more))

"""All popcounts of a constant bipolar matrix at once, classes of inputs counted once for all."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.compress.fabric import Kind
from hdl.dot.constant_circuit import sums
from hdl.dot.constant_plan import plan
from hdl.dot.constant_schedule import Schedule
from hdl.dot.constant_sums import Plan
from hdl.number import BIPOLAR, Number, holding

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

        x = BIPOLAR

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

        @property
        def numbers(self) -> tuple[Number, ...]:
            """The output of each row."""
            return (self.o,) * self.rows

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
        outputs = sums(m, platform, self.config.plan, self.config.schedule, self.x, self.en)
        m.d.comb += self.o.eq(Cat(*outputs))
        return m

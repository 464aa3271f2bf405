"""The static side of an MVTU: its sizes, latency and schedule."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from hdl.array.weights import Weights
from hdl.checks import positive
from hdl.dot.select import Dot, select
from hdl.number import Number
from hdl.quant.threshold import Threshold
from hdl.stream.schedule import one_a_cycle

__all__ = ["Config"]


@dataclass(frozen=True, kw_only=True)
class Config:
    """Size of an MVTU.

    rows, cols : the matrix.
    pe, simd : rows and columns at once; they need not divide the matrix.
    groups, group_lanes : matrices, each of which multiplies its own part of a frame, and how many
        of them work at once; a depthwise convolution has one of a single row for each channel.
    repeated : whether each part of a frame arrives once for every row group, instead of once.
    x, w : inputs and weights.
    acc : what the finished accumulators fit in: of popcounts if ``counts`` and there are levels,
        of (sum - odd) / 2 if ``counts`` without levels, else of sums.
    o : outputs.
    levels : thresholds of each row; 0 emits the sums.
    base : value of the output below all thresholds.
    biased : whether the sums start from a bias.
    storage : where the weights are.
    multiplier : whether products are made by multipliers (DSP48E1) instead of LUTs.
    """

    rows: int
    cols: int
    pe: int
    simd: int
    x: Number
    w: Number
    acc: Number
    o: Number
    levels: int
    groups: int = 1
    group_lanes: int = 1
    repeated: bool = False
    base: int = 0
    biased: bool = False
    storage: Literal["const", "lut", "bram"] = "lut"
    multiplier: bool = False

    def __post_init__(self) -> None:
        positive("MVTU", rows=self.rows, cols=self.cols, pe=self.pe, simd=self.simd)
        positive("MVTU", groups=self.groups, group_lanes=self.group_lanes)
        if self.groups % self.group_lanes:
            what = f"must divide its {self.groups} groups, which {self.group_lanes} does not"
            raise ValueError(f"MVTU group_lanes {what}")
        if self.pe >= 2 * self.rows or self.simd >= 2 * self.cols:
            size, lanes = f"{self.rows} x {self.cols}", f"{self.pe} x {self.simd}"
            raise ValueError(f"MVTU pe x simd must be below twice the matrix's {size}, not {lanes}")

    @property
    def counts(self) -> bool:
        """Whether partial sums are popcounts."""
        return self.x.bipolar and self.w.bipolar

    @property
    def group_sets(self) -> int:
        """Sets of group_lanes groups."""
        return self.groups // self.group_lanes

    @property
    def row_groups(self) -> int:
        """Groups of pe rows, in each matrix."""
        return -(-self.rows // self.pe)

    @property
    def col_groups(self) -> int:
        """Groups of simd columns."""
        return -(-self.cols // self.simd)

    @cached_property
    def dot(self) -> Dot:
        """The dot product of one row and one column group."""
        return select(self.x, self.w, self.simd, multiplier=self.multiplier)

    @cached_property
    def weights(self) -> Weights.Config:
        """The weight memory: one word a step."""
        return Weights.Config(
            width=self.group_lanes * self.pe * self.simd * self.w.width,
            depth=self.interval,
            storage=self.storage,
        )

    @cached_property
    def threshold(self) -> Threshold.Config:
        """The activation of one lane."""
        return Threshold.Config(
            channels=self.group_sets * self.row_groups,
            levels=self.levels,
            x=self.acc,
            o=self.o,
            base=self.base,
        )

    @property
    def i_lanes(self) -> int:
        """Inputs of a transfer."""
        return self.group_lanes * self.simd

    @property
    def o_lanes(self) -> int:
        """Outputs of a transfer."""
        return self.group_lanes * self.pe

    @property
    def keeps(self) -> bool:
        """Whether inputs are kept for further row groups."""
        return self.row_groups > 1 and not self.repeated

    @property
    def accumulates(self) -> bool:
        """Whether there is an accumulator: several column groups, or something to start from."""
        return self.col_groups > 1 or self.biased or (self.counts and not self.levels)

    @property
    def interval(self) -> int:
        """Cycles a frame."""
        return self.group_sets * self.row_groups * self.col_groups

    @property
    def latency(self) -> int:
        """Cycles from a frame's last input transfer to its first output transfer."""
        latency = self.weights.latency + self.dot.latency + self.accumulates
        return latency + (self.threshold.latency if self.levels else 0)

    def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cycle of each input and output transfer of back-to-back frames.

        Parameters
        ----------
        arrivals : cycle from which each input transfer is offered; the consumer is always ready
        """
        cols, rows = self.col_groups, self.row_groups
        if not self.keeps:
            accepted = one_a_cycle(np.asarray(arrivals))
            return accepted, accepted[cols - 1 :: cols] + self.latency
        # The unit is free for a part when it has done the one before: at d_n = max(d_(n-1) + rows
        # cols, a_n + 1 + (rows - 1) cols), where a_n is when the last input could come at best.
        parts = np.reshape(arrivals, (-1, cols))
        count, step = np.arange(len(parts)), np.arange(cols)
        best = (parts + cols - 1 - step).max(axis=1) + 1 + (rows - 1) * cols
        done = np.maximum.accumulate(np.maximum(best - rows * cols * count, rows * cols))
        free = np.append(0, done + rows * cols * count)[:-1]
        taken = np.maximum.accumulate(np.maximum(parts, free[:, None]) - step, axis=1) + step
        departed = taken[:, -1:] + cols * np.arange(rows) + self.latency
        return taken.ravel(), departed.ravel()

"""The static side of a bit-serial MVTU: its sizes, latency, schedule and constants."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import numpy as np

from hdl.array.weights import Weights
from hdl.checks import positive
from hdl.compress.fabric import Kind
from hdl.dot.popcount import BIT, Popcount
from hdl.number import BIPOLAR, Number, holding
from hdl.quant.threshold import Threshold
from hdl.stream.schedule import in_passes, one_a_cycle

__all__ = ["MAX_WIDTH", "SELECT_LATENCY", "Config"]

MAX_WIDTH = 8
"""Bits of an operand."""

SELECT_LATENCY = 2
"""Cycles from a transfer, or a step, to the plane of x that is multiplied."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Size of a bit-serial MVTU.

    rows, cols : the matrix.
    pe, simd : rows and columns at once; they need not divide the matrix.
    groups, group_lanes : matrices, each of which multiplies its own part of a frame, and how many
        of them work at once.
    repeated : whether each part of a frame arrives once for every row group, instead of once.
    x, w : inputs and weights, at most 8 bits each.
    o : outputs.
    levels : thresholds of each row; 0 emits the sums.
    base : value of the output below all thresholds.
    acc : what the counts' sums fit in; None is what any weights need, see :meth:`narrowed`.
    storage : where the weights are.
    fabric : what LUTs are, see :class:`hdl.compress.fabric.Fabric`.
    """

    rows: int
    cols: int
    pe: int
    simd: int
    x: Number
    w: Number
    o: Number
    levels: int
    groups: int = 1
    group_lanes: int = 1
    repeated: bool = False
    base: int = 0
    acc: Number | None = None
    storage: Literal["const", "lut", "bram"] = "lut"
    fabric: Kind = "xilinx"

    def __post_init__(self) -> None:
        positive("SerialMVTU", rows=self.rows, cols=self.cols, pe=self.pe, simd=self.simd)
        positive("SerialMVTU", groups=self.groups, group_lanes=self.group_lanes)
        if self.groups % self.group_lanes:
            what = f"must divide its {self.groups} groups, which {self.group_lanes} does not"
            raise ValueError(f"SerialMVTU group_lanes {what}")
        if self.pe >= 2 * self.rows or self.simd >= 2 * self.cols:
            size, lanes = f"{self.rows} x {self.cols}", f"{self.pe} x {self.simd}"
            what = f"must be below twice the matrix's {size}, not {lanes}"
            raise ValueError(f"SerialMVTU pe x simd {what}")
        for number in (self.x, self.w):
            if number.width > MAX_WIDTH:
                what = f"must be at most {MAX_WIDTH} bits wide, not {number.width}"
                raise ValueError(f"SerialMVTU operands {what}")
        if self.acc is not None and (self.acc.signed or self.acc.bipolar):
            raise ValueError(f"SerialMVTU acc must be unsigned, not {self.acc!r}")

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

    @property
    def i_lanes(self) -> int:
        """Inputs of a transfer."""
        return self.group_lanes * self.simd

    @property
    def o_lanes(self) -> int:
        """Outputs of a transfer."""
        return self.group_lanes * self.pe

    @property
    def counts(self) -> bool:
        """Whether both operands are bipolar, so that thresholds are those of the popcount."""
        return self.x.bipolar and self.w.bipolar

    @cached_property
    def pairs(self) -> tuple[tuple[int, int], ...]:
        """The planes (i of x, j of w) of each pass over the columns, the highest i + j first."""
        planes = ((i, j) for i in range(self.x.width) for j in range(self.w.width))
        return tuple(sorted(planes, key=lambda pair: (-sum(pair), -pair[1])))

    @cached_property
    def dot(self) -> Popcount.Config:
        """The product of two planes of one row and one column group."""
        kind = BIPOLAR if self.w.bipolar else BIT
        return Popcount.Config(lanes=self.simd, x=kind, w=kind, fabric=self.fabric)

    @cached_property
    def total(self) -> Number:
        """What is accumulated: modulo what the outputs tell apart where there are no levels."""
        top = 1 << self.w.width - 1 if self.w.signed else self.w.high
        most = ((1 << self.x.width) - 1) * top * self.col_groups * self.simd
        acc = self.acc or holding(0, most)
        return acc if self.levels else Number(width=min(acc.width, self.o.width))

    @property
    def weights(self) -> Weights.Config:
        """The weight memory: a plane of all rows and columns at once is a word."""
        depth = self.group_sets * self.row_groups * self.w.width * self.col_groups
        return Weights.Config(width=self.o_lanes * self.simd, depth=depth, storage=self.storage)

    @property
    def threshold(self) -> Threshold.Config:
        """The activation of one lane."""
        return Threshold.Config(channels=self.group_sets * self.row_groups, levels=self.levels,
                                x=self.total, o=self.o, base=self.base)  # fmt: skip

    @property
    def passes(self) -> int:
        """How often a part of a frame that arrives once is multiplied with planes of weights."""
        return len(self.pairs) * (1 if self.repeated else self.row_groups)

    @property
    def keeps(self) -> bool:
        """Whether there is a memory of inputs; a single transfer stays in its register."""
        return self.passes > 1 and self.col_groups > 1

    @property
    def interval(self) -> int:
        """Cycles a frame."""
        return self.group_sets * self.row_groups * self.col_groups * len(self.pairs)

    @property
    def sum_latency(self) -> int:
        """Cycles from a step to the sum that it ends."""
        return SELECT_LATENCY + self.dot.latency + 1

    @property
    def step_latency(self) -> int:
        """Cycles from the last step of a row group to its output transfer."""
        return self.sum_latency + (self.threshold.latency if self.levels else 1)

    @property
    def latency(self) -> int:
        """Cycles from a frame's last input transfer to its first output transfer."""
        return (len(self.pairs) - 1) * self.col_groups + self.step_latency

    def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cycle of each input and output transfer of back-to-back frames.

        Parameters
        ----------
        arrivals : cycle from which each input transfer is offered; the consumer is always ready
        """
        cols, passes = self.col_groups, self.passes
        if passes == 1:
            accepted = one_a_cycle(np.asarray(arrivals))
            return accepted, accepted[cols - 1 :: cols] + self.latency
        taken = in_passes(arrivals, cols, passes)
        outputs = np.arange(passes // len(self.pairs)) * len(self.pairs)
        departed = taken[:, -1:] + cols * outputs + self.latency
        return taken.ravel(), departed.ravel()

    def narrowed(self, weights: np.ndarray) -> "Config":
        """With the narrowest ``acc`` for weights (groups * rows, cols) and any inputs."""
        return replace(self, acc=holding(0, self.most(weights)))

    def most(self, weights: np.ndarray) -> int:
        """The highest sum of counts of weights (groups * rows, cols)."""
        high = (1 << self.x.width) - 1
        if self.w.bipolar:
            return high * self.cols + self._padding
        negative = 1 << self.w.width - 1
        return high * int(np.where(weights < 0, negative, weights).sum(axis=1).max())

    def offsets(self, weights: np.ndarray) -> np.ndarray:
        r"""By how much :math:`gain \cdot counts` is less than the sum of each row.

        The counts are those of x without an offset, :math:`x' = x + 2^{a-1}` if it is signed and
        x = 2 x' - 1 if it is bipolar (``gain`` = 2), and of negative planes of weights with x'
        inverted: :math:`-2^{b-1} x' = 2^{b-1} (2^a - 1 - x') - 2^{b-1} (2^a - 1)`. Likewise,
        xnor(x, 1) = x and xnor(x, 0) = 1 - x of bipolar weights.
        """
        high, top = (1 << self.x.width) - 1, 1 << self.w.width - 1
        total = weights.sum(axis=1)
        lost = high * top * (weights < 0).sum(axis=1)
        if self.x.bipolar:
            return -2 * lost - total
        return -lost - self._padding - (total << self.x.width - 1 if self.x.signed else 0)

    @property
    def gain(self) -> int:
        """Of a count in a sum."""
        return 2 if self.x.bipolar else 1

    @property
    def _padding(self) -> int:
        """What lanes beyond cols count: xnor(2^(a-1), 1) where x is signed and w bipolar."""
        if not (self.w.bipolar and self.x.signed):
            return 0
        return (self.col_groups * self.simd - self.cols) << self.x.width - 1

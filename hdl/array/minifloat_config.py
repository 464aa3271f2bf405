"""The static side of a floating-point MVTU: its sizes, latency and schedule."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np

from hdl.accumulate.chunked import ChunkedAccumulator
from hdl.array.weights import Weights
from hdl.checks import positive
from hdl.compress.fabric import Kind
from hdl.dot.minifloat import MinifloatProduct
from hdl.minifloat import DLFLOAT, Minifloat, Parts, Rounding
from hdl.number import Number

__all__ = ["FETCH", "Config"]

FETCH = 2
"""Cycles from a step to the operands of its product."""

ORDERED = 1
"""Cycles from a sum to its code."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Size of a floating-point MVTU.

    rows, cols : the matrix.
    pe : rows at once; they need not divide the matrix.
    x_type, w_type : inputs and weights.
    sums : what products are added in, outputs and bias.
    chunk : columns whose products are added before they are added to the sum.
    rounding : of sums.
    biased : whether the sums start from a bias.
    storage : where the weights are.
    fabric : what LUTs are, see :class:`hdl.compress.fabric.Fabric`.
    """

    rows: int
    cols: int
    pe: int
    x_type: Minifloat
    w_type: Minifloat
    sums: Minifloat = DLFLOAT
    chunk: int = 64
    rounding: Rounding = "up"
    biased: bool = False
    storage: Literal["const", "lut", "bram"] = "lut"
    fabric: Kind = "xilinx"

    simd = 1
    groups = 1
    group_lanes = 1
    group_sets = 1
    frames = 1
    levels = 0
    repeated = False
    keeps = False

    def __post_init__(self) -> None:
        positive("MinifloatMVTU", rows=self.rows, cols=self.cols, pe=self.pe, chunk=self.chunk)
        if self.pe >= 2 * self.rows:
            what = f"must be below twice the matrix's {self.rows} rows, not {self.pe}"
            raise ValueError(f"MinifloatMVTU pe {what}")
        if not self.sums.signed:
            raise ValueError("MinifloatMVTU sums must be signed")

    @property
    def x(self) -> Number:
        """Codes of inputs."""
        return self.x_type.code

    @property
    def w(self) -> Number:
        """A weight as it is stored, the magnitude below the sign."""
        return Number(width=self.w_type.code.width)

    @property
    def o(self) -> Number:
        """Codes of sums."""
        return self.sums.code

    @property
    def i_lanes(self) -> int:
        """Inputs of a transfer."""
        return 1

    @property
    def o_lanes(self) -> int:
        """Outputs of a transfer."""
        return self.pe

    @property
    def row_groups(self) -> int:
        """Groups of pe rows."""
        return -(-self.rows // self.pe)

    @property
    def col_groups(self) -> int:
        """Input transfers of a frame."""
        return self.cols

    @property
    def chunks(self) -> int:
        """Of a row."""
        return -(-self.cols // self.chunk)

    @property
    def merges(self) -> int:
        """How often the sums of chunks are added to those of rows, in a frame."""
        return self.chunks if self.chunks > 1 or self.biased else 0

    @property
    def slots(self) -> int:
        """Cycles of an input: one for each row group, and what the adder takes at least."""
        return max(self.row_groups, self.accumulator.interval)

    @property
    def interval(self) -> int:
        """Cycles a frame."""
        return self.slots * (self.cols + self.merges)

    @cached_property
    def terms(self) -> Parts:
        """Inputs: their exponents count from where those of products are as those of sums."""
        x, w = self.x_type.parts, self.w_type.parts
        low = min(x.low + w.low, self.sums.parts.low) - w.low
        return Parts(low=low, high=x.high, fraction=x.fraction)

    @cached_property
    def dot(self) -> MinifloatProduct.Config:
        """The product of a row."""
        return MinifloatProduct.Config(x=self.terms, w=self.w_type)

    @cached_property
    def accumulator(self) -> ChunkedAccumulator.Config:
        """The sums of a PE's rows."""
        return ChunkedAccumulator.Config(x=self.dot.o, o=self.sums, groups=self.row_groups,
                                         merges=self.merges > 0, biased=self.biased,
                                         rounding=self.rounding, fabric=self.fabric)  # fmt: skip

    @property
    def weights(self) -> Weights.Config:
        """The weight memory: one word a column and row group."""
        return Weights.Config(width=self.pe * self.w.width, depth=self.cols * self.row_groups,
                              storage=self.storage)  # fmt: skip

    @property
    def step_latency(self) -> int:
        """Cycles from a step that ends a sum to its output transfer."""
        return FETCH + self.accumulator.latency + ORDERED

    @property
    def latency(self) -> int:
        """Cycles from a frame's last input transfer to its first output transfer."""
        return self.step_latency + (self.slots if self.merges else 0)

    def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cycle of each input and output transfer of back-to-back frames.

        Parameters
        ----------
        arrivals : cycle from which each input transfer is offered; the consumer is always ready
        """
        col = np.arange(len(arrivals)) % self.cols
        ends = (col % self.chunk == self.chunk - 1) | (col == self.cols - 1)
        busy = self.slots * (1 + (ends & (self.merges > 0)))
        begins = np.cumsum(busy) - busy
        accepted = np.maximum.accumulate(np.asarray(arrivals) - begins) + begins
        last = accepted[self.cols - 1 :: self.cols]
        departed = last[:, None] + self.latency + np.arange(self.row_groups)
        return accepted, departed.ravel()

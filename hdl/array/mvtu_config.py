"""The static side of an MVTU: its sizes, latency and schedule."""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, Literal

import numpy as np

from hdl.accumulate.dsp import DSPAccumulator
from hdl.array.loadable import MOST_BITS, Loadable, in_block
from hdl.array.weights import Weights
from hdl.checks import positive
from hdl.compress.fabric import Kind
from hdl.dot.folded import MOST_STEPS, Folded
from hdl.dot.packed import Packed
from hdl.dot.popcount import WIDTH, RowsPopcount
from hdl.dot.select import Dot, select
from hdl.number import Number
from hdl.quant.threshold import Threshold
from hdl.stream.schedule import in_passes, one_a_cycle

__all__ = ["Config"]

SLICED = 1.05
"""Block RAMs of memories by stage, for each of one memory."""


@dataclass(frozen=True, kw_only=True)
class Config:
    """Size of an MVTU.

    rows, cols : the matrix.
    pe, simd : rows and columns at once; they need not divide the matrix.
    groups, group_lanes : matrices, each of which multiplies its own part of a frame, and how many
        of them work at once; a depthwise convolution has one of a single row for each channel.
    repeated : whether each part of a frame arrives once for every row group, instead of once.
    frames : vectors that share each weight fetch, side by side; several are not kept, so that
        they are to arrive ``repeated`` where there are several row groups.
    x, w : inputs and weights.
    acc : what the finished accumulators fit in: of popcounts if ``counts`` and there are levels,
        of (sum - odd) / 2 if ``counts`` without levels, else of sums.
    o : outputs.
    levels : thresholds of each row; 0 emits the sums.
    base : value of the output below all thresholds.
    biased : whether the sums start from a bias.
    storage : where the weights are; "ram" are written at run time through the load bus, and so are
        thresholds and bias. Then ``acc`` is what fits the sums of any weights.
    multiplier : whether products are made by multipliers (DSP48E1) instead of LUTs.
    accumulator : where partial popcounts are added: LUTs, or a DSP48E1 for every four lanes.
    fabric : what LUTs are, see :class:`hdl.compress.fabric.Fabric`.
    cell : a dot product of one lane, of which a row has simd, where the numbers alone do not tell
        which; its w are the weights as they are stored.
    load_base : from which address on the load bus, where the storage is "ram".
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
    frames: int = 1
    base: int = 0
    biased: bool = False
    storage: Literal["const", "lut", "bram", "ram"] = "lut"
    multiplier: bool = False
    accumulator: Literal["lut", "dsp"] = "lut"
    fabric: Kind = "xilinx"
    cell: Any = None
    load_base: int = 0

    def __post_init__(self) -> None:
        positive("MVTU", rows=self.rows, cols=self.cols, pe=self.pe, simd=self.simd)
        positive("MVTU", groups=self.groups, group_lanes=self.group_lanes, frames=self.frames)
        if self.groups % self.group_lanes:
            what = f"must divide its {self.groups} groups, which {self.group_lanes} does not"
            raise ValueError(f"MVTU group_lanes {what}")
        if self.pe >= 2 * self.rows or self.simd >= 2 * self.cols:
            size, lanes = f"{self.rows} x {self.cols}", f"{self.pe} x {self.simd}"
            raise ValueError(f"MVTU pe x simd must be below twice the matrix's {size}, not {lanes}")
        if self.frames > 1 and self.keeps:
            what = f"must be repeated for each of {self.row_groups} row groups"
            raise ValueError(f"MVTU inputs of {self.frames} frames {what}")
        if self.accumulator == "dsp" and not self.fits_dsp:
            what = f"popcounts whose finished sums fit in {WIDTH} bits"
            raise ValueError(f"MVTU accumulators must be in LUTs but for {what}")
        if self.cell is not None and (self.cell.x, self.cell.w) != (self.x, self.w):
            raise ValueError("MVTU cell must multiply the numbers of the MVTU")
        if self.storage == "ram" and (self.cell is not None or self.acc.width > MOST_BITS):
            what = f"without a cell and for sums of at most {MOST_BITS} bits"
            raise ValueError(f"MVTU storage must be ram only {what}")

    @property
    def fits_dsp(self) -> bool:
        """Whether partial sums may be added in DSP48E1s cut in four."""
        summed = self.acc.width + (self.levels == 1) <= WIDTH
        stored = self.storage not in ("const", "ram")
        return self.counts and stored and self.accumulates and summed

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

    @property
    def whole(self) -> bool:
        """Whether it is all of a layer at once."""
        return self.pe >= self.rows and self.simd >= self.cols and self.groups == 1

    @property
    def unrolled(self) -> bool:
        """Whether it is all of a layer at once, of constants: :class:`Unrolled` does it."""
        constant = self.storage == "const" and not self.multiplier
        return constant and self.whole and self.frames == 1

    @property
    def folded(self) -> bool:
        """Whether weights of a few steps are part of the LUTs that count."""
        shallow = self.storage == "lut" and 2 <= self.interval <= MOST_STEPS
        return self.counts and shallow and self.groups == 1 and self.accumulator == "lut"

    @cached_property
    def dot(self) -> Dot | RowsPopcount.Config | Folded.Config:
        """The dot product of one row and one column group; of several if packed into DSP48E1s.

        It is that of all rows if ``folded``. Then the weights are not the real ones, of which its
        sizes and latency do not depend.
        """
        if self.folded:
            ones = np.ones((self.interval, self.pe, self.simd), np.int8)
            return Folded.Config.of(ones, self.fabric)
        if self.accumulator == "dsp":
            return RowsPopcount.Config(lanes=self.simd, words=self.col_groups, fabric=self.fabric)
        if self.cell is not None:
            return replace(self.cell, lanes=self.simd)
        # Of constants synthesis leaves little of equations, but all of primitives.
        constant = self.storage == "const" and not self.multiplier
        return select(self.x, self.w, self.simd, multiplier=self.multiplier, rows=self.pe,
                      fabric="portable" if constant else self.fabric)  # fmt: skip

    @property
    def dot_rows(self) -> int:
        """Rows of a dot product's circuit."""
        return self.dot.rows if isinstance(self.dot, Packed.Config) else 1

    @property
    def row_bits(self) -> int:
        """Bits of the weight memory for a row and a step: weights, and the bias in a DSP48E1."""
        bias = len(self.dot.bias) if self.accumulator == "dsp" else 0
        return self.simd * self.w.width + bias

    @cached_property
    def weights(self) -> Weights.Config | Loadable.Config:
        """The weight memory as a whole: one word a step."""
        return self.memory(tuple(range(self.row_bits)))

    @cached_property
    def threshold(self) -> Threshold.Config:
        """The activation of one lane."""
        return Threshold.Config(
            channels=self.group_sets * self.row_groups,
            levels=self.levels,
            x=self.acc,
            o=self.o,
            base=self.base,
            loadable=self.storage == "ram",
        )

    @property
    def i_lanes(self) -> int:
        """Inputs of a transfer."""
        return self.frames * self.group_lanes * self.simd

    @property
    def o_lanes(self) -> int:
        """Outputs of a transfer."""
        return self.frames * self.group_lanes * self.pe

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
        """Cycles a frame, or as many side by side."""
        return self.group_sets * self.row_groups * self.col_groups

    @property
    def stages(self) -> tuple[int, ...]:
        """How many lanes a dot product reads in its cycle 0, 1, …, the first first."""
        return self.dot.stages

    @property
    def slices(self) -> tuple[tuple[int, ...], ...]:
        """Of each stage of the dot product, which of a row's bits in the memory it reads."""
        found = self._places("w_places", self.w.width)
        if self.accumulator == "dsp":
            found[self.dot.bias_stage] += tuple(range(self.simd * self.w.width, self.row_bits))
        return tuple(found)

    @property
    def x_slices(self) -> tuple[tuple[int, ...], ...]:
        """Of each stage of the dot product, which bits of its inputs it reads."""
        return tuple(self._places("x_places", self.x.width))

    def _places(self, name: str, width: int) -> list[tuple[int, ...]]:
        """What a dot product says that it reads in each stage; else its lanes in order."""
        given = getattr(self.dot, name, None)
        if given is not None:
            return list(given)
        found, start = [], 0
        for lanes in self.stages:
            found.append(tuple(range(start * width, (start + lanes) * width)))
            start += lanes
        return found

    def memory(self, places: tuple[int, ...]) -> Weights.Config | Loadable.Config:
        """A memory of these bits of all rows."""
        lanes = self.group_lanes * self.pe
        width = lanes * len(places)
        if self.storage == "ram":
            block = in_block(lanes * self.row_bits, self.interval)
            return Loadable.Config(width=width, depth=self.interval, block=block)
        return Weights.Config(width=width, depth=self.interval, storage=self.storage)

    @cached_property
    def sliced(self) -> bool:
        """Whether each stage's bits are a memory of their own, which is read in that stage.

        Where that takes block RAMs more, there is one memory, and bits wait behind it.
        """
        if self.weights.latency == 1:  # no block RAM
            return True
        parts = sum(self.memory(places).bram18 for places in self.slices if places)
        return parts <= SLICED * self.weights.bram18

    @property
    def signs(self) -> bool:
        """Whether sums start from the negated threshold, so that their sign is the activation."""
        return self.accumulates and self.levels == 1

    @property
    def total(self) -> Number:
        """What is accumulated."""
        return Number(width=self.acc.width + 1, signed=True) if self.signs else self.acc

    @property
    def sum_latency(self) -> int:
        """Cycles from a transfer in, or a step, to the sum that it ends."""
        adding = {"lut": 1, "dsp": DSPAccumulator.Config.latency}[self.accumulator]
        return self.weights.latency + self.dot.latency + (adding if self.accumulates else 0)

    @property
    def latency(self) -> int:
        """Cycles from a frame's last input transfer to its first output transfer."""
        return self.sum_latency + (self.threshold.latency if self.levels and not self.signs else 0)

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
        taken = in_passes(arrivals, cols, rows)
        departed = taken[:, -1:] + cols * np.arange(rows) + self.latency
        return taken.ravel(), departed.ravel()

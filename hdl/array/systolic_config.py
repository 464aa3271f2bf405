"""Sizes and times of a weight-stationary systolic array."""

from dataclasses import dataclass, replace
from functools import cached_property
from itertools import accumulate

from hdl.checks import positive
from hdl.dot.packed import Packed
from hdl.dot.select import Dot
from hdl.number import Number

__all__ = ["Columns", "Config", "lane_stages", "sums_of"]


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Neighbouring columns of equal cells.

    dot : the dot product of a cell.
    count : columns; one that makes sums of several rows (Packed) takes as many columns.
    reach : dot products side by side that share the registers of x: a hop of the pipeline.

    Raises
    ------
    ValueError
        If the columns are no whole number of hops.
    """

    dot: Dot
    count: int
    reach: int = 1

    def __post_init__(self) -> None:
        positive("Columns", count=self.count, reach=self.reach)
        if self.count % self.hop:
            raise ValueError(f"Columns count must be a multiple of {self.hop}, not {self.count}")

    @property
    def hop(self) -> int:
        """Columns of a cell."""
        return self.reach * sums_of(self.dot)

    @property
    def hops(self) -> int:
        """Cells of a row."""
        return self.count // self.hop


@dataclass(frozen=True, kw_only=True)
class Config:
    """Size of a :class:`hdl.array.systolic.Systolic`, and its times in enabled cycles.

    rows : cells of a column.
    columns : cells of a row, of one kind or, side by side, of several that multiply the same.
    acc : what partial sums are kept as, modulo 2^width, so that only a vector's whole sum has to
        fit; None for a number that holds every sum.
    stalls : whether there is a clock enable. Without, ``en`` is not read, and each load of a
        cell's weights takes a LUT less.

    Raises
    ------
    ValueError
        If dot products side by side differ in lanes or operands.
    """

    rows: int
    columns: tuple[Columns, ...]
    acc: Number | None = None
    stalls: bool = True

    def __post_init__(self) -> None:
        positive("Systolic", rows=self.rows)
        if not self.columns:
            raise ValueError("Systolic columns must be at least one kind, not none")
        kinds = {(some.dot.lanes, some.dot.x, some.dot.w) for some in self.columns}
        if len(kinds) > 1:
            raise ValueError("Systolic columns must agree in lanes and operands")

    @classmethod
    def uniform(cls, *, rows: int, cols: int, dot: Dot, acc: Number | None = None, reach: int = 1,
                stalls: bool = True) -> "Config":  # fmt: skip
        """Of cells of one kind."""
        columns = (Columns(dot=dot, count=cols, reach=reach),)
        return cls(rows=rows, columns=columns, acc=acc, stalls=stalls)

    @property
    def x(self) -> Number:
        """An operand."""
        return self.columns[0].dot.x

    @property
    def w(self) -> Number:
        """A weight, as stored."""
        return self.columns[0].dot.w

    @property
    def lanes(self) -> int:
        """Of a cell's dot product."""
        return self.columns[0].dot.lanes

    @property
    def word(self) -> int:
        """Operands of a vector, and weights of a column."""
        return self.rows * self.lanes

    @property
    def cols(self) -> int:
        """Columns: sums of a vector."""
        return sum(some.count for some in self.columns)

    @property
    def macs(self) -> int:
        """Products a cycle."""
        return self.word * self.cols

    @cached_property
    def o(self) -> Number:
        """A sum."""
        return self.acc or replace(self.columns[0].dot, lanes=self.word).o

    @property
    def load_stages(self) -> tuple[int, ...]:
        """How many lanes' weights are shifted 0, 1, … cycles after those of the row's first."""
        late = [min(stages) for stages in zip(*(lane_stages(some.dot) for some in self.columns))]
        return tuple(late.count(stage) for stage in range(late[-1] + 1))

    @cached_property
    def latency(self) -> int:
        """Cycles from a vector to its sums: a register before the first dot product, one a cell."""
        return max(self.rows + some.hops + some.dot.latency for some in self.columns)

    @property
    def load_cycles(self) -> int:
        """Cycles with ``w_load`` that a tile of weights takes."""
        return self.cols

    @property
    def swap_cycles(self) -> int:
        """The first cycle after ``swap`` (0: the same) in which the next tile may be shifted."""
        shifted = [s for s, n in enumerate(self.load_stages) for _ in range(n)]
        return max(some.hops - 1 + max(map(int.__sub__, lane_stages(some.dot), shifted))
                   for some in self.columns)  # fmt: skip

    def interval(self, vectors: int) -> int:
        """Cycles a tile of so many vectors, where tiles follow each other."""
        return max(vectors, self.load_cycles + self.swap_cycles)

    def cycles(self, vectors: int) -> int:
        """Cycles from the first vector to the last one's sums, as long as weights are there.

        Of cells of one lane and one column it is M + R + C - 2, and the latency of a product + 1.
        """
        return vectors - 1 + self.latency

    def deskew(self, some: Columns, hop: int) -> int:
        """Cycles that sums of a hop wait for those of the last."""
        return self.latency - (self.rows + hop + 1 + some.dot.latency)


def sums_of(dot: Dot) -> int:
    """Columns of a dot product."""
    return dot.rows if isinstance(dot, Packed.Config) else 1


def lane_stages(dot: Dot) -> list[int]:
    """The stage of each lane."""
    ends = [*accumulate(dot.stages)]
    return [sum(lane >= end for end in ends) for lane in range(dot.lanes)]

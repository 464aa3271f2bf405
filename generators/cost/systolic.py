"""Estimates of systolic arrays: every register and adder is known, but those of dot products."""

from generators.cost import products as dots
from generators.cost.constants import cached
from generators.cost.delay import FF, SETUP, carry
from generators.cost.products import products
from generators.synth.resources import Cost
from hdl.array.systolic_config import Columns, Config, lane_stages
from hdl.array.systolic_os import OutputStationary
from hdl.compress.plan import levels_of
from hdl.compress.solve import LEVELS_PER_STAGE
from hdl.dot.booth import Booth
from hdl.number import Number

__all__ = ["array", "array_delay", "output_stationary", "output_stationary_delay"]


@cached
def array(config: Config) -> Cost:
    """A weight-stationary array: cells, what brings operands to each row, and what sums wait for.

    A mask is a LUT a bit of the operands. Flags of the rows are delays of one, so that a row's is
    the row's before a cycle later; with a clock enable each that is used takes a LUT.
    """
    x, w, stages = config.x.width, config.w.width, len(config.load_stages)
    late = sum(cycle * count for cycle, count in enumerate(config.load_stages))
    flags = config.rows - 1 + stages - 1
    total = Cost(lut=config.word * (x + w), ff=config.rows - 1 + flags)
    total += Cost(lut=(flags + 1) * config.stalls)
    for row in range(config.rows):
        total += Cost(ff=row * config.lanes * (x + w) + late * w)
        for some in config.columns:
            total += Cost(ff=_skew(some) * x) + _cell(config, some, row == 0) * some.hops
    return total + _deskew(config)


def _skew(some: Columns) -> int:
    """Lanes times the cycles that each waits for its stage of the dot product."""
    return sum(cycle * count for cycle, count in enumerate(some.dot.stages))


def _cell(config: Config, some: Columns, first: bool) -> Cost:
    """Operands, weights twice, dot products, and an adder a column but in the first row."""
    dot, stages = some.dot, set(lane_stages(some.dot))
    words = dot.lanes * (dot.x.width + 2 * some.hop * dot.w.width)
    sums = Cost(ff=_sum(config, some, first) * some.hop)
    if not first:
        sums += Cost(lut=_adder(dot.o, config.o.width) * some.hop)
    flags = Cost(lut=len(stages) * config.stalls, ff=max(1, *stages))
    return products(dot) * some.reach + sums + flags + Cost(ff=words)


def _sum(config: Config, some: Columns, first: bool) -> int:
    """Bits of a sum that differ: a first cell's is its dot product's."""
    return min(config.o.width, some.dot.o.width) if first else config.o.width


def _adder(term: Number, width: int) -> int:
    """LUTs of a sum: a term without a sign leaves the carry alone in what is above it."""
    return width if term.signed else min(width, term.width)


def _deskew(config: Config) -> Cost:
    """Sums that wait for those of the last column; of several kinds, but for their latencies."""
    hops = max(some.hops for some in config.columns)
    waits = sum((hops - 1 - hop) * some.hop * _sum(config, some, config.rows == 1)
                for some in config.columns for hop in range(some.hops))  # fmt: skip
    return Cost(ff=waits)


@cached
def array_delay(config: Config) -> float:
    """The dot product's, or that of the adder behind it."""
    adder = FF + carry(config.o.width) + SETUP
    return max(adder, *(dots.products_delay(some.dot) for some in config.columns))


@cached
def output_stationary(config: OutputStationary.Config) -> Cost:
    """An output-stationary array: cells, operands and weights that wait, and the flags of rows."""
    dot, columns, width = config.dot, config.columns, config.acc.width
    x, w = dot.lanes * dot.x.width, dot.lanes * dot.w.width
    total = Cost(lut=config.rows * x + config.cols * w)  # masks
    for row in range(config.rows):
        total += Cost(ff=row * x + _skew(columns) * dot.x.width) + _flags(row)
        total += _kept(config, row == 0) * columns.hops
    for hop in range(columns.hops):
        waits = (columns.hops - 1 - hop) * width
        total += Cost(ff=columns.hop * (hop * w + _skew(columns) * dot.w.width + waits))
    return total + Cost(lut=config.rows + 3 * config.stalls, ff=3 * _latency(dot) + 1)


def _flags(row: int) -> Cost:
    """Of a row: step, first and done a cycle later, and whether sums are shifted."""
    return Cost(ff=4 if row else 1)


def _kept(config: OutputStationary.Config, first: bool) -> Cost:
    """A cell: operands and weights, flags, dot products, and of each column two sums."""
    dot, columns, width = config.dot, config.columns, config.acc.width
    word = dot.lanes * (dot.x.width + columns.hop * dot.w.width)
    sums = Cost(lut=width if first else 2 * width, ff=2 * width) * columns.hop
    flags = Cost(lut=int(config.stalls), ff=4)
    return products(dot) * columns.reach + sums + flags + Cost(ff=word)


def _latency(dot) -> int:
    """Cycles of a dot product, about, as its tree is not planned here."""
    tree = levels_of(dot.heap) // LEVELS_PER_STAGE + 1
    if isinstance(dot, Booth.Config):  # its heap has the stages of its lanes
        return tree
    return tree + len(dot.stages) - 1 + (3 if getattr(dot, "multiplier", False) else 0)


def output_stationary_delay(config: OutputStationary.Config) -> float:
    """The dot product's, or that of the adder behind it."""
    return max(dots.products_delay(config.dot), FF + carry(config.acc.width) + SETUP)

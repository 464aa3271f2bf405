"""Estimates of dot products but those of integers: cells of MVTUs, without the schedules of trees.

Rows, gates and what waits are counted exactly; a tree is :func:`generators.cost.tree.tree`.
"""

from functools import cache
from itertools import pairwise

from generators.cost import delay
from generators.cost.constants import cached, of
from generators.cost.products import products
from generators.cost.tree import tree
from generators.synth.resources import Cost
from hdl.dot.biscaled import BiScaled
from hdl.dot.biscaled_blocks import BiScaledBlocks
from hdl.dot.booth import Booth
from hdl.dot.codebook import Codebook
from hdl.dot.codebook_products import Products
from hdl.dot.fpec import FPEC
from hdl.dot.fpec_rows import Corrections
from hdl.dot.fpec_shared import SharedFPEC
from hdl.dot.fusible import Fusible
from hdl.dot.gates import lut_count
from hdl.dot.grouped import Grouped
from hdl.dot.heaps import tree_luts
from hdl.dot.shift import Shift

__all__ = ["CODED", "dot", "dot_delay", "products", "stages"]

CODED = (BiScaled.Config, BiScaledBlocks.Config, FPEC.Config, Grouped.Config, SharedFPEC.Config)
"""Dot products of numbers in formats of their own."""

SETTLED = 4
"""The lowest bits of a sum of fusible units, which its last adder passes by."""


@cached
def dot(config) -> Cost:
    """A dot product."""
    found = _DOTS.get(type(config))
    return products(config) if found is None else found(config)


def stages(config) -> tuple[int, ...]:
    """How many lanes, or elements of blocks, a dot product reads in cycle 0, 1, …, about.

    Of exponents and lists, a few bits a block, this is silent: when they are read is known by a
    schedule only.
    """
    if isinstance(config, Grouped.Config):
        return tuple(config.lanes * count for count in config.inner.stages)
    if isinstance(config, BiScaledBlocks.Config):
        return config.lows.stages
    return config.stages


def _booth(config: Booth.Config) -> Cost:
    """Rows, the sums and carries that they leave in registers, and the tree."""
    found = tree(config.heap, _ones(config))
    return Cost(lut=config.rows + found.lut, ff=_rows(config) + found.ff)


def _ones(config: Booth.Config) -> int:
    """The columns of the constant that no row adds."""
    return config.constant >> config.covered << config.covered


def _inner(config) -> Cost:
    """What multiplies integers within another."""
    return _booth(config) if isinstance(config, Booth.Config) else dot(config)


def _rows(config: Booth.Config) -> int:
    """Registers of Booth rows: each chain's sum in each cycle, and the carries that leave them."""
    chains = min(config.chains, config.lanes)
    width = config.o.width
    carries = sum(2 * digit + config.row < width for digit in range(config.digits))
    return config.digits * len(config.stages) * chains * config.row + carries * config.lanes


def _corrections(config: Corrections) -> int:
    """Registers of rows of two corrections, where they wait for the second; or of chained ones."""
    cycles = [cycle for cycle, count in enumerate(config.stages) for _ in range(count)]
    found = sum(step.size * config.chains * len(config.stages) + len(cycles)
                for step in config.steps)  # fmt: skip
    for pair in config.pairs:
        waits = [(pair.stage - cycles[term.lane]) * (config.factor(term.side).width + 2)
                 for term in pair.terms]  # fmt: skip
        found += pair.size + (not pair.wide) + sum(waits)
    return found


def _fpec(config: FPEC.Config) -> Cost:
    """Rows, corrections and the tree."""
    found, corrections = tree(config.heap, _all_ones(config)), config.corrections
    return Cost(lut=config.products.rows + corrections.luts + found.lut,
                ff=_rows(config.products) + _corrections(corrections) + found.ff)  # fmt: skip


def _all_ones(config: FPEC.Config | SharedFPEC.Config) -> int:
    below = config.corrections.below
    return config.corrections.constant % (1 << below) | _ones(config.products) << below


def _shared(config: SharedFPEC.Config) -> Cost:
    """As of those that are all compensated, and what waits until one is selected, and that."""
    found, corrections = tree(config.heap, _all_ones(config)), config.corrections
    kept = (config.front - 1) * config.block + config.compensators
    ff = _rows(config.products) + _corrections(corrections) + found.ff
    return Cost(lut=config.estimate - tree_luts(config.heap) + found.lut,
                ff=ff + config.lanes * kept * config.selected)  # fmt: skip


def _biscaled(config: BiScaled.Config) -> Cost:
    """Words made integers by gates, and what multiplies these."""
    inner = config.inner
    return Cost(lut=config.estimate - inner.estimate) + _inner(inner)


def _blocks(config: BiScaledBlocks.Config) -> Cost:
    """Booth rows, and what waits for the selection of the lists' numbers."""
    waits = 0
    for lane in range(config.lanes):
        selection = config.schedule.selection(lane)
        times = (selection.times, *selection.levels)
        for level, (some, groups) in enumerate(pairwise(times)):
            late = sum(groups[k >> 2] - time for k, time in enumerate(some))
            waits += late * selection.width * (config.limit if level else 1)
    found = tree(config.heap, _ones(config.lows))
    return Cost(lut=config.estimate - tree_luts(config.heap) + found.lut,
                ff=waits + _rows(config.lows) + _rows(config.listed) + found.ff)  # fmt: skip


def _grouped(config: Grouped.Config) -> Cost:
    """Of each block the products, the multiplied sum, and the shifted one; and the tree."""
    scale = config.scale
    block = _inner(config.inner) + Cost(lut=scale.luts)
    block += Cost(ff=scale.multiplied.width * (scale.mantissa_bits > 0))
    block += Cost(ff=scale.o.width * (scale.shifts > 1)
                  + (max(scale.fields[:2]) + 1) * scale.adds)  # fmt: skip
    if config.heap is None:
        return block * config.lanes
    found = tree(config.heap)
    return block * config.lanes + Cost(lut=found.lut, ff=found.ff)


def _shift(config: Shift.Config) -> Cost:
    """Gates and rows of each term, the registers between and behind them, and the tree."""
    found, selector = tree(config.heap, config.constants[-1]), config.selector
    terms = config.lanes * config.terms
    front = len({pin for gate in selector.rows for pin in gate.pins} - {"0"}) * config.front
    carries = sum(columns.start + config.row < config.o.width for columns in config.columns)
    sums = config.terms * len(config.stages) * min(config.chains, config.lanes) * config.row
    return Cost(lut=terms * selector.luts + found.lut,
                ff=terms * front + sums + carries * config.lanes + found.ff)  # fmt: skip


def _codebook(config: Codebook.Config) -> Cost:
    """The values, decoded, and the inputs in registers; and what multiplies them."""
    gates, names = config.decoder
    bits = config.x.width + len({*names} - {"0", "1"})
    return Cost(lut=config.lanes * lut_count(gates), ff=config.lanes * bits) + _inner_or_shift(
        config.inner)  # fmt: skip


def _inner_or_shift(config) -> Cost:
    return _shift(config) if isinstance(config, Shift.Config) else _inner(config)


def _tables(config: Products.Config) -> Cost:
    """The bits of all products, in registers, and the tree."""
    gates, names = config.decoder
    found = tree(config.heap)
    return Cost(lut=config.lanes * lut_count(gates) + found.lut,
                ff=config.lanes * len({*names} - {"0"}) + found.ff)  # fmt: skip


def _fusible(config: Fusible.Config) -> Cost:
    """Units of bricks, whose number and signs alone tell what is left of them."""
    if config.units == 1:
        return Cost(lut=config.estimate, ff=of("fusible").one)
    known = of("fusible")
    return Cost(lut=known.unit * config.units + known.sum,
                ff=known.unit_ff * config.units + known.sum_ff)  # fmt: skip


_DOTS = {
    BiScaled.Config: _biscaled,
    BiScaledBlocks.Config: _blocks,
    Codebook.Config: _codebook,
    FPEC.Config: _fpec,
    Fusible.Config: _fusible,
    Grouped.Config: _grouped,
    Products.Config: _tables,
    SharedFPEC.Config: _shared,
    Shift.Config: _shift,
}


@cached
def dot_delay(config) -> int:
    """The slowest way between registers of a cell that is none of integers: a row, or the tree.

    In front of a row's LUT and its chain stand gates where there are some; two rows may share a
    cycle. A tree has two LUTs and a counter's chain.
    """
    found = delay.FF + delay.levels() + delay.carry(3) + delay.SETUP
    return max(found, *(delay.FF + ps + delay.SETUP for ps in _ways(config)))


def _ways(config) -> list[int]:
    """Logic of the rows and gates of a cell."""
    match config:
        case Shift.Config():
            return [_chain(config.row), delay.levels(len(config.selector.levels))]
        case FPEC.Config():
            return [_rows_delay(config.products)]
        case SharedFPEC.Config():
            late = delay.levels(4) + delay.RESET - delay.SETUP
            return [_chain(config.products.row), late * (config.front > 1)]
        case BiScaled.Config():
            return [delay.levels() + _rows_delay(config.inner)]
        case BiScaledBlocks.Config():
            return [_rows_delay(config.lows), _rows_delay(config.listed)]
        case Fusible.Config() if config.units > 1:
            return [delay.levels() + delay.chain(max(0, config.o.width - SETTLED))]
        case Grouped.Config():
            shifted = delay.levels(len(config.scale.shifter.levels) + 1)
            return [_rows_delay(config.inner), _chain(config.scale.multiplied.width), shifted]
        case Codebook.Config():
            shifts = isinstance(config.inner, Shift.Config)
            return _ways(config.inner) if shifts else [_rows_delay(config.inner)]
    return [0]


def _rows_delay(config) -> int:
    """Of Booth rows; the second of two in a cycle goes on from a bit of the first."""
    if not isinstance(config, Booth.Config):
        return 0
    more = _chain(config.row if config.row > 8 else min(4, config.row))
    return _chain(config.row) + (config.rows_per_stage - 1) * more


@cache
def _chain(bits: int) -> int:
    """A LUT and a chain to the slowest of so many sums, which is not always the last."""
    return max(delay.carry(k) for k in range(bits + 1))

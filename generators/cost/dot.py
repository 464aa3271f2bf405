"""Estimates of dot products: LUTs without the schedule of a tree, which takes seconds, and FFs."""

from functools import cache
from itertools import pairwise
from math import log2

from generators.synth.resources import Cost
from hdl.compress.heap import Heap
from hdl.dot.biscaled import BiScaled
from hdl.dot.biscaled_blocks import BiScaledBlocks
from hdl.dot.booth import Booth
from hdl.dot.codebook import Codebook
from hdl.dot.fpec import FPEC
from hdl.dot.fpec_rows import Corrections
from hdl.dot.fpec_shared import SharedFPEC
from hdl.dot.fusible import Fusible
from hdl.dot.grouped import Grouped
from hdl.dot.integer import Integer
from hdl.dot.packed import Packed
from hdl.dot.popcount import Popcount, RowsPopcount
from hdl.dot.shift import Shift

__all__ = ["CODED", "dot", "products", "stages", "waiting"]

CODED = (BiScaled.Config, BiScaledBlocks.Config, FPEC.Config, Grouped.Config, SharedFPEC.Config)
"""Dot products of numbers in formats of their own."""

CODED_LUT = 1.02
"""LUTs of these, synthesised in a unit, to those of primitives as estimated."""

WAIT, TAKEN = 1.25, 1.3
"""Registers of a tree: while it waits for rows, for each bit that must be left, and a bit of it."""


@cache
def products(config: Integer.Config | Booth.Config | Packed.Config) -> Cost:
    """A dot product of integers."""
    if isinstance(config, Packed.Config):
        return Cost(lut=config.estimate, ff=config.estimate_ff, dsp=config.lanes)
    heap = config.heap
    pairs, bits = sum(heap.pairs), sum(map(sum, heap.bits))
    if isinstance(config, Booth.Config):
        rows = config.lanes * config.digits * config.row
        return Cost(lut=config.estimate, ff=rows + bits * len(config.stages) ** 0.5 + 20)
    return Cost(lut=config.estimate, ff=1.6 * pairs + 1.3 * bits + 10,
                dsp=config.lanes * config.multiplier)  # fmt: skip


@cache
def dot(config) -> Cost:
    """A dot product."""
    if isinstance(config, Shift.Config):
        rows, bits = config.lanes * config.terms * config.row, sum(map(sum, config.heap.bits))
        waits = rows + bits * len(config.stages) ** 0.5
        return Cost(lut=config.estimate, ff=waits + 20)
    if isinstance(config, Codebook.Config):
        return Cost(lut=1.1 * config.estimate, ff=2.2 * config.estimate)
    if isinstance(config, Fusible.Config):
        ff = 151 * config.units + 320 if config.units > 1 else 275
        return Cost(lut=config.estimate, ff=ff)
    if isinstance(config, Popcount.Config):
        return Cost(lut=0.79 * config.lanes + 1, ff=1.3 * config.lanes + 4)
    if isinstance(config, RowsPopcount.Config):
        return Cost(lut=0.74 * config.lanes + 1, ff=1.1 * config.lanes + 20)
    if isinstance(config, CODED):
        return Cost(lut=CODED_LUT * config.estimate, ff=_REGISTERS[type(config)](config))
    return products(config)


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


def waiting(heap: Heap) -> float:
    r"""Registers of a tree: of each cycle the bits that it cannot do without.

    They are those of a count of n bits of a column, :math:`\log_2 (n + 1)`, if n have come, until
    the last come; then it takes some more for each bit.
    """
    come, found = [0] * heap.columns, 0.0
    for counts in heap.bits[:-1]:
        come = [a + b for a, b in zip(come, counts)]
        found += sum(log2(n + 1) for n in come if n)
    return WAIT * found + TAKEN * sum(map(sum, heap.bits))


def _rows(config: Booth.Config) -> int:
    """Registers of Booth rows: each chain's sum in each cycle, and the carries that leave them."""
    chains = min(config.chains, config.lanes)
    return config.digits * (len(config.stages) * chains * config.row + config.lanes)


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


def _fpec(config: FPEC.Config) -> float:
    """Registers of rows, corrections and the tree."""
    return _rows(config.products) + _corrections(config.corrections) + waiting(config.heap)


def _shared(config: SharedFPEC.Config) -> float:
    """As of those that are all compensated, and what waits until one is selected, and that."""
    kept = (config.front - 1) * config.block + config.compensators
    return _fpec(config) + config.lanes * kept * config.selected


def _biscaled(config: BiScaled.Config) -> float:
    """Registers of Booth rows, which multiply integers."""
    inner = config.inner
    return _rows(inner) + waiting(inner.heap) if isinstance(inner, Booth.Config) else (
        products(inner).ff)  # fmt: skip


def _blocks(config: BiScaledBlocks.Config) -> float:
    """As of Booth rows, and what waits for the selection of the lists' numbers."""
    found = 0
    for lane in range(config.lanes):
        selection = config.schedule.selection(lane)
        times = (selection.times, *selection.levels)
        for level, (some, groups) in enumerate(pairwise(times)):
            waits = sum(groups[k >> 2] - time for k, time in enumerate(some))
            found += waits * selection.width * (config.limit if level else 1)
    return found + _rows(config.lows) + _rows(config.listed) + waiting(config.heap)


def _grouped(config: Grouped.Config) -> float:
    """Of each block the products, the multiplied sum, and the shifted one; and the tree."""
    inner, scale = config.inner, config.scale
    block = products(inner).ff
    if isinstance(inner, Booth.Config):
        block = _rows(inner) + waiting(inner.heap)
    block += scale.multiplied.width * (scale.mantissa_bits > 0)
    block += scale.o.width * (scale.shifts > 1) + max(scale.fields[:2]) * scale.adds
    return config.lanes * block + (waiting(config.heap) if config.heap else 0)


_REGISTERS = {
    BiScaled.Config: _biscaled,
    BiScaledBlocks.Config: _blocks,
    FPEC.Config: _fpec,
    Grouped.Config: _grouped,
    SharedFPEC.Config: _shared,
}

"""Estimates of matrix-vector-threshold units."""

from dataclasses import replace
from functools import cache

from generators.cost import folded, load, maps, thresholds
from generators.cost.constants import cached, of
from generators.cost.dot import dot, stages
from generators.cost.products import PRODUCTS, Product, product
from generators.cost.reads import reads
from generators.cost.unrolled import unrolled
from generators.cost.weights import distinct, rom_bit, weights
from generators.synth.resources import Cost
from hdl.accumulate.dsp import DSPAccumulator
from hdl.array.mvtu_config import SLICED
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.array.rows import MERGED_ROWS
from hdl.array.tables import MOST_WORDS
from hdl.dot.packed import Packed
from hdl.dot.popcount import RowsPopcount
from hdl.dot.select import select
from hdl.memory import lut_ram_in_place

__all__ = ["dot_of", "dot_product", "memories_of", "mvtu", "wait"]


@cached
def mvtu(config: MVTUConfig) -> Cost:
    """A whole unit, or an unrolled layer of bipolar numbers."""
    if config.unrolled:
        return unrolled(config)
    found = dot_product(config)
    total = _dots(config, found) + _accumulators(config) + _memories(config, found)
    if config.levels and not config.signs:
        activation = thresholds.threshold(config.threshold)
        shared = thresholds.index(config.threshold) * (1 - config.o_lanes)
        more = (of("mvtu").activation - 1) * activation.lut
        total += (activation + Cost(lut=more)) * config.o_lanes + Cost(ff=shared)
    total += _operands(config, found) + _control(config, found)
    return total + maps.skid(config.o_lanes * config.o.width)


def dot_of(config: MVTUConfig):
    """The configuration of a dot product; of one row, if its weights are part of the LUTs.

    As :attr:`hdl.array.mvtu_config.Config.dot`, without arrays of weights.
    """
    if config.folded:
        return None
    if config.accumulator == "dsp":
        return RowsPopcount.Config(lanes=config.simd, words=min(config.col_groups, 3),
                                   fabric=config.fabric)  # fmt: skip
    if config.cell is not None:
        return _cell(config.cell, config.simd)
    constant = config.storage == "const" and not config.multiplier
    return _selected(config.x, config.w, config.simd, config.multiplier, config.pe,
                     "portable" if constant else config.fabric)  # fmt: skip


@cache
def _cell(cell, lanes: int):
    return replace(cell, lanes=lanes)


@cache
def _selected(x, w, lanes: int, multiplier: bool, rows: int, fabric):
    return select(x, w, lanes, multiplier=multiplier, rows=rows, fabric=fabric)


@cached
def dot_product(config: MVTUConfig) -> Product:
    """A dot product; of a cell in another format what its estimate tells."""
    one = dot_of(config)
    if one is None:
        return folded.product(config.simd, config.pe, config.interval)
    if isinstance(one, PRODUCTS):
        return product(one)
    cost = dot(one)
    return Product(cost.lut, cost.ff, reads(one).latency, stages(one), dsp=cost.dsp)


def _dots(config: MVTUConfig, found: Product) -> Cost:
    """All dot products: the registers of operands that rows share are made once."""
    parts, one = config.frames * config.group_lanes, dot_of(config)
    rows = one.rows if isinstance(one, Packed.Config) else 1
    units = -(-config.pe // rows) if one is not None else 1
    lut, ff = found.lut, found.ff + found.late_w
    if config.storage == "const" and not config.multiplier:
        lut, ff = _constant(config, lut), ff * of("mvtu").const_ff
    lane = Cost(lut=lut, ff=ff, dsp=found.dsp)
    return lane * (parts * units) + Cost(ff=parts * found.late_x)


def _constant(config: MVTUConfig, lut: float) -> float:
    """LUTs of equations with constant weights: of products half are 0, or 1 of inverted ones."""
    x, w, one = config.x, config.w, of("mvtu")
    if x.bipolar or w.bipolar:
        return one.const * lut
    inverted = x.width * w.signed + w.width * x.signed - 2 * (x.signed and w.signed)
    plain = x.width * w.width - inverted
    return config.simd * (one.const_and * plain + one.const_nand * inverted)


def _memories(config: MVTUConfig, found: Product) -> Cost:
    """Memories of what each cycle of a dot product reads, or one, behind which all but that waits.

    As :attr:`hdl.array.mvtu_config.Config.sliced` has it, but without a schedule.
    """
    some, rows = memories_of(config), _bits(config, found)
    total = sum(map(weights, some), Cost())
    if len(some) == 1 and sum(map(bool, rows)) > 1:
        waits = sum(cycle * bits for cycle, bits in enumerate(rows))
        return total + Cost(ff=config.group_lanes * config.pe * waits)
    last = max((cycle for cycle, bits in enumerate(rows) if bits), default=0)
    if config.accumulator == "dsp" and config.storage == "lut":  # of the bias much is alike
        spared = (of("mvtu").bias - 1) * len(dot_of(config).bias) * config.group_lanes * config.pe
        total += Cost(lut=spared * _column(config.interval), ff=spared)
    return total + Cost(ff=last * (config.interval - 1).bit_length() * bool(some))


def _column(words: int) -> float:
    """LUTs of a memory's column."""
    return 0.5 if words <= MOST_WORDS else rom_bit(words)


@cached
def memories_of(config: MVTUConfig) -> tuple:
    """The configurations of all memories: of each cycle's weights, or of all."""
    whole = _whole(config)
    if config.folded or whole.storage == "const":
        return ()
    rows, lanes = _bits(config, dot_product(config)), config.group_lanes * config.pe
    sliced = tuple(replace(whole, width=lanes * bits) for bits in rows if bits)
    if whole.latency == 1:
        return sliced
    most = SLICED * weights(whole).bram18
    return sliced if sum(weights(part).bram18 for part in sliced) <= most else (whole,)


def _whole(config: MVTUConfig):
    """The memory of all bits of a step; without what asks the dot product for its schedule."""
    bias = len(dot_of(config).bias) if config.accumulator == "dsp" else 0
    return config.memory(range(config.simd * config.w.width + bias))


def _bits(config: MVTUConfig, found: Product) -> list[int]:
    """Bits of a row that a dot product reads in each cycle, weights and then the bias."""
    if config.cell is not None:
        return list(reads(dot_of(config)).w)
    bits = [count * config.w.width for count in found.stages]
    if config.accumulator == "dsp":
        one = dot_of(config)
        bits += [0] * (one.bias_stage + 1 - len(bits))
        bits[one.bias_stage] += len(one.bias)
    return bits


def _accumulators(config: MVTUConfig) -> Cost:
    """Accumulators, and what each row starts from: a table of few words is part of their LUTs."""
    if not config.accumulates:
        return Cost()
    width, steps = config.total.width, config.group_sets * config.row_groups
    if config.accumulator == "dsp":  # four lanes in one
        return Cost(dsp=-(-config.o_lanes // DSPAccumulator.Config().lanes))
    starts, rows = Cost(), config.o_lanes // config.frames
    if config.storage == "ram" and (config.signs or config.biased):
        starts = load.table(width, steps)
    elif steps > MERGED_ROWS and (config.signs or config.biased):
        share = of("mvtu").start
        starts = Cost(lut=share * distinct(width, steps) * rom_bit(steps), ff=share * width)
    # What is as wide as the sum takes a LUT a bit of its own to choose between it and a start.
    one = dot_of(config)
    chosen = width * (one is not None and config.cell is None and one.o.width >= width)
    return Cost(lut=width + chosen, ff=width) * config.o_lanes + starts * rows


def _operands(config: MVTUConfig, found: Product) -> Cost:
    """Operands wait for the weights, and for their turn; kept ones are a memory in LUTs."""
    bits, parts = config.simd * config.x.width, config.frames * config.group_lanes
    read = found.stages if config.cell is None else reads(dot_of(config)).x
    total = Cost(ff=parts * bits * (_whole(config).latency + wait(read)))
    if config.keeps:
        kept = lut_ram_in_place(parts * bits, config.col_groups) if config.col_groups > 1 else 0
        total += Cost(lut=kept + parts * bits, ff=parts * bits * (config.col_groups == 1))
    return total


def wait(lanes: tuple[int, ...]) -> float:
    """Cycles that an operand waits, on average, if so many lanes are read in cycle 0, 1, …."""
    return sum(cycle * count for cycle, count in enumerate(lanes)) / sum(lanes)


def _control(config: MVTUConfig, found: Product) -> Cost:
    """Counters of columns, groups, words and rows, and what travels beside the data."""
    groups, one = config.group_sets * config.row_groups, of("mvtu")
    counted = ((config.col_groups, 2), (groups, 1), (config.interval, 1),
               (config.row_groups if config.keeps else 1, 2))  # fmt: skip
    bits = [((size - 1).bit_length(), flags) for size, flags in counted if size > 1]
    ff = sum(map(sum, bits))
    at_dot = _whole(config).latency + found.latency
    ff += at_dot * ((3 if config.col_groups > 1 else 2) if config.accumulates else 1)
    adds = (2 if config.accumulator == "dsp" else 1) if config.accumulates else 0
    activates = bool(config.levels) and not config.signs
    ff += adds + (config.threshold.latency if activates else 0)
    starts = config.accumulates and (config.signs or config.biased) and config.accumulator == "lut"
    group = max(starts * (at_dot - (groups > MERGED_ROWS)), activates * (at_dot + adds))
    ff += group * (groups - 1).bit_length()
    if config.folded:
        ff += (config.interval - 1).bit_length() * _whole(config).latency
    lut = one.control + one.count * sum(count for count, _ in bits)
    return Cost(lut=lut, ff=ff)

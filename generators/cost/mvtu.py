"""Estimates of matrix-vector-threshold units."""

from dataclasses import replace
from functools import cache

from generators.cost import folded, load, maps, thresholds
from generators.cost.constants import cached, of
from generators.cost.count import bits, either, in_place, steps
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

__all__ = ["cut", "dot_of", "dot_product", "memories_of", "mvtu", "wait"]


@cached
def mvtu(config: MVTUConfig) -> Cost:
    """A whole unit, or an unrolled layer of bipolar numbers."""
    if config.unrolled:
        return unrolled(config)
    found = dot_product(config)
    total = _dots(config, found) + _accumulators(config) + _memories(config, found)
    if config.levels and not config.signs:
        total += _activations(config)
    total += _operands(config, found) + _control(config, found)
    return total + maps.skid(config.o_lanes * config.o.width)


def _activations(config: MVTUConfig) -> Cost:
    """Thresholds of all lanes, which share the number of a row group.

    Of five to eight row groups the first comparison shares less with the next than where it is
    alone: a layer's thresholds are near the middle of its sums.
    """
    one = config.threshold
    more = of("mvtu").eight * one.x.width * (bits(one.channels) == 3 and one.stages > 1)
    shared = Cost(ff=thresholds.index(one) * (1 - config.o_lanes))
    return (thresholds.threshold(one) + Cost(lut=more)) * config.o_lanes + shared


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
    """All dot products; synthesis keeps each a module of its own."""
    parts, one = config.frames * config.group_lanes, dot_of(config)
    rows = one.rows if isinstance(one, Packed.Config) else 1
    units = -(-config.pe // rows) if one is not None else 1
    lut, ff = found.lut, found.ff
    if config.storage == "const" and not config.multiplier:
        lut, ff = _constant(config, lut), ff * of("mvtu").const_ff
    lane = Cost(lut=lut, ff=ff, dsp=found.dsp)
    return lane * (parts * units)


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
    taken = [count * config.w.width for count in found.stages]
    if config.accumulator == "dsp":
        one = dot_of(config)
        taken += [0] * (one.bias_stage + 1 - len(taken))
        taken[one.bias_stage] += len(one.bias)
    return taken


def _accumulators(config: MVTUConfig) -> Cost:
    """Accumulators, and what each row starts from: a table of few words is part of their LUTs."""
    if not config.accumulates:
        return Cost()
    width, sets = config.total.width, config.group_sets * config.row_groups
    if config.accumulator == "dsp":  # four lanes in one
        return Cost(dsp=-(-config.o_lanes // DSPAccumulator.Config().lanes))
    starts, rows = Cost(), config.o_lanes // config.frames
    if config.storage == "ram" and (config.signs or config.biased):
        starts = load.table(width, sets)
    elif sets > MERGED_ROWS and (config.signs or config.biased):
        share = of("mvtu").start
        starts = Cost(lut=share * distinct(width, sets) * rom_bit(sets), ff=share * width)
    return Cost(lut=width * (1 + cut(config)), ff=width) * config.o_lanes + starts * rows


def cut(config: MVTUConfig) -> bool:
    """Whether partial sums are cut to the sum's width: then yosys chooses its start before it adds.

    That takes a LUT a bit more, and a level of logic.
    """
    one = dot_of(config)
    if one is None:
        return False
    return one.o.width + (config.total.signed and not one.o.signed) > config.total.width


def _operands(config: MVTUConfig, found: Product) -> Cost:
    """Operands wait for the weights, and for their turn; kept ones are a memory in LUTs."""
    size, parts = config.simd * config.x.width, config.frames * config.group_lanes
    read = found.stages if config.cell is None else reads(dot_of(config)).x
    total = Cost(ff=parts * size * (_whole(config).latency + wait(read)))
    if config.keeps:
        luts, banks = in_place(parts * size, config.col_groups)
        chosen = either(banks) * parts * size if banks > 1 else 0
        total += Cost(lut=luts + chosen + parts * size)
    return total


def wait(lanes: tuple[int, ...]) -> float:
    """Cycles that an operand waits, on average, if so many lanes are read in cycle 0, 1, …."""
    return sum(cycle * count for cycle, count in enumerate(lanes)) / sum(lanes)


def _control(config: MVTUConfig, found: Product) -> Cost:
    """Counters of columns, groups, words and rows, and what travels beside the data.

    A LUT each tells valid, the pipeline's enable, a step, the last of a row, and the accumulators'
    enable; and with kept inputs that one is taken. Which is the first is a register more.
    """
    groups, at_dot = config.group_sets * config.row_groups, _whole(config).latency + found.latency
    adds = (2 if config.accumulator == "dsp" else 1) if config.accumulates else 0
    activates = bool(config.levels) and not config.signs
    starts = config.accumulates and (config.signs or config.biased) and config.accumulator == "lut"
    total = steps(config.col_groups, config.interval, groups if starts or activates else 1,
                  config.row_groups if config.keeps else 1)  # fmt: skip
    turns = config.col_groups > 1
    ff = turns + config.keeps
    ff += at_dot * ((3 if turns else 2) if config.accumulates else 1)
    ff += adds + (config.threshold.latency if activates else 0)
    group = max(starts * (at_dot - (groups > MERGED_ROWS)), activates * (at_dot + adds))
    ff += group * bits(groups)
    if config.folded:
        ff += bits(config.interval) * _whole(config).latency
    return total + Cost(lut=3 + config.accumulates + turns + config.keeps, ff=ff)

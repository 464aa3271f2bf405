"""Estimates of LUTs, flip-flops, block RAMs and DSP slices, from the structure of each circuit.

LUT and FF are what ``synth_xilinx -family xc7`` (yosys 0.70) would count; the constants are fitted,
and the error measured, by tests/benchmarks/estimate.py. BRAM18 and DSP follow from geometry.
"""

from functools import cache
from math import gcd

from generators.finn import cost_map
from generators.finn.lower_mvtu import Folded
from generators.finn.part import Part
from generators.synth.resources import Cost
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.array.rows import MERGED_ROWS
from hdl.array.tables import MOST_WORDS
from hdl.array.unrolled import Unrolled
from hdl.array.weights import Weights
from hdl.bus.axis import Edge
from hdl.dot.booth import Booth
from hdl.dot.integer import Integer
from hdl.dot.packed import Packed
from hdl.dot.popcount import Popcount, RowsPopcount
from hdl.memory import lut_ram, lut_rom
from hdl.quant.argmax import ArgMax
from hdl.quant.lanes import ThresholdLanes
from hdl.quant.threshold import LUT_WORDS, Threshold
from hdl.stream.converter import Converter
from hdl.stream.fifo import FIFO

MEASURED_ERROR = {
    "circuits": 16,
    "lut_median": 0.036,
    "lut_95th_percentile": 0.150,
    "ff_median": 0.075,
    "ff_95th_percentile": 0.649,
}
"""Of MVTUs against synthesis, the first 16 of tests/benchmarks/estimate.py; block RAM was off by at
most 2 of 26. The flip-flops of few-bit weights that are constants are the worst."""

CONST_PART = 0.93
"""What is left of a dot product's LUTs, as estimated, where its weights are constants: its adders
are equations then, of which synthesis makes more LUTs than there would be primitives."""


SKEW = 1.0
"""Cycles that an operand waits, on average, for the full adder that takes it."""

FOLDED_LUTS = (0, 0.45, 0.55, 0.8)
"""A lane of a row whose weights are part of the LUTs, by bits that tell the step."""


@cache
def products(config: Integer.Config | Booth.Config | Packed.Config) -> Cost:
    """A dot product of integers, without the schedule of its tree, which takes seconds."""
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
    if isinstance(config, Popcount.Config):
        return Cost(lut=0.79 * config.lanes + 1, ff=1.3 * config.lanes + 4)
    if isinstance(config, RowsPopcount.Config):
        return Cost(lut=0.74 * config.lanes + 1, ff=1.1 * config.lanes + 20)
    return products(config)


@cache
def weights(config: Weights.Config) -> Cost:
    """A weight memory, and the register behind it, which yosys keeps out of the block RAM."""
    if config.storage == "const":
        return Cost()
    if config.storage == "lut":
        kinds = 1 << min(config.depth, 32)
        lut = lut_rom(_distinct(config.width, kinds // 2), config.depth)
        if 2 <= config.depth <= MOST_WORDS:
            lut = _distinct(config.width, kinds) / 2
        return Cost(lut=lut, ff=_distinct(config.width, kinds))
    found = config.layout
    return Cost(lut=found.lut, ff=config.width + found.ff, bram18=found.bram18)


def _distinct(width: int, kinds: int) -> int:
    """Columns of a ROM that differ, as many as random weights of so many possible columns would.

    Few rows allow only few, and yosys makes the same ones once; one and its inverse are one LUT.
    """
    if kinds <= 1 or kinds > 1 << 24:
        return width
    return round(kinds * (1 - (1 - 1 / kinds) ** width))


def comparator(width: int, depth: int) -> float:
    """A comparator with one of depth constants: small tables are part of its LUTs."""
    if depth <= 1:
        return 0.45 * width
    if depth <= 16:
        return width * (0.75 if depth <= 8 else 1.0)
    return lut_rom(width, depth) + 0.75 * width


@cache
def threshold(config: Threshold.Config) -> Cost:
    """A binary search: a table and a comparator a stage, and what is carried along."""
    total = Cost()
    width, index = config.x.width, max(0, (config.channels - 1).bit_length())
    for stage in range(config.stages):
        words = config.channels << stage
        total += Cost(lut=comparator(width, words))
        if config.late(stage):  # a word of each table of a LUT a bit, and what is carried along
            total += Cost(ff=width * -(-words // LUT_WORDS) + width + 2 * index + stage)
        carried = width + index + stage + 1 if stage < config.stages - 1 else config.o.width
        total += Cost(ff=carried)
    return total


def mvtu(config: MVTUConfig) -> Cost:
    """A whole unit, or an unrolled layer of bipolar numbers."""
    if config.unrolled:
        return unrolled(config)
    total = _dots(config) + _accumulators(config) + weights(config.weights)
    if config.levels and not config.signs:
        total += threshold(config.threshold) * config.o_lanes
    operand = config.i_lanes * config.x.width
    total += Cost(ff=operand * (config.weights.latency + SKEW * config.counts))
    if config.keeps:  # the kept inputs, and a multiplexer
        total += Cost(lut=lut_ram(operand, config.col_groups) + operand)
    depth = (config.interval - 1).bit_length()
    total += cost_map.skid(config.o_lanes * config.o.width)
    return total + Cost(lut=3 * depth + 12, ff=5 * depth + 40)


def _dots(config: MVTUConfig) -> Cost:
    if config.folded:  # with the weights
        per_lane = FOLDED_LUTS[(config.interval - 1).bit_length()]
        lanes = config.o_lanes * config.simd
        return Cost(lut=per_lane * lanes, ff=lanes)
    lane = dot(config.dot)
    if config.storage == "const" and not config.multiplier:
        lane += Cost(lut=(CONST_PART - 1) * lane.lut)
    return lane * (config.frames * config.group_lanes * -(-config.pe // config.dot_rows))


def _accumulators(config: MVTUConfig) -> Cost:
    """Accumulators, and what each row starts from."""
    if not config.accumulates:
        return Cost()
    width, steps = config.total.width, config.group_sets * config.row_groups
    if config.accumulator == "dsp":  # the inverted sign
        return Cost(lut=config.o_lanes * config.signs, dsp=-(-config.o_lanes // 4))
    starts = Cost()
    if steps > MERGED_ROWS and (config.signs or (config.counts and not config.levels)):
        starts = Cost(lut=lut_rom(width, steps), ff=width)
    return Cost(lut=width, ff=width) * config.o_lanes + starts * (config.o_lanes // config.frames)


def unrolled(config: MVTUConfig) -> Cost:
    """All rows of constants at once: larger sets of inputs are shared by more rows."""
    size = config.rows * config.cols
    per_lane = max(0.16, 1.9 * config.cols**-0.4)
    levels = config.rows * (config.levels if config.levels > 1 else 0)
    after = cost_map.skid(config.rows * config.o.width)
    return after + Cost(lut=per_lane * size + 9 * levels, ff=1.1 * per_lane * size + config.cols)


def counted(config: Unrolled.Config) -> Cost:
    """An unrolled layer when it is known: LUTs of its trees, which are primitives."""
    counts = config.counts
    levels = counts.rows * (config.levels if config.levels > 1 else 0)
    after = Cost(lut=9 * levels) + Cost(lut=counts.o.width, ff=counts.o.width) * len(config.bias)
    after += cost_map.skid(counts.rows * config.o.width)
    return Cost(lut=counts.luts, ff=1.1 * counts.luts + counts.cols) + after


def converter(config: Converter.Config) -> Cost:
    """Registers of lanes; before them enables, or a multiplexer for each bit of the place."""
    bits, i_lanes, o_lanes = config.storage_bits, config.i_lanes, config.o_lanes
    beats = 0 if config.i_beats == 1 else (config.i_beats - 1).bit_length()
    if config.items % i_lanes == config.items % o_lanes == 0:
        beats = 0  # no frame ends within a transfer
    count = Cost(lut=1.5 * beats, ff=beats)
    if config.kind == "pass":
        return count
    if config.kind == "fill":
        groups = -(-bits // (config.shape.width * i_lanes))
        return count + Cost(lut=groups + 3, ff=bits + (groups - 1).bit_length() + 1)
    period = o_lanes // gcd(i_lanes, o_lanes)
    place = 0 if config.i_beats == 1 else (period - 1).bit_length()
    words = max(config.finished).bit_length()
    return count + Cost(lut=(1 + 0.37 * place) * bits + 6, ff=bits + words + place)


def fifo(config: FIFO.Config) -> Cost:
    """A queue in registers, LUT RAM or block RAM, and its pointers."""
    bits, depth = config.payload.size, (config.depth - 1).bit_length()
    if config.storage == "registers":
        return Cost(lut=bits + 3, ff=2 * bits + 2)
    control = Cost(lut=5 * depth - 3 + 8 * config.buffered, ff=3 * depth + 2)
    if config.storage == "lut":
        select = bits * ((config.depth - 1) // 256 + (config.depth > 64))
        return control + Cost(lut=config.luts + select, ff=bits if config.buffered else 0)
    return control + Cost(bram18=config.bram18)


def argmax(config: ArgMax.Config) -> Cost:
    """A comparator, a multiplexer and registers a pair of lanes, and one for the best so far."""
    pair = 1.5 * config.x.width + config.o.width
    beats = (config.beats - 1).bit_length()
    lut = pair * (config.lanes - 1) + config.x.width / 2 + 10
    entries = sum(-(-config.lanes >> level + 1) for level in range(config.levels))
    ff = entries * (config.x.width + (config.lanes - 1).bit_length())
    ff += config.x.width + config.o.width + beats + (beats + 3) * config.levels + 1
    return Cost(lut=lut, ff=ff) + cost_map.skid(config.o.width)


def lanes(config: ThresholdLanes.Config) -> Cost:
    """A threshold unit a lane."""
    bits = config.lanes * config.lane.o.width
    return threshold(config.lane) * config.lanes + cost_map.skid(bits) + Cost(lut=4, ff=2)


KINDS = {
    "add": cost_map.add,
    "columns": cost_map.columns,
    "concat": cost_map.concat,
    "fork": cost_map.fork,
    "gather": cost_map.gather,
    "pool": cost_map.pool,
    "scatter": cost_map.scatter,
    "upsample": cost_map.upsample,
    "window": cost_map.window,
    "mvtu": mvtu,
    "converter": converter,
    "fifo": fifo,
    "argmax": argmax,
    "threshold": lanes,
    "unrolled": counted,
}

FOLDED = ("gather", "mvtu", "scatter", "unrolled")
"""The kinds whose cost follows from a layer's fold alone."""


def folded(found: Folded) -> Cost:
    """Those circuits of a folded layer."""
    both = zip((found.gather, found.scatter), (cost_map.gather, cost_map.scatter))
    return sum((estimate(config) for config, estimate in both if config), mvtu(found.mvtu))


def part(found: Part) -> Cost:
    """The estimate of one circuit of a pipeline."""
    return KINDS[found.kind](found.config)


def edges(*both: Edge) -> Cost:
    """The register slices at the edges."""
    bits = [edge.number.width * edge.lanes for edge in both]
    return sum((Cost(lut=n + 3, ff=2 * n + 2) for n in bits), Cost())

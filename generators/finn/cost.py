"""Estimates of LUTs, flip-flops, block RAMs and DSP slices, from the structure of each circuit.

LUT and FF are what ``synth_xilinx -family xc7`` (yosys 0.70) would count; the constants are fitted,
and the error measured, by tests/benchmarks/estimate.py. BRAM18 and DSP follow from geometry.
"""

from functools import cache

from generators.finn import cost_map, cost_stream
from generators.finn.lower_mvtu import Folded
from generators.finn.part import Part
from generators.synth.resources import Cost
from hdl.array.minifloat import MinifloatMVTU
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.array.rows import MERGED_ROWS
from hdl.array.serial import SerialMVTU
from hdl.array.tables import MOST_WORDS
from hdl.array.unrolled import Unrolled
from hdl.array.weights import Weights
from hdl.bus.axis import Edge
from hdl.dot.booth import Booth
from hdl.dot.codebook import Codebook
from hdl.dot.fusible import Fusible
from hdl.dot.integer import Integer
from hdl.dot.packed import Packed
from hdl.dot.popcount import Popcount, RowsPopcount
from hdl.dot.shift import Shift
from hdl.memory import lut_ram, lut_rom

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


FLOAT_LUTS = 200
"""A floating-point product and adder."""

CODED_FF = 1.6
"""Flip-flops for a LUT of a dot product of numbers in a format of their own."""

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
    if isinstance(config, Integer.Config | Booth.Config | Packed.Config):
        return products(config)
    return Cost(lut=config.estimate, ff=CODED_FF * config.estimate)


@cache
def weights(config: Weights.Config) -> Cost:
    """A weight memory, and the register behind it, which yosys keeps out of the block RAM."""
    if config.storage == "const":
        return Cost()
    if config.storage == "lut":
        kinds = 1 << min(config.depth, 32)
        lut = lut_rom(cost_stream.distinct(config.width, kinds // 2), config.depth)
        if 2 <= config.depth <= MOST_WORDS:
            lut = cost_stream.distinct(config.width, kinds) / 2
        return Cost(lut=lut, ff=cost_stream.distinct(config.width, kinds))
    found = config.layout
    return Cost(lut=found.lut, ff=config.width + found.ff, bram18=found.bram18)


def mvtu(config: MVTUConfig) -> Cost:
    """A whole unit, or an unrolled layer of bipolar numbers."""
    if config.unrolled:
        return unrolled(config)
    total = _dots(config) + _accumulators(config) + weights(config.weights)
    if config.levels and not config.signs:
        total += cost_stream.threshold(config.threshold) * config.o_lanes
    operand = config.i_lanes * config.x.width
    skew = (len(config.stages) - 1) / 2 if config.cell else SKEW * config.counts
    total += Cost(ff=operand * (config.weights.latency + skew))
    if config.keeps:  # the kept inputs, and a multiplexer
        total += Cost(lut=lut_ram(operand, config.col_groups) + operand)
    depth = (config.interval - 1).bit_length()
    total += cost_map.skid(config.o_lanes * config.o.width)
    return total + Cost(lut=3 * depth + 12, ff=5 * depth + 40)


def serial(config: SerialMVTU.Config) -> Cost:
    """A bit-serial unit: popcounts, accumulators, and the planes of the inputs."""
    width, bits = config.total.width, config.simd * config.x.width
    lanes = dot(config.dot) + Cost(lut=width, ff=width)
    if config.levels:
        lanes += cost_stream.threshold(config.threshold)
    else:
        ends = config.o.width * (config.x.signed and config.row_groups > 1)
        lanes += Cost(lut=config.o.width + 0.7 * ends, ff=2 * config.o.width)
    # Of a plane's bit: the planes, which of them, the first pass's, and whether to invert it.
    ins = config.x.width + (config.x.width - 1).bit_length() + 2 * config.keeps + config.w.signed
    planes = Cost(lut=config.simd * -(-(ins - 1) // 5), ff=bits + 2 * config.simd)
    if config.keeps:
        planes += Cost(lut=lut_ram(bits, config.col_groups))
    steps = 3 * (config.interval - 1).bit_length() + 20
    total = lanes * config.o_lanes + planes * config.group_lanes + weights(config.weights)
    return total + cost_map.skid(config.o_lanes * config.o.width) + Cost(lut=steps, ff=steps + 30)


def minifloat(config: MinifloatMVTU.Config) -> Cost:
    """A floating-point unit: a multiplier, an adder and its sums a PE."""
    lane = Cost(lut=FLOAT_LUTS, ff=FLOAT_LUTS * 0.8)
    lane += Cost(lut=lut_ram(config.o.width, config.row_groups) * (1 + (config.merges > 0)))
    depth = (config.interval - 1).bit_length()
    total = lane * config.pe + weights(config.weights) + Cost(lut=3 * depth + 20, ff=3 * depth + 40)
    return total + cost_map.skid(config.o_lanes * config.o.width)


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
    """All rows of constants at once: larger sets of inputs are shared by more rows.

    Of integers each signed digit of a weight adds an input, half a LUT a bit, a fifth of it shared.
    """
    size, registers = config.rows * config.cols, 1.1
    per_lane = max(0.16, 1.9 * config.cols**-0.4)
    if not config.counts:
        digits = 1 if config.w.bipolar else (config.w.width + 0.3) / 3
        per_lane, registers = 0.4 * config.x.width * digits, 2.7
    levels = config.rows * (config.levels if config.levels > 1 else 0)
    after = cost_map.skid(config.rows * config.o.width)
    used = per_lane * size
    inputs = config.cols * config.x.width
    return after + Cost(lut=used + 9 * levels, ff=registers * used + inputs)


def counted(config: Unrolled.Config) -> Cost:
    """An unrolled layer when it is known: LUTs of its trees, which are primitives."""
    dot = config.dot
    levels = dot.rows * (config.levels if config.levels > 1 else 0)
    after = Cost(lut=9 * levels) + Cost(lut=dot.o.width, ff=dot.o.width) * len(config.bias)
    after += cost_map.skid(dot.rows * config.o.width)
    waits = 1.1 if dot.x.bipolar else 2.6  # numbers wait for their trees' later stages
    return Cost(lut=dot.luts, ff=waits * dot.luts + dot.cols * dot.x.width) + after


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
    "serial": serial,
    "repeat": cost_map.repeat,
    "requantize": cost_stream.requantize,
    "converter": cost_stream.converter,
    "fifo": cost_stream.fifo,
    "argmax": cost_stream.argmax,
    "threshold": cost_stream.lanes,
    "minifloat": minifloat,
    "encode": cost_stream.encode,
    "expand": cost_stream.encode,
    "statistic": cost_stream.statistic,
    "unrolled": counted,
}

FOLDED = ("gather", "minifloat", "mvtu", "repeat", "scatter", "serial", "unrolled")
"""The kinds whose cost follows from a layer's fold alone."""


UNITS = {MVTUConfig: mvtu, SerialMVTU.Config: serial, MinifloatMVTU.Config: minifloat}


def folded(found: Folded) -> Cost:
    """Those circuits of a folded layer."""
    unit = UNITS[type(found.mvtu)](found.mvtu)
    around = zip((found.gather, found.repeat, found.scatter),
                 (cost_map.gather, cost_map.repeat, cost_map.scatter))  # fmt: skip
    return sum((estimate(config) for config, estimate in around if config), unit)


def part(found: Part) -> Cost:
    """The estimate of one circuit of a pipeline."""
    return KINDS[found.kind](found.config)


def edges(*both: Edge) -> Cost:
    """The register slices at the edges."""
    bits = [edge.number.width * edge.lanes for edge in both]
    return sum((Cost(lut=n + 3, ff=2 * n + 2) for n in bits), Cost())

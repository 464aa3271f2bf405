"""Estimates of LUTs, flip-flops, block RAMs and DSP slices, from the structure of each circuit.

LUT and FF are what ``synth_xilinx -family xc7`` (yosys 0.70) would count; the constants are fitted,
and the error measured, by tests/benchmarks/estimate.py and estimate_formats.py beside it. BRAM18
and DSP follow from geometry.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache

from generators.finn import cost_formats, cost_load, cost_map, cost_stream
from generators.finn.cost_dot import CODED, dot, stages
from generators.finn.lower_mvtu import Folded
from generators.finn.part import Part
from generators.synth.resources import Cost
from hdl.array.loadable import Loadable
from hdl.array.minifloat import MinifloatMVTU
from hdl.array.mvtu_config import SLICED
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.array.rows import MERGED_ROWS
from hdl.array.serial import SerialMVTU
from hdl.array.tables import MOST_WORDS
from hdl.array.unrolled import Unrolled
from hdl.array.weights import Weights
from hdl.bus.axis import Edge
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

FORMATS_ERROR = {
    "circuits": 59,
    "lut_median": 0.019,
    "lut_95th_percentile": 0.084,
    "ff_median": 0.024,
    "ff_95th_percentile": 0.070,
}
"""Of circuits for numbers in formats of their own, all of tests/benchmarks/estimate_formats.py; 17
of them the constants were not fitted to. Encoders to few bits are the worst; block RAM was off by
at most 2 of 10."""

CONST_PART = 0.93
"""What is left of a dot product's LUTs, as estimated, where its weights are constants: its adders
are equations then, of which synthesis makes more LUTs than there would be primitives."""

SKEW = 1.0
"""Cycles that an operand waits, on average, for the full adder that takes it."""

FOLDED_LUTS = (0, 0.45, 0.55, 0.8)
"""A lane of a row whose weights are part of the LUTs, by bits that tell the step."""


@cache
def weights(config: Weights.Config | Loadable.Config) -> Cost:
    """A weight memory, and the register behind it, which yosys keeps out of the block RAM."""
    if isinstance(config, Loadable.Config):
        return cost_load.weights(config)
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
    coded = isinstance(config.cell, CODED)
    memory = _staged(config) if coded else weights(config.weights)
    total = _dots(config) + _accumulators(config) + memory
    if config.levels and not config.signs:
        total += cost_stream.threshold(config.threshold) * config.o_lanes
    operand = config.i_lanes * config.x.width
    skew = (len(config.stages) - 1) / 2 if config.cell else SKEW * config.counts
    skew = _wait(stages(config.dot)) if coded else skew
    total += Cost(ff=operand * (config.weights.latency + skew))
    if config.keeps:  # the kept inputs, and a multiplexer
        total += Cost(lut=lut_ram(operand, config.col_groups) + operand)
    depth = (config.interval - 1).bit_length()
    total += cost_map.skid(config.o_lanes * config.o.width)
    return total + Cost(lut=3 * depth + 12, ff=5 * depth + 40)


def _staged(config: MVTUConfig) -> Cost:
    """Memories of what each cycle of a dot product reads, or one, behind which all but that waits.

    As :attr:`hdl.array.mvtu_config.Config.sliced` has it, but without a schedule.
    """
    whole, lanes = config.weights, stages(config.dot)
    shares = [whole.width * count // sum(lanes) for count in lanes]
    parts = [weights(replace(whole, width=width)) for width in shares if width]
    together = weights(whole)
    sliced = sum(parts, Cost())
    if whole.storage == "bram" and sliced.bram18 > SLICED * together.bram18:
        return together + Cost(ff=whole.width * _wait(lanes))
    return sliced + Cost(ff=(len(lanes) - 1) * (whole.depth - 1).bit_length())


def _wait(lanes: tuple[int, ...]) -> float:
    """Cycles that an operand waits, on average, if so many lanes are read in cycle 0, 1, …."""
    return sum(cycle * count for cycle, count in enumerate(lanes)) / sum(lanes)


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
    """A floating-point unit, and its weight memory."""
    return cost_formats.minifloat(config) + weights(config.weights)


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
    if config.storage == "ram" and (config.signs or config.biased):
        starts = cost_load.table(width, steps)
    elif steps > MERGED_ROWS and (config.signs or (config.counts and not config.levels)):
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
    "encode": cost_formats.encode,
    "expand": cost_formats.encode,
    "statistic": cost_formats.statistic,
    "unrolled": counted,
}

FOLDED = ("gather", "minifloat", "mvtu", "repeat", "scatter", "serial", "unrolled")
"""The kinds whose cost follows from a layer's fold alone."""


FORMATS = ("encode", "expand", "minifloat", "statistic")
"""The kinds that are for numbers in formats of their own; and some MVTUs are."""


def folded(found: Folded) -> Cost:
    """Those circuits of a folded layer."""
    floating = isinstance(found.mvtu, MinifloatMVTU.Config)
    unit = (minifloat if floating else serial if found.serial else mvtu)(found.mvtu)
    around = zip((found.gather, found.repeat, found.scatter),
                 (cost_map.gather, cost_map.repeat, cost_map.scatter))  # fmt: skip
    return sum((estimate(config) for config, estimate in around if config), unit)


def part(found: Part) -> Cost:
    """The estimate of one circuit of a pipeline."""
    return KINDS[found.kind](found.config)


def measured_error(parts: Sequence[Part]) -> dict[str, int | float]:
    """How far estimates of such circuits are off: of formats, of others, or the larger of both."""
    coded = [part.kind in FORMATS or isinstance(getattr(part.config, "cell", None), CODED)
             for part in parts]  # fmt: skip
    if not any(coded):
        return MEASURED_ERROR
    units = [part.kind in ("mvtu", "serial", "unrolled") for part in parts]
    if not any(unit and not some for unit, some in zip(units, coded)):
        return FORMATS_ERROR
    worse = {name: max(MEASURED_ERROR[name], FORMATS_ERROR[name]) for name in MEASURED_ERROR}
    return worse | {"circuits": MEASURED_ERROR["circuits"] + FORMATS_ERROR["circuits"]}


def edges(*both: Edge) -> Cost:
    """The register slices at the edges."""
    bits = [edge.number.width * edge.lanes for edge in both]
    return sum((Cost(lut=n + 3, ff=2 * n + 2) for n in bits), Cost())

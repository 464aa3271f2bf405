"""Estimates of matrix-vector-threshold units."""

from dataclasses import replace

from generators.cost import load, maps, stream
from generators.cost.dot import CODED, dot, stages
from generators.cost.unrolled import unrolled
from generators.cost.weights import weights
from generators.synth.resources import Cost
from hdl.array.mvtu_config import SLICED
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.array.rows import MERGED_ROWS
from hdl.memory import lut_ram, lut_rom

__all__ = ["mvtu", "wait"]

CONST_PART = 0.93
"""What is left of a dot product's LUTs, as estimated, where its weights are constants: its adders
are equations then, of which synthesis makes more LUTs than there would be primitives."""

SKEW = 1.0
"""Cycles that an operand waits, on average, for the full adder that takes it."""

FOLDED_LUTS = (0, 0.45, 0.55, 0.8)
"""A lane of a row whose weights are part of the LUTs, by bits that tell the step."""


def mvtu(config: MVTUConfig) -> Cost:
    """A whole unit, or an unrolled layer of bipolar numbers."""
    if config.unrolled:
        return unrolled(config)
    coded = isinstance(config.cell, CODED)
    memory = _staged(config) if coded else weights(config.weights)
    total = _dots(config) + _accumulators(config) + memory
    if config.levels and not config.signs:
        total += stream.threshold(config.threshold) * config.o_lanes
    operand = config.i_lanes * config.x.width
    skew = (len(config.stages) - 1) / 2 if config.cell else SKEW * config.counts
    skew = wait(stages(config.dot)) if coded else skew
    total += Cost(ff=operand * (config.weights.latency + skew))
    if config.keeps:  # the kept inputs, and a multiplexer
        total += Cost(lut=lut_ram(operand, config.col_groups) + operand)
    depth = (config.interval - 1).bit_length()
    total += maps.skid(config.o_lanes * config.o.width)
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
        return together + Cost(ff=whole.width * wait(lanes))
    return sliced + Cost(ff=(len(lanes) - 1) * (whole.depth - 1).bit_length())


def wait(lanes: tuple[int, ...]) -> float:
    """Cycles that an operand waits, on average, if so many lanes are read in cycle 0, 1, …."""
    return sum(cycle * count for cycle, count in enumerate(lanes)) / sum(lanes)


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
        starts = load.table(width, steps)
    elif steps > MERGED_ROWS and (config.signs or (config.counts and not config.levels)):
        starts = Cost(lut=lut_rom(width, steps), ff=width)
    return Cost(lut=width, ff=width) * config.o_lanes + starts * (config.o_lanes // config.frames)

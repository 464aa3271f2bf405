"""Estimates of what works on streams: thresholds, requantization, converters, queues, arg max."""

from functools import cache
from math import gcd

from generators.cost import load, maps
from generators.synth.resources import Cost
from hdl.memory import lut_rom
from hdl.quant.argmax import ArgMax
from hdl.quant.lanes import ThresholdLanes
from hdl.quant.requantize_lanes import RequantizeLanes
from hdl.quant.threshold import LUT_WORDS, Threshold
from hdl.stream.converter import Converter
from hdl.stream.fifo import FIFO

FACTOR = 31
"""Bits of a multiplier."""


def distinct(width: int, kinds: int) -> int:
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
        words, late = config.channels << stage, config.late(stage)
        if config.loadable:
            total += load.table(config.word.width, words, late=late)
            total += Cost(lut=comparator(width, 8), ff=late * (width + index + stage))
        else:
            total += Cost(lut=comparator(width, words))
        if late and not config.loadable:  # a word of each table, and what is carried along
            total += Cost(ff=width * -(-words // LUT_WORDS) + width + 2 * index + stage)
        carried = width + index + stage + 1 if stage < config.stages - 1 else config.o.width
        total += Cost(ff=carried)
    return total


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
    return Cost(lut=lut, ff=ff) + maps.skid(config.o.width)


def lanes(config: ThresholdLanes.Config) -> Cost:
    """A threshold unit a lane."""
    bits = config.lanes * config.lane.o.width
    return threshold(config.lane) * config.lanes + maps.skid(bits) + Cost(lut=4, ff=2)


def requantize(config: RequantizeLanes.Config) -> Cost:
    """Two or four DSP slices a lane, the rounding shift behind them, and tables of factors."""
    table, unit, bits = config.table, config.table.unit, config.table.x.width
    wide, late = bits > 25, table.late(config.period)
    lane = Cost(lut=table.o.width + 0.3 * bits, ff=0.6 * bits + 14 + bits * late)
    if unit.product == "constant":
        lane += Cost(ff=bits)
    else:
        lane += Cost(lut=12 * wide, ff=3 * bits * wide, dsp=4 if wide else 2)
    if unit.span:  # a multiplexer for each bit that may be left, none where the shift is constant
        ins = unit.span + 1 + unit.span.bit_length()
        left = max(0, bits - unit.right[0]) + 4
        shifted = left * -(-(ins - 1) // 5) + unit.span
        lane += Cost(lut=shifted * (config.period > 1), ff=left)
    factors = 0 if unit.multiplier is not None or config.period == 1 else distinct(
        FACTOR * config.lanes, 1 << min(config.period, 32) - 1)  # fmt: skip
    words = -(-config.period // LUT_WORDS)
    index = (config.period - 1).bit_length() + (config.beats - 1).bit_length() * (config.period > 1)
    tables = Cost(lut=factors * words + index, ff=factors * (words + 0.45) + index)
    return lane * config.lanes + tables + maps.skid(config.lanes * table.o.width)

"""Estimates of what works on streams: thresholds, requantization, converters, queues, arg max."""

from functools import cache
from math import gcd

from generators.finn import cost_map
from generators.synth.resources import Cost
from hdl.memory import lut_rom
from hdl.quant.argmax import ArgMax
from hdl.quant.lanes import ThresholdLanes
from hdl.quant.requantize_lanes import RequantizeLanes
from hdl.quant.threshold import LUT_WORDS, Threshold
from hdl.stream.converter import Converter
from hdl.stream.fifo import FIFO


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


def requantize(config: RequantizeLanes.Config) -> Cost:
    """Two or four DSP slices a lane, the rounding shift behind them, and tables of factors."""
    unit, bits = config.table.unit, config.table.x.width
    factors = 31 * -(-config.period // 64) * (config.period > 1)
    lane = Cost(lut=3 * bits + 20 + factors, ff=4 * bits + 30 + 2 * factors)
    lane += Cost(dsp=0 if unit.product == "shift" else 2 if bits <= 25 else 4)
    return lane * config.lanes + cost_map.skid(config.lanes * config.table.o.width)

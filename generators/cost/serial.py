"""Estimates of bit-serial units."""

from itertools import pairwise

from generators.cost import delay, maps, stream
from generators.cost.constants import cached, of
from generators.cost.count import in_place, steps
from generators.cost.dot import dot
from generators.cost.thresholds import threshold
from generators.cost.weights import weights
from generators.synth.resources import Cost
from hdl.array.serial import SerialMVTU
from hdl.array.serial_config import SELECT_LATENCY
from hdl.compress.blocks import BLOCKS
from hdl.compress.heap import Heap
from hdl.compress.plan import known, levels_of
from hdl.compress.solve import LEVELS_PER_STAGE

__all__ = ["serial", "serial_delay"]

SKEW = 1.0
"""Cycles that an input waits, on average, where no schedule of the count is known."""


@cached
def serial(config: SerialMVTU.Config) -> Cost:
    """A bit-serial unit: popcounts, accumulators, and the planes of the inputs."""
    fitted = of("serial")
    width, groups = config.total.width, config.group_sets * config.row_groups
    lane = dot(config.dot) + Cost(lut=width + fitted.lane, ff=width)
    if config.levels:
        lane += threshold(config.threshold)
    else:  # what is added last, a table of it, and its register
        ends = _ends(config)
        lane += Cost(lut=config.o.width + fitted.end * ends, ff=config.o.width + ends)
    # Of a plane's bit: the planes, which of them, the first pass's, and whether to invert it.
    ins = config.x.width + (config.x.width - 1).bit_length() + 2 * config.keeps + config.w.signed
    planes = fitted.plane * config.i_lanes * -(-(ins - 1) // 5)
    bits = config.i_lanes * config.x.width
    if config.keeps:
        planes += config.group_lanes * in_place(config.simd * config.x.width, config.col_groups)[0]
    total = lane * config.o_lanes + weights(config.weights) + Cost(lut=planes, ff=bits)
    walks = steps(config.col_groups, len(config.pairs), groups, config.passes).lut
    told = fitted.step * walks + fitted.jump * _jump(config) * _added(config) + fitted.control
    ff = _skewed(config) + _control(config, groups)
    return total + maps.skid(config.o_lanes * config.o.width) + Cost(lut=told, ff=ff)


def _ends(config: SerialMVTU.Config) -> int:
    """Bits of what is added last that differ from row to row."""
    groups = config.group_sets * config.row_groups
    most = min(of("serial").ends, config.o.width)
    return 0 if groups == 1 else stream.distinct(round(most), (1 << min(groups, 30)) - 2)


def _skewed(config: SerialMVTU.Config) -> float:
    """Registers of planes and of weights' addresses, each stage's of the counts later."""
    waits, count, _ = _stages(config.simd)
    found = config.i_lanes + config.group_lanes * waits
    if config.storage == "lut":
        return found + count * (config.weights.depth - 1).bit_length()
    return found + config.o_lanes * waits * (config.storage == "bram")


@cached
def _stages(lanes: int) -> tuple[float, int, int]:
    """Of a count: cycles that its lanes wait, in how many they are read, and the latency."""
    heap = Heap(pairs=(lanes,))
    if heap not in known():
        stages = levels_of(heap) // LEVELS_PER_STAGE
        return SKEW * lanes, stages, stages + 1
    levels, final = known()[heap]
    taken = [sum(count * sum(BLOCKS[name].pairs) for name, _, count in level) for level in levels]
    cycles = [sum(taken[k : k + LEVELS_PER_STAGE]) for k in range(0, len(taken), LEVELS_PER_STAGE)]
    waits = sum(cycle * count for cycle, count in enumerate(cycles))
    read = max((cycle + 1 for cycle, count in enumerate(cycles) if count), default=1)
    return waits, read, len(cycles) + any(kind != "none" for kind in final)


def _control(config: SerialMVTU.Config, groups: int) -> int:
    """Counters, the address of the weights, and what travels beside the data."""
    pairs, cols, passes = len(config.pairs), config.col_groups, config.passes
    at_dot = SELECT_LATENCY + _stages(config.simd)[2]
    found = sum((size - 1).bit_length() + 2 for size in (cols, pairs, passes) if size > 1)
    index = (groups - 1).bit_length()
    found += index + (groups > 1) + index * (at_dot + (config.levels > 0))
    found += (config.weights.depth - 1).bit_length() + _jump(config)
    found += (4 if pairs > 1 else 3) * at_dot + 1
    found += 1 + (config.threshold.latency if config.levels else 1)
    number = (config.x.width - 1).bit_length()
    inverts = config.w.signed and config.w.width > 1
    return found + number + inverts + (1 + (cols - 1).bit_length()) * config.keeps


def _jump(config: SerialMVTU.Config) -> int:
    """Bits of the distance to the next pair's plane that are not always the same."""
    cols, planes = config.col_groups, config.w.width
    starts = [cols * (planes - 1 - j) for _, j in config.pairs] + [cols * planes]
    size = (config.weights.depth - 1).bit_length()
    jumps = [(b - a - cols + 1) % (1 << size) for a, b in pairwise(starts)]
    if len(jumps) < 2:
        return 0
    jumps.append((1 - config.weights.depth) % (1 << size))
    columns = {tuple(jump >> k & 1 for jump in jumps) for k in range(size)}
    return len(columns - {(0,) * len(jumps), (1,) * len(jumps)})


def _added(config: SerialMVTU.Config) -> float:
    """What an adder of jumps has of the LUTs of a wide one: addresses of a bit or two need none."""
    return max(0, min(1, ((config.weights.depth - 1).bit_length() - 1) / 3))


def serial_delay(config: SerialMVTU.Config) -> int:
    """Of the counters, which enable each other where there are many pairs of planes; or counts."""
    found = delay.FF + delay.levels(2) + delay.carry(3) + delay.SETUP - delay.levels()
    if len(config.pairs) > (2 if config.levels else 4):
        found = max(found, delay.FF + delay.levels(3) + delay.ENABLE)
    if config.storage == "bram":
        found = max(found, delay.BRAM + delay.WIRE + delay.SETUP)
    return found

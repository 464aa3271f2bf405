"""Estimates of multi-threshold activations."""

from generators.cost import load, maps
from generators.cost.constants import cached, of
from generators.cost.count import walk
from generators.cost.delay import ENABLE, FF, SETUP, WIRE, carry, depth, levels, rom
from generators.synth.resources import Cost
from hdl.quant.lanes import ThresholdLanes
from hdl.quant.threshold import LUT_BITS, LUT_WORDS, Threshold

__all__ = [
    "activation_delay", "alone", "comparator", "index", "lanes", "lanes_delay", "threshold",
    "threshold_delay",
]  # fmt: skip

GROUP = 3
"""Bits of two numbers that a LUT compares; of each group one tells less, and one equal."""

FEW_LEVELS, FEW_BANKS = 4, 8
"""Bits of a level, and LUTs of a bit, up to which a table's bits have no parts in common."""

LUT_ALONE, CHAINED = 12, 1.25
"""Bits up to which a comparison with a single constant is LUTs alone, and what a chain adds."""


def comparator(width: int, words: int) -> float:
    """A comparison with one of so many constants, LUTs; a small table is part of them.

    Of few bits all in all it is a table as well, in LUTs of six inputs behind MUXF7 and MUXF8.
    """
    one, inputs = of("thresholds"), width + (words - 1).bit_length()
    if words > LUT_WORDS:
        return one.apart * width
    sizes = (one.one, one.two, one.four, one.eight, one.sixteen, one.half, one.whole)
    bit = (one.two + one.four) / 2 if words == 3 else sizes[(words - 1).bit_length()]
    return min(bit * width, 1 << max(0, inputs - LUT_BITS))


@cached
def threshold(config: Threshold.Config) -> Cost:
    """A binary search: a table and a comparator a stage, and what is carried along."""
    total = Cost()
    for stage in range(config.stages):
        words, late, last = config.channels << stage, config.late(stage), config.stages - 1
        width, place = config.x.width, (words - 1).bit_length()
        if config.loadable:
            total += load.table(config.word.width, words, late=late)
            total += Cost(lut=comparator(width, 8))
        elif late:
            total += _banks(width, words)
            total += Cost(lut=comparator(width, words), ff=max(0, place - 6))
        else:
            total += Cost(lut=comparator(width, words))
        if late:
            total += Cost(ff=width + stage)
        total += Cost(ff=config.o.width if stage == last else width + stage + 1)
    return total + Cost(ff=index(config))


def index(config: Threshold.Config) -> int:
    """Registers of the channel's number, the same for all units of a stream."""
    late = sum(map(config.late, range(config.stages)))
    return (config.channels - 1).bit_length() * (config.stages - 1 + late)


def _banks(width: int, words: int) -> Cost:
    """Tables of a LUT a bit each, a register behind, and what chooses among them."""
    banks, one = -(-words // LUT_WORDS), of("thresholds")
    return Cost(lut=width * (one.bank * banks + -(-(banks - 1) // 3)), ff=one.kept * width * banks)


@cached
def activation_delay(config: Threshold.Config) -> int:
    """The slowest stage of a unit behind registers: a table, a comparison, and its register."""
    return FF + max(_stage(config, stage) for stage in range(config.stages))


@cached
def threshold_delay(config: Threshold.Config) -> int:
    """As behind registers, but the first stage's operand is an input."""
    first = _stage(config, 0) - (0 if config.late(0) else WIRE)
    return max(first, *(FF + _stage(config, stage) for stage in range(1, config.stages)), 0)


def _stage(config: Threshold.Config, stage: int) -> int:
    """Tables of 16 words and more make LUTs of seven and eight inputs, or one of their own."""
    words, groups = config.channels << stage, -(-config.x.width // GROUP)
    if words == 1 and not stage and config.stages == 1:
        return levels(depth(config.x.width)) + SETUP
    before = 0
    if words > LUT_WORDS:
        before = levels(1 + depth(-(-words // LUT_WORDS), 4))
    elif words > 8:
        before = rom({4: 128, 5: 256}.get((words - 1).bit_length(), words))
    return before + carry(groups, "CO") + SETUP


def lanes(config: ThresholdLanes.Config) -> Cost:
    """A threshold unit a lane; the channel's number is one for all, as are its counters.

    One counts a frame's transfers, and ends the other's period.
    """
    size = config.lanes * config.lane.o.width
    shared = Cost(ff=(index(config.lane) - _unread(config.lane)) * (1 - config.lanes))
    counters = Cost()
    if config.period > 1:
        ends = config.beats > 1
        counters = walk(config.beats) + walk(config.period) + Cost(lut=1 + ends)
    return alone(config.lane) * config.lanes + shared + maps.skid(size) + counters + (
        Cost(lut=3, ff=config.latency))  # fmt: skip


@cached
def alone(config: Threshold.Config) -> Cost:
    """A unit whose thresholds are anywhere in the operand's range.

    A large table of many levels has words in ascending order: yosys finds parts that its bits have
    in common, and makes more LUTs of these than of the bits on their own.
    """
    total = threshold(config) - Cost(ff=_unread(config))
    if config.loadable:
        return total
    one, width = of("thresholds"), config.x.width
    for stage in range(config.stages):
        words = config.channels << stage
        if config.late(stage):
            banks = -(-words // LUT_WORDS)
            parts = one.parts * max(0, banks - FEW_BANKS) * (stage >= FEW_LEVELS)
            total += Cost(lut=parts, ff=one.random - one.kept) * (width * banks)
        else:
            total += Cost(lut=_anywhere(width, words) - comparator(width, words))
    return total


def _unread(config: Threshold.Config) -> int:
    """Of :func:`index`: registers behind the last stage's table, if it is late."""
    return (config.channels - 1).bit_length() * config.late(config.stages - 1)


def _anywhere(width: int, words: int) -> float:
    """A comparison with one of so many constants anywhere in a range, of which few bits are alike.

    Of each group of bits a LUT tells less, and one equal; both are asked for the word as well, and
    behind MUXF7 and MUXF8 are more LUTs. From 33 words on each bit of the word is a LUT.
    """
    inputs, (groups, rest) = width + (words - 1).bit_length(), divmod(width, GROUP)
    if words == 1:
        found = comparator(width, 1) * (CHAINED if width > LUT_ALONE else 1)
    elif words == 2:
        found = of("thresholds").pair * width
    elif words <= 8:
        found = 2 * (groups + (rest > 0))
    elif words <= 16:
        found = 3 * groups + 2 * (rest > 0)
    elif words <= 32:
        found = 6 * groups + rest
    else:
        found = width + 2 * (groups + (rest > 0))
    return min(found, 1 << max(0, inputs - LUT_BITS))


def lanes_delay(config: ThresholdLanes.Config) -> int:
    """As a unit, or whether an output is valid, or the clock enable of a counter."""
    counts = FF + levels(2) + (ENABLE if config.period > 1 else SETUP)
    return max(activation_delay(config.lane), counts)

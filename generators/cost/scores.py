"""Estimates of an arg max: comparators, multiplexers and registers of pairs of lanes."""

from generators.cost import constants
from generators.cost.count import bits, multiplies, walk
from generators.cost.moves import skid
from generators.synth.resources import Cost
from hdl.quant.argmax import ArgMax

__all__ = ["argmax"]


@constants.cached
def argmax(config: ArgMax.Config) -> Cost:
    """A comparator, a multiplexer and registers a pair of lanes, and one for the best so far.

    The index is the transfer times the lanes, a product unless these are a power of two; a DSP
    slice keeps up to two of the delays before it, and the index unless its lowest bits are others.
    """
    c, width, index = constants.of("argmax"), config.x.width, config.o.width
    entries, lanes, pairs = _tree(config.lanes)
    beat, once = bits(config.beats), config.beats == 1
    absent = config.beats * config.lanes > config.items
    ff = entries * width + lanes + (3 + beat) * config.levels + width + index + 1
    ff += walk(config.beats).ff + (not once)
    ff += -(config.levels if once else 0) + (config.levels - 1) * (1 + absent) + (config.levels > 3)
    lut = c.control + walk(config.beats).lut + width * (c.pair * pairs + c.best)
    lut += c.lane * lanes + c.each * pairs
    total = Cost(lut=lut, ff=ff) + skid(index) + _absent(config)
    if beat > 1 and config.lanes & config.lanes - 1:
        if multiplies(index, config.lanes):
            kept = beat * min(config.levels, 2) + index * (config.lanes % 2)
            return total + Cost(lut=-c.index * index, ff=-kept, dsp=1)
        total += Cost(lut=c.product * index)
    return total


def _absent(config: ArgMax.Config) -> Cost:
    """What lanes that are never present save, of the first pairs: comparators, lanes, flags."""
    if config.lanes <= config.items:
        return Cost()
    c = constants.of("argmax")
    pairs = config.lanes // 2 - config.items // 2
    entries = (config.lanes + 1) // 2 - (config.items + 1) // 2
    lut = pairs * (config.x.width * c.pair + c.each) + c.absent * entries
    return Cost(lut=-lut, ff=-3 * entries)


def _tree(lanes: int) -> tuple[int, int, int]:
    """Of the tree's registers how many scores and bits of lanes; and pairs."""
    entries, which, pairs = 0, 0, 0
    sizes = [0] * lanes  # bits of each one's lane that vary
    while True:
        pairs += len(sizes) // 2
        joined = [max(sizes[k:k + 2]) + 1 for k in range(0, len(sizes) - 1, 2)]
        sizes = joined + sizes[len(sizes) & ~1:]
        entries, which = entries + len(sizes), which + sum(sizes)
        if len(sizes) == 1:
            return entries, which, pairs

"""Estimates of what it takes to replace parameters at run time."""

from generators.cost.bus import chain
from generators.cost.count import either, ram
from generators.synth.resources import Cost
from hdl.array.loadable import LUT_WORDS, Loadable
from hdl.bus.load import ADDRESS, Chain
from hdl.memory import LUTS_PER_BRAM18, bram18, lut_ram

__all__ = ["bus", "table", "weights"]

ENABLE = 1.3
"""LUTs that decode the address of a part of a table, of which the high bits are shared."""

ZEROS = 3
"""Bits of an address, all 0 for a memory, for which yosys makes a LUT."""


def weights(config: Loadable.Config) -> Cost:
    """A memory of weights: its register, whether a word is for it, and each part's write enable.

    Banks of LUT RAM are enabled each on its own, and one of them is read.
    """
    window = config.window
    lut = window.parts + (ADDRESS - window.word_bits - window.part_bits) / ZEROS
    if not config.block and config.depth > 1:
        for size in config.parts:
            luts, banks = ram(size, config.depth)
            lut += luts + banks - 1 + size * either(banks)
    return Cost(lut=lut, ff=config.width, bram18=config.bram18)


def table(width: int, words: int, *, late: bool = True) -> Cost:
    """A table of thresholds or starts, whose word is a register where it is read late."""
    if words == 1:
        return Cost(lut=ENABLE, ff=width)
    luts, block = lut_ram(width, words), bram18(width, words)
    if late and words > LUT_WORDS and luts > LUTS_PER_BRAM18 * block:
        return Cost(lut=ENABLE, bram18=block)
    return Cost(lut=luts + ENABLE, ff=width * late)


def bus(config: Chain.Config | None) -> Cost:
    """What brings words to the layers, if there is any; each compares addresses on its own."""
    return chain(config)

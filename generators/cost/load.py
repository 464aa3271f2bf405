"""Estimates of what it takes to replace parameters at run time."""

from generators.cost.bus import chain
from generators.synth.resources import Cost
from hdl.array.loadable import LUT_WORDS, Loadable
from hdl.bus.load import Chain
from hdl.memory import LUTS_PER_BRAM18, bram18, lut_ram

__all__ = ["bus", "table", "weights"]

ENABLE = 1.3
"""LUTs that decode the address of a part, of which the high bits are shared."""


def weights(config: Loadable.Config) -> Cost:
    """A memory of weights: its register, and what enables each part's writes."""
    enables = ENABLE * len(config.parts) * (1 if config.block else -(-config.depth // LUT_WORDS))
    return Cost(lut=config.lut + enables, ff=config.width, bram18=config.bram18)


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

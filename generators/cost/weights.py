"""Estimates of weight memories."""

from generators.cost import load
from generators.cost.constants import cached, of
from generators.cost.delay import BRAM, FF, SETUP, WIRE, levels
from generators.synth.resources import Cost
from hdl.array.loadable import LUT_WORDS, Loadable
from hdl.array.tables import MOST_WORDS
from hdl.array.weights import Weights

__all__ = ["distinct", "memory_delay", "rom_bit", "weights", "weights_delay"]

DATA, SELECT = 223, WIRE + 296
"""Through a MUXF7 from a LUT beside it; and from a wire to its select."""

MOST_KINDS = 24
"""Words of so many, or more, have columns that hardly ever are the same."""


@cached
def weights(config: Weights.Config | Loadable.Config) -> Cost:
    """A weight memory, and the register behind it, which yosys keeps out of the block RAM."""
    if isinstance(config, Loadable.Config):
        return load.weights(config)
    if config.storage == "const":
        return Cost()
    if config.storage == "lut":
        columns = distinct(config.width, config.depth)
        if 2 <= config.depth <= MOST_WORDS:  # two columns a LUT
            return Cost(lut=columns / 2, ff=columns)
        return Cost(lut=columns * rom_bit(config.depth), ff=columns)
    found = config.layout
    lut = sum(_slice(one) for one in found.slices)
    return Cost(lut=lut, ff=config.width + found.ff, bram18=found.bram18)


def _slice(one) -> float:
    """LUTs of a slice's ROMs and multiplexer, see :class:`hdl.array.banks.Slice`."""
    return one.lut


def distinct(columns: int, words: int) -> float:
    """Columns of a memory that differ, as many as random bits would; equal ones are made once."""
    if words > MOST_KINDS:
        return columns
    kinds = 1 << words
    return kinds * (1 - (1 - 1 / kinds) ** columns)


def rom_bit(words: int) -> float:
    """LUTs of a column of a ROM: one for 64 words, four behind MUXF7 and MUXF8, then more."""
    if words <= 1:
        return 0
    banks, one = -(-words // LUT_WORDS), of("weights")
    return (1, one.two, one.three, one.four)[banks - 1] if banks <= 4 else one.many * banks


@cached
def memory_delay(config: Weights.Config | Loadable.Config) -> int:
    """From an address's register, or block RAM, to the register behind the memory."""
    if config.latency == 1:
        return FF + _read(config.depth, SELECT) + SETUP
    banks = 1
    if config.storage == "bram":
        banks = max(sum(not bank.constant for bank in one.banks) for one in config.layout.slices)
    chosen = levels(1 + (banks > 4) + (banks > 8)) if banks > 1 else WIRE
    return BRAM + chosen + SETUP


@cached
def weights_delay(config: Weights.Config | Loadable.Config) -> int:
    """As behind an address's register, but that is an input; or an output's register."""
    if config.latency == 2:
        return memory_delay(config)
    if config.storage == "const":
        return 0
    return max(FF, _read(config.depth, DATA) - WIRE + SETUP)


def _read(depth: int, through: int) -> int:
    """A ROM in LUTs: of two banks LUTs choose, of more a MUXF7, and LUTs behind that."""
    banks = -(-depth // LUT_WORDS)
    if banks <= 2:
        return levels(1 if banks <= 1 else 3) * (depth > 1)
    return levels() + through + levels(1 if banks <= 4 else 2)

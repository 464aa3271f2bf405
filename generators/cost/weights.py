"""Estimates of weight memories."""

from math import ceil

from generators.cost import load
from generators.cost.constants import cached, of
from generators.cost.delay import BRAM, ENABLE, FF, SETUP, WIRE, into_ram, levels
from generators.synth.resources import Cost
from hdl.array.loadable import LUT_WORDS, Loadable
from hdl.array.tables import MOST_WORDS
from hdl.array.weights import Weights
from hdl.memory import lut_rom

__all__ = ["distinct", "memory_delay", "rom_bit", "weights", "weights_delay"]

DATA, SELECT = 223, WIRE + 296
"""Through a MUXF7 from a LUT beside it; and from a wire to its select."""

SOME = 16
"""Words above 128 of a ROM for which ``three`` holds."""

SHALLOW = 8
"""Words of a memory in block RAM up to which columns that never change are worth counting."""

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
            return Cost(lut=ceil(columns / 2), ff=columns)
        return Cost(lut=columns * rom_bit(config.depth), ff=columns)
    found = config.layout
    if config.depth <= SHALLOW:
        return _shallow(config)
    lut = sum(_slice(one) for one in found.slices)
    return Cost(lut=lut, ff=config.width + found.ff, bram18=found.bram18)


def _shallow(config: Weights.Config) -> Cost:
    """Of so few words some columns are all 0 or all 1: yosys drops them, random bits' share here.

    Those in LUTs are made once, and the two kinds of two words are wires.
    """
    same, words, total = 2.0 ** (1 - config.depth), config.depth, Cost()
    bits: dict[tuple[int, int], float] = {}
    for one in config.layout.slices:
        for bank in one.banks:
            if bank.shape:
                kept = one.columns * (1 - same)
                bits[bank.shape] = bits.get(bank.shape, 0) + kept
                total += Cost(ff=kept)
            else:
                kinds = distinct(one.columns, words) * (1 - same)
                total += Cost(lut=kinds * rom_bit(words) * (words > 2), ff=2 * kinds)
    return total + Cost(bram18=sum(ceil(kept / shape[0]) for shape, kept in bits.items()))


def _slice(one) -> float:
    """LUTs of a slice's ROMs and multiplexer, see :class:`hdl.array.banks.Slice`."""
    rows = [bank.rows for bank in one.banks if not bank.shape]
    return one.lut + sum(one.columns * rom_bit(n) - lut_rom(one.columns, n) for n in rows)


def distinct(columns: int, words: int) -> float:
    """Columns of a memory that differ, as many as random bits would; equal ones are made once."""
    if words > MOST_KINDS:
        return columns
    kinds = 1 << words
    return kinds * (1 - (1 - 1 / kinds) ** columns)


def rom_bit(words: int) -> float:
    """LUTs of a column of a ROM: one for 64 words, four behind MUXF7 and MUXF8, then more.

    Of 144 words three and some, from 168 on four: what is not there is no LUT less.
    """
    if words <= 1:
        return 0
    banks, one = -(-words // LUT_WORDS), of("weights")
    three = min(one.four, 3 + (one.three - 3) * (words - 2 * LUT_WORDS) / SOME)
    return (1, one.two, three, one.four)[banks - 1] if banks <= 4 else one.many * banks


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
    if config.storage == "ram":  # whether a word on the load bus is for it
        told = levels(3) - WIRE + (into_ram() if config.depth > 1 else ENABLE)
        return max(told, _read(config.depth, DATA) - WIRE + SETUP)
    return max(FF, _read(config.depth, DATA) - WIRE + SETUP)


def _read(depth: int, through: int) -> int:
    """A ROM in LUTs: of two banks LUTs choose, of more a MUXF7, and LUTs behind that."""
    banks = -(-depth // LUT_WORDS)
    if banks <= 2:
        return levels(1 if banks <= 1 else 3) * (depth > 1)
    return levels() + through + levels(1 if banks <= 4 else 2)

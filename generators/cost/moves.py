"""Estimates of what passes streams on: queues, slices, forks, joins, repeats, width converters."""

from collections import Counter
from functools import cache
from math import gcd

from generators.cost import constants
from generators.cost.count import bits, either, ram, walk
from generators.synth.resources import Cost
from hdl.stream.concat import Concat
from hdl.stream.converter import Converter
from hdl.stream.fifo import FIFO
from hdl.stream.fork import Fork
from hdl.stream.register_slice import RegisterSlice
from hdl.stream.repeat import Repeat

__all__ = ["concat", "converter", "fifo", "fork", "register_slice", "repeat", "skid"]

FORKS = (0, 0, 5, 7, 11, 14, 18)
"""LUTs of a fork for up to six readers, as yosys makes them."""

QUEUE = (0, 0, 8, 12, 15, 20, 25.5, 36, 43, 49, 58.5, 63, 68)
"""LUTs of both pointers and the level of a queue, by bits of the level; of yosys 0.70."""

FULL = (0, 0, 8, 10, 13, 18, 25, 33, 36, 43.5, 47, 53, 58)
"""The same of a power of two of words, whose pointers wrap by themselves."""

CARRIED = 4
"""LUTs for each bit of longer ones, which count by carry chains."""

FETCH = (0, 0, 3, 2, 2, 2, 1), (0, 0, 1, 2, 2, 2, 1)
"""LUTs of a block RAM's enable beside few words, by bits of the level: of any, of a power of two.

Of more words yosys makes them of what the pointers need."""

BANKS, BANK = 8, 1.1
"""LUTs of each bank, beyond its enable, of a LUT RAM of more than so many that is asked for."""

SOURCES = {(1, 2): 2, (0, 1, 2): 2, (1, 2, 3): 1.5}
"""LUTs of a bit that is kept or one of these of four, two by two; of others one."""


def skid(size: int) -> Cost:
    """What keeps an output that was not taken, and a multiplexer."""
    return Cost(lut=size, ff=size + 1)


def register_slice(config: RegisterSlice.Config) -> Cost:
    """Two registers, a multiplexer in front of one, and the handshake."""
    size = config.payload.size
    return Cost(lut=size + 3, ff=2 * size + 2)


def fork(config: Fork.Config) -> Cost:
    """A flag a reader, and the handshake."""
    n = config.readers
    return Cost(lut=FORKS[n] if n < len(FORKS) else 3.5 * n - 3, ff=n)


def concat(config: Concat.Config) -> Cost:
    """Wires and a handshake: whether all are valid, and whether all are taken."""
    n = len(config.sizes)
    return Cost(lut=2 if n <= 5 else 3 if n <= 30 else 4 + n // 6)


def repeat(config: Repeat.Config) -> Cost:
    """A register of the transfer, a multiplexer where it is shifted on itself, and a counter.

    Bits that no shift reaches are not there; those above a signed number start as its sign.
    """
    turns, step = walk(config.times), config.step if config.times > 1 else 0
    control = turns + Cost(lut=1 + (config.times == 2) + 2 * (step > 0), ff=1)
    width, shape = config.payload.size // config.lanes, config.payload.elem_shape
    if not step:
        return control + Cost(ff=config.lanes * width)
    if shape.signed:
        kept = config.o_payload.size // config.lanes
        return control + Cost(lut=config.lanes * (kept - step), ff=config.lanes * kept)
    kept = width + (config.times - 1) * min(step, width)
    return control + Cost(lut=config.lanes * max(0, width - step), ff=config.lanes * kept)


def fifo(config: FIFO.Config) -> Cost:
    """A queue in registers, LUT RAM or block RAM, and its pointers; its banks' enables and choice.

    The output register of a LUT RAM is flip-flops, that of a block RAM is in it.
    """
    size, words = config.payload.size, config.depth - config.buffered
    if config.storage == "registers":
        return Cost(lut=size + 3, ff=2 * size + 2)
    pointer, level = bits(words), words.bit_length()
    table = QUEUE if pointer == level else FULL
    lut = table[level] if level < len(table) else CARRIED * level
    control = Cost(lut=lut, ff=level + 2 * pointer + 2 + config.buffered)
    if config.storage == "bram":
        fetch = FETCH[pointer < level]
        return control + Cost(lut=sum(fetch[level : level + 1]), bram18=config.bram18)
    luts, banks = ram(size, words)
    choice = size * either(banks) + (banks if banks > 1 else 0)
    if config.attrs and banks > BANKS:
        choice += BANK * banks
    return control + Cost(lut=luts + choice, ff=size * config.buffered)


@constants.cached
def converter(config: Converter.Config) -> Cost:
    """Registers of lanes; before them enables, or a multiplexer for each bit of the place.

    Where a frame ends within a transfer, transfers are counted, and lanes past its end are zero.
    """
    width, items = config.shape.width, config.items
    if config.i_beats == 1 or items % config.i_lanes == 0 == items % config.o_lanes:
        count, ends = Cost(), 0
    else:
        rest = items - (config.i_beats - 1) * config.i_lanes
        count, ends = walk(config.i_beats), width * (min(config.i_lanes, items) - rest)
    if config.kind == "pass":
        return count + Cost(lut=ends + (count.ff > 0))
    if config.kind == "fill":
        return count + _fill(config) + Cost(lut=ends)
    return count + _shift(config, ends)


def _fill(config: Converter.Config) -> Cost:
    """A register, an enable of each of its groups and a counter of them."""
    groups = min(config.i_beats, -(-config.o_lanes // config.i_lanes))
    short = config.i_beats % groups > 0
    size = min(config.i_lanes, config.items) * config.shape.width * groups
    lut = groups + 3 + walk(groups).lut - (groups in (3, 4)) + 3 * short
    return Cost(lut=lut, ff=size + walk(groups).ff + 1)


def _shift(config: Converter.Config, ends: int) -> Cost:
    """A register that is shifted down, with an input shifted to where it is full.

    Without such a place a LUT does all of a bit: what stays, what moves down, what comes, and
    that nothing does past a frame's end.
    """
    unit = gcd(config.i_lanes, config.o_lanes)
    period, size = config.o_lanes // unit, config.storage_bits
    moves = config.i_lanes // unit % period
    place = bits(period) if config.i_beats > 1 and moves else 0
    most = max(config.finished)
    words = 1 if most == 1 else most.bit_length() + 2
    if not place:
        return Cost(lut=size + 3.5 + 1.5 * most.bit_length(), ff=size + words)
    if config.overlaps:
        place = period.bit_length()
    c, step = constants.of("converter"), unit * config.shape.width
    chosen = _chosen(config.i_lanes // unit, size // step, period, place, ends // step)
    lut = step * chosen + c.control + c.place * place * (1 + config.overlaps)
    lut += c.ended * ends * (place <= 2)
    return Cost(lut=lut, ff=size + words + bits(period))


@cache
def _chosen(lanes: int, size: int, out: int, place: int, ended: int) -> float:
    """LUTs of a shifter by places and of the register behind it, of each bit of a step.

    A LUT does two bits of the place, the last one or two with what stays and what moves down.
    Beside that yosys keeps multiplexers of two: of the lowest bit where a lane past a frame's end
    is zero, and of the third one.
    """
    lut, shift, reach = 0, 1, lanes
    while place > 2:
        if shift == 1 and ended:
            ends = range(lanes - ended, lanes)
            lut += len({k for top in range(3, lanes) for k in (top, top - 2)
                        if k in ends or k - 1 in ends})  # fmt: skip
        elif shift == 4:
            lut += reach - shift
        reach = min(size, reach + 3 * shift)
        lut, shift, place = lut + reach, 4 * shift, place - 2
    return lut + _kept(reach, shift, size, out, place)


def _kept(reach: int, shift: int, size: int, out: int, place: int) -> float:
    """LUTs of the register's bits, by what the last two bits of the place choose among for each.

    Two that the lower of them tells apart are one multiplexer, which is not within the register's
    LUT where that has more to choose from, and is shared by what is two shifts above.
    """
    lut, pairs, alone = 0.0, Counter[int](), set()
    for bit in range(size):
        some = tuple(k for k in range(1 << place) if 0 <= bit - k * shift < reach)
        down = bit + out < size
        if place < 2:
            lut += max(1, -(-2 * (len(some) + down) // 5))
            continue
        lut += SOURCES.get(some, 1) + (down and len(some) == 4)
        both = [bit - k * shift for k in (0, 2) if {k, k + 1} <= {*some}]
        pairs.update(both)
        if len(some) > 2 or down:
            alone.update(both)
    return lut + sum(pair in alone or count > 1 for pair, count in pairs.items())

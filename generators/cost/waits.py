"""Delays of what moves and combines streams: their slowest paths, in picoseconds.

Each is the larger of a few: from a counter to the enable or reset of others, through a LUT RAM and
what changes its words, through carry chains, or in a cycle from one side's ready to the other's.
"""

from math import gcd

from amaranth.hdl import Shape

from generators.cost import constants
from generators.cost.count import bits, multiplies, ram
from generators.cost.delay import BRAM, ENABLE, FF, LUT, RESET, SETUP, carry, into_ram, levels
from generators.cost.delay import ram as launch
from generators.cost.maps import varied
from hdl.quant.argmax import ArgMax
from hdl.stream.add import OPERANDS_PER_REGISTER, Add, Term
from hdl.stream.concat import Concat
from hdl.stream.converter import Converter
from hdl.stream.fifo import FIFO
from hdl.stream.fork import Fork
from hdl.stream.gather import Gather
from hdl.stream.register_slice import RegisterSlice
from hdl.stream.repeat import Repeat
from hdl.stream.scatter import Scatter
from hdl.window.columns import Columns
from hdl.window.pool import Pool
from hdl.window.sliding import SlidingWindow
from hdl.window.upsample import Upsample

__all__ = [
    "add", "argmax", "columns", "concat", "converter", "fifo", "fork", "gather", "pool",
    "register_slice", "repeat", "scatter", "upsample", "window",
]  # fmt: skip

DEEP = {128: 360, 256: 482}
"""What MUXF7 and MUXF8 behind a LUT RAM of more than 64 words add."""

STARTS = 450
"""Until it is seen in many bits that a block starts, whose first pixel is not added."""

PRODUCT = 3500
"""Through a DSP slice without registers, with the wire in front."""

ADDED = 1700
"""About what a product by adders takes, with the group that is added to it."""


def register_slice(config: RegisterSlice.Config) -> int:
    """From its valid to the reset of registers that a constant is put into."""
    return FF + levels() + RESET


def fork(config: Fork.Config) -> int:
    """From a flag through what asks whether all have taken it, to the flags."""
    return FF + levels(1 + (config.readers > 3)) + SETUP


def concat(config: Concat.Config) -> int:
    """From port to port: without the wires outside."""
    return LUT + levels(len(config.sizes) > 5)


def repeat(config: Repeat.Config) -> int:
    """From the counter to the register's enable, or to the reset of bits that are shifted out."""
    return FF + levels() + (RESET if config.step and config.times > 1 else ENABLE)


def fifo(config: FIFO.Config) -> int:
    """From the level or a pointer to an enable: of counters, or of one of several banks.

    A LUT RAM of more than 1,023 words has levels as yosys makes them of six such circuits.
    """
    if config.storage == "registers":
        return FF + levels() + RESET
    words = config.depth - config.buffered
    level = words.bit_length()
    if config.storage == "bram":
        return max(BRAM, FF + levels(3) + ENABLE, (level > 10) * (FF + levels(4) + SETUP))
    banks = ram(config.payload.size, words)[1]
    found = FF + levels(1 if level < 5 else 2) + ENABLE
    if words & words - 1 == 0 and level in (7, 8):
        return max(found, FF + levels(3) + SETUP)
    if banks > 1:
        found = max(found, FF + levels(2) + into_ram("WE"))
    return max(found, FF + levels(max(4, level - 6)) + SETUP) if level > 9 else found


@constants.cached
def converter(config: Converter.Config) -> int:
    """From the place through a level a bit of it, or from the words that wait."""
    if config.kind == "pass":
        whole = config.items % config.i_lanes == 0 or config.i_beats == 1
        return 0 if whole else FF + levels(1) + ENABLE
    if config.kind == "fill":
        groups = min(config.i_beats, -(-config.o_lanes // config.i_lanes))
        short = config.i_beats % groups > 0
        return FF + levels(2) + RESET if short else FF + levels() + ENABLE
    unit = gcd(config.i_lanes, config.o_lanes)
    place = bits(config.o_lanes // unit) if config.i_beats > 1 else 0
    place *= config.i_lanes // unit % (config.o_lanes // unit) > 0
    most = max(config.finished)
    words = FF + levels(2) + (SETUP if most < 4 else RESET if most > 7 else ENABLE)
    return max(words, FF + levels(max(place, 3) if place > 1 else 2) + SETUP)


def gather(config: Gather.Config) -> int:
    """From an address to the enables of the other side's."""
    if config.storage == "bram":
        return max(BRAM, FF + levels(3) + ENABLE)
    return FF + levels(2) + ENABLE


def scatter(config: Scatter.Config) -> int:
    """From an address to the enables of the other side's, or through the memory and the choice."""
    if config.vectors > 3:
        few = config.vectors <= 5
        return FF + levels(3) + ENABLE if few else launch(32) + levels(3) + SETUP
    if config.beats == 1:
        return FF + levels(2) + (config.vectors > 1) * LUT
    return FF + levels(2) + ENABLE


@constants.cached
def add(config: Add.Config) -> int:
    """From valid to every ready; or a register's operands, from the beat where gains differ.

    Two unsigned operands and a signed one are two chains, others one.
    """
    width, chain = max(x.width for x in config.x), carry(config.o.width)
    chains = 1 + any(_apart(config, terms) for terms in config.terms)
    arrive = carry(width) + (chains > 1) * (chain - carry(1)) + SETUP
    found = max(FF + levels(2), arrive, (config.latency > 1) * (FF + chain + SETUP))
    if not config.gates:
        return found
    if config.latency == 1 and config.beats <= 4:
        return max(found, FF + chain + SETUP)
    gates = levels() if config.beats > 4 else 0
    return max(found, FF + levels(2) + ENABLE, FF + gates + chain + SETUP)


def _apart(config: Add.Config, terms: tuple[Term, ...]) -> bool:
    """Whether a signed operand comes to the sum of two that are not: see generators.cost.adders."""
    signed = [config.x[term.number].signed or config.x[term.number].bipolar or term.negative
              for term in terms[:OPERANDS_PER_REGISTER]]  # fmt: skip
    return len(signed) == OPERANDS_PER_REGISTER and signed == [False, False, True] and (
        not terms[2].negative)  # fmt: skip


def argmax(config: ArgMax.Config) -> int:
    """From a score through a comparison, three bits a LUT, to what takes the larger."""
    width = config.x.width
    blocks = -(-width // 3)
    compared = levels(2) if width < 9 else carry(blocks, "CO")
    return FF + compared + levels() + (RESET if config.lanes > 1 else ENABLE)


@constants.cached
def pool(config: Pool.Config) -> int:
    """From a counter to the word that is kept, through what is merged, and back."""
    width, words, rows = config.x.width, config.words, config.kernel[0] > 1
    steady = FF + levels(2) + ENABLE
    if not words:
        return steady
    if config.op == "sum":
        merged = carry(min(config.o.width, 10)) + STARTS * (sum(map(bits, config.kernel)) > 5)
    else:
        merged = levels(1 + (width > 2)) if width < 5 else levels() + carry(4)
    if words == 1:
        single = FF + levels() + ENABLE if width == 1 else steady
        if config.op == "sum":
            return max(steady, FF + merged + SETUP)
        return single if width < 3 else FF + merged + levels() + ENABLE
    read = launch(32) + _deep(words)
    if rows and config.groups & config.groups - 1 and words > config.groups:
        read = FF + _product(words, config.groups) + levels() + _deep(words)
    return max(read + merged + into_ram("DIA"), FF + levels(2) + into_ram("WE"))


def _product(words: int, groups: int) -> int:
    """A word's place: an adder, or a product by a DSP slice."""
    return PRODUCT if multiplies(bits(words), groups) else carry(bits(words))


def _deep(words: int) -> int:
    """What a LUT RAM of several LUTs adds."""
    return 0 if words <= 64 else DEEP[128] if words <= 128 else DEEP[256]


def columns(config: Columns.Config) -> int:
    """From the column through whether a window is whole, to the enable of what is kept."""
    if config.beats == 1:
        return FF + levels(2) + ENABLE
    return FF + levels(3 if config.kernel == 2 and config.repeats > 1 else 2) + into_ram("WE")


def upsample(config: Upsample.Config) -> int:
    """From the counters to the enable of the LUT RAM, or through its address."""
    if config.words < 2:
        return FF + levels() + ENABLE
    if config.factor[0] > 1 and config.groups & config.groups - 1:
        sliced = multiplies(bits(config.words), config.groups)
        return FF + (PRODUCT if sliced else ADDED) + levels(2) + LUT
    return FF + levels(2) + into_ram("WE")


@constants.cached
def window(config: SlidingWindow.Config) -> int:
    """From the loops through what is next, to the count of the words ahead.

    Where it is padded that is behind what is outside; of large maps padded on both axes the way
    on to the enables of the loops is slower.
    """
    walk = config.walk
    ahead = Shape.cast(range(-walk.ahead, config.depth)).width
    if not (walk.y.pads or walk.x.pads):
        chosen = len(walk.levels) + len(set(walk.row_release.tolist()))
        if config.kernel == (1, 1) and varied(walk.steps, config.depth) > 3 and chosen > 5:
            return FF + levels(3) + carry(ahead) + SETUP
        if config.kernel[0] == 1:
            return FF + levels(3) + ENABLE
        return FF + levels(3) + carry(ahead) + SETUP
    if walk.y.pads and walk.x.pads and max(walk.y.windows, walk.x.windows) > 16:
        return FF + levels(7) + ENABLE
    return FF + levels(4) + carry(ahead) + SETUP

"""Estimates of the circuits that look at maps: windows, columns, pools, upsampling."""

from amaranth.hdl import Shape

from generators.cost import constants
from generators.cost.count import bits, either, in_place, multiplies, ram, steps
from generators.cost.moves import skid
from generators.synth.resources import Cost
from hdl.window.columns import Columns
from hdl.window.pool import Pool
from hdl.window.sliding import SlidingWindow
from hdl.window.sliding_walk import Axis
from hdl.window.upsample import Upsample

__all__ = ["columns", "pool", "skid", "upsample", "varied", "window"]


LUT_BITS = 6


def _memory(size: int, found: tuple[int, int]) -> Cost:
    """LUT RAM of words of so many bits: the choice and the enables of its banks."""
    luts, banks = found
    return Cost(lut=luts + (size * either(banks) + banks if banks > 1 else 0))


def _place(c, words: int, rows: bool, groups: int) -> Cost:
    """A word's place in a row of pixels: a product, by yosys a DSP slice's from nine bits on."""
    if not rows or words == groups or groups & groups - 1 == 0:
        return Cost()
    if multiplies(bits(words), groups):
        return Cost(lut=c.address, dsp=1)
    return Cost(lut=c.product * (bits(words) - bits(groups & -groups)) - 4)


@constants.cached
def pool(config: Pool.Config) -> Cost:
    """Counters, and of each lane an adder, or a comparator and a multiplexer.

    Of one word what is kept is the output register, which takes what is larger by its enable.
    """
    c, (down, across) = constants.of("pool"), config.kernel
    control = steps(config.groups) + _blocks(config, config.line, across)
    control += _blocks(config, config.lines, down, outer=True)
    size, one = config.lanes * config.o.width, config.words == 1
    total = control + skid(size) + Cost(lut=c.control, ff=size + 1)
    total += Cost(lut=config.lanes * _merged(config))
    if config.words > 1:
        width = config.lanes * config.part.width
        total += _memory(width, in_place(width, config.words))
        total += _place(c, config.words, down > 1, config.groups)
    return total + Cost(lut=(c.one + c.two * (config.x.width == 2)) * one + _ends(config))


def _ends(config: Pool.Config) -> float:
    """LUTs more, where a block's first pixel, which starts a sum, is seen in many bits."""
    return constants.of("pool").ends * (config.op == "sum" and sum(map(bits, config.kernel)) > 5)


def _blocks(config: Pool.Config, size: int, kernel: int, outer: bool = False) -> Cost:
    """Counters of a block's pixels and of a line's blocks; of rows the latter are not asked for.

    A line that ends within a block has counters that are compared where they are.
    """
    blocks, rest = divmod(size, kernel)
    if not rest:
        return steps(kernel) if outer else steps(kernel, blocks)
    ff = bits(kernel) + blocks.bit_length()
    c = constants.of("pool")
    lut = c.rest * ff + c.within + c.third * (kernel > 2) + c.enabled * (config.groups > 1)
    return Cost(lut=lut, ff=ff)


def _merged(config: Pool.Config) -> float:
    """LUTs of a lane: of what is kept and x."""
    c, width = constants.of("pool"), config.x.width
    if config.taps == 1:
        return 0
    if config.op == "sum":
        return config.o.width - (config.taps == 2)  # the lowest bit of two is but a gate
    if width <= 2:
        return 1 if config.words == 1 else width
    if config.words == 1:
        return width / 2 + c.alone
    return width + ({3: c.three, 4: c.four}.get(width) or width / 2 + c.wide)


@constants.cached
def columns(config: Columns.Config) -> Cost:
    """What is kept of a window's columns, and where in them the line is."""
    c, phase = constants.of("columns"), bits(config.stride)
    total = steps(config.beats, config.repeats, config.width)
    total += Cost(lut=c.control - c.once * (config.repeats == 1) + c.phase * phase, ff=phase)
    if config.beats == 1:
        return total + Cost(ff=config.kept_bits)
    return total + _memory(config.kept_bits, in_place(config.kept_bits, config.beats))


@constants.cached
def upsample(config: Upsample.Config) -> Cost:
    """A multiplexer between what comes and what was kept."""
    c, (down, across) = constants.of("upsample"), config.factor
    sizes = config.groups, across, config.width if down > 1 else 1, down
    size, count = config.lanes * config.x.width, sum(n > 1 for n in sizes)
    total = steps(*sizes) + Cost(lut=c.control + c.counter * count)
    if not config.words:
        return total
    total += Cost(lut=size)
    if config.words == 1:
        return total + Cost(ff=size)
    total += _place(c, config.words, down > 1, config.groups)
    return total + _memory(size, in_place(size, config.words))


@constants.cached
def window(config: SlidingWindow.Config) -> Cost:
    """Loops, the accumulators of flow control, addresses, and the line buffer.

    Bits in which the loops' steps differ are chosen by what wraps, and what rows release by which
    it is. What lies outside is a table of each axis, of a LUT where windows and taps have up to
    six bits; who starts there waits for the first word. The output register is that of the block
    RAM, if the buffer is one.
    """
    c, walk, size = constants.of("window"), config.walk, config.payload.size
    ahead = Shape.cast(range(-walk.ahead, config.depth)).width
    room = Shape.cast(range(-1, config.depth + walk.released_ahead)).width
    late = not (walk.y.inside[0, 0] and walk.x.inside[0, 0])
    alone = config.kernel == (1, 1)
    lut = c.control + c.ahead * ahead + c.varied * varied(walk.steps, config.depth)
    lut += c.outside * sum(axis.kernel for axis in (walk.y, walk.x) if _wide(axis))
    rows = len(set(walk.row_release.tolist())) - 1
    lut += c.rows * rows - c.alone * alone - c.both * (walk.y.pads and walk.x.pads)
    lut += c.row * bits(walk.y.windows) * (rows > 0 or len(set(walk.moves.tolist())) > 1)
    lut += c.late * late + c.wrap * max(0, _odd(config.depth) - 3)
    ff = ahead + room + 2 * bits(config.depth) + 1 + late
    ff -= SHARED * (alone and not rows)
    total = steps(*(trips for _, trips, _ in walk.levels[:-1])) + Cost(lut=lut, ff=ff)
    if config.storage == "bram":
        return total + Cost(bram18=config.bram18)
    return total + _memory(size, ram(size, config.depth)) + Cost(ff=size)


SHARED = 4
"""Bits that both accumulators share, about, where a window is one word."""


def _wide(axis: Axis) -> bool:
    """Whether what lies outside on an axis asks for more than a LUT's inputs."""
    return axis.pads and bits(axis.windows) + bits(axis.kernel) > LUT_BITS


def _odd(depth: int) -> int:
    """Bits of an address that wrap by an adder; those of a power of two wrap by themselves."""
    return 0 if depth & depth - 1 == 0 else bits(depth) - bits(depth & -depth)


def varied(strides: list[int], depth: int) -> int:
    """Bits in which steps differ, within a buffer of so many words."""
    words = [step % depth for step in strides]
    return sum(len({word >> bit & 1 for word in words}) > 1 for bit in range(bits(depth)))

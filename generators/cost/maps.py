"""Estimates of the circuits that move and combine maps; fitted as those in cost.py."""

from generators.synth.resources import Cost
from hdl.stream.add import Add
from hdl.stream.concat import Concat
from hdl.stream.fork import Fork
from hdl.stream.gather import Gather
from hdl.stream.repeat import Repeat
from hdl.stream.scatter import Scatter
from hdl.window.columns import Columns
from hdl.window.pool import Pool
from hdl.window.sliding import SlidingWindow
from hdl.window.upsample import Upsample


def fork(config: Fork.Config) -> Cost:
    """A flag a reader, and the handshake."""
    return Cost(lut=2 * config.readers + 1, ff=config.readers)


def concat(config: Concat.Config) -> Cost:
    """Wires and a handshake: whether all are valid, and whether all are taken."""
    return Cost(lut=2)


def gather(config: Gather.Config) -> Cost:
    """The memory, addresses in both halves, a write enable a vector, and the output register."""
    bits = config.vectors * config.payload.size
    control = _halves(config.beats, config.vectors, config.repeats)
    control += Cost(lut=config.vectors)
    if config.storage == "bram":  # its output is the register
        return control + Cost(bram18=config.bram18)
    return control + Cost(lut=config.luts + _banks(bits, config.depth), ff=bits)


def skid(bits: int) -> Cost:
    """What keeps an output that was not taken, and a multiplexer."""
    return Cost(lut=bits, ff=bits + 1)


def scatter(config: Scatter.Config) -> Cost:
    """The memory, addresses in both halves, and a multiplexer of the vectors."""
    bits = config.payload.size
    choose = (config.vectors > 1) if config.vectors <= 4 else 0.4 * config.vectors
    lut = config.luts + _banks(config.vectors * bits, config.depth) + choose * bits
    return _halves(config.beats, config.vectors) + Cost(lut=lut, ff=bits) + skid(bits)


def _banks(bits: int, depth: int) -> int:
    """What chooses among LUT RAMs of 64 words."""
    return bits * ((depth - 1) // 256 + (depth > 64))


def _halves(beats: int, *turns: int) -> Cost:
    """Two addresses, which turn at constants, and how many halves are full."""
    ff = 2 * (2 * beats - 1).bit_length() + sum((n - 1).bit_length() for n in turns)
    return Cost(lut=12 + 0.5 * ff + (8 if beats & beats - 1 else 0), ff=ff + 5)


def add(config: Add.Config) -> Cost:
    """Adders, of which half a LUT a bit is the operand's; gates where gains vary."""
    width = sum(max(2, x.width) for x in config.x) / len(config.x)
    beat = (config.beats - 1).bit_length() if config.gates else 0
    lut = config.adders * (0.5 * width + 0.4 * config.o.width) + 3 + 1.5 * beat
    lut += len(config.gates) * max(1, config.beats / 64)
    part = 1 if config.registers <= config.lanes else 0.87
    return Cost(lut=lut, ff=config.registers * config.o.width * part + config.latency + beat)


def pool(config: Pool.Config) -> Cost:
    """An adder or a comparator and a multiplexer a lane, and the unfinished blocks."""
    if config.taps == 1:
        lane = 0
    elif config.op == "sum":
        lane = config.o.width
    elif config.x.width <= 2:
        lane = config.x.width * (0.5 if config.words == 1 else 1)
    else:
        lane = 0.75 * config.x.width + 1 if config.words == 1 else 1.85 * config.x.width
    lut = config.luts + config.lanes * lane + 1.5 * config.counter_bits + 3
    lut += _place(config.kernel[0], config.groups)
    if config.words > 256:
        lut += config.lanes * config.part.width * (-(-config.words // 256) - 1)
    bits = config.lanes * config.o.width
    return Cost(lut=lut, ff=bits + config.counter_bits + 1) + skid(bits)


def columns(config: Columns.Config) -> Cost:
    """What is kept of a window's columns, and where in them the line is."""
    sizes = (config.beats, config.repeats, config.width, config.stride)
    control = sum((size - 1).bit_length() for size in sizes)
    kept = config.kept_bits if config.beats == 1 else 0
    return Cost(lut=config.luts + 1.5 * control + 4, ff=control + kept)


def upsample(config: Upsample.Config) -> Cost:
    """A multiplexer between what comes and what was kept."""
    bits = config.lanes * config.x.width
    lut = config.luts + (bits if config.words else 0) + 1.3 * config.counter_bits + 3
    lut += _place(config.factor[0], config.groups)
    return Cost(lut=lut, ff=config.counter_bits + (bits if config.words == 1 else 0))


def _place(rows: int, groups: int) -> int:
    """A word's place in a row of pixels: a small product."""
    return 6 if rows > 1 and groups & groups - 1 else 0


LUT_PER_COUNT = 1.85
"""A bit of a loop's count, of an address or of the words ahead: incremented, compared, wrapped."""


def window(config: SlidingWindow.Config) -> Cost:
    """Loops, addresses, the two counters of flow control, and the line buffer.

    Between banks of 64 words choose a LUT a bit up to 256 words, one more for each 256 further.
    The output register is that of the block RAM, if the buffer is one.
    """
    bits, depth = config.payload.size, config.depth
    loops = sum((trips - 1).bit_length() for _, trips, _ in config.walk.levels[:-1])
    ahead, address = (config.walk.ahead + depth).bit_length(), (depth - 1).bit_length()
    lut = LUT_PER_COUNT * (loops + ahead + address)
    pads = config.walk.y.pads or config.walk.x.pads
    ff = loops + 2 * ahead + 2 * address + 1 + pads
    if config.storage == "lut":
        select = bits * ((depth - 1) // 256 + (depth > 64))
        return Cost(lut=lut + config.luts + select, ff=ff + bits)
    return Cost(lut=lut, ff=ff, bram18=config.bram18)


def repeat(config: Repeat.Config) -> Cost:
    """A register of the transfer, a multiplexer where it is shifted on itself, and a counter."""
    again = max(0, config.payload.size // config.lanes - config.step) if config.step else 0
    count = (config.times - 1).bit_length()
    return Cost(lut=config.lanes * again + 5, ff=config.storage_bits + count + 2)

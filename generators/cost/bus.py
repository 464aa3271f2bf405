"""Estimates of what stands between a core and its host, and of what brings words to layers."""

from generators.cost import constants
from generators.cost.count import bits, walk
from generators.cost.moves import converter, fifo
from generators.synth.resources import Cost
from hdl.bus.axi_copy import BEAT, AXICopy
from hdl.bus.axi_read import BURST, AXIRead
from hdl.bus.dma_read import DMARead
from hdl.bus.dma_write import DMAWrite
from hdl.bus.load import WORD, Chain
from hdl.bus.pack import Pack
from hdl.bus.packing import Packing
from hdl.bus.register_file import RegisterFile
from hdl.bus.registers import Register
from hdl.bus.shell import Shell
from hdl.bus.unpack import Unpack
from hdl.bus.word import BYTES
from hdl.ecp5.link import Link
from hdl.ecp5.system import System as ECP5System
from hdl.stream.fifo import FIFO
from hdl.zynq.bridge import Bridge
from hdl.zynq.system import Lights
from hdl.zynq.system import System as ZynqSystem

__all__ = [
    "bridge", "chain", "copy", "lights", "link", "pack", "read", "read_dma", "registers", "shell",
    "system", "unpack", "write_dma",
]  # fmt: skip

QUEUED = 512
"""Bytes from which on a link's queue is block RAM, whatever it is elsewhere."""

BEYOND = {19: 7, 21: 7, 22: 8, 23: 9, 24: 7, 25: 9, 26: 9}
"""LUTs that ask whether so many bits are all 0, where yosys 0.70 makes others than one of three."""


@constants.cached
def unpack(config: Unpack.Config) -> Cost:
    """What is kept of a word, a multiplexer of the places at which parts begin, and counters.

    Parts are counted only where the last one is shorter; bits below the first place are not kept.
    Of frames shorter than a part that is all that is chosen, and nothing is collected or cut.
    """
    found, several = constants.of("unpack"), config.parts > 1
    out = 8 * (config.part if several else config.rest)
    total = _places(config) + walk(config.beats) + Cost(lut=found.control, ff=out + 1)
    total += Cost(lut=out * _select(config.places, found.eight, found.less / (out // 8)))
    if config.rest < config.part and several:
        total += Cost(lut=found.cut)
    if config.places > 1:
        total += Cost(lut=found.place, ff=8 * (BYTES - config.unit))
    wider = several and config.lanes > config.part
    return total + (converter(config.wider) if wider else Cost())


@constants.cached
def pack(config: Pack.Config) -> Cost:
    """A word, what is kept for the next, multiplexers that turn a part, and counters.

    Of the places' units all but the last may be kept; a part of several units is turned.
    """
    found, word = constants.of("pack"), 8 * BYTES
    total = _places(config) + Cost(lut=2, ff=word + 1)
    if config.places > 1:
        kept, units = word - 8 * config.unit, config.part // config.unit
        turned = {1: 0, 2: 1, 4: found.four, 8: found.eight}[units] * 8 * config.part
        turned *= found.far if config.places > 4 else 1
        total += Cost(lut=kept + turned + found.place * bits(config.places) - 1, ff=kept)
    return total + (converter(config.narrower) if config.lanes > config.part else Cost())


def _places(config: Packing) -> Cost:
    """Where in a word the next part begins, and which part it is, where that matters."""
    counted = walk(config.parts) if config.rest < config.part else Cost()
    return counted + Cost(ff=bits(config.places))


def _select(places: int, eight: float, less: float) -> float:
    """LUTs of a bit that is one of the places'."""
    return {1: 0, 2: 1, 4: 1, 8: eight - less}[places]


@constants.cached
def read_dma(config: DMARead.Config) -> Cost:
    """The queue, what divides a region into bursts, and counts of room and of bursts."""
    return _dma(constants.of("dmaread"), config) + fifo(config.queue)


@constants.cached
def write_dma(config: DMAWrite.Config) -> Cost:
    """The queue, what divides a region into bursts, and counts of words and of bursts."""
    return _dma(constants.of("dmawrite"), config) + fifo(config.queue)


def _dma(found, config: DMARead.Config | DMAWrite.Config) -> Cost:
    """Bursts, which do not depend on the sizes, and two counters, which do."""
    counted = bits(config.room + 1) + bits(config.bursts + 1)
    return Cost(lut=found.lut + found.count * counted, ff=found.ff + counted)


def bridge(config: Bridge.Config) -> Cost:
    """Of each way an address, which of its bits move, IDs and data; an adder of an address."""
    found, over = constants.of("bridge"), config.address - 12
    return Cost(lut=found.lut + found.address * over, ff=found.ff + 2 * config.ids + 4 * over)


def chain(config: Chain.Config | None) -> Cost:
    """Registers of words and addresses, if there are any; addresses beyond are for nobody."""
    if config is None:
        return Cost()
    beyond = WORD - config.address_bits
    return Cost(lut=BEYOND.get(beyond, max(3, beyond // 3)), ff=config.ff)


@constants.cached
def read(config: AXIRead.Config) -> Cost:
    """A beat, an address and its count, room and bursts under way."""
    found = constants.of("axiread")
    place, turns = bits(config.count), walk(config.count)
    counted = bits(config.room + 1) + bits(config.bursts + 1)
    shorter = 3 * (config.beats % BURST > 0 and config.count > 1)
    lut = found.lut + turns.lut + found.count * counted + found.place * place + shorter
    return Cost(lut=lut, ff=found.ff + turns.ff + counted + 2 * place + shorter)


@constants.cached
def copy(config: AXICopy.Config) -> Cost:
    """A word each way, its beats, addresses on both sides, and counts of words."""
    found, beats, width = constants.of("axicopy"), walk(config.beats), config.width
    words = 2 * width + min(width, BEAT)
    counts, addresses = 4 * config.count + 1, 2 * config.address
    several = found.beat * config.beats + width - BEAT if config.beats > 1 else 0
    lut = found.lut + beats.lut + several + found.bit * (counts + addresses + config.outside)
    return Cost(lut=lut, ff=words + counts + addresses + 3 * config.outside + 2 * beats.ff + 9)


@constants.cached
def registers(config: RegisterFile.Config) -> Cost:
    """What holds, what tells which is written, and multiplexers by four and of these.

    A byte that is held has an enable; a bit that is only written, or cleared by writing 1, a gate.
    Registers that can only be read and stand in front of all others are not told from addresses
    without one, when written.
    """
    found, some = constants.of("registerfile"), config.registers
    fours: dict[int, list[int]] = {}
    for register in some:
        fours.setdefault(register.offset >> 4, []).append(_read(register))
    several = [sizes for sizes in fours.values() if any(sizes)]
    held = sum(_held(register) for register in some)
    told = len(some) - next(k for k, register in enumerate(some) if register.access != "r")
    lut = sum(-(-_held(register) // 8) for register in some) + found.told * told
    lut += 32 * sum(register.access in ("w", "w1c") for register in some)
    lut += 32 * (sum(sizes.count(32) > 1 for sizes in several) + _chosen(fours))
    lut += found.counter * 32 * len(config.counters)
    word = max((_held(register) or 32 for register in some if register.access != "r"), default=0)
    ff = held + told + sum(map(max, several)) + bits(max(fours) + 1) + config.address - 2
    ff += word + -(-word // 8) - 36  # of what is written bits that nothing takes are not there
    return Cost(lut=found.lut + lut, ff=found.ff + ff)


def _chosen(fours: dict[int, list[int]]) -> int:
    """LUTs of a bit that is one of the fours', of which some are always 0 but for few bits."""
    several = sum(32 in sizes for sizes in fours.values())
    inputs = several + len(_asked(sorted(fours)))
    return 3 if len(fours) > 6 else -(-(inputs - 1) // 5)


def _asked(places: list[int]) -> set[int]:
    """Bits that tell places from each other, by a tree of the highest that differ."""
    if len(places) < 2:
        return set()
    bit = (places[0] ^ places[-1]).bit_length() - 1
    sides = ([place for place in places if place >> bit & 1 == side] for side in (0, 1))
    return {bit}.union(*map(_asked, sides))


def _read(register: Register) -> int:
    """Bits of a register that may be read as 1."""
    return 0 if register.access == "w" else 32 if register.access != "rw" else _held(register)


def _held(register: Register) -> int:
    """Bits of a register that hold what is written."""
    return 0 if register.access != "rw" else len(register.fields) or 32


@constants.cached
def shell(config: Shell.Config) -> Cost:
    """Packing on both sides, DMA, and what does not depend on the build; two multiplications.

    A bit of a frame's bytes that is 1 is a LUT of an adder. Parameters take two registers more.
    Results that are whole words need fewer LUTs than they would on their own.
    """
    found = constants.of("shell")
    ones = config.i_frame_bytes.bit_count() + config.o_frame_bytes.bit_count()
    whole = config.batch & config.batch - 1 == 0
    rest = 0 if whole else bits(config.batch)
    lut = found.lut + ones + 3 * rest + found.parameters * config.parameters
    lut -= found.words * (config.pack.places == 1)
    ff = found.ff + rest + found.parameters_ff * config.parameters
    total = Cost(lut=lut, ff=ff) + unpack(config.unpack) + pack(config.pack)
    return total + read_dma(DMARead.Config()) + write_dma(DMAWrite.Config())


def lights(config: Lights.Config) -> Cost:
    """A counter of cycles, and a register a light."""
    few = min(config.leds, 4)
    return Cost(lut=1 + (few > 2), ff=config.beat + 1 + few + (few > 2))


@constants.cached
def link(config: Link.Config) -> Cost:
    """What does a host's requests that come as bytes, and a queue of those that come ahead.

    Of a queue in LUTs that is no small one yosys makes a block RAM, as it is read into a register:
    that is then the block RAM's own.
    """
    found, queue = constants.of("link"), FIFO.Config(depth=config.ahead, width=9, lanes=1)
    silent = bits(config.silence + 1)
    total = Cost(lut=found.lut + silent, ff=found.ff + silent)
    if queue.storage == "lut" and queue.depth >= QUEUED:
        behind = FIFO.Config(depth=queue.depth + 1, width=9, lanes=1)
        return total + fifo(behind) + Cost(ff=-1 - queue.payload.size)
    return total + fifo(queue)


@constants.cached
def system(config: ZynqSystem.Config | ECP5System.Config | Shell.Config) -> Cost:
    """What stands around a core on a board: the shell, and what leads from that to the host.

    On a Zynq that is the bridge. On an ECP5 the link, the UART and the memory, all as in a 7-series
    part; of such a memory a block RAM holds 2 KB, and its bytes are written each on its own.
    """
    if isinstance(config, Shell.Config):
        return shell(config)
    leds = lights(Lights.Config(leds=config.leds)) if config.leds else Cost()
    total = shell(config.shell) + leds
    if isinstance(config, ZynqSystem.Config):
        return total + bridge(Bridge.Config()) + Cost(lut=1, ff=2)
    found = constants.of("ecp5")
    return total + link(config.link) + Cost(lut=found.lut, ff=found.ff,
                                            bram18=config.memory_bytes >> 11)  # fmt: skip

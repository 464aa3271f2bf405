"""Delays of what stands between a core and its host: ways of control, and adders of addresses."""

from generators.cost.count import bits
from generators.cost.delay import ENABLE, FF, RESET, SETUP, WIRE, carry, levels
from hdl.bus.axi_copy import AXICopy
from hdl.bus.axi_read import AXIRead
from hdl.bus.dma_read import DMARead
from hdl.bus.dma_write import DMAWrite
from hdl.bus.load import WORD, Chain
from hdl.bus.pack import Pack
from hdl.bus.register_file import RegisterFile
from hdl.bus.shell import Shell
from hdl.bus.unpack import Unpack
from hdl.ecp5.link import Link
from hdl.zynq.bridge import Bridge

__all__ = [
    "bridge", "chain", "copy", "link", "pack", "read", "read_dma", "registers", "shell", "unpack",
    "write_dma",
]  # fmt: skip

BURST_BITS = 25
"""Bits of an address in 128 bytes, to which a burst adds one."""

FEW = 9
"""Registers that can be written up to which a level less tells which one is."""


def unpack(config: Unpack.Config) -> int:
    """From a place or a count to the enable of a part; or to what clears a beat's rest."""
    wider = config.lanes > config.part and config.parts > 1
    if wider and config.frame_bytes % config.lanes:
        return FF + levels(2) + RESET
    return FF + levels(3 if config.places == 8 else 2) + ENABLE


def pack(config: Pack.Config) -> int:
    """From a place or a count to the enable of a word."""
    return FF + levels(1 + (config.part > 2 * config.unit) + (config.places > 4)) + ENABLE


def read_dma(config: DMARead.Config) -> int:
    """The address of the next burst."""
    return FF + carry(BURST_BITS) + levels() + SETUP


def write_dma(config: DMAWrite.Config) -> int:
    """From what is left of a burst to the count of those under way."""
    return FF + levels(3) + carry(1) + SETUP


def bridge(config: Bridge.Config) -> int:
    """From a state to the next one's enable."""
    return FF + levels(4) + ENABLE


def chain(config: Chain.Config) -> int:
    """From a register to the next; or whether an address is for anybody."""
    beyond = WORD - config.address_bits
    return max(FF + WIRE + SETUP, levels(3 if beyond > 12 else 2) - WIRE + SETUP)


def read(config: AXIRead.Config) -> int:
    """The address of the next burst; or how much room is left."""
    place = FF + carry(bits(config.count)) + levels() + SETUP
    return max(place, FF + levels(3) + SETUP)


def copy(config: AXICopy.Config) -> int:
    """Whether another word is asked for, and how many are left then."""
    counts = carry(config.count) if config.count > 4 else levels()
    return FF + levels(3) + counts + SETUP


def registers(config: RegisterFile.Config) -> int:
    """From a response to a byte's enable; or a register that counts."""
    counts = FF + carry(32) + levels() + SETUP if config.counters else 0
    written = sum(register.access != "r" for register in config.registers)
    return max(counts, FF + levels(3 if written > FEW else 2) + ENABLE)


def shell(config: Shell.Config) -> int:
    """From the state of a run to what a DMA does next."""
    return FF + levels(6) + SETUP


def link(config: Link.Config) -> int:
    """From what a request is, and its status, to the enable of what answers it."""
    return FF + levels(7) + ENABLE

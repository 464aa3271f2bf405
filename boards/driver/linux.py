"""A Zynq board under plain Linux: registers by UIO or /dev/mem, buffers by u-dma-buf."""

from __future__ import annotations

import mmap
import os
import select
import struct
from functools import partial
from pathlib import Path

from . import slcr
from .errors import TransportError
from .transport import Arena, Transport

__all__ = ["Linux", "MappedBuffer", "Window"]

PAGE = 0x1000
BUFFER_CLASSES = ("sys/class/u-dma-buf", "sys/class/udmabuf")
TO_DEVICE, FROM_DEVICE = 1, 2  # directions of u-dma-buf's sync files


class Window:
    """32-bit registers at an address of a device file, by byte offset.

    ``sync`` opens it O_SYNC, which /dev/mem takes as uncached.
    """

    def __init__(self, path: Path, first: int, count: int = PAGE, sync: bool = True) -> None:
        self._map = _map(path, first, count, sync)
        self._words = memoryview(self._map).cast("I")

    def __getitem__(self, offset: int) -> int:
        return self._words[offset // 4]

    def __setitem__(self, offset: int, value: int) -> None:
        self._words[offset // 4] = value

    def close(self) -> None:
        """Unmap."""
        self._words.release()
        self._map.close()


class MappedBuffer:
    """A part of memory that the FPGA reaches, mapped; ``sync`` writes back or drops the cache."""

    def __init__(self, memory, first: int, count: int, address: int, sync=None) -> None:
        self.bytes, self.address = count, address
        self._memory, self._first, self._sync = memory, first, sync

    def write(self, offset: int, data) -> None:
        """Copy bytes into it."""
        first = self._first + offset
        self._memory[first : first + len(data)] = bytes(data)
        if self._sync:
            self._sync("sync_for_device", first, len(data), TO_DEVICE)

    def read(self, offset: int, count: int) -> bytes:
        """Copy bytes out of it."""
        first = self._first + offset
        if self._sync:
            self._sync("sync_for_cpu", first, count, FROM_DEVICE)
        return bytes(self._memory[first : first + count])


class Linux(Transport):
    """Registers and buffers through the files of a Linux kernel; needs root.

    Parameters
    ----------
    base : int
        Physical address of the registers.
    clock_mhz : float or None
        FCLK0 is set to that; None leaves it.
    ps_mhz : float or None
        The processing system's clock; None asks the device tree.
    reserved : (int, int) or None
        Address and bytes of memory that Linux does not use (reserved-memory), in place of
        u-dma-buf.
    cached : bool or None
        Whether buffers are cached and synchronised by u-dma-buf's files; None where it has these.
    registers, control : mapping of offsets to words, or None
        In place of the mapped registers and those of the SLCR.
    root : path
        Under which dev, sys and proc stand.

    Raises
    ------
    TransportError
        If a file is missing, or the FPGA's ports are off.
    """

    def __init__(self, base: int, *, clock_mhz: float | None = None, ps_mhz: float | None = None,
                 reserved: tuple[int, int] | None = None, cached: bool | None = None,
                 registers=None, control=None, root: str | Path = "/") -> None:
        self._root, self._open = Path(root), []
        self._uio = None
        try:
            if control is None:
                control = self._keep(Window(self._root / "dev/mem", slcr.BASE))
            if not slcr.ports_on(control):
                what = "before its registers are read; load a bitstream first (--load FILE.bit)"
                raise TransportError(f"FPGA's ports must be on {what}")
            self.clock_mhz = None
            if clock_mhz is not None:
                ps_mhz = ps_mhz or slcr.ps_clock_mhz(self._root)
                self.clock_mhz = slcr.set_fclk0(control, clock_mhz, ps_mhz)
            self._registers = self._find_registers(base) if registers is None else registers
            self._find_memory(reserved, cached)
        except BaseException:
            self.close()
            raise

    @property
    def memory_bytes(self) -> int:
        """All of the u-dma-buf or of the reserved memory."""
        return self._arena.bytes

    @property
    def interrupt(self) -> bool:
        """With a UIO device: that has the interrupt."""
        return self._uio is not None

    def read32(self, offset: int) -> int:
        """A register's value."""
        return self._registers[offset]

    def write32(self, offset: int, value: int) -> None:
        """Set a register."""
        self._registers[offset] = value

    def allocate(self, count: int) -> MappedBuffer:
        """The next part of the memory."""
        first = self._arena.take(count)
        return MappedBuffer(self._memory, first, count, self._address + first, self._sync)

    def wait(self, seconds: float) -> None:
        """Until the interrupt where there is one, else sleep; at most so long."""
        if self._uio is None:
            super().wait(seconds)
            return
        os.write(self._uio, struct.pack("=I", 1))  # enable it: the kernel masks it when it comes
        if select.select([self._uio], [], [], seconds)[0]:
            os.read(self._uio, 4)

    def close(self) -> None:
        """Unmap all."""
        while self._open:
            self._open.pop().close()
        if self._uio is not None:
            os.close(self._uio)
            self._uio = None

    def _keep(self, thing):
        self._open.append(thing)
        return thing

    def _find_registers(self, base: int) -> Window:
        for entry in sorted((self._root / "sys/class/uio").glob("uio*")):
            address = entry / "maps/map0/addr"
            if address.exists() and int(address.read_text(), 0) == base:
                device = self._root / "dev" / entry.name
                window = self._keep(Window(device, 0))
                self._uio = os.open(device, os.O_RDWR)
                return window
        return self._keep(Window(self._root / "dev/mem", base))

    def _find_memory(self, reserved, cached: bool | None) -> None:
        self._sync = None
        if reserved is not None:
            self._address, count = reserved
            self._memory = self._keep(_map(self._root / "dev/mem", self._address, count, True))
            self._arena = Arena(count)
            return
        found = [entry for name in BUFFER_CLASSES for entry in (self._root / name).glob("*")]
        if not found:
            what = ("modprobe u-dma-buf udmabuf0=16777216 (github.com/ikwzm/udmabuf), or give "
                    "reserved memory")
            raise TransportError(f"Linux must have a u-dma-buf device for buffers: {what}")
        entry = min(found)
        self._address = int((entry / "phys_addr").read_text(), 0)
        count = int((entry / "size").read_text(), 0)
        files = (entry / "sync_for_cpu").exists() and (entry / "sync_for_device").exists()
        cached = files if cached is None else cached
        device = self._root / "dev" / entry.name
        self._memory = self._keep(_map(device, 0, count, not cached))
        self._arena = Arena(count)
        if cached:
            self._sync = partial(_synchronise, entry)


def _synchronise(entry: Path, name: str, first: int, count: int, direction: int) -> None:
    """Give a part of the buffer to the processor or to the device, by u-dma-buf's files."""
    for file, value in (("sync_offset", first), ("sync_size", count),
                        ("sync_direction", direction), (name, 1)):
        (entry / file).write_text(str(value))


def _map(path: Path, first: int, count: int, sync: bool) -> mmap.mmap:
    try:
        descriptor = os.open(path, os.O_RDWR | (os.O_SYNC if sync else 0))
    except OSError as error:
        hint = "; run as root" if isinstance(error, PermissionError) else ""
        raise TransportError(f"{path}: File cannot be opened: {error.strerror}{hint}") from None
    try:
        return mmap.mmap(descriptor, count, offset=first)
    except (OSError, ValueError) as error:
        raise TransportError(f"{path}: File cannot be mapped at 0x{first:X}: {error}") from None
    finally:
        os.close(descriptor)

"""A board with PYNQ: its bitstream loader without .hwh, its registers, buffers and clocks."""

from __future__ import annotations

from pathlib import Path

from .bitstream import read
from .errors import TransportError
from .transport import Transport

__all__ = ["Pynq"]


class PynqBuffer:
    """Contiguous memory of PYNQ's; its cache is flushed and invalidated with each copy."""

    def __init__(self, array) -> None:
        self._array, self.bytes = array, len(array)
        self.address = int(getattr(array, "device_address", 0) or array.physical_address)

    def write(self, offset: int, data) -> None:
        """Copy bytes into it."""
        self._array[offset : offset + len(data)] = memoryview(bytes(data))
        self._array.flush()

    def read(self, offset: int, count: int) -> bytes:
        """Copy bytes out of it."""
        self._array.invalidate()
        return bytes(self._array[offset : offset + count])

    def free(self) -> None:
        """Give it back."""
        self._array.freebuffer()


class Pynq(Transport):
    """Registers and buffers through the pynq package.

    Parameters
    ----------
    base : int
        Physical address of the registers.
    bitstream : path or None
        Loaded first, by ``Bitstream(...).download()``, which wants no .hwh.
    part : str or None
        What the bitstream must be for.
    clock_mhz : float or None
        FCLK0 is set to that; None leaves it.

    Raises
    ------
    TransportError
        If pynq is not installed.
    BitstreamError
        If the bitstream cannot be read or is for another part.
    """

    def __init__(self, base: int, *, bitstream: str | Path | None = None,
                 part: str | None = None, clock_mhz: float | None = None) -> None:
        try:
            import pynq
        except ImportError:
            what = "for this transport; use --transport linux, or a PYNQ image"
            raise TransportError(f"Package pynq must be installed {what}") from None
        self.clock_mhz = None
        if bitstream is not None:
            read(bitstream, part)  # PYNQ loads whatever it is given: look first
        if clock_mhz is not None:
            pynq.Clocks.fclk0_mhz = clock_mhz
            self.clock_mhz = pynq.Clocks.fclk0_mhz
        if bitstream is not None:
            pynq.Bitstream(str(bitstream)).download()
        self._registers = pynq.MMIO(base, 0x1000)
        self._allocate, self._buffers = pynq.allocate, []

    def read32(self, offset: int) -> int:
        """A register's value."""
        return int(self._registers.read(offset))

    def write32(self, offset: int, value: int) -> None:
        """Set a register."""
        self._registers.write(offset, value)

    def allocate(self, count: int) -> PynqBuffer:
        """A buffer of its own; PYNQ's begin on pages."""
        self._buffers.append(PynqBuffer(self._allocate(shape=(count,), dtype="u1")))
        return self._buffers[-1]

    def close(self) -> None:
        """Free the buffers."""
        while self._buffers:
            self._buffers.pop().free()

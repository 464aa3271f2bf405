"""What an accelerator needs of the way to it: registers, buffers, and time."""

from __future__ import annotations

import time

from .errors import TransportError

__all__ = ["ALIGNMENT", "Arena", "Transport"]

ALIGNMENT = 128
"""Bytes: a burst of the DMA, and a multiple of the processor's cache lines."""


class Transport:
    """The way to an accelerator; a context manager that closes itself.

    What a transport has beside these methods: ``read32(offset) -> int`` and ``write32(offset,
    value)`` of registers, and ``allocate(count)``, a buffer of count bytes that is never freed
    before ``close()``. A buffer has its ``address`` as the accelerator sees it, a multiple of 8,
    its size ``bytes``, and ``write(offset, data)`` and ``read(offset, count) -> bytes``.

    Attributes
    ----------
    memory_bytes : int or None
        All that can be allocated; None where the driver may ask for what it likes.
    buffers : int
        2 where the host may fill one buffer while the accelerator works on another, else 1.
    interrupt : bool
        Whether :meth:`wait` returns on the accelerator's interrupt.
    """

    memory_bytes: int | None = None
    buffers = 2
    interrupt = False

    def wait(self, seconds: float) -> None:
        """Let time pass, at most so much."""
        time.sleep(seconds)

    def time(self) -> float:
        """Seconds that only ever grow: what timeouts are measured by."""
        return time.monotonic()

    def close(self) -> None:
        """Give everything back."""

    def __enter__(self):
        return self

    def __exit__(self, *exception) -> None:
        self.close()


class Arena:
    """Hands out parts of one block of memory, none of them ever given back.

    Raises
    ------
    TransportError
        From :meth:`take`, when the rest is too small.
    """

    def __init__(self, count: int) -> None:
        self.bytes, self.used = count, 0

    def take(self, count: int) -> int:
        """Offset of the next part, a multiple of ALIGNMENT."""
        first = self.used
        if first + count > self.bytes:
            what = f"{self.bytes} bytes, of which {first} are taken, not {count} more"
            raise TransportError(f"Memory for buffers must hold what is asked for: {what}")
        self.used = -(-(first + count) // ALIGNMENT) * ALIGNMENT
        return first

"""A serial port by termios: 8 bits, no parity, raw, no flow control."""

from __future__ import annotations

import os
import select
import termios
import time

from .errors import TransportError

__all__ = ["Serial"]


class Serial:
    """An open port.

    Raises
    ------
    TransportError
        If it cannot be opened, or not at this rate.
    """

    def __init__(self, path: str, baud: int) -> None:
        speed = getattr(termios, f"B{baud}", None)
        if speed is None:
            raise TransportError(f"{path}: This system must know {baud} baud; use Linux")
        try:
            self._file = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        except OSError as error:
            hint = "; join the group dialout" if isinstance(error, PermissionError) else ""
            raise TransportError(f"{path}: Port cannot be opened: {error.strerror}{hint}") from None
        try:
            characters = [0] * 32
            flags = termios.CS8 | termios.CREAD | termios.CLOCAL
            termios.tcsetattr(self._file, termios.TCSANOW,
                              [0, 0, flags, 0, speed, speed, characters])
            termios.tcflush(self._file, termios.TCIOFLUSH)
        except termios.error as error:
            self.close()
            raise TransportError(f"{path}: Port must be a serial port: {error.args[1]}") from None
        self._path = path

    def write(self, data: bytes) -> None:
        """Send all; waits where the system's buffer is full."""
        view = memoryview(data)
        while view:
            if not select.select([], [self._file], [], 1.0)[1]:
                raise TransportError(f"{self._path}: Port must take bytes, but has not for 1 s")
            view = view[self._call(os.write, view) :]

    def read(self, count: int, seconds: float) -> bytes:
        """So many bytes, or fewer if time is over."""
        data, deadline = b"", time.monotonic() + seconds
        while len(data) < count:
            left = deadline - time.monotonic()
            if left <= 0 or not select.select([self._file], [], [], left)[0]:
                break
            data += self._call(os.read, count - len(data))
        return data

    def drain(self, seconds: float) -> None:
        """Throw away what comes, until the line was silent so long."""
        while self.read(4096, seconds):
            pass

    def close(self) -> None:
        """Close the port."""
        os.close(self._file)

    def _call(self, function, argument):
        try:
            done = function(self._file, argument)
        except BlockingIOError:
            return 0 if function is os.write else b""
        except OSError as error:
            raise TransportError(f"{self._path}: Port broke: {error.strerror}; plug the board in "
                                 "again") from None
        if done == b"":
            raise TransportError(f"{self._path}: Port was closed; plug the board in again")
        return done

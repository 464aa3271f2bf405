"""A transport over TCP, and the server that answers it: of a simulation, or of another machine.

A request is ``command (1) | address (4) | length (4)`` and length bytes, where the command has
them; a reply ``status (1) | length (4)`` and length bytes: the answer, or with status 1 a sentence
that says what went wrong. Integers are little-endian.
"""

from __future__ import annotations

import socket
import struct
from contextlib import suppress

from .errors import TransportError
from .transport import Transport

__all__ = ["Remote", "Server"]

INFO, READ32, WRITE32, ALLOCATE, READ, WRITE, WAIT, TIME = b"irwaRWst"
WITH_BYTES = (WRITE32, WRITE, WAIT)
NONE = 0xFFFFFFFF


class Remote(Transport):
    """Registers, buffers and time of a server.

    Raises
    ------
    TransportError
        If nobody answers, or the server says what went wrong.
    """

    def __init__(self, host: str, port: int, seconds: float = 600.0) -> None:
        self._where = f"{host}:{port}"
        try:
            self._socket = socket.create_connection((host, port), timeout=seconds)
        except OSError as error:
            what = f"nobody answers ({error.strerror or error})"
            raise TransportError(f"{self._where}: Server must be there, but {what}") from None
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            size, self.buffers = struct.unpack("<II", self._ask(INFO))
        except TransportError:
            self.close()
            raise
        self.memory_bytes = None if size == NONE else size

    def read32(self, offset: int) -> int:
        """A register's value."""
        return struct.unpack("<I", self._ask(READ32, offset))[0]

    def write32(self, offset: int, value: int) -> None:
        """Set a register."""
        self._ask(WRITE32, offset, struct.pack("<I", value))

    def allocate(self, count: int) -> RemoteBuffer:
        """A buffer that the server allocates."""
        return RemoteBuffer(self, struct.unpack("<I", self._ask(ALLOCATE, 0, count))[0], count)

    def write_memory(self, address: int, data: bytes) -> None:
        """Write bytes of a buffer."""
        self._ask(WRITE, address, data)

    def read_memory(self, address: int, count: int) -> bytes:
        """Read bytes of a buffer."""
        return self._ask(READ, address, count)

    def wait(self, seconds: float) -> None:
        """Let the server's time pass."""
        self._ask(WAIT, 0, struct.pack("<Q", round(seconds * 1e9)))

    def time(self) -> float:
        """The server's time: simulated, of a simulation."""
        return struct.unpack("<Q", self._ask(TIME))[0] / 1e9

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _ask(self, command: int, address: int = 0, payload: bytes | int = b"") -> bytes:
        length, data = (payload, b"") if isinstance(payload, int) else (len(payload), payload)
        try:
            self._socket.sendall(struct.pack("<BII", command, address, length) + data)
            status, size = struct.unpack("<BI", _exactly(self._socket, 5))
            reply = _exactly(self._socket, size)
        except (OSError, EOFError) as error:
            raise TransportError(f"{self._where}: Server broke off: {error}") from None
        if status:
            raise TransportError(f"{self._where}: {reply.decode(errors='replace')}")
        return reply


class RemoteBuffer:
    """A buffer at a server."""

    def __init__(self, remote: Remote, address: int, count: int) -> None:
        self._remote, self.address, self.bytes = remote, address, count

    def write(self, offset: int, data) -> None:
        """Send bytes."""
        self._remote.write_memory(self.address + offset, bytes(data))

    def read(self, offset: int, count: int) -> bytes:
        """Fetch bytes."""
        return self._remote.read_memory(self.address + offset, count)


class Server:
    """Answers one :class:`Remote` after the other with a transport.

    Parameters
    ----------
    transport : Transport
    port : int
        0 takes a free one, which :attr:`port` then tells.
    host : str
        The address to listen at.
    """

    def __init__(self, transport, port: int = 0, host: str = "localhost") -> None:
        self._transport, self._buffers, self._free = transport, [], []
        self._socket = socket.create_server((host, port))
        self.port = self._socket.getsockname()[1]

    def serve_once(self) -> None:
        """Answer one connection until it is closed."""
        connection, _ = self._socket.accept()
        with connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            try:
                while True:
                    self._answer(connection)
            except (EOFError, ConnectionError):
                self._free = list(self._buffers)

    def serve_forever(self) -> None:
        """Answer one connection after the other."""
        while True:
            self.serve_once()

    def close(self) -> None:
        """Listen no more; a thread that waits for a connection gets an OSError."""
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()

    def _answer(self, connection) -> None:
        command, address, length = struct.unpack("<BII", _exactly(connection, 9))
        payload = _exactly(connection, length) if command in WITH_BYTES else b""
        try:
            status, reply = 0, self._do(command, address, length, payload)
        except Exception as error:
            status, reply = 1, str(error).encode()
        connection.sendall(struct.pack("<BI", status, len(reply)) + reply)

    def _do(self, command: int, address: int, length: int, payload: bytes) -> bytes:
        transport = self._transport
        if command == READ32:
            return struct.pack("<I", transport.read32(address))
        if command == TIME:
            return struct.pack("<Q", round(transport.time() * 1e9))
        if command == INFO:
            size = NONE if transport.memory_bytes is None else transport.memory_bytes
            return struct.pack("<II", size, transport.buffers)
        if command == ALLOCATE:
            return struct.pack("<I", self._allocate(length).address)
        if command == READ:
            buffer = self._buffer(address, length)
            return buffer.read(address - buffer.address, length)
        if command == WRITE:
            buffer = self._buffer(address, length)
            buffer.write(address - buffer.address, payload)
        elif command == WRITE32:
            transport.write32(address, struct.unpack("<I", payload)[0])
        elif command == WAIT:
            transport.wait(struct.unpack("<Q", payload)[0] / 1e9)
        else:
            raise TransportError(f"Command must be one of a transport, not {command}")
        return b""

    def _allocate(self, count: int):
        """A buffer, if possible one of an earlier connection."""
        for buffer in self._free:
            if buffer.bytes == count:
                self._free.remove(buffer)
                return buffer
        self._buffers.append(self._transport.allocate(count))
        return self._buffers[-1]

    def _buffer(self, address: int, count: int):
        for buffer in self._buffers:
            if buffer.address <= address and address + count <= buffer.address + buffer.bytes:
                return buffer
        raise TransportError(f"Buffer must hold {count} bytes at 0x{address:X}; there is none such")


def _exactly(connection, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        part = connection.recv(min(count - len(data), 1 << 20))
        if not part:
            raise EOFError("the connection was closed")
        data += part
    return bytes(data)

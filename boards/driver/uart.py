"""An ECP5 board over a serial link: every request has a check and a reply, and is sent again.

A request is ``A5 | seq << 4 | command | address (4) | length (2) | crc (2)`` and, where bit 3 of
the command is set, that many bytes and their crc (2); a reply ``5A | seq << 4 | status | data of a
read | crc (2)``. Integers are little-endian but the CRC, CRC-16/IBM-3740, whose high byte is first.
"""

from __future__ import annotations

import binascii
import struct
from collections import deque

from .errors import TransportError
from .serial import Serial
from .transport import Arena, Transport

__all__ = ["Uart"]

READ_REGISTER, READ_MEMORY, WRITE_REGISTER, WRITE_MEMORY = 1, 2, 9, 10
OK, LOST, PAYLOAD = 0, 1, 2
REFUSED = {3: "the command is unknown", 4: "the address or the length is outside the memory",
           5: "the register answered SLVERR", 6: "the register answered DECERR"}
AHEAD = 2000  # bytes of requests without a reply that the FPGA holds
WRITE_BYTES = 488  # of a request: four of these are ahead
READ_BYTES = 4096
SILENCE = 0.025  # seconds after which the FPGA takes a new request
PATIENCE = 0.1  # seconds for a reply beside its time on the line
TRIES = 6


class _Request:
    """One request, its bytes, and how many bytes of data its reply has."""

    def __init__(self, command: int, address: int, length: int, payload: bytes = b"") -> None:
        self.command, self.address, self.length, self.payload = command, address, length, payload
        self.expects = 0 if command & 8 else length
        self.data, self.sequence = b"", 0

    def frame(self) -> bytes:
        head = struct.pack("<BIH", self.sequence << 4 | self.command, self.address, self.length)
        body = self.payload + _crc(self.payload) if self.command & 8 else b""
        return b"\xa5" + head + _crc(head) + body


class _Broken(Exception):
    """The link lost step."""


class Uart(Transport):
    """Registers and the FPGA's own memory over a serial port.

    Parameters
    ----------
    path : str
        The port, /dev/ttyUSB0.
    baud : int
    memory_bytes : int
        Of the memory that frames lie in.
    port : Serial or None
        Open already.

    Raises
    ------
    TransportError
        If the port cannot be opened, nobody answers, or a request is refused.
    """

    buffers = 1  # the line is slower than any accelerator: larger runs are worth more

    def __init__(self, path: str, baud: int, memory_bytes: int, port=None) -> None:
        self.path, self.baud, self.memory_bytes = path, baud, memory_bytes
        self._port = Serial(path, baud) if port is None else port
        self._sequence, self._arena = 0, Arena(memory_bytes)
        try:
            self._port.drain(SILENCE)
            self.read32(0)  # a read first: the FPGA learns what number is next
        except BaseException:
            self.close()
            raise

    def read32(self, offset: int) -> int:
        """A register's value."""
        request = _Request(READ_REGISTER, offset, 4)
        self._exchange([request])
        return struct.unpack("<I", request.data)[0]

    def write32(self, offset: int, value: int) -> None:
        """Set a register, once, however often it was sent."""
        self._exchange([_Request(WRITE_REGISTER, offset, 4, struct.pack("<I", value))])

    def allocate(self, count: int) -> UartBuffer:
        """The next part of the memory."""
        return UartBuffer(self, self._arena.take(count), count)

    def write_memory(self, address: int, data: bytes) -> None:
        """Write bytes from any address on."""
        parts = range(0, len(data), WRITE_BYTES)
        pieces = [(address + k, data[k : k + WRITE_BYTES]) for k in parts]
        self._exchange([_Request(WRITE_MEMORY, at, len(one), one) for at, one in pieces])

    def read_memory(self, address: int, count: int) -> bytes:
        """Read bytes from any address on."""
        requests = [_Request(READ_MEMORY, address + k, min(READ_BYTES, count - k))
                    for k in range(0, count, READ_BYTES)]
        self._exchange(requests)
        return b"".join(request.data for request in requests)

    def close(self) -> None:
        """Close the port."""
        self._port.close()

    def _exchange(self, requests: list[_Request]) -> None:
        """Send requests, several ahead of their replies, and again what was lost."""
        waiting, under_way = deque(requests), deque()
        for request in requests:
            self._number(request)
        tries = 0
        while waiting or under_way:
            try:
                self._send(waiting, under_way)
                request = under_way[0]
                again = self._receive(request, under_way)
            except _Broken as error:
                tries += 1
                if tries == TRIES:
                    what = ("check the port, the baud rate, and that the board runs this build's "
                            "bitstream")
                    raise TransportError(f"{self.path}: FPGA must answer, but {error} "
                                         f"{TRIES} times; {what}") from None
                self._port.drain(SILENCE)
                waiting.extendleft(reversed(under_way))
                under_way.clear()
                continue
            under_way.popleft()
            if again:  # answered, but not done: a new request
                tries += 1
                if tries == TRIES:
                    raise TransportError(f"{self.path}: Bytes must arrive as they were sent, but "
                                         f"{TRIES} times did not; check the cable")
                self._number(request)
                waiting.append(request)
            else:
                tries = 0

    def _number(self, request: _Request) -> None:
        self._sequence = self._sequence + 1 & 15
        request.sequence = self._sequence

    def _send(self, waiting: deque, under_way: deque) -> None:
        """As many requests as the FPGA holds, none behind a write of a register."""
        held = sum(len(request.frame()) for request in under_way)
        while waiting and not (under_way and under_way[-1].command == WRITE_REGISTER):
            frame = waiting[0].frame()
            if under_way and held + len(frame) > AHEAD:
                return
            self._port.write(frame)
            held += len(frame)
            under_way.append(waiting.popleft())

    def _receive(self, request: _Request, under_way: deque) -> bool:
        """Take the reply of a request; whether it must be sent once more."""
        size = request.expects + sum(len(one.frame()) for one in under_way)
        patience = PATIENCE + 10 * size / self.baud
        head = self._port.read(4, patience)
        if len(head) < 4:
            raise _Broken("there was no reply")
        status = head[1] & 15
        if head[0] != 0x5A or (status == LOST and _crc(head[1:2]) == head[2:]):
            raise _Broken("a request was lost")
        data = b""
        if status == OK and request.expects:
            data = head[2:] + self._port.read(request.expects, patience)
            head, data = head[:2] + data[-2:], data[:-2]
        if len(data) < (request.expects if status == OK else 0):
            raise _Broken("a reply was cut off")
        if _crc(head[1:2] + data) != head[2:] or head[1] >> 4 != request.sequence:
            raise _Broken("a reply was damaged")
        if status == PAYLOAD:
            return True
        if status != OK:
            what = REFUSED.get(status, f"its status is {status}")
            raise TransportError(f"{self.path}: Request for {request.length} bytes at "
                                 f"0x{request.address:X} was refused: {what}")
        request.data = data
        return False


class UartBuffer:
    """A part of the FPGA's memory."""

    def __init__(self, uart: Uart, address: int, count: int) -> None:
        self._uart, self.address, self.bytes = uart, address, count

    def write(self, offset: int, data) -> None:
        """Send bytes."""
        self._uart.write_memory(self.address + offset, bytes(data))

    def read(self, offset: int, count: int) -> bytes:
        """Fetch bytes."""
        return self._uart.read_memory(self.address + offset, count)


def _crc(data: bytes) -> bytes:
    return struct.pack(">H", binascii.crc_hqx(data, 0xFFFF))

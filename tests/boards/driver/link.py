"""The FPGA's side of the serial link, on a pseudo-terminal, with faults on request."""

import binascii
import os
import pty
import select
import struct
import threading
import tty


def crc(data: bytes) -> bytes:
    return struct.pack(">H", binascii.crc_hqx(data, 0xFFFF))


class Link(threading.Thread):
    """Answers requests for a model's registers and memory.

    ``spoil`` is called with the number of each request and its bytes, ``spoil_reply`` with those
    of each reply: they give the bytes that arrive. ``requests`` are the commands that came whole,
    ``held`` the most bytes that were waiting.
    """

    def __init__(self, hardware) -> None:
        super().__init__(daemon=True)
        self.hardware, self.requests, self.sequence = hardware, [], None
        self.spoil = self.spoil_reply = lambda number, data: data
        self._replies = self._number = 0
        self._file, other = pty.openpty()
        tty.setraw(other)
        self.path, self._other = os.ttyname(other), other
        self._halt, self._wake = os.pipe()
        self.start()

    def close(self) -> None:
        os.write(self._wake, b"x")
        self.join()
        for file in (self._file, self._other, self._halt, self._wake):
            os.close(file)

    def run(self) -> None:
        while (head := self._read(10, first=True)) is not None:
            self._number += 1
            lost = len(head) < 10 or head[0] != 0xA5 or crc(head[1:8]) != head[8:]
            payload = b""
            if not lost:
                sequence, command = head[1] >> 4, head[1] & 15
                address, length = struct.unpack("<IH", head[2:8])
                if command & 8:
                    payload = self._read(length + 2) or b""
                    lost = len(payload) < length + 2
            if lost:
                while self._read(1000):
                    pass
                self._reply(0, 1, b"")
            elif command & 8 and crc(payload[:-2]) != payload[-2:]:
                self._reply(sequence, 2, b"")
            else:
                self._reply(sequence, *self._do(sequence, command, address, length, payload[:-2]))
                self.sequence = sequence

    def _do(self, sequence, command, address, length, payload) -> tuple[int, bytes]:
        hardware = self.hardware
        self.requests.append(command)
        if command in (1, 9):
            if address not in hardware.values:
                return 5, b""
            if command == 1:
                return 0, struct.pack("<I", hardware.read32(address))
            if sequence != self.sequence:
                hardware.write32(address, struct.unpack("<I", payload)[0])
            return 0, b""
        if command not in (2, 10):
            return 3, b""
        if not length or address + length > len(hardware.memory):
            return 4, b""
        if command == 2:
            return 0, bytes(hardware.memory[address : address + length])
        hardware.memory[address : address + length] = payload
        return 0, b""

    def _reply(self, sequence: int, status: int, data: bytes) -> None:
        body = bytes([sequence << 4 | status]) + data
        self._replies += 1
        reply = self.spoil_reply(self._replies, b"\x5a" + body + crc(body))
        while reply:
            reply = reply[os.write(self._file, reply) :]

    def _read(self, count: int, first: bool = False) -> bytes | None:
        """So many bytes, fewer after 20 ms of silence, None at the end."""
        data = b""
        while len(data) < count:
            wait = None if first and not data else 0.02
            ready = select.select([self._file, self._halt], [], [], wait)[0]
            if self._halt in ready:
                return None
            if not ready:
                break
            data += os.read(self._file, count - len(data))
        return self.spoil(self._number, data) if first else data

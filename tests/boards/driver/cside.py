"""The C driver over ctypes, on a model of the registers and the memory."""

import ctypes
from pathlib import Path

import numpy as np

from boards import driverfiles

U32, SIZE, POINTER = ctypes.c_uint32, ctypes.c_size_t, ctypes.c_void_p
READ32 = ctypes.CFUNCTYPE(U32, POINTER, U32)
WRITE32 = ctypes.CFUNCTYPE(None, POINTER, U32, U32)
COPY = ctypes.CFUNCTYPE(None, POINTER, U32, POINTER, SIZE)
WAIT = ctypes.CFUNCTYPE(ctypes.c_int, POINTER, U32)


class Ops(ctypes.Structure):
    """bitloom_ops."""

    _fields_ = [("read32", READ32), ("write32", WRITE32), ("write", COPY), ("read", COPY),
                ("wait", WAIT)]  # fmt: skip


class Memory(ctypes.Structure):
    """bitloom_memory."""

    _fields_ = [("input_address", U32), ("input_bytes", U32), ("output_address", U32),
                ("output_bytes", U32)]  # fmt: skip


def written(folder: Path, document: dict, vectors=None) -> Path:
    """Write the driver of a build; gives the folder of its C sources."""
    inputs = np.ones((2, document["input"]["items"]), int)
    outputs = np.ones((2, document["output"]["items"]), int)
    for name, data in driverfiles.files(document, vectors or (inputs, outputs)).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder / "driver/c"


class C:
    """A compiled driver and the model that its operations reach."""

    def __init__(self, path: Path, hardware, i_room=8192, o_room=8192, polls=100, shift=0) -> None:
        self.library, self.hardware = ctypes.CDLL(str(path)), hardware
        self.library.bitloom_message.restype = ctypes.c_char_p
        self.library.bitloom_cycles.restype = ctypes.c_uint64
        self.library.bitloom_size.restype = SIZE
        self.device = (ctypes.c_uint64 * (self.library.bitloom_size() // 8 + 1))()
        first = hardware.address
        self.memory = Memory(first + shift, i_room, first + 0x4000, o_room)
        self.ops = Ops(READ32(lambda _, offset: hardware.read32(offset)),
                       WRITE32(lambda _, offset, value: hardware.write32(offset, value)),
                       COPY(self._write), COPY(self._read),
                       WAIT(lambda _, count: int(count >= polls)))  # fmt: skip

    def open(self) -> str:
        args = self.device, ctypes.byref(self.ops), None, self.memory
        return self.message(self.library.bitloom_open(*args))

    def run(self, frames: np.ndarray) -> tuple[str, np.ndarray]:
        """The message, and the results."""
        hardware = self.hardware
        data = hardware.input.pack(frames).tobytes()
        out = ctypes.create_string_buffer(len(frames) * hardware.output.frame_bytes)
        result = self.library.bitloom_run(self.device, data, U32(len(frames)), out)
        return self.message(result), hardware.output.unpack(out.raw, len(frames))

    def selftest(self) -> str:
        return self.message(self.library.bitloom_selftest(self.device))

    def message(self, result: int) -> str:
        return self.library.bitloom_message(result).decode()

    def _place(self, address: int, count: int) -> slice:
        memory, first = self.memory, self.hardware.address
        assert any(start <= address and address + count <= start + room for start, room in (
            (memory.input_address, memory.input_bytes),
            (memory.output_address, memory.output_bytes)))  # fmt: skip
        return slice(address - first, address - first + count)

    def _write(self, _, address, data, count) -> None:
        self.hardware.memory[self._place(address, count)] = ctypes.string_at(data, count)

    def _read(self, _, address, data, count) -> None:
        ctypes.memmove(data, bytes(self.hardware.memory[self._place(address, count)]), count)

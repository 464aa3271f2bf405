"""The C driver of a build in the simulation: compiled, loaded, its accesses led to the bench."""

import ctypes
from collections.abc import Callable

import numpy as np

from sim import manifest

__all__ = ["Device", "Library"]

READ32 = ctypes.CFUNCTYPE(ctypes.c_uint32, ctypes.c_void_p, ctypes.c_uint32)
WRITE32 = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32)
COPY = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_uint32, ctypes.c_void_p, ctypes.c_size_t)
WAIT = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_uint32)

POLL = 2e-6  # seconds between two polls of STATUS
POLLS = 100_000  # of a run
DEAD = 0xFFFFFFFF  # what is read of a bus that does not answer


class _Operations(ctypes.Structure):
    """bitloom_ops of bitloom.h."""

    _fields_ = [("read32", READ32), ("write32", WRITE32), ("write", COPY), ("read", COPY),
                ("wait", WAIT)]  # fmt: skip


class _Memory(ctypes.Structure):
    """bitloom_memory of bitloom.h."""

    _fields_ = [(name, ctypes.c_uint32) for name in
                ("input_address", "input_bytes", "output_address", "output_bytes")]  # fmt: skip


class Library:
    """The functions of bitloom.h for one device.

    Each gives its result, 0 where all is well, except ``message(result)``, the sentence to one, and
    ``status()``, the register. What the bench raises in an access is raised when the C function has
    returned: it cannot pass through C, which meanwhile reads ones and is told that time is over.
    """

    def __init__(self, library, transport) -> None:
        self._library, self._transport = library, transport
        self._raised: BaseException | None = None
        library.bitloom_size.restype = ctypes.c_size_t
        library.bitloom_message.restype = ctypes.c_char_p
        library.bitloom_status.restype = ctypes.c_uint32
        self._device = ctypes.create_string_buffer(library.bitloom_size())
        self._buffers: list = []
        self.operations = _Operations(
            READ32(self._safe(lambda _, offset: transport.read32(offset), DEAD)),
            WRITE32(self._safe(lambda _, offset, value: transport.write32(offset, value), None)),
            COPY(self._safe(self._write, None)), COPY(self._safe(self._read, None)),
            WAIT(self._safe(self._wait, 1)))  # fmt: skip

    def open(self, input_bytes: int, output_bytes: int) -> int:
        """bitloom_open with buffers of so many bytes."""
        buffers = [self._transport.allocate(count) for count in (input_bytes, output_bytes)]
        self._buffers += buffers
        memory = _Memory(buffers[0].address, input_bytes, buffers[1].address, output_bytes)
        return self.call("open", ctypes.byref(self.operations), None, memory)

    def call(self, name: str, *arguments) -> int:
        """bitloom_NAME(device, ...); integers go as uint32_t."""
        found = [ctypes.c_uint32(one) if isinstance(one, int) else one for one in arguments]
        result = getattr(self._library, f"bitloom_{name}")(self._device, *found)
        if self._raised is not None:
            raised, self._raised = self._raised, None
            raise raised
        return result

    def message(self, result: int) -> str:
        """The sentence to a result."""
        return self._library.bitloom_message(result).decode()

    def _safe(self, function: Callable, otherwise) -> Callable:
        def guarded(*arguments):
            if self._raised is not None:
                return otherwise
            try:
                return function(*arguments)
            except BaseException as error:
                self._raised = error
                return otherwise

        return guarded

    def _write(self, _, address: int, data: int, count: int) -> None:
        buffer = self._at(address)
        buffer.write(address - buffer.address, ctypes.string_at(data, count))

    def _read(self, _, address: int, data: int, count: int) -> None:
        buffer = self._at(address)
        ctypes.memmove(data, buffer.read(address - buffer.address, count), count)

    def _at(self, address: int):
        return next(one for one in self._buffers if 0 <= address - one.address < one.bytes)

    def _wait(self, _, polls: int) -> int:
        self._transport.wait(POLL)
        return int(polls >= POLLS)


class Device:
    """The C driver as a user's program has it: frames in, frames out.

    Its memory holds so many frames, or as many as there is room for.
    """

    def __init__(self, host, frames: int) -> None:
        from boards import cdriver

        folder = host.job["folder"]
        cdriver.compile(host.build / "driver" / "c", folder / "bitloom.so")
        document = manifest.read(host.build)
        self.host, self.input, self.output = host, document.input, document.output
        self.library = Library(ctypes.CDLL(str(folder / "bitloom.so")), host.transport)
        sizes = self.input.frame_bytes, self.output.frame_bytes
        if host.transport.memory_bytes is not None:
            frames = min(frames, host.transport.memory_bytes // 2 // sum(sizes))
        frames = -(-frames // document.frames_per_batch) * document.frames_per_batch
        self.checked("open", self.library.open(frames * sizes[0], frames * sizes[1]))

    def checked(self, name: str, result: int) -> None:
        """Raise the sentence of a result that is not 0."""
        if result:
            raise RuntimeError(f"bitloom_{name} must give 0, not {result}: "
                               f"{self.library.message(result)}")  # fmt: skip

    def run(self, frames: np.ndarray) -> np.ndarray:
        """Frames (n, items) of the input's type to (n, items) of the output's."""
        count, i, o = len(frames), self.input, self.output
        codes = np.concatenate([_tight(frame, i) for frame in frames])
        found = (ctypes.c_uint8 * (count * o.frame_bytes))()
        self.checked("run", self.library.call("run", codes.tobytes(), count, found))
        rows = np.frombuffer(found, np.uint8).reshape(count, o.frame_bytes)
        return np.stack([_loose(row, o) for row in rows])


def _tight(frame: np.ndarray, port: manifest.Port) -> np.ndarray:
    """A frame as it stands in memory: its beats, the bits beside the items left out."""
    lanes = port.lanes * port.element_bits
    bits = np.unpackbits(port.pack(frame[None]), axis=1, bitorder="little")[:, :lanes]
    bits = bits.reshape(-1)[: port.items * port.element_bits]
    return np.packbits(bits, bitorder="little")


def _loose(row: np.ndarray, port: manifest.Port) -> np.ndarray:
    """The inverse."""
    used, lanes = port.items * port.element_bits, port.lanes * port.element_bits
    bits = np.zeros((port.beats, 8 * -(-port.width // 8)), np.uint8)
    flat = np.zeros(port.beats * lanes, np.uint8)
    flat[:used] = np.unpackbits(row, bitorder="little")[:used]
    bits[:, :lanes] = flat.reshape(port.beats, lanes)
    return port.unpack(np.packbits(bits, axis=1, bitorder="little"))[0]

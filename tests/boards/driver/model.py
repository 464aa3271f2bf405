"""The registers and the memory port of a system, in Python: what both drivers are tested on."""

import hashlib

import numpy as np

from boards.driver.frames import Port
from boards.driver.transport import Arena, Transport

NAMES = {
    "ID": 0x00, "VERSION": 0x04, "CONTROL": 0x08, "STATUS": 0x0C, "IRQ_ENABLE": 0x10,
    "IRQ_STATUS": 0x14, "MODE": 0x18, "SCRATCH": 0x1C, "INPUT_ADDRESS": 0x20, "INPUT_BYTES": 0x24,
    "OUTPUT_ADDRESS": 0x28, "OUTPUT_BYTES": 0x2C, "FRAMES": 0x30, "FRAMES_IN": 0x34,
    "FRAMES_OUT": 0x38, "CYCLES_LOW": 0x3C, "CYCLES_HIGH": 0x40, "INPUT_WAIT": 0x44,
    "OUTPUT_WAIT": 0x48, "LOAD_ADDRESS": 0x4C, "LOAD_DATA": 0x50,
    **{f"DIGEST{k}": 0x60 + 4 * k for k in range(8)},
}  # fmt: skip
EVENTS = {"done": 0, "error": 1}
FIELDS = {
    "CONTROL": {"start": 0, "abort": 1},
    "STATUS": {"idle": 0, "done": 1, "error": 2, "read_slverr": 8, "read_decerr": 9,
               "write_slverr": 10, "write_decerr": 11, "start_while_busy": 12,
               "input_length": 13, "output_length": 14, "address": 15, "aborted": 16},
    "IRQ_ENABLE": EVENTS, "IRQ_STATUS": EVENTS, "MODE": {"loopback": 0},
}  # fmt: skip
REGISTERS = [{"name": name, "offset": offset, "access": "rw", "doc": f"The {name}.",
              "fields": [{"name": field, "bit": bit, "doc": ""}
                         for field, bit in FIELDS.get(name, {}).items()]}
             for name, offset in NAMES.items()]  # fmt: skip
DIGEST = hashlib.sha256(b"a build").hexdigest()


def port(type: str, shape: tuple, element_bits: int) -> dict:
    """One side of a manifest."""
    items = int(np.prod(shape))
    return {"type": type, "shape": list(shape), "items": items, "element_bits": element_bits,
            "frame_bytes": -(-items * element_bits // 8)}  # fmt: skip


def manifest(i_port: dict | None = None, o_port: dict | None = None, **changes) -> dict:
    """The manifest of a small system: 12 values in, 3 sums out."""
    return {
        "bitloom": 1, "name": "small", "digest": DIGEST, "clock_mhz": 100.0, "cycles_per_frame": 2,
        "latency_cycles": 9, "frames_per_batch": 1,
        "input": i_port or port("uint8", (4, 3, 1), 8), "output": o_port or port("int16", (3,), 16),
        "board": {"name": "pynq_z2", "part": "xc7z020clg400-1", "host": "zynq"},
        "system": {"file": "system.v", "top": "system", "clock_mhz": 100.0, "base": 0x40000000,
                   "data_bytes": 8, "memory_bytes": None, "registers": REGISTERS,
                   "parameters": []},
    } | changes  # fmt: skip


def thirds(frames: np.ndarray) -> np.ndarray:
    """The core: sums of every third value, (n, items) to (n, 3)."""
    return np.stack([frames[:, k::3].sum(axis=1) for k in range(3)], axis=1)


class Model:
    """A system: read32 and write32 of its registers, and ``memory`` at an address.

    A run takes as many reads of STATUS as ``polls`` says, never ends where that is None. ``fail``
    names reasons in STATUS with which the next run ends; ``stuck`` makes an abort do nothing.
    ``words`` is what was loaded, by address.
    """

    def __init__(self, document: dict, core=thirds, *, size=1 << 16, address=0x10000000,
                 memory=None, polls: int | None = 2) -> None:  # fmt: skip
        self.input, self.output = (Port(document[key]) for key in ("input", "output"))
        self.core, self.polls, self.address = core, polls, address
        self.batch = document["frames_per_batch"]
        self.memory = bytearray(size) if memory is None else memory
        self.fail, self.stuck, self.runs, self.words = (), False, 0, {}
        self.values = dict.fromkeys(NAMES.values(), 0)
        digest = document["digest"]
        self.set("ID", 0x4C544942)
        self.set("VERSION", 0x00010000)
        for k in range(8):
            self.set(f"DIGEST{k}", int(digest[8 * k : 8 * k + 8], 16))
        self._left = 0
        self._status("idle")

    def get(self, name: str) -> int:
        return self.values[NAMES[name]]

    def set(self, name: str, value: int) -> None:
        self.values[NAMES[name]] = value & 0xFFFFFFFF

    def read32(self, offset: int) -> int:
        if offset == NAMES["STATUS"] and not self.get("STATUS") & 1 and self.polls is not None:
            self._left -= 1
            if self._left <= 0:
                self._run()
        return self.values[offset]

    def write32(self, offset: int, value: int) -> None:
        if offset == NAMES["CONTROL"]:
            self._control(value)
        elif offset == NAMES["STATUS"]:
            self.values[offset] &= ~(value & ~1)
        elif offset == NAMES["IRQ_STATUS"]:
            self.values[offset] &= ~value
        elif offset == NAMES["LOAD_DATA"]:
            self.words[self.get("LOAD_ADDRESS")] = value
            self.set("LOAD_ADDRESS", self.get("LOAD_ADDRESS") + 1)
        else:
            assert offset in self.values and 0 <= value < 1 << 32, (offset, value)
            self.values[offset] = value

    __getitem__, __setitem__ = read32, write32

    def _control(self, value: int) -> None:
        busy = not self.get("STATUS") & 1
        if value & 2 and not self.stuck:
            self._end(*(("error", "aborted") if busy else ()))
        if value & 1 and busy:
            self.set("STATUS", self.get("STATUS") | 1 << 12)
        elif value & 1:
            self.set("STATUS", 0)
            self.set("FRAMES_IN", 0)
            self.set("FRAMES_OUT", 0)
            self._left = self.polls or 0

    def _run(self) -> None:
        """What the hardware does between start and done."""
        self.runs += 1
        loop, frames = self.get("MODE"), self.get("FRAMES")
        first, count = self.get("INPUT_ADDRESS"), self.get("INPUT_BYTES")
        target = self.get("OUTPUT_ADDRESS")
        given = count if loop else frames * self.output.frame_bytes
        wrong = self.fail or self._wrong(first, count, target, given, frames, loop)
        if wrong:
            self.fail = ()
            self._end("error", *wrong)
            return
        data = bytes(self.memory[first - self.address : first - self.address + count])
        if not loop:
            assert frames % self.batch == 0
            values = self.core(self.input.unpack(data, frames).astype(np.int64))
            data = self.output.pack(values).tobytes()
            self.set("FRAMES_IN", frames)
            self.set("FRAMES_OUT", frames)
            self.set("CYCLES_LOW", 10 + 3 * frames)
            self.set("INPUT_WAIT", frames)
        place = target - self.address
        assert place >= 0 and place + len(data) <= len(self.memory)
        self.memory[place : place + len(data)] = data
        self._end("done")

    def _wrong(self, first, count, target, given, frames, loop) -> tuple:
        if first % 8 or target % 8:
            return ("address",)
        if not loop and count != frames * self.input.frame_bytes:
            return ("input_length",)
        return ("output_length",) if self.get("OUTPUT_BYTES") < given or not frames else ()

    def _end(self, *names: str) -> None:
        kept = ["start_while_busy"] if self.get("STATUS") >> 12 & 1 else []
        self._status("idle", *kept, *names)
        events = sum(1 << EVENTS[name] for name in names if name in EVENTS)
        self.set("IRQ_STATUS", self.get("IRQ_STATUS") | events)

    def _status(self, *names: str) -> None:
        self.set("STATUS", sum(1 << FIELDS["STATUS"][name] for name in set(names)))


class Direct(Transport):
    """A model as a transport; its time is the sum of what was waited."""

    def __init__(self, model: Model, memory_bytes: int | None = None, buffers: int = 2) -> None:
        self.model, self.buffers = model, buffers
        self.memory_bytes = len(model.memory) if memory_bytes is None else memory_bytes
        self._arena = Arena(self.memory_bytes)
        self.now, self.closed = 0.0, False
        self.read32, self.write32 = model.read32, model.write32

    def allocate(self, count: int) -> "Buffer":
        return Buffer(self.model, self._arena.take(count), count)

    def wait(self, seconds: float) -> None:
        self.now += seconds

    def time(self) -> float:
        return self.now

    def close(self) -> None:
        self.closed = True


class Buffer:
    """Part of a model's memory."""

    def __init__(self, model: Model, first: int, count: int) -> None:
        self._model, self._first, self.bytes = model, first, count
        self.address = model.address + first

    def write(self, offset: int, data) -> None:
        assert offset + len(data) <= self.bytes
        first = self._first + offset
        self._model.memory[first : first + len(data)] = data

    def read(self, offset: int, count: int) -> bytes:
        assert offset + count <= self.bytes
        first = self._first + offset
        return bytes(self._model.memory[first : first + count])

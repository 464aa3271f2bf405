"""Read and check what a build left, and pack frames into its streams' beats."""

import hashlib
import json
import math
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from sim.golden.formats import integer

__all__ = ["BuildError", "Manifest", "Memory", "Port", "integers", "read"]

FILE = "manifest.json"
REQUIRED = ("top.v", "model.json", "weights.npz")
HOSTS = ("zynq", "uart")
CHUNK = 1 << 22  # elements packed at once: bits as bytes take eight times the room


class BuildError(ValueError):
    """A build, or something given with it, that cannot be simulated.

    ``where`` is the file or folder (``build``, ``build/manifest.json: output``, ``X.npy``),
    ``what`` one sentence: what is wrong and what would be accepted.
    """

    def __init__(self, where: str, what: str) -> None:
        self.where, self.what = where, what
        super().__init__(f"{where}: {what}")


@dataclass(frozen=True, kw_only=True)
class Port:
    """One AXI4-Stream edge and how a frame travels over it.

    Item i of a frame (row-major) stands in beat i // lanes, in the element_bits bits from
    (i % lanes) * element_bits: two's complement sign-extended, unsigned zero-extended, a bipolar
    value as its code (1 = +1). Everything else in a beat is zero.
    """

    port: str
    type: str
    shape: tuple[int, ...]
    items: int
    element_bits: int
    lanes: int
    width: int
    beats: int

    def __post_init__(self) -> None:
        for name in ("items", "element_bits", "lanes", "width", "beats"):
            _positive(name, getattr(self, name))
        for size in self.shape:
            _positive("shape's sizes", size)
        if math.prod(self.shape) != self.items:
            raise ValueError(f"items must be those of shape {list(self.shape)}, not {self.items}")
        bits = self.element_bits
        if bits & (bits - 1) or not self.form.width <= bits <= 32:
            what = f"a power of two from {self.form.width} ({self.type}) to 32"
            raise ValueError(f"element_bits must be {what}, not {bits}")
        if self.width < self.lanes * bits:
            raise ValueError(f"width must be at least lanes * element_bits, not {self.width}")
        if self.beats != -(-self.items // self.lanes):
            raise ValueError(f"beats must be items / lanes rounded up, not {self.beats}")

    @property
    def frame_bytes(self) -> int:
        """Of a frame in a host's memory, where frames follow each other without a gap."""
        return -(-self.items * self.element_bits // 8)

    @property
    def form(self) -> integer.Integer:
        """The integer format of an item."""
        return integer.parse(self.type)

    def pack(self, frames: np.ndarray) -> np.ndarray:
        """Frames (n, items) to beats: uint8 (n * beats, bytes of a beat), little-endian."""
        step = max(1, CHUNK // (self.beats * self.width))
        parts = [self._pack(frames[k : k + step]) for k in range(0, len(frames), step)]
        return np.concatenate(parts) if parts else np.zeros((0, self._bytes), np.uint8)

    def unpack(self, beats: np.ndarray) -> np.ndarray:
        """Beats, as of :meth:`pack`, to int64 frames (n, items).

        All element_bits count: a value outside the type comes back as such, so that it differs
        from what was expected.

        Raises
        ------
        ValueError
            If a bit that belongs to no item is not zero.
        """
        step = max(1, CHUNK // (self.beats * self.width)) * self.beats
        parts = [self._unpack(beats[k : k + step], k) for k in range(0, len(beats), step)]
        return np.concatenate(parts) if parts else np.zeros((0, self.items), np.int64)

    @property
    def _bytes(self) -> int:
        return -(-self.width // 8)

    @property
    def _container(self) -> np.dtype:
        return np.dtype(f"<u{max(1, self.element_bits // 8)}")

    def _pack(self, frames: np.ndarray) -> np.ndarray:
        codes = self.form.encode(frames) if self.form.bipolar else np.asarray(frames, np.int64)
        codes = codes & ((1 << self.element_bits) - 1)
        padded = np.zeros((len(frames), self.beats * self.lanes), self._container)
        padded[:, : self.items] = codes
        bits = np.unpackbits(padded.view(np.uint8), axis=1, bitorder="little")
        bits = bits.reshape(len(frames) * self.beats, self.lanes, -1)[:, :, : self.element_bits]
        wide = np.zeros((len(bits), self.width), np.uint8)
        wide[:, : self.lanes * self.element_bits] = bits.reshape(len(bits), -1)
        return np.packbits(wide, axis=1, bitorder="little")

    def _unpack(self, beats: np.ndarray, first: int) -> np.ndarray:
        used = self.lanes * self.element_bits
        bits = np.unpackbits(beats, axis=1, bitorder="little")
        slots = np.zeros((len(beats), self.lanes, 8 * self._container.itemsize), np.uint8)
        slots[:, :, : self.element_bits] = bits[:, :used].reshape(len(beats), self.lanes, -1)
        codes = np.packbits(slots.reshape(len(beats), -1), axis=1, bitorder="little")
        codes = codes.view(self._container).reshape(-1, self.beats * self.lanes).astype(np.int64)
        dirty = bits[:, used:].any(axis=1) | codes[:, self.items :].any(axis=1).repeat(self.beats)
        if dirty.any():
            frame = (first + int(dirty.argmax())) // self.beats
            raise ValueError(f"{self.port}_tdata must be zero outside the items, in frame {frame}")
        return self._decode(codes[:, : self.items])

    def _decode(self, codes: np.ndarray) -> np.ndarray:
        if self.form.bipolar:
            return 2 * codes - 1
        if not self.form.signed:
            return codes
        sign = 1 << self.element_bits - 1
        return (codes ^ sign) - sign


@dataclass(frozen=True, kw_only=True)
class Memory:
    """External memory that a design reads over AXI4: its port, its contents, how soon it answers.

    Without a ``file`` the design writes it, too, before it reads what it has written. ``latency``
    is the cycles from a burst's address to its first beat with which the cycles of the manifest
    were computed.
    """

    port: str
    file: str | None = None
    bytes: int
    latency: int

    def __post_init__(self) -> None:
        for name in ("bytes", "latency"):
            _positive(f"memory's {name}", getattr(self, name))
        if self.latency < 2:
            raise ValueError(f"memory's latency must be at least 2, not {self.latency}")


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What manifest.json says of a build, its files checked; folder is where it stands.

    Frames come and go in batches: after a part of one the design waits for the rest. ``memory`` is
    there if the design reads external memory, ``maps`` if it keeps its activations in one, ``host``
    (zynq or uart: what a board reaches the design through) if it was built for a board, ``streams``
    as they stand there: see :func:`sim.streams.read`.
    """

    folder: Path
    name: str
    top: str
    clock_mhz: float
    cycles_per_frame: int | float
    latency_cycles: int
    input: Port
    output: Port
    files: dict[str, str]
    frames_per_batch: int = 1
    memory: Memory | None = None
    maps: Memory | None = None
    host: str | None = None
    streams: list | None = None


def integers(beats: np.ndarray) -> list[int]:
    """Beats as of :meth:`Port.pack` to integers."""
    size, data = beats.shape[1], beats.tobytes()
    return [int.from_bytes(data[k : k + size], "little") for k in range(0, len(data), size)]


def read(folder: Path) -> Manifest:
    """Read a build's manifest and compare its files with their digests.

    Raises
    ------
    BuildError
        If the folder holds no valid manifest, or a file is missing or has changed.
    """
    try:
        document = json.loads((folder / FILE).read_bytes())
    except OSError as error:
        what = f"Folder must be a build with a {FILE}: {error.strerror}"
        raise BuildError(str(folder), what) from None
    except ValueError:
        raise BuildError(str(folder / FILE), "File must be JSON; build again") from None
    manifest = _manifest(folder, document)
    for name, digest in manifest.files.items():
        _check(folder, name, digest)
    return manifest


def _manifest(folder: Path, document) -> Manifest:
    where = str(folder / FILE)
    if not isinstance(document, dict) or document.get("bitloom") != 1:
        raise BuildError(where, 'File must be a manifest with "bitloom": 1; build again')
    try:
        ports = {key: _port(key, document[key]) for key in ("input", "output")}
        document = {"frames_per_batch": 1} | document
        for key in ("frames_per_batch", "latency_cycles"):
            _positive(key, document[key])
        if type(document["cycles_per_frame"]) is not float or document["cycles_per_frame"] <= 0:
            _positive("cycles_per_frame", document["cycles_per_frame"])
        for key in ("name", "top"):
            if not isinstance(document[key], str):
                raise ValueError(f"{key} must be a string, not {document[key]!r}")
        plain = {key: document[key] for key in ("name", "top", "clock_mhz", "cycles_per_frame",
                                                "frames_per_batch", "latency_cycles")}
        files = _files(document["files"])
        memory, maps = (_memory(document, key, files) for key in ("memory", "maps"))
        return Manifest(folder=folder, files=files, memory=memory, maps=maps, **plain, **ports,
                        host=_host(document, files), streams=document.get("streams"))
    except KeyError as error:
        raise BuildError(where, f"Field {error.args[0]!r} is missing; build again") from None
    except ValueError as error:
        raise BuildError(where, f"{error}; build again") from None


def _port(key: str, value) -> Port:
    names = {field.name for field in fields(Port)}
    if not isinstance(value, dict) or set(value) - {"frame_bytes"} != names:
        raise ValueError(f"{key} must have the fields {', '.join(sorted(names))}")
    value = {name: value[name] for name in names}  # frame_bytes follow from the others
    shape = value["shape"]
    if not isinstance(shape, list) or not shape:
        raise ValueError(f"{key}: shape must be a list of sizes, not {shape!r}")
    if not all(isinstance(value[name], str) for name in ("port", "type")):
        raise ValueError(f"{key}: port and type must be strings")
    try:
        return Port(**value | {"shape": tuple(shape)})
    except ValueError as error:
        raise ValueError(f"{key}: {error}") from None


def _memory(document: dict, key: str, files: dict[str, str]) -> Memory | None:
    value = document.get(key)
    if value is None:
        return None
    names = {field.name for field in fields(Memory)} - ({"file"} if key == "maps" else set())
    if not isinstance(value, dict) or set(value) != names:
        raise ValueError(f"{key} must have the fields {', '.join(sorted(names))}")
    if key == "maps":
        if not isinstance(value["port"], str):
            raise ValueError("maps must have a port's name")
    elif not isinstance(value["port"], str) or value["file"] not in files:
        raise ValueError("memory must have a port's name and one of the files")
    return Memory(**value)


def _host(document: dict, files: dict[str, str]) -> str | None:
    host = document["board"]["host"] if "system" in document else None
    if host not in (None, *HOSTS) or (host and "system.v" not in files):
        raise ValueError(f"system must have a file system.v and a host {' or '.join(HOSTS)}")
    return host


def _positive(name: str, value) -> None:
    if type(value) is not int or value <= 0:
        raise ValueError(f"{name} must be a positive integer, not {value!r}")


def _files(files) -> dict[str, str]:
    if not isinstance(files, dict) or not set(REQUIRED) <= set(files):
        raise ValueError(f"files must name {', '.join(REQUIRED)}")
    for name in files:
        if Path(name).is_absolute() or ".." in Path(name).parts:
            raise ValueError(f"files must stand in the build, unlike {name!r}")
    return files


def _check(folder: Path, name: str, digest: str) -> None:
    try:
        with open(folder / name, "rb") as file:
            actual = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        what = f"File {name!r} cannot be read: {error.strerror}; build again"
        raise BuildError(str(folder), what) from None
    if actual != digest:
        what = f"File {name!r} does not match its digest in {FILE}; build again"
        raise BuildError(str(folder), what)

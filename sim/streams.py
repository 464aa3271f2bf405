"""The streams inside of a build's top module: as its manifest tells, and as they ran."""

from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np

from sim.manifest import FILE, BuildError, Manifest

__all__ = ["Seen", "Stream", "codes", "probes", "read", "seen"]

SMALL = 62  # bits of a number that fit int64 with room for the sign


@dataclass(frozen=True, kw_only=True)
class Stream:
    """A stream of a layer's values (of ``input``: the network's), and how a frame travels over it.

    In module top it is ``signals`` with _payload, _valid and _ready behind. A frame is ``vectors``
    of ``items`` numbers, each vector from a transfer of its own on, number i in transfer i // lanes
    and there in the ``width`` bits from (i % lanes) * width: two's complement if ``signed``, 1 for
    +1 if ``bipolar``. Other lanes are unspecified. ``shape`` is that of the layer's values, which
    the numbers are in row-major order, or, of encoded ones, words of.
    """

    layer: str
    signals: str
    lanes: int
    width: int
    signed: bool
    bipolar: bool
    items: int
    vectors: int
    shape: tuple[int, ...]

    def __post_init__(self) -> None:
        sizes = [(name, getattr(self, name)) for name in ("lanes", "width", "items", "vectors")]
        for name, size in (*sizes, *(("shape", size) for size in self.shape)):
            if type(size) is not int or size <= 0:
                raise ValueError(f"streams must have positive sizes, not {name} {size!r}")
        for name in ("signed", "bipolar"):
            if type(getattr(self, name)) is not bool:
                value = getattr(self, name)
                raise ValueError(f"streams must have {name} true or false, not {value!r}")
        for name in ("layer", "signals"):
            if not isinstance(getattr(self, name), str):
                raise ValueError(f"streams must have a text as {name}, not {getattr(self, name)!r}")

    @property
    def beats(self) -> int:
        """Transfers of a vector."""
        return -(-self.items // self.lanes)

    @property
    def frame(self) -> int:
        """Transfers of a frame."""
        return self.vectors * self.beats

    @property
    def bytes(self) -> int:
        """Of a transfer as :func:`probes` writes it."""
        return -(-self.lanes * self.width // 8)


@dataclass(frozen=True, eq=False)
class Seen:
    """What went over a stream: numbers (frames, items of a frame), each ``there`` or not (yet).

    Those beyond int64 are Python's. ``unknown`` are numbers with unknown bits, which Icarus has.
    ``transfers`` counts all of the run.
    """

    values: np.ndarray
    there: np.ndarray
    unknown: np.ndarray
    transfers: int


def read(manifest: Manifest) -> list[Stream]:
    """The streams that a manifest names, in the network's order.

    Raises
    ------
    BuildError
        If it names none, as that of an older build or of one without streams between layers.
    """
    where = str(manifest.folder / FILE)
    if manifest.streams is None:
        what = "Manifest must name the streams between the layers, which older builds did not"
        raise BuildError(where, f"{what}; build again")
    if manifest.streams == []:
        what = "Build must have a stream for each layer, not one array that all layers share"
        raise BuildError(where, f"{what}; without --per-layer its outputs are compared")
    try:
        if not isinstance(manifest.streams, list):
            raise ValueError(f"streams must be a list, not {manifest.streams!r}")
        return [_stream(record) for record in manifest.streams]
    except ValueError as error:
        raise BuildError(where, f"{error}; build again") from None


def _stream(record) -> Stream:
    names = {field.name for field in fields(Stream)}
    if not isinstance(record, dict) or set(record) != names:
        raise ValueError(f"streams must have the fields {', '.join(sorted(names))}")
    shape = record["shape"]
    if not isinstance(shape, list):
        raise ValueError(f"streams must have a list of sizes as shape, not {shape!r}")
    return Stream(**record | {"shape": tuple(shape)})


def probes(streams: list[Stream]) -> str:
    """Verilog-2005 that writes each stream's transfers into stream0.hex, stream1.hex, ….

    A line is a transfer's payload in hexadecimal, whole bytes, the most significant one first. The
    files stand in the folder where the simulation runs.
    """
    lines = []
    for number, stream in enumerate(streams):
        file, padding = f"bitloom_stream{number}", 8 * stream.bytes - stream.lanes * stream.width
        payload, valid, ready = (f"\\{stream.signals}_{name} "
                                 for name in ("payload", "valid", "ready"))  # fmt: skip
        zeros = f"{padding}'d0, " if padding else ""
        lines += [
            f"  integer {file};",
            f'  initial {file} = $fopen("stream{number}.hex", "w");',
            f"  always @(posedge clk) if (!rst && {valid} && {ready})",
            f'    $fdisplay({file}, "%h", {{{zeros}{payload}}});',
        ]
    return "\n".join(lines) + "\n"


def seen(stream: Stream, file: Path, start: int, frames: int) -> Seen:
    """The transfers that :func:`probes` left in a file, of so many frames from a first one on."""
    line = 2 * stream.bytes + 1
    size = file.stat().st_size if file.exists() else 0
    transfers = size // line
    wanted = min(frames * stream.frame, max(0, transfers - start * stream.frame))
    text = b""
    if wanted:
        with open(file, "rb") as opened:
            opened.seek(start * stream.frame * line)
            text = opened.read(wanted * line)
    values, dark = (_numbers(stream, text.translate(table), frames) for table in (_KNOWN, _DARK))
    given = np.arange(frames * stream.frame) < wanted
    there = _framed(stream, np.repeat(given, stream.lanes), frames)
    return Seen(_decoded(stream, values), there, there & (dark != 0), transfers)


_KNOWN = bytes.maketrans(b"xXzZ", b"0000")
_DARK = bytes.maketrans(b"0123456789abcdefABCDEFxXzZ", b"0" * 22 + b"ffff")


def _numbers(stream: Stream, text: bytes, frames: int) -> np.ndarray:
    """Codes (frames, items of a frame) of a number of lines; zeros where there are no more."""
    raw = np.frombuffer(bytes.fromhex(text.decode()), np.uint8).reshape(-1, stream.bytes)[:, ::-1]
    bits = np.unpackbits(raw, axis=1, bitorder="little")[:, : stream.lanes * stream.width]
    whole = np.zeros((frames * stream.frame, bits.shape[1]), np.uint8)
    whole[: len(bits)] = bits
    return codes(_framed(stream, whole.reshape(-1, stream.width), frames))


def _framed(stream: Stream, lanes: np.ndarray, frames: int) -> np.ndarray:
    """What stands in the lanes, one after the other, as (frames, items of a frame, …)."""
    rest = lanes.shape[1:]
    vectors = lanes.reshape(frames, stream.vectors, stream.beats * stream.lanes, *rest)
    return vectors[:, :, : stream.items].reshape(frames, stream.vectors * stream.items, *rest)


def codes(bits: np.ndarray) -> np.ndarray:
    """Bits (…, width), the lowest first, to unsigned integers."""
    width = bits.shape[-1]
    kind = np.int64 if width <= SMALL else object
    found = np.zeros(bits.shape[:-1], kind)
    for place in range(width):
        found = found | bits[..., place].astype(kind) << place
    return found


def _decoded(stream: Stream, found: np.ndarray) -> np.ndarray:
    if stream.bipolar:
        return 2 * found - 1
    if not stream.signed:
        return found
    sign = 1 << stream.width - 1
    return (found ^ sign) - sign

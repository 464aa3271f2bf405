"""Every stream of a network against the golden model, layer by layer."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from sim import network, streams
from sim.golden.formats.made import made
from sim.manifest import FILE, BuildError, Manifest
from sim.streams import Stream

__all__ = ["Checked", "Mismatch", "compare", "first", "progress", "record", "refuse"]

CHUNK = 32  # frames at a time
LAST = 8  # values of the last transfer that are told


@dataclass(frozen=True, kw_only=True)
class Mismatch:
    """A number that differs, of the stream's ``element`` of a frame."""

    stream: Stream
    frame: int
    element: int
    expected: int
    got: int | str

    def __str__(self) -> str:
        stream, place = self.stream, ""
        if len(stream.shape) == 3 and stream.items * stream.vectors == np.prod(stream.shape):
            row, column, channel = np.unravel_index(self.element, stream.shape)
            place = f" (row {row}, column {column}, channel {channel})"
        what = f"expected {self.expected}, got {self.got}, in the stream {stream.signals}"
        return f"layer {stream.layer}, frame {self.frame}, element {self.element}{place}: {what}"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """A stream after a run of ``frames``: numbers compared, how many differ, and the first one.

    ``transfers`` went over it in all, the ``last`` one, of those compared, with these numbers.
    There may be more than the frames', as a border is there before the pixels of the next frame.
    """

    stream: Stream
    frames: int
    compared: int = 0
    mismatches: int = 0
    first: Mismatch | None = None
    transfers: int = 0
    last: tuple[int, ...] = ()

    @property
    def whole(self) -> int:
        """Frames that went over it whole, of those asked for."""
        return min(self.frames, self.transfers // self.stream.frame)


def refuse(manifest: Manifest, watched: list[Stream], frames: np.ndarray) -> None:
    """Refuse streams that are none of the network's, by what one frame gives.

    Raises
    ------
    BuildError
        If a stream is of no layer, or of other items than its layer's.
    """
    layers = network.load(manifest.folder)
    where = str(manifest.folder / FILE)
    (_, values), *_ = network.values(manifest, layers, frames[:1], 1)
    for stream in watched:
        name, items = stream.layer, stream.items * stream.vectors
        if name not in values:
            what = f"streams must be of layers of model.json, not of {name!r}"
            raise BuildError(where, f"{what}; build again")
        given = _words(values[name], _coded(layers).get(name)).size
        if given != items or values[name].size != np.prod(stream.shape):
            size = items if given != items else int(np.prod(stream.shape))
            what = f"streams must have as many items as layer {name} gives, {given}, not {size}"
            raise BuildError(where, f"{what}; build again")


def compare(manifest: Manifest, watched: list[Stream], frames: np.ndarray,
            folder: Path) -> list[Checked]:  # fmt: skip
    """What went over each stream in a run, of which ``folder`` holds the probes' files.

    Raises
    ------
    BuildError
        See :func:`sim.network.load`.
    """
    layers = network.load(manifest.folder)
    coded = _coded(layers)
    found = [Checked(stream=stream, frames=len(frames)) for stream in watched]
    for start, values in network.values(manifest, layers, frames, CHUNK):
        for number, stream in enumerate(watched):
            expected = _words(values[stream.layer], coded.get(stream.layer))
            file = folder / f"stream{number}.hex"
            seen = streams.seen(stream, file, start, len(expected))
            found[number] = _added(found[number], start, seen, expected)
    return found


def _coded(layers: list[dict]) -> dict:
    """The types of the layers whose values may have words of their own."""
    return {layer["name"]: layer["type"] for layer in layers if layer["op"] == "encode"}


def _words(values: np.ndarray, kind) -> np.ndarray:
    """Numbers as a stream has them, (frames, …): of a format with words of its own these."""
    form = made(kind) if isinstance(kind, dict) else None
    found = streams.codes(form.words(values)) if hasattr(form, "words") else values
    return found.reshape(len(values), -1)


def _added(before: Checked, start: int, seen: streams.Seen, expected: np.ndarray) -> Checked:
    wrong = seen.there & ((seen.values != expected) | seen.unknown)
    first = before.first
    if first is None and wrong.any():
        frame, element = (int(place) for place in np.argwhere(wrong)[0])
        unknown = seen.unknown[frame, element]
        first = Mismatch(
            stream=before.stream,
            frame=start + frame,
            element=element,
            expected=int(expected[frame, element]),
            got="unknown bits" if unknown else int(seen.values[frame, element]),
        )
    given = seen.values[seen.there]
    stream = before.stream
    lanes = (len(given) % stream.items or stream.items) % stream.lanes or stream.lanes
    return replace(
        before,
        compared=before.compared + int(seen.there.sum()),
        mismatches=before.mismatches + int(wrong.sum()),
        first=first,
        transfers=seen.transfers,
        last=tuple(int(value) for value in given[-lanes:]) or before.last,
    )


def first(checked: list[Checked]) -> Mismatch | None:
    """The first number that differs, in the first layer of the network that has one."""
    return next((one.first for one in checked if one.first is not None), None)


def record(checked: list[Checked]) -> list[dict]:
    """For a report: each stream, with its layer."""
    return [{"layer": one.stream.layer, "stream": one.stream.signals, "values": one.compared,
             "mismatches": one.mismatches, "frames": one.whole} for one in checked]  # fmt: skip


def progress(checked: list[Checked]) -> list[str]:
    """How far each layer came, a sentence each: its own stream, before others pass it on."""
    found = {}
    for one in checked:
        found.setdefault(one.stream.layer, one)
    return [_came(layer, one) for layer, one in found.items()]


def _came(layer: str, one: Checked) -> str:
    text = f"layer {layer} gave {one.whole} of {one.frames} frames"
    rest = one.transfers - one.whole * one.stream.frame
    if one.whole < one.frames and rest:
        text += f" and {rest} of {one.stream.frame} transfers of the next"
    if not one.last:
        return text
    more = ", …" if len(one.last) > LAST else ""
    return f"{text}; its last values were {', '.join(map(str, one.last[:LAST]))}{more}"

"""What a run of the RTL leaves besides its outputs: every layer's values, and a waveform."""

import argparse
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from sim import layers, streams
from sim.manifest import Manifest
from sim.streams import Stream
from sim.variant import WAVES, Variant
from sim.written import write

__all__ = ["Watch", "wave_file"]


def wave_file(text: str) -> Path:
    """The argument of --wave."""
    path = Path(text)
    if path.suffix.removeprefix(".") not in WAVES or not path.suffix:
        ends = " or ".join(f".{name}" for name in WAVES)
        raise argparse.ArgumentTypeError(f"must be a file that ends in {ends}, not {text!r}")
    return path


@dataclass(kw_only=True)
class Watch:
    """Nothing, the layers' streams, a waveform's file, or both, of a run of some frames.

    ``checked`` is there when the run has ended, if layers were asked for.
    """

    build: Manifest
    frames: np.ndarray
    per_layer: bool
    wave: Path | None
    streams: list[Stream] = field(init=False)
    checked: list[layers.Checked] = field(init=False, default_factory=list)

    def __post_init__(self) -> None:
        self.streams = streams.read(self.build) if self.per_layer else []
        if self.streams:
            layers.refuse(self.build, self.streams, self.frames)

    @property
    def variant(self) -> Variant:
        """What has to be compiled into the model."""
        wave = None if self.wave is None else self.wave.suffix.removeprefix(".")
        return Variant(inside=streams.probes(self.streams) if self.streams else "", wave=wave)

    def after(self, folder: Path) -> None:
        """Keep what the run left in its folder, however it ended."""
        dump = None if self.wave is None else folder / f"dump{self.wave.suffix}"
        if dump is not None and dump.exists():  # else the simulator died, which is said
            with open(dump, "rb") as made:
                write(self.wave, lambda file: shutil.copyfileobj(made, file))
        if self.per_layer:
            self.checked = layers.compare(self.build, self.streams, self.frames, folder)

    @property
    def wrong(self) -> bool:
        """Whether a layer's values differ."""
        return layers.first(self.checked) is not None

    def show(self, *, ended: bool) -> None:
        """Print every stream, where the run did not end well how far each layer came, and the first
        mismatch.
        """
        if not self.per_layer:
            return
        _print(layers.record(self.checked), ended, self.frames)
        if not ended:
            for line in layers.progress(self.checked):
                print(line)
        if self.wrong:
            print(f"first mismatch: {layers.first(self.checked)}")


def _print(records: list[dict], ended: bool, frames: np.ndarray) -> None:
    heads = ["layer", "stream", "values compared", "mismatches"] + ([] if ended else ["frames"])
    rows = [[r["layer"], r["stream"], f"{r['values']:,}", f"{r['mismatches']:,}",
             f"{r['frames']} of {len(frames)}"][: len(heads)] for r in records]  # fmt: skip
    console = Console(highlight=False)
    if not console.is_terminal:
        sizes = [max(map(len, column)) for column in zip(heads, *rows)]
        for row in (heads, *rows):
            cells = (f"{text:{'<' if place < 2 else '>'}{size}}"
                     for place, (text, size) in enumerate(zip(row, sizes)))  # fmt: skip
            print("  ".join(cells).rstrip())
        return
    table = Table()
    for place, head in enumerate(heads):
        table.add_column(head, justify="left" if place < 2 else "right")
    for row in rows:
        table.add_row(*row)
    console.print(table)

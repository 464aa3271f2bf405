"""Ways through a netlist, and what is known of a cell or of a module whose instances they cross."""

from dataclasses import dataclass, field
from typing import NamedTuple

from generators.synth import timing_cells

__all__ = ["CLOCK", "Cell", "Entry", "Kept", "Pin", "Way", "later", "text", "wire_to"]


class Way(NamedTuple):
    """A path as it grows; ``cells`` is a pair of those before and the last, or None."""

    ps: int
    luts: int = 0
    carries: int = 0
    start: str = ""
    cells: tuple | None = None
    end: str = ""

    def on(self, ps: int, luts: int = 0, carries: int = 0, cell: str = "", end: str = "") -> "Way":
        cells = (self.cells, cell) if cell else self.cells
        return Way(self.ps + ps, self.luts + luts, self.carries + carries, self.start, cells, end)

    @property
    def kinds(self) -> tuple[str, ...]:
        """The kinds of the cells, from the start to the end."""
        texts, rest = [], self.cells
        while rest is not None:
            rest, text = rest
            texts.append(text)
        return tuple(" ".join(reversed(texts)).split())


def later(a: Way | None, b: Way) -> Way:
    """The longer way: the first one, if they take as long and cross as many LUTs."""
    return b if a is None or (b.ps, b.luts) > (a.ps, a.luts) else a


Pin = tuple[str, int]
Entry = tuple[str, int, str]
"""A bit of an input port, and what it meets there: see timing_cells.sink."""
CLOCK = ("", 0, "")


@dataclass
class Kept:
    """What those who instantiate a module must know of it, by bits of its ports."""

    worst: Way | None = None
    launch: dict[Pin, Way] = field(default_factory=dict)
    arcs: dict[Pin, list[tuple[Entry, Way]]] = field(default_factory=dict)
    require: dict[Entry, Way] = field(default_factory=dict)
    wires: dict[Pin, Pin] = field(default_factory=dict)
    drivers: dict[Pin, str] = field(default_factory=dict)
    outputs: tuple[str, ...] = ()


class Cell:
    """A cell's model, by its pins."""

    def __init__(self, kind: str, model: timing_cells.Model) -> None:
        self.launch, self.internal = model.launch, model.internal
        self.ends = [(pin, timing_cells.sink(kind, pin), Way(ps, cells=(None, f"{kind}.{pin}")))
                     for pin, ps in model.require.items()]  # fmt: skip
        self.arcs: dict[str, list] = {}
        for i, index, o, bit, ps in model.arcs:
            way = Way(ps, model.lut_levels, model.carry4, cells=(None, kind))
            arc = i, index, bit, timing_cells.sink(kind, i), way
            self.arcs.setdefault(o, []).append(arc)


def wire_to(driver: str, sink: str, wire: int) -> tuple[int, int]:
    """Time and LUTs between two pins: see analyse()."""
    free = {"lut": ("lut",), "bypass": ("lut",), "carry": ("carry",), "muxf7": ("muxf7",),
            "register": ("lut", "carry", "slice", "muxf7", "muxf8"),
            "cascade": ("cascade",)}.get(sink, ())  # fmt: skip
    if driver in free:
        return 0, 0
    return (wire + timing_cells.LUT_BYPASS, 1) if sink == "lut" else (wire, 0)


def text(way: Way) -> str:
    """The cells of a way that is a part of others."""
    before, last = way.cells or (None, "")
    return last if before is None else " ".join(way.kinds)

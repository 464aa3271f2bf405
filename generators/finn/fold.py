"""Folding: how many rows and columns of each layer at once, and where its weights are."""

import json
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

import msgspec

from boards.board import Board
from generators.finn import coded, cost, datapath, linear, loading, lower_mvtu
from generators.finn.cost import Cost
from generators.finn.linear import Linear, Matrix, linear_layers
from generators.finn.lower_mvtu import Folded
from generators.finn.part import Choice
from generators.network import graph, read, sentence
from generators.network.error import ModelError
from hdl.dot.popcount import WIDTH

LUT_ROM_DEPTH = 256
"""Deeper LUT ROMs are not considered: two levels of multiplexers, and slow to route."""

FRAMES = (1, 2, 4, 8)
"""Vectors that share a fetch of weights, where a search may choose."""

MAX_FRAMES = 64
"""Vectors that share a fetch of weights at most, and frames of a batch: all wait for the last."""

ALONE = ("planes", "minifloat")
"""Datapaths whose vectors do not share fetches of weights."""

FULL = {"lut": 64, "bram": 512, "const": 1, "ram": 512}
"""Words that a primitive of a memory holds at its widest: a memory of less leaves some of it empty,
unless it is narrower and deeper for several frames."""


@dataclass(frozen=True)
class Candidate:
    """One way to fold a layer, with its cycles a frame and its estimated resources.

    ``folded`` are the circuits, ``cost`` is that of its unit alone and of what follows from it.
    """

    choice: Choice
    cycles: int | float
    cost: Cost
    folded: Folded | None = field(default=None, repr=False, compare=False)


def read_folds(path: Path, network: graph.Network) -> dict[str, graph.Fold]:
    """Read a fold file: {layer: {"pe", "simd", "frames", "storage", "datapath", "fifo"}}.

    Raises
    ------
    ModelError
        If it is none, or names what is not there.
    """
    document = read.read_json(path)
    if not isinstance(document, dict):
        what = f"Fold file must be an object, not {sentence.brief(document)}"
        raise ModelError(f"{path.name}: $", what)
    names = [layer.name for layer in linear_layers(network)]
    for name in document:
        if name not in names:
            accepted = f"one of {', '.join(names)}" if names else "absent: no layer is folded"
            raise ModelError(f"{path.name}: $", f"Layer must be {accepted}, not {name!r}")
    return {name: _read_fold(fold, f"{path.name}: $.{name}") for name, fold in document.items()}


def _read_fold(document, where: str) -> graph.Fold:
    try:
        return msgspec.convert(document, graph.Fold)
    except msgspec.ValidationError as error:
        place, what = sentence.explain(str(error), document, graph.Fold)
        if place == "$":
            what = what.replace("Description", "Fold", 1)
        raise ModelError(where + place.removeprefix("$"), what) from None


def candidates(network: graph.Network, layer: Linear, fold: graph.Fold, where: str,
               frames: tuple[int, ...] = (1,)):  # fmt: skip
    """All ways to fold a layer that a (partial) fold leaves open.

    Of the lanes with the same number of steps only the fewest count: pe = ceil(rows / steps).
    Constant weights take one step. Of ``frames`` those are tried that fill a memory better, where
    the fold says neither lanes nor how many vectors share a fetch of weights; it is one by default.

    Raises
    ------
    ModelError
        If the fold asks for lanes that the layer does not have, or for what is not built.
    """
    found = linear.matrix(network, layer)
    _refuse(fold, found, where)
    asked = fold.datapath or layer.datapath
    block = coded.block(layer) if asked in datapath.CODED else 1
    if fold.simd and fold.simd != 1 and asked == "minifloat":
        raise ModelError(f"{where}.simd", f"Simd must be 1 for minifloat, not {fold.simd}")
    if fold.simd and fold.simd % block:
        what = f"Simd must be a multiple of the {block} columns of a block, not {fold.simd}"
        raise ModelError(f"{where}.simd", what)
    one = lower_mvtu.mvtu_config(network, layer, Choice(1, 1, "lut", "mvtu"))
    place = where if fold.datapath else f"{network.name}: layer {layer.name!r}"
    names = datapath.possible(asked, one, layer, found, f"{place}.datapath")
    names = loading.suited(names, one, fold.storage, f"{where}.storage")
    if asked in ALONE and (fold.frames or 1) > 1:
        raise ModelError(f"{where}.frames", f"Frames must be 1 for {asked}, not {fold.frames}")
    counts = [fold.frames] if fold.frames else [1] if fold.pe or fold.simd else frames
    counts = [1] if asked in ALONE else counts
    lanes = [1] if asked == "minifloat" else simds(found, block)
    options = []
    for pe in [fold.pe] if fold.pe else pes(found):
        for simd in [fold.simd] if fold.simd else lanes:
            alone = Choice(pe, simd, "lut", "mvtu")
            plain = lower_mvtu.fold(network, layer.name, alone)
            for name in names:
                way = lower_mvtu.way(network, layer, name)
                for storage in _storages(fold.storage, plain, way):
                    if name != "mvtu_dsp" or _suits_dsp(plain, storage, asked):
                        choice = Choice(pe, simd, storage, name, fifo=fold.fifo or "auto")
                        options += _by_frames(network, layer, plain, way, choice, counts,
                                              asked=bool(fold.frames))  # fmt: skip
    if not options and asked == "mvtu_dsp" and one.counts:
        what = f"Datapath must be mvtu for popcounts of one step, or beyond {WIDTH} bits"
        raise ModelError(f"{place}.datapath", f"{what}, not mvtu_dsp")
    if not options:
        steps = _steps(plain, way)
        what = f"Storage must be lut or bram for {steps} steps a frame, not const"
        if steps == 1:
            what = f"Storage must be lut or bram for datapath {asked}, not const"
        raise ModelError(f"{where}.storage", what)
    return options


def _by_frames(network, layer, plain: Folded, way: datapath.Way, choice: Choice, counts,
               *, asked: bool):  # fmt: skip
    """A choice with so many frames a fetch of weights, as far as asked for or worth trying."""
    for count in counts:
        if count == 1:
            yield _candidate(plain, way, choice)
        elif asked or _helps(plain, choice.storage, count):
            alike = Choice(choice.pe, choice.simd, "lut", "mvtu", count)
            folded = lower_mvtu.fold(network, layer.name, alike)
            yield _candidate(folded, way, replace(choice, frames=count))


def suiting(found: list[Candidate], board: Board) -> list[Candidate]:
    """Those that a board does best: all, or on an ECP5 those that add in LUTs, if there are any.

    Popcounts that a DSP48E1 adds take more LUTs on an ECP5 than those that LUTs add: TFC_1W1A at
    196 cycles 2,858 of them (yosys, LUT4 and two for each CCU2C) and 5 block RAMs more, not 2,657.
    """
    if board.accumulates:
        return found
    lut = [one for one in found if getattr(one.folded.mvtu, "accumulator", "lut") == "lut"]
    return lut or found


def _suits_dsp(plain: Folded, storage: str, asked: str | None) -> bool:
    """Whether DSP slices may do it; a product with a constant is but a few adders."""
    if plain.mvtu.counts:
        return replace(plain.mvtu, storage=storage).fits_dsp
    return asked is not None or storage != "const"


def _candidate(plain: Folded, way: datapath.Way, choice: Choice) -> Candidate:
    """A choice for a layer that is folded onto the same lanes, of as many frames."""
    stored = replace(plain, mvtu=replace(plain.mvtu, storage=choice.storage))
    folded = stored.on(way)
    return Candidate(choice, folded.cycles, cost.folded(folded), folded)


def _helps(plain: Folded, storage: str, frames: int) -> bool:
    """Whether so many frames are worth trying: they are neither slower to gather or to scatter.

    Of lanes only those that divide the matrix are, to keep the candidates few.
    """
    found, mvtu = plain.matrix, plain.mvtu
    if found.groups > 1 or not (found.dense or found.vectors % frames == 0):
        return False
    divides = found.rows % mvtu.pe == found.cols % mvtu.simd == 0
    short = mvtu.interval < frames * FULL[storage]
    return divides and short and frames <= min(mvtu.row_groups, mvtu.col_groups)


def pes(found: Matrix) -> tuple[int, ...]:
    """Rows at once; of a depthwise convolution all rows of several channels."""
    if found.groups == 1:
        return _lanes(found.rows)
    few = [pe for pe in range(1, found.rows + 1) if found.rows % pe == 0]
    if found.depthwise:
        groups = range(2, found.groups + 1)
        few += [found.rows * n for n in groups if found.groups % n == 0]
    return tuple(few)


def simds(found: Matrix, block: int = 1) -> tuple[int, ...]:
    """Columns at once; windows come tap by tap, so many channels at once as divide these.

    Or all taps of a kernel's row come side by side. Formats may code blocks of columns together.
    """
    if not found.windowed and found.groups == 1:
        return tuple(block * n for n in _lanes(found.cols // block))
    if block > 1:
        blocks = found.channels // block
        return tuple(block * n for n in range(1, blocks + 1) if blocks % n == 0)
    one = [n for n in range(1, found.channels + 1) if found.channels % n == 0]
    side = [found.side * n for n in one if found.side > 1]
    return (*one, *(n for n in side if found.channels % n))


def _refuse(fold: graph.Fold, found: Matrix, where: str) -> None:
    if found.groups > 1 and fold.pe and fold.pe not in pes(found):
        accepted = ", ".join(map(str, pes(found)))
        raise ModelError(f"{where}.pe", f"Pe must be one of {accepted}, not {fold.pe}")
    if fold.pe and found.groups == 1 and fold.pe >= 2 * found.rows:  # most of it padding
        what = f"Pe must be below twice the layer's {found.rows} rows, not {fold.pe}"
        raise ModelError(f"{where}.pe", what)
    if fold.simd and (found.windowed or found.groups > 1) and fold.simd not in simds(found):
        of = f"{found.channels} channels" + (" of a group" if found.groups > 1 else "")
        wider = f", or be {found.side} times such a number" if found.side > 1 else ""
        what = f"Simd must divide the layer's {of}{wider}, not {fold.simd}"
        raise ModelError(f"{where}.simd", what)
    if fold.simd and fold.simd >= 2 * found.cols:
        what = f"Simd must be below twice the layer's {found.cols} columns, not {fold.simd}"
        raise ModelError(f"{where}.simd", what)
    frames = fold.frames or 1
    if frames > MAX_FRAMES:
        raise ModelError(f"{where}.frames", f"Frames must be at most {MAX_FRAMES}, not {frames}")
    if frames > 1 and found.groups > 1:
        what = f"Frames must be 1 for a convolution of groups, not {frames}"
        raise ModelError(f"{where}.frames", what)
    if not found.dense and found.vectors % frames:
        what = f"Frames must divide the convolution's {found.vectors} output positions"
        raise ModelError(f"{where}.frames", f"{what}, not {frames}")


@lru_cache
def _lanes(size: int) -> tuple[int, ...]:
    """The distinct values of ceil(size / steps)."""
    return tuple(sorted({-(-size // steps) for steps in range(1, size + 1)}))


def _steps(plain: Folded, way: datapath.Way) -> int:
    """Words of a layer's weight memory."""
    return plain.mvtu.interval if way.plain else plain.on(way).mvtu.interval


def _storages(asked: str | None, plain: Folded, way: datapath.Way) -> list[str]:
    """Where weights may be: one step's are constants if its datapath has a circuit for them."""
    steps = _steps(plain, way)
    whole = way.name == "shift" and plain.mvtu.whole
    constant = steps == 1 and (way.plain or whole)
    if asked == "const" and not constant:
        return []
    if asked not in (None, "auto"):
        return [asked]
    if constant:
        return ["const"]
    return ["lut", "bram"] if 8 <= steps <= LUT_ROM_DEPTH else ["lut" if steps < 8 else "bram"]


def fold_file(choices: dict[str, Choice]) -> str:
    """A fold file that asks for these choices; lanes without "fifo" mean queues that are "auto"."""
    folds = {
        name: {
            "pe": c.pe,
            "simd": c.simd,
            "frames": c.frames,
            "storage": c.storage,
            "datapath": c.datapath,
        }
        | ({"fifo": c.fifo} if c.fifo != "auto" else {})
        for name, c in choices.items()
    }
    return json.dumps(folds, indent=1) + "\n"

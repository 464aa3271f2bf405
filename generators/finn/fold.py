"""Folding: how many rows and columns of each layer at once, and where its weights are."""

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from pathlib import Path

import msgspec

from generators.finn import cost, linear, lower_mvtu
from generators.finn.cost import Cost
from generators.finn.linear import Linear, Matrix, linear_layers
from generators.finn.lower_mvtu import Folded
from generators.finn.part import Choice
from generators.network import graph, read, sentence
from generators.network.error import ModelError
from hdl.array.mvtu_config import Config as MVTUConfig
from hdl.dot.packing import Packing
from hdl.dot.popcount import WIDTH

MIN_PRODUCT = 9
"""Bits of the narrowest product that yosys puts into a DSP48E1."""

MIN_PACKED = 6
"""Bits of the narrowest product of which DSP48E1s do several; a few LUTs do a narrower one."""

LUT_ROM_DEPTH = 256
"""Deeper LUT ROMs are not considered: two levels of multiplexers, and slow to route."""

FRAMES = (1, 2, 4, 8)
"""Vectors that share a fetch of weights, where a search may choose."""

MAX_FRAMES = 64
"""Vectors that share a fetch of weights at most, and frames of a batch: all wait for the last."""

FULL = {"lut": 64, "bram": 512, "const": 1}
"""Words that a primitive of a memory holds at its widest: a memory of less leaves some of it empty,
unless it is narrower and deeper for several frames."""


@dataclass(frozen=True)
class Candidate:
    """One way to fold a layer, with its cycles a frame and its estimated resources."""

    choice: Choice
    cycles: int | float
    cost: Cost


def read_folds(path: Path, network: graph.Network) -> dict[str, graph.Fold]:
    """Read a fold file: {layer: {"pe", "simd", "frames", "storage", "datapath"}}.

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
    one = lower_mvtu.mvtu_config(network, layer, Choice(1, 1, "lut", "mvtu"))
    asked = fold.datapath or layer.datapath
    place = where if fold.datapath else f"{network.name}: layer {layer.name!r}"
    datapaths = _datapaths(asked, one, f"{place}.datapath")
    options = []
    counts = [fold.frames] if fold.frames else [1] if fold.pe or fold.simd else frames
    for pe in [fold.pe] if fold.pe else pes(found):
        for simd in [fold.simd] if fold.simd else simds(found):
            alone = Choice(pe, simd, "lut", "mvtu")
            plain = lower_mvtu.fold(network, layer.name, alone)
            steps = plain.mvtu.interval
            for storage, datapath in product(_storages(fold.storage, steps), datapaths):
                if datapath == "mvtu_dsp" and not _suits_dsp(plain, storage, asked):
                    continue
                for count in counts:
                    if count > 1 and not (fold.frames or _helps(plain, storage, count)):
                        continue
                    choice, folded = Choice(pe, simd, storage, datapath, count), plain
                    if count > 1:
                        folded = lower_mvtu.fold(network, layer.name, replace(alone, frames=count))
                    options.append(_candidate(folded, choice))
    if not options and asked == "mvtu_dsp" and one.counts:
        what = f"Datapath must be mvtu for popcounts of one step, or beyond {WIDTH} bits"
        raise ModelError(f"{place}.datapath", f"{what}, not mvtu_dsp")
    if not options:
        what = f"Storage must be lut or bram for {steps} steps a frame, not const"
        raise ModelError(f"{where}.storage", what)
    return options


def _suits_dsp(plain: Folded, storage: str, asked: str | None) -> bool:
    """Whether DSP slices may do it; a product with a constant is but a few adders."""
    if plain.mvtu.counts:
        return replace(plain.mvtu, storage=storage).fits_dsp
    return asked is not None or storage != "const"


def _candidate(plain: Folded, choice: Choice) -> Candidate:
    """A choice for a layer that is folded onto the same lanes, of as many frames."""
    config = replace(
        plain.mvtu,
        storage=choice.storage,
        **lower_mvtu.dsp_part(plain.mvtu, choice),
    )
    folded = replace(plain, mvtu=config)
    return Candidate(choice, folded.cycles, cost.folded(folded))


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


def simds(found: Matrix) -> tuple[int, ...]:
    """Columns at once; windows come tap by tap, so many channels at once as divide these.

    Or all taps of a kernel's row come side by side.
    """
    if not found.windowed and found.groups == 1:
        return _lanes(found.cols)
    one = [n for n in range(1, found.channels + 1) if found.channels % n == 0]
    side = [found.side * n for n in one if found.side > 1]
    return (*one, *(n for n in side if found.channels % n))


def _datapaths(asked: str | None, config: MVTUConfig, where: str) -> list[str]:
    """The datapath asked for, or all that make sense: a DSP slice takes products of 6 bits up.

    Where it does only one, with bipolar or unsigned weights, of 9 bits up: yosys, as others, makes
    narrower products in LUTs whatever one asks. Of bipolar numbers it adds popcounts, four in one.
    """
    if asked == "mvtu":
        return ["mvtu"]
    if config.counts:
        return [asked] if asked else ["mvtu", "mvtu_dsp"]
    least = MIN_PACKED if Packing.rows(1, config.x, config.w) else MIN_PRODUCT
    if config.dot.product.width < least:
        bits = f"{config.dot.product.width} bits, not mvtu_dsp"
        refusal = f"Datapath must be mvtu for products of less than {least} bits, here {bits}"
    elif asked is None and (config.x.bipolar or config.w.bipolar):
        return ["mvtu"]  # to negate is cheaper than to multiply
    else:
        return [asked] if asked else ["mvtu", "mvtu_dsp"]
    if asked:
        raise ModelError(where, refusal)
    return ["mvtu"]


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


def _storages(asked: str | None, steps: int) -> list[str]:
    if asked == "const" and steps > 1:
        return []
    if asked not in (None, "auto"):
        return [asked]
    if steps == 1:
        return ["const"]
    return ["lut", "bram"] if 8 <= steps <= LUT_ROM_DEPTH else ["lut" if steps < 8 else "bram"]


def fold_file(choices: dict[str, Choice]) -> str:
    """A fold file that asks for these choices."""
    folds = {
        name: {
            "pe": c.pe,
            "simd": c.simd,
            "frames": c.frames,
            "storage": c.storage,
            "datapath": c.datapath,
        }
        for name, c in choices.items()
    }
    return json.dumps(folds, indent=1) + "\n"

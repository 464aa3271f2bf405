"""Folding: how many rows and columns of each layer at once, and where its weights are."""

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from pathlib import Path

import msgspec

from generators.finn import cost, lower_mvtu
from generators.finn.cost import Cost
from generators.finn.lower_mvtu import Linear, Matrix, linear_layers
from generators.finn.part import Choice
from generators.network import graph, read, sentence
from generators.network.error import ModelError
from hdl.array.mvtu_config import Config as MVTUConfig

MIN_PRODUCT = 9
"""Bits of the narrowest product that yosys puts into a DSP48E1."""

LUT_ROM_DEPTH = 256
"""Deeper LUT ROMs are not considered: two levels of multiplexers, and slow to route."""


@dataclass(frozen=True)
class Candidate:
    """One way to fold a layer, with its cycles a frame and its estimated resources."""

    choice: Choice
    cycles: int
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


def candidates(network: graph.Network, layer: Linear, fold: graph.Fold, where: str):
    """All ways to fold a layer that a (partial) fold leaves open.

    Of the lanes with the same number of steps only the fewest count: pe = ceil(rows / steps).
    Constant weights take one step.

    Raises
    ------
    ModelError
        If the fold asks for lanes that the layer does not have, or for what is not built.
    """
    found = lower_mvtu.matrix(network, layer)
    _refuse(fold, found, where)
    one = lower_mvtu.mvtu_config(network, layer, Choice(1, 1, "lut", "mvtu"))
    asked = fold.datapath or layer.datapath
    place = where if fold.datapath else f"{network.name}: layer {layer.name!r}"
    datapaths = _datapaths(asked, one, f"{place}.datapath")
    options = []
    for pe in [fold.pe] if fold.pe else pes(found):
        for simd in [fold.simd] if fold.simd else simds(found):
            plain = lower_mvtu.fold(network, layer.name, Choice(pe, simd, "lut", "mvtu"))
            steps = plain.mvtu.interval
            for storage, datapath in product(_storages(fold.storage, steps), datapaths):
                if storage == "const" and datapath == "mvtu_dsp" and asked is None:
                    continue  # a product with a constant is a few adders
                multiplier = datapath == "mvtu_dsp"
                config = replace(plain.mvtu, storage=storage, multiplier=multiplier)
                choice = Choice(pe, simd, storage, datapath)
                options.append(Candidate(choice, plain.cycles, cost.mvtu(config)))
    if not options:
        what = f"Storage must be lut or bram for {steps} steps a frame, not const"
        raise ModelError(f"{where}.storage", what)
    return options


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
    """The datapath asked for, or all that make sense: a DSP slice takes products of 9 bits up.

    yosys, as others, makes narrower products in LUTs whatever one asks.
    """
    if asked == "mvtu":
        return ["mvtu"]
    if config.counts:
        refusal = "Datapath must be mvtu for bipolar weights and inputs, not mvtu_dsp"
    elif config.dot.product.width < MIN_PRODUCT:
        bits = f"{config.dot.product.width} bits, not mvtu_dsp"
        refusal = f"Datapath must be mvtu for products of less than {MIN_PRODUCT} bits, here {bits}"
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
    if fold.frames not in (None, 1):
        what = f"Frames must be 1, not {fold.frames}: weights are fetched for each frame"
        raise ModelError(f"{where}.frames", what)


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
        name: {"pe": c.pe, "simd": c.simd, "storage": c.storage, "datapath": c.datapath}
        for name, c in choices.items()
    }
    return json.dumps(folds, indent=1) + "\n"

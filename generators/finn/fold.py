"""Folding: how many rows and columns of each layer at once, and where its weights are."""

import json
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

import msgspec

from generators.finn import cost
from generators.finn.cost import Cost
from generators.finn.lower import Choice, shaped
from generators.network import check, graph
from generators.network.error import ModelError

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
    try:
        folds = msgspec.json.decode(path.read_bytes(), type=dict[str, graph.Fold])
    except OSError as error:
        raise ModelError(str(path), f"File cannot be read: {error.strerror}") from None
    except msgspec.ValidationError as error:
        what, _, where = str(error).partition(" - at `")
        raise ModelError(f"{path.name}: {where.rstrip('`') or '$'}", what) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(path.name, f"File must be JSON: {error}") from None
    names = [layer.name for layer in dense_layers(network)]
    for name in folds:
        if name not in names:
            what = f"Layer must be one of {', '.join(names)}, not {name!r}"
            raise ModelError(f"{path.name}: $.{name}", what)
    return folds


def dense_layers(network: graph.Network) -> list[graph.Dense]:
    """The layers that are folded."""
    return [layer for layer in network.layers if isinstance(layer, graph.Dense)]


def candidates(network: graph.Network, layer: graph.Dense, fold: graph.Fold, where: str):
    """All ways to fold a layer that a (partial) fold leaves open.

    Of the lanes with the same number of steps only the fewest count: pe = ceil(rows / steps).

    Raises
    ------
    ModelError
        If the fold asks for more lanes than the layer has, or for what is not built.
    """
    rows, cols = layer.weights.data.shape
    _refuse(fold, rows, cols, where)
    tensors = check.infer(network)
    source, result = tensors[layer.inputs[0]].type, tensors[layer.name].type
    datapath = fold.datapath or layer.datapath or "mvtu"
    one = shaped(layer, source, result, Choice(1, 1, "lut", datapath))
    found = []
    for pe in [fold.pe] if fold.pe else _lanes(rows):
        for simd in [fold.simd] if fold.simd else _lanes(cols):
            steps = -(-rows // pe) * -(-cols // simd)
            for storage in _storages(fold.storage, steps, where):
                config = replace(one, pe=pe, simd=simd, storage=storage)
                choice = Choice(pe, simd, storage, datapath)
                found.append(Candidate(choice, steps, cost.mvtu(config)))
    return found


def _refuse(fold: graph.Fold, rows: int, cols: int, where: str) -> None:
    if fold.pe and fold.pe >= 2 * rows:  # further lanes would be padding, most of them
        what = f"Pe must be below twice the layer's {rows} rows, not {fold.pe}"
        raise ModelError(f"{where}.pe", what)
    if fold.simd and fold.simd >= 2 * cols:
        what = f"Simd must be below twice the layer's {cols} columns, not {fold.simd}"
        raise ModelError(f"{where}.simd", what)
    if fold.frames not in (None, 1):
        what = f"Frames must be 1, not {fold.frames}: weights are fetched for each frame"
        raise ModelError(f"{where}.frames", what)


@lru_cache
def _lanes(size: int) -> tuple[int, ...]:
    """The distinct values of ceil(size / steps)."""
    return tuple(sorted({-(-size // steps) for steps in range(1, size + 1)}))


def _storages(asked: str | None, steps: int, where: str) -> list[str]:
    if asked == "const" and steps > 1:
        what = f"Storage must be lut or bram for {steps} steps a frame, not const"
        raise ModelError(f"{where}.storage", what)
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

"""Run the compiled network of a build on the golden model."""

import json
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import numpy as np

from sim.golden import network as golden
from sim.manifest import BuildError, Manifest

__all__ = ["load", "run", "values"]

OPS = (
    "dense", "conv", "maxpool", "sumpool", "add", "concat", "upsample", "pad", "threshold",
    "encode", "flatten", "argmax",
)  # fmt: skip
CHUNK = 256  # frames at a time: the threshold counts of a wide layer need room
# What a mangled description may raise on its way to arrays; nothing here runs foreign code.
MALFORMED = (
    KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError, MemoryError,
    CycleError,
)  # fmt: skip


def run(manifest: Manifest, frames: np.ndarray) -> np.ndarray:
    """The integers (frames, items) that the build's network gives for frames (n, items).

    Raises
    ------
    BuildError
        If model.json is no compiled network, or its output has another size than the manifest's.
    """
    layers = load(manifest.folder)
    read = {name for layer in layers for name in layer["inputs"]}
    last = [layer["name"] for layer in layers if layer["name"] not in read]
    where = str(manifest.folder / "model.json")
    if len(last) != 1:
        raise BuildError(where, f"Network must have one output, not {len(last)}; build again")
    parts = (part[last[0]] for _, part in values(manifest, layers, frames, CHUNK))
    outputs = np.concatenate([part.reshape(len(part), -1) for part in parts])
    if outputs.shape[1] != manifest.output.items:
        what = f"Network must give {manifest.output.items} integers, not {outputs.shape[1]}"
        raise BuildError(where, f"{what}; build again")
    return outputs


def values(manifest: Manifest, layers: list[dict], frames: np.ndarray,
           chunk: int) -> Iterator[tuple[int, dict[str, np.ndarray]]]:  # fmt: skip
    """What each layer gives, by name, for so many frames at a time; with the first one's number.

    ``input`` are the frames themselves; ``layers`` come of :func:`load`.

    Raises
    ------
    BuildError
        If they cannot be run.
    """
    for start in range(0, len(frames), chunk):
        part = frames[start : start + chunk].reshape(-1, *manifest.input.shape)
        try:
            found = {name: np.asarray(value, np.int64)
                     for name, value in golden.run(layers, part).items()}  # fmt: skip
        except MALFORMED as error:
            where, what = str(manifest.folder / "model.json"), f"Network cannot be run: {error!r}"
            raise BuildError(where, f"{what}; build again") from None
        yield start, found


def load(folder: Path) -> list[dict]:
    """The layers of folder/model.json in topological order, arrays resolved, for the golden run.

    Raises
    ------
    BuildError
        If the files are no compiled network: ops of :data:`OPS`, integers only.
    """
    where = str(folder / "model.json")
    try:
        document = json.loads((folder / "model.json").read_bytes())
        with np.load(folder / "weights.npz", allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
        layers = {layer["name"]: _layer(layer, arrays) for layer in document["layers"]}
        graph = {name: set(layer["inputs"]) - {"input"} for name, layer in layers.items()}
        return [layers[name] for name in TopologicalSorter(graph).static_order()]
    except (OSError, *MALFORMED) as error:
        what = f"File must be a compiled network with its weights: {error}; build again"
        raise BuildError(where, what) from None


def _layer(layer: dict, arrays: dict[str, np.ndarray]) -> dict:
    if layer["op"] not in OPS:
        raise ValueError(f"op must be one of {', '.join(OPS)}, not {layer['op']!r}")
    fields = dict(layer)
    if "weights" in fields:
        if fields["weights"].get("scale") is not None:
            raise ValueError(f"weights of {layer['name']} must have no scale")
        coding = fields["weights"].get("coding")
        fields["weights"] = {"data": _array(fields["weights"], arrays), "coding": coding}
    if fields.get("activation") is not None:
        fields["activation"] = _arrays(fields["activation"], arrays)
        requantize = fields["activation"].get("requantize")
        if requantize is not None:
            fields["activation"]["requantize"] = _arrays(requantize, arrays)
    return _arrays(fields, arrays)


def _arrays(fields: dict, arrays: dict[str, np.ndarray]) -> dict:
    """The fields that hold an integer for each channel, where there are any, as arrays."""
    names = ("thresholds", "bias", "gains", "multiplier", "right_shift")
    found = {name: _array(fields[name], arrays) for name in names if fields.get(name)}
    return fields | found


def _array(value, arrays: dict[str, np.ndarray]) -> np.ndarray:
    if isinstance(value, dict):
        value = arrays[value["key"]] if "npz" in value else value["data"]
    array = np.asarray(value)
    if array.dtype.kind not in "iu":
        raise ValueError(f"arrays must hold integers, not {array.dtype}")
    return array.astype(np.int64)

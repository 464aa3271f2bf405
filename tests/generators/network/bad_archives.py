"""Integer networks in npz files that must be refused; the cases are as in :mod:`bad_models`."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.generators.network.bad_models import TYPES, raw

META = {
    "name": "net",
    "layers": [
        {"kind": "fc", "in_type": "int8", "w_type": "int2", "out_type": "uint1", "base": 0,
         "step": 1},
        {"kind": "fc", "in_type": "uint1", "w_type": "int2", "out_type": "int", "base": 0,
         "step": 1},
    ],
}  # fmt: skip
ARRAYS = {"w0": np.ones((2, 3), int), "t0": np.array([[0], [1]]), "w1": np.ones((1, 2), int)}


def raw_archive(**arrays) -> Callable[[Path], Path]:
    """An npz file of the arrays that are not None."""

    def make(folder: Path) -> Path:
        np.savez(folder / "net.npz", **{k: v for k, v in arrays.items() if v is not None})
        return folder / "net.npz"

    return make


def archive(meta=META, **arrays) -> Callable[[Path], Path]:
    """An intnet.npz with some arrays changed; None takes one away."""
    text = meta if isinstance(meta, str) else json.dumps(meta)
    return raw_archive(**ARRAYS | {"meta": np.array(text)} | arrays)


def layer(i: int, **fields) -> dict:
    """Meta with a layer changed."""
    layers = [dict(each) for each in META["layers"]]
    layers[i] |= fields
    return META | {"layers": layers}


CONVS = {"w0": np.ones((2, 3, 3, 1), int), "w1": np.ones((1, 1, 1, 2), int)}


def convs(dim: int, first: int = 6, pool: bool = False) -> dict:
    """Meta of two convolutions, of 3 x 3 pixels and of one."""
    one, two = META["layers"]
    one, two = one | {"kind": "conv", "dim": first, "pool": pool}, two | {"kind": "conv"}
    return META | {"layers": [one, two | {"dim": dim}]}


CASES = [
    ("archive absent", lambda folder: folder / "net.npz",
     "{path}: File cannot be read: No such file or directory"),
    ("archive text", raw("net.npz", b"hello"),
     "net.npz: File must be an npz archive of numbers"),
    ("meta absent", raw_archive(w0=np.zeros((1, 1))),
     "net.npz: meta: Array meta must be given, one JSON string"),
    ("meta null", archive("null"), "net.npz: meta: $: Description must be an object, not null"),
    ("meta no JSON", archive("layers"),
     "net.npz: meta: Array meta must be a JSON string, which it is not"),
    ("meta without layers", archive(META | {"layers": []}),
     "net.npz: meta: $.layers: Layers must be at least one, not []"),
    ("meta without types", archive({"name": "n", "layers": [{"kind": "fc"}]}),
     "net.npz: meta: $.layers[0]: Field 'in_type' must be given"),
    ("kind", archive(layer(0, kind="lstm")),
     "net.npz: layer 0: Kind must be fc or conv, not lstm"),
    ("dim absent", archive(layer(0, kind="conv")),
     "net.npz: layer 0: Dim must be given for the kind conv"),
    ("dim 0", archive(layer(0, kind="conv", dim=0)),
     "net.npz: meta: $.layers[0].dim: Dim must be an integer >= 1, not 0"),
    ("matrix for conv", archive(layer(0, kind="conv", dim=3)),
     "net.npz: layer 0: Array w0 must be given, of shape (outputs, kernel height, kernel width, "
     "inputs)"),
    ("conv behind features", archive(layer(1, kind="conv", dim=1), w1=np.ones((1, 1, 1, 2), int)),
     "net.npz: layer 1.inputs: Input of conv must have shape (height, width, channels), not (2,)"),
    ("dim of a map", archive(convs(dim=5), **CONVS),
     "net.npz: layer 1: Dim must be 4, as that map has 4 x 4 pixels, not 5"),
    ("dim of a pooled map", archive(convs(dim=4, pool=True), **CONVS),
     "net.npz: layer 1: Dim must be 2, as that map has 2 x 2 pixels, not 4"),
    ("dim too small", archive(convs(dim=4, first=2), **CONVS),
     "net.npz: layer 0.weights: Kernel must lie within the padded map of 2 x 2 pixels, "
     "not span 3 x 3"),
    ("pool of one pixel", archive(convs(dim=1, first=3, pool=True), **CONVS),
     "net.npz: layer 0.kernel: Kernel must lie within the padded map of 1 x 1 pixels, "
     "not span 2 x 2"),
    ("pool", archive(layer(0, pool=True)), "net.npz: layer 0: Pool must be false for the kind fc"),
    ("types do not meet", archive(layer(1, in_type="uint2")),
     "net.npz: layer 1: In_type must be uint1, which layer 0 puts out, not uint2"),
    ("step", archive(layer(0, step=2)),
     "net.npz: layer 0: Step must be 1 for the type uint1, not 2"),
    ("type of the input", archive(layer(0, in_type="float")),
     f"net.npz: $.input.type: Type must be {TYPES}, not 'float'"),
    ("type of weights of a layer", archive(layer(0, w_type="int")),
     f"net.npz: layer 0.weights.type: Type must be {TYPES}, not 'int'"),
    ("matrix absent", archive(w1=None),
     "net.npz: layer 1: Array w1 must be given, of shape (outputs, inputs)"),
    ("thresholds of a layer absent", archive(t0=None),
     "net.npz: layer 0: Array t0 must be given"),
    ("thresholds of the last", archive(t1=np.zeros((1, 1), int)),
     "net.npz: layer 1: Array t1 must not be given for the last layer"),
    ("matrix shape", archive(w1=np.ones((1, 3), int)),
     "net.npz: layer 1.weights: Weights must have shape (1, 2), not (1, 3)"),
    ("matrix values", archive(w0=np.full((2, 3), 2)),
     "net.npz: layer 0.weights: Weights of type int2 must be from -2 to 1, not 2"),
]  # fmt: skip

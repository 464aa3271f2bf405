"""Files that were found by fuzzing, each now refused; the cases are as in :mod:`bad_models`."""

import zipfile
from pathlib import Path

import numpy as np

from tests.generators.network.bad_models import DENSE, dense, described, model

_L = "model.json: $.layers[0]"
_NPZ = {"type": "int2", "npz": "weights.npz", "key": "fc0"}
_NO_ARCHIVE = f"{_L}.weights.npz: File 'weights.npz' must be an npz archive of numbers"
_FIELDS = ("Fields must be among op, name, inputs, weights, input_zero_point, input_type, bias, "
           "activation, accumulate, datapath, fold, not ")  # fmt: skip


def members(**added: bytes):
    """A good archive of weights with members added, which are no arrays."""

    def make(folder: Path) -> Path:
        np.savez(folder / "weights.npz", fc0=np.zeros((2, 3), np.int8))
        with zipfile.ZipFile(folder / "weights.npz", "a") as file:
            for name, data in added.items():
                file.writestr(name.replace("_npy", ".npy"), data)
        return described(model(DENSE | {"weights": _NPZ}))(folder)

    return make


def coded(kind: str):
    """Weights in a format, which read bipolar inputs."""
    weights = {"type": FORMATS[kind], "data": [[0, 0, 0, 0]]}
    layer = DENSE | {"weights": weights, "activation": None}
    what = f"Weights of the format {kind} must not be multiplied with bipolar inputs; make these"
    return (f"bipolar inputs of {kind}",
            described(model(layer, input={"shape": [4], "type": "bipolar"})),
            f"{_L}.weights.type: {what} ternary")  # fmt: skip


FORMATS = {
    "fpec": {"format": "fpec", "bits": 3},
    "biscaled": {"format": "biscaled", "bits": 3, "shift": 1},
    "grouped": {"format": "grouped", "bits": 3, "group": 2, "exponents": 2},
}

CASES = [
    ("encode of bipolar numbers", described(model(
        {"name": "e", "op": "encode", "inputs": ["input"], "type": "int3"},
        input={"shape": [4], "type": "bipolar"})),
     f"{_L}.inputs: Input of encode must not be bipolar; make it ternary"),
    ("no numbers of a block format",
     dense(weights={"type": FORMATS["grouped"], "data": []}, activation=None),
     f"{_L}.weights: Weights must have shape (rows, 3), not (0,)"),
    ("one number of a block format",
     dense(weights={"type": FORMATS["grouped"], "data": 0}, activation=None),
     f"{_L}.weights: Weights must have shape (rows, 3), not ()"),
    *(coded(kind) for kind in FORMATS),
    ("npz with a text", members(README=b"weights"), _NO_ARCHIVE),
    ("npz with a header that ends too soon",
     members(x_npy=b"\x93NUMPY\x01\x00\x12\x00{'shape': (3, 4,   "), _NO_ARCHIVE),
    ("unknown field of many characters", dense(**{"x" * 2000: 1}),
     f"{_L}: {_FIELDS}'{'x' * 346} … {'x' * 499}'"),
    ("unknown field of two lines", dense(**{"a\nb\x1b[1m": 1}),
     f"{_L}: {_FIELDS}" r"'a\nb\x1b[1m'"),
]  # fmt: skip

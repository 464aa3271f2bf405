"""Files that must be refused, each with the one sentence that says why.

A case is (name, make, sentence): ``make(folder)`` writes the file and returns its path; the
sentence may hold ``{path}``, the file's path as given to the command.
"""

import copy
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np

DENSE = {
    "name": "fc0",
    "op": "dense",
    "inputs": ["input"],
    "weights": {"type": "int2", "data": [[1, 0, -1], [0, 1, 1]]},
    "activation": {"type": "uint1", "thresholds": [[0], [1]]},
}
BN = {"name": "bn0", "op": "batchnorm", "inputs": ["input"], "gamma": 1, "beta": 0, "mean": 0}
QUANT = {"name": "quant0", "op": "quantize", "inputs": ["input"], "type": "int4"}
NAMED = "a string that matches ^[A-Za-z_][A-Za-z0-9_.-]*$"
TYPES = "bipolar, ternary, intN or uintN with N from 1 to 32"


def model(*layers, **fields) -> dict:
    """A description of three int8 inputs and these layers."""
    head = {"bitloom": 1, "name": "net", "input": {"shape": [3], "type": "int8"}}
    return copy.deepcopy(head | {"layers": list(layers) or [DENSE]} | fields)


def described(document, arrays: dict | None = None) -> Callable[[Path], Path]:
    """A model.json of a document, or of a text, with weights.npz of the arrays."""

    def make(folder: Path) -> Path:
        path = folder / "model.json"
        path.write_text(document if isinstance(document, str) else json.dumps(document))
        if arrays is not None:
            np.savez(folder / "weights.npz", **arrays)
        return path

    return make


def dense(**fields) -> Callable[[Path], Path]:
    """The description of one dense layer with some fields changed; None takes one away."""
    layer = {k: v for k, v in (DENSE | fields).items() if v is not None}
    return described(model(layer))


def weighted(arrays: dict, **fields) -> Callable[[Path], Path]:
    """The description of one dense layer with weights in an npz file."""
    weights = {"type": "int2", "npz": "weights.npz", "key": "fc0"} | fields
    return described(model(DENSE | {"weights": weights}), arrays)


def raw(name: str, data: bytes | None) -> Callable[[Path], Path]:
    """A file of bytes, a folder for None."""

    def make(folder: Path) -> Path:
        path = folder / name
        path.mkdir() if data is None else path.write_bytes(data)
        return path

    return make


def _pickled(folder: Path) -> Path:
    np.savez(folder / "weights.npz", fc0=np.array([[1, "x"]], object), allow_pickle=True)
    return described(model(DENSE | {"weights": _NPZ}))(folder)


def _truncated_npz(folder: Path) -> Path:
    np.savez(folder / "weights.npz", fc0=np.zeros((2, 3), np.int8))
    data = (folder / "weights.npz").read_bytes()
    (folder / "weights.npz").write_bytes(data[:-30])
    return described(model(DENSE | {"weights": _NPZ}))(folder)


_NPZ = {"type": "int2", "npz": "weights.npz", "key": "fc0"}
_L = "model.json: $.layers[0]"
_SECOND = DENSE | {"name": "fc1", "inputs": ["fc0"], "weights": {"type": "int2", "data": [[1, 1]]},
                   "activation": None}  # fmt: skip


FILES = [
    ("missing", lambda folder: folder / "model.json",
     "{path}: File cannot be read: No such file or directory"),
    ("folder", raw("model.json", None), "{path}: File cannot be read: Is a directory"),
    ("suffix", raw("model.txt", b"{}"),
     "{path}: File must end in .json, .onnx or .npz, not '.txt'"),
    ("no suffix", raw("model", b"{}"), "{path}: File must end in .json, .onnx or .npz, not ''"),
    ("empty", raw("model.json", b""), "model.json: File must be JSON: Input data was truncated"),
    ("no JSON", raw("model.json", b"layers:"),
     "model.json: File must be JSON: invalid character (byte 0)"),
    ("not UTF-8", raw("model.json", b'{"name": "\xff"}'),
     "model.json: File must be JSON in UTF-8, which it is not"),
    ("nested deep", described("[" * 100000),
     "model.json: File must be JSON of a few levels, not nested so deep"),
    ("nested lists", described('{"layers": ' + "[" * 900 + "]" * 900 + "}"),
     "model.json: File must be JSON of a few levels, not nested so deep"),
    ("no object", described([]), "model.json: $: Description must be an object, not []"),
    ("number of JSON", described('{"bitloom": 1e999}'),
     "model.json: File must be JSON: Number out of range"),
    ("NaN", described('{"bitloom": NaN}'),
     "model.json: File must be JSON: invalid character (byte 12)"),
]  # fmt: skip

FIELDS = [
    ("version", described(model(bitloom=2)), "model.json: $.bitloom: Bitloom must be 1, not 2"),
    ("no layers", described(model(layers=[])),
     "model.json: $.layers: Layers must be a list of length >= 1, not []"),
    ("layer is no object", described(model(3)), f"{_L}: Item must be an object, not 3"),
    ("unknown field", dense(weight=1),
     f"{_L}: Fields must be among op, name, inputs, weights, input_zero_point, input_type, bias, "
     "activation, accumulate, datapath, fold, not 'weight'"),
    ("unknown field of the network", described(model(author="x")),
     "model.json: $: Fields must be among bitloom, name, input, layers, output, not 'author'"),
    ("unknown field of weights", dense(weights={"type": "int2", "date": []}),
     f"{_L}.weights: Fields must be among type, data, npz, key, scale, zero_point, coding, "
     "not 'date'"),
    ("missing field", dense(weights=None), f"{_L}: Field 'weights' must be given"),
    ("missing op", dense(op=None), f"{_L}: Field 'op' must be given"),
    ("unknown op", dense(op="lstm"),
     f"{_L}.op: Op must be one of add, argmax, avgpool, batchnorm, concat, conv, dense, encode, "
     "flatten, globalavgpool, maxpool, pad, quantize, relu, scale, sign, sumpool, threshold, "
     'upsample, not "lstm"'),
    ("op is no string", dense(op=3), f"{_L}.op: Op must be a string, not 3"),
    ("rounding", described(model(QUANT | {"rounding": "NEAREST"})),
     f'{_L}.rounding: Rounding must be one of "HALF_EVEN", "HALF_UP", "HALF_DOWN", "FLOOR", '
     '"CEIL", "UP", "DOWN", not "NEAREST"'),
    ("kind of a field", dense(inputs="input"), f'{_L}.inputs: Inputs must be a list, not "input"'),
    ("fold", dense(fold={"pe": 0}), f"{_L}.fold.pe: Pe must be an integer >= 1, not 0"),
    ("epsilon", described(model(BN | {"variance": 1, "epsilon": -1})),
     f"{_L}.epsilon: Epsilon must be a number >= 0.0, not -1"),
]  # fmt: skip

GRAPHS = [
    ("no inputs", dense(inputs=[]), f"{_L}.inputs: Inputs must be a list of length >= 1, not []"),
    ("two inputs", dense(inputs=["input", "input"]),
     f"{_L}.inputs: Inputs of dense must be 1, not 2"),
    ("name", dense(name="fc 0"), f'{_L}.name: Name must be {NAMED}, not "fc 0"'),
    ("name input", dense(name="input"),
     f"{_L}.name: Name must be unused ('input' is the network's input), not 'input' again"),
    ("duplicate name", described(model(DENSE, DENSE)),
     "model.json: $.layers[1].name: Name must be unused ('input' is the network's input), "
     "not 'fc0' again"),
    ("unknown input", dense(inputs=["fc9"]),
     f"{_L}.inputs[0]: Input must be 'input' or the name of a layer, not 'fc9'"),
    ("self cycle", dense(inputs=["fc0"]),
     f"{_L}.inputs: Layers must form no cycle: fc0 -> fc0"),
    ("cycle", described(model(DENSE | {"inputs": ["fc1"]}, _SECOND)),
     f"{_L}.inputs: Layers must form no cycle: fc0 -> fc1 -> fc0"),
    ("two outputs", described(model(DENSE, DENSE | {"name": "fc1"})),
     "model.json: $.layers: One layer must be read by no other, not fc0, fc1"),
    ("shape 0", described(model(input={"shape": [0], "type": "int8"})),
     "model.json: $.input.shape[0]: Item must be an integer >= 1, not 0"),
    ("shape empty", described(model(input={"shape": [], "type": "int8"})),
     "model.json: $.input.shape: Shape must be a list of length >= 1, not []"),
    ("shape of 4", described(model(input={"shape": [1, 1, 1, 3], "type": "int8"})),
     "model.json: $.input.shape: Shape must be a list of length <= 3, not [1,1,1,3]"),
    ("input of other size", described(model(input={"shape": [2, 2, 1], "type": "int8"})),
     f"{_L}.weights: Weights must have shape (2, 4), not (2, 3)"),
    ("argmax of a map", described(model({"name": "a", "op": "argmax", "inputs": ["input"]},
                                        input={"shape": [2, 2, 3], "type": "int8"})),
     f"{_L}.inputs: Input of argmax must have shape (features,), not (2, 2, 3); flatten it"),
    ("output", described(model(output={"gain": [1, 2, 3], "bias": 0})),
     "model.json: $.output.gain: Gain must be one number or 2, not of shape (3,)"),
]  # fmt: skip


def _typed(name: str):
    return f"type {name}", described(model(input={"shape": [3], "type": name})), (
        f"model.json: $.input.type: Type must be {TYPES}, not {name!r}"
    )


VALUES = [
    *(_typed(name) for name in ("int0", "int33", "float32", "INT8", "", "int")),
    ("type of weights", dense(weights={"type": "int99", "data": [[1, 2, 3]]}),
     f"{_L}.weights.type: Type must be {TYPES}, not 'int99'"),
    ("weights absent", dense(weights={"type": "int2"}),
     f'{_L}.weights: Weights must have "data", or "npz" and "key"'),
    ("weights twice", dense(weights=_NPZ | {"data": [[1, 2, 3]]}),
     f'{_L}.weights: Array must have either "data" or "npz" and "key", not both'),
    ("weights ragged", dense(weights={"type": "int2", "data": [[1, 0, 1], [1]]}),
     f"{_L}.weights.data: Array[1] must have 3 values as the first, not 1"),
    ("weights of strings", dense(weights={"type": "int2", "data": [["a", 0, 1]]}),
     f'{_L}.weights.data: Array[0][0] must be a number, not "a"'),
    ("weights of true", dense(weights={"type": "int2", "data": [[1, True, 1]]}),
     f"{_L}.weights.data: Array[0][1] must be a number, not true"),
    ("weights not square", dense(weights={"type": "int2", "data": [[1, 0], 1]}),
     f"{_L}.weights.data: Array[1] must be a list of 2 values, not 1"),
    ("weights of fractions", dense(weights={"type": "int2", "data": [[1, 0, "1/2"]]}),
     f"{_L}.weights: Weights must be integers, not 1/2"),
    ("weights of floats", dense(weights={"type": "int2", "data": [[1, 0.5, 0]]}),
     f"{_L}.weights: Weights must be integers, not 0.5"),
    ("weights shape", dense(weights={"type": "int2", "data": [[1, 0, 0, 1]]}),
     f"{_L}.weights: Weights must have shape (1, 3), not (1, 4)"),
    ("weights empty", dense(weights={"type": "int2", "data": []}),
     f"{_L}.weights: Weights must have shape (rows, 3), not (0,)"),
    ("weights nested deep", described(json.dumps(model()).replace(
        json.dumps(DENSE["weights"]["data"]), "[" * 70 + "1" + "]" * 70)),
     f"{_L}.weights.data: Array must be nested at most 8 deep"),
    ("weights out of range", dense(weights={"type": "int2", "data": [[1, 2, -2]]}),
     f"{_L}.weights: Weights of type int2 must be from -2 to 1, not 2"),
    ("weights not bipolar", dense(weights={"type": "bipolar", "data": [[1, 0, -1]]}),
     f"{_L}.weights: Weights of type bipolar must be -1 or +1, not 0"),
    ("weights huge", dense(weights={"type": "int32", "data": [[1, 1 << 62, 0]]}),
     f"{_L}.weights.data: Numbers must be below 2^62 in size, not 4611686018427387904"),
    ("weights scale", dense(weights=DENSE["weights"] | {"scale": [1, 0]}, activation=None),
     f"{_L}.weights.scale: Scale must not be 0"),
    ("weights scales", dense(weights=DENSE["weights"] | {"scale": [1, 2, 3]}, activation=None),
     f"{_L}.weights.scale: Scale must be one number or 2, not of shape (3,)"),
    ("accumulators too wide", described(model(
        DENSE | {"weights": {"type": "int32", "data": [[1 << 30] * 3]}, "activation": None},
        input={"shape": [3], "type": "int32"})),
     f"{_L}.weights: Accumulators must fit 32 bits, not reach "
     "-6917529027641081856..6917529024419856384"),
    ("popcount", dense(accumulate="popcount"),
     f"{_L}.accumulate: Accumulate must be sum unless inputs and weights are bipolar"),
    ("bias", dense(bias=[1, 2, 3]), f"{_L}.bias: Bias must be one number or 2, not of shape (3,)"),
    ("bias of floats", dense(bias=0.25), f"{_L}.bias: Bias must be integers, not 0.25"),
    ("npz absent", described(model(DENSE | {"weights": _NPZ})),
     f"{_L}.weights.npz: File 'weights.npz' cannot be read: No such file or directory"),
    ("npz outside", weighted({}, npz="../weights.npz"),
     f"{_L}.weights.npz: File must stand beside the model, not at '../weights.npz'"),
    ("npz at the root", weighted({}, npz="/etc/passwd"),
     f"{_L}.weights.npz: File must stand beside the model, not at '/etc/passwd'"),
    ("npz without key", dense(weights={"type": "int2", "npz": "weights.npz"}),
     f'{_L}.weights: Array must have both "npz" and "key", each a string'),
    ("npz has no such key", weighted({"a": np.zeros(1), "b": np.zeros(1)}),
     f"{_L}.weights.key: Key must be an array of weights.npz (a, b), not 'fc0'"),
    ("npz pickled", _pickled,
     f"{_L}.weights.npz: File 'weights.npz' must be an npz archive of numbers"),
    ("npz truncated", _truncated_npz,
     f"{_L}.weights.npz: File 'weights.npz' must be an npz archive of numbers"),
    ("npz of NaN", weighted({"fc0": np.full((2, 3), np.nan)}),
     f"{_L}.weights.npz: File 'weights.npz' must hold finite numbers, unlike its array 'fc0'"),
    ("npz of huge numbers", weighted({"fc0": np.full((2, 3), (1 << 64) - 1, np.uint64)}),
     f"{_L}.weights.npz: File 'weights.npz' must hold numbers below 2^62 in size, unlike its "
     "array 'fc0'"),
    ("npz of strings", weighted({"fc0": np.full((2, 3), "a")}),
     f"{_L}.weights: Weights must be integers, not of type <U1"),
    ("npz of floats", weighted({"fc0": np.ones((2, 3))}),
     f"{_L}.weights: Weights must be integers, not of type float64"),
    ("thresholds descend", dense(activation={"type": "uint2", "thresholds": [[0, 1], [1, 0]]}),
     f"{_L}.activation.thresholds[1]: Thresholds must ascend within each channel"),
    ("thresholds rows", dense(activation={"type": "uint1", "thresholds": [[0], [1], [2]]}),
     f"{_L}.activation.thresholds: Thresholds must have shape (2, levels) or (1, levels), "
     "not (3, 1)"),
    ("thresholds absent", dense(activation={"type": "uint1"}),
     f"{_L}.activation.thresholds: Thresholds must be given for the type uint1"),
    ("thresholds too many", dense(activation={"type": "uint1", "thresholds": [[0, 1]]}),
     f"{_L}.activation.thresholds: Values of type uint1 must lie in 0..1, "
     "but 2 thresholds reach 0..2"),
    ("base", dense(activation={"type": "uint1", "thresholds": [[0]], "base": 1}),
     f"{_L}.activation.thresholds: Values of type uint1 must lie in 0..1, "
     "but 1 thresholds reach 1..2"),
    ("activation of real numbers", dense(weights=DENSE["weights"] | {"scale": 0.5}),
     f"{_L}.activation: Activation must stand behind integers; use a quantize layer"),
    ("variance negative", described(model(BN | {"variance": [1, -1, 1], "epsilon": 2})),
     f"{_L}.variance: Variance must not be negative, as -1 is"),
    ("variance 0", described(model(BN | {"variance": 0, "epsilon": 0})),
     f"{_L}.variance: Variance must be positive where epsilon is 0"),
    ("quantize bipolar", described(model(QUANT | {"type": "bipolar"})),
     f"{_L}.type: Type of quantize must not be bipolar; use a sign layer"),
    ("quantize scale", described(model(QUANT | {"scale": 0})),
     f"{_L}.scale: Scale must be one positive number"),
    ("quantize zero point", described(model(QUANT | {"zero_point": 0.5})),
     f"{_L}.zero_point: Zero_point must be an integer, not 0.5"),
    ("quantize narrow", described(model(QUANT | {"type": "ternary", "narrow": True})),
     f"{_L}.narrow: Narrow must be false for the type ternary"),
    ("threshold of real numbers", described(model(
        {"name": "s", "op": "scale", "inputs": ["input"], "gain": 0.5},
        {"name": "t", "op": "threshold", "inputs": ["s"], "type": "uint1", "thresholds": [[1]]})),
     "model.json: $.layers[1].inputs: Input of threshold must be integers; use a quantize layer"),
    ("gain", described(model({"name": "s", "op": "scale", "inputs": ["input"], "gain": [1, 2]})),
     f"{_L}.gain: Gain must be one number or 3, not of shape (2,)"),
    ("rational", described(model({"name": "s", "op": "scale", "inputs": ["input"],
                                  "gain": "1/0"})),
     f'{_L}.gain: Array must be a number, not "1/0"'),
]  # fmt: skip

CASES = FILES + FIELDS + GRAPHS + VALUES

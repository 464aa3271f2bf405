"""Corruptions of a JSON document: fields dropped, renamed, retyped, values that no one expects."""

import copy
import json
import random

__all__ = ["VALUES", "document", "nodes", "replaced", "text"]

VALUES = (
    None, True, False, 0, 1, -1, 2, 3, 7, 64, 255, 1 << 10, 1 << 20, (1 << 20) + 1, 1 << 31,
    -(1 << 31), (1 << 62) - 1, 1 << 63, 1 << 70, 0.5, -0.25, 1e-320, 1e30, -1e308, 1e308, "",
    "input", "1/3", "-7/1", "1/0", "é☃\u0000", "x" * 70, "../weights.npz", [], {}, [[]], [0], [[1]],
    [1, [2]], [None], {"data": []}, {"npz": "weights.npz", "key": "fc0"}, [[[[1]]]],
)  # fmt: skip
"""Of other kinds than a field's, at the ends of ranges, and beyond."""

WORDS = {
    "op": ("dense", "conv", "maxpool", "avgpool", "sumpool", "globalavgpool", "add", "concat",
           "upsample", "pad", "batchnorm", "scale", "sign", "relu", "quantize", "threshold",
           "encode", "flatten", "argmax", "lstm"),
    "type": ("bipolar", "ternary", "int1", "int2", "int8", "uint1", "uint8", "int16", "int17",
             "int32", "uint32", "int33", "float32", "fixed<4,4>", "fixed<1,-1>", "fixed<40,4>",
             {"format": "fpec", "bits": 3}, {"format": "biscaled", "bits": 4, "shift": 2},
             {"format": "log", "bits": 4}, {"format": "codebook", "values": [-3, 0, 1, 9]},
             {"format": "minifloat", "exponent": 4, "mantissa": 3},
             {"format": "blockfloat", "bits": 4, "block": 2, "exponents": 3},
             {"format": "grouped", "bits": 4, "group": 2, "exponents": 3}),
    "datapath": ("mvtu", "mvtu_dsp", "popcount", "integer", "planes", "shift", "shift_serial",
                 "codebook", "fusible", "fpec", "biscaled", "grouped", "blockfloat", "minifloat"),
    "storage": ("auto", "const", "lut", "bram", "ram"),
    "accumulate": ("sum", "popcount"),
    "rounding": ("HALF_EVEN", "HALF_UP", "HALF_DOWN", "FLOOR", "CEIL", "UP", "DOWN"),
}  # fmt: skip
"""Values that a field of the name may have somewhere."""

NUMBERS = (0, 1, -1, 2, 5, 1 << 10, 1 << 20, 1 << 31, 1 << 40)
FIELDS = {
    "fold": lambda rng: {name: value for name, value in (
        ("pe", rng.choice((1, 2, 3, 4, 8))), ("simd", rng.choice((1, 2, 3, 5, 9))),
        ("frames", rng.choice((1, 2, 3, 64))), ("storage", rng.choice(WORDS["storage"])),
        ("datapath", rng.choice(WORDS["datapath"]))) if rng.random() < 0.5},
    "datapath": lambda rng: rng.choice(WORDS["datapath"]),
    "activation": lambda rng: rng.choice((
        {"type": "bipolar"}, {"type": "uint2", "thresholds": [[-2, 0, 0]]},
        {"type": "int8", "requantize": {"input_scale": 0.5, "weight_scale": 0.25,
                                        "output_scale": 3.0, "zero_point": -4}})),
    "input_zero_point": lambda rng: rng.choice((-128, 0, 1, 3, 255)),
    "pad_value": lambda rng: rng.choice((-(1 << 40), -1, 0, 1, 7)),
    "padding": lambda rng: [rng.choice((0, 0, 1, 2, 1024)) for _ in range(4)],
    "stride": lambda rng: [rng.choice((1, 2, 3, 1 << 20)) for _ in range(2)],
    "dilation": lambda rng: [rng.choice((1, 2, 3, 1 << 20)) for _ in range(2)],
    "kernel": lambda rng: [rng.choice((1, 2, 3, 1 << 20)) for _ in range(2)],
    "factor": lambda rng: [rng.choice((1, 2, 3, 1 << 13)) for _ in range(2)],
    "groups": lambda rng: rng.choice((1, 2, 3, 1 << 20)),
    "bias": lambda rng: rng.choice((0, 5, -(1 << 30), 1 << 60, [1, 2, 3])),
    "gain": lambda rng: rng.choice((0, 0.5, -2, "1/3", 1e300)),
    "scale": lambda rng: rng.choice((0.5, -0.5, 0, 1e-300, "1/255")),
    "zero_point": lambda rng: rng.choice((0, 1, 128, -300)),
    "input_type": lambda rng: rng.choice(WORDS["type"]),
    "accumulate": lambda rng: rng.choice(WORDS["accumulate"]),
    "output": lambda rng: {"gain": rng.choice((1, 0, [1, 2])), "bias": rng.choice((0, 1e300))},
    "thresholds": lambda rng: rng.choice(([[0]], [[1, 0]], [[-(1 << 61)]], [[]], [[0, 0, 0]])),
    "seed": lambda rng: rng.choice((0, 1, 1 << 20, 1 << 64)),
    "right_shift": lambda rng: rng.choice((-31, -1, 0, 5, 31, 63, 64)),
}  # fmt: skip
"""Fields that a record may take where there are none."""


def nodes(document, path: tuple = ()) -> list[tuple]:
    """Paths of everything in a document; of a list of numbers only the first and last."""
    found = [path]
    if isinstance(document, dict):
        items = document.items()
    elif isinstance(document, list):
        items = list(enumerate(document))
        if len(items) > 2 and isinstance(document[0], (int, float)):
            items = [items[0], items[-1]]
    else:
        return found
    return found + [one for key, value in items for one in nodes(value, (*path, key))]


def at(document, path: tuple):
    """What stands at a path."""
    for key in path:
        document = document[key]
    return document


def replaced(document, path: tuple, value):
    """The document, changed at a path."""
    if not path:
        return value
    at(document, path[:-1])[path[-1]] = value
    return document


def document(rng: random.Random, given, donors: list):
    """A document with one to four corruptions; ``donors`` are others, of which parts are taken."""
    given = copy.deepcopy(given)
    for _ in range(rng.choice((1, 1, 1, 2, 2, 3, 4))):
        given = _corrupt(rng, given, donors)
    return given


def _corrupt(rng: random.Random, given, donors: list):
    paths = [path for path in nodes(given) if path]
    if not paths:
        return rng.choice(VALUES)
    path = rng.choice(paths)
    parent, key, value = at(given, path[:-1]), path[-1], at(given, path)
    kind = rng.random()
    if kind < 0.12:
        del parent[key]
    elif kind < 0.24 and isinstance(parent, list):
        parent.insert(rng.randrange(len(parent) + 1), copy.deepcopy(value))
    elif kind < 0.24:
        parent[_renamed(rng, key, parent)] = parent.pop(key)
    elif kind < 0.38:
        parent[key] = copy.deepcopy(rng.choice(VALUES))
    elif kind < 0.52:
        parent[key] = _another(rng, key, value, given)
    elif kind < 0.62:
        donor = rng.choice([given, *donors])
        alike = [one for one in nodes(donor) if one and one[-1] == key]
        taken = at(donor, rng.choice(alike or nodes(donor)))
        parent[key] = copy.deepcopy(taken)
    elif kind < 0.80:
        records = [at(given, one) for one in nodes(given) if isinstance(at(given, one), dict)]
        name = rng.choice(tuple(FIELDS))
        (rng.choice(records) if records else {})[name] = FIELDS[name](rng)
    else:
        parent[key] = _bent(rng, value)
    return given


def _renamed(rng: random.Random, key: str, parent: dict) -> str:
    return rng.choice((key.upper(), f"{key}s", key[:-1], "é", *FIELDS))


def _another(rng: random.Random, key, value, given):
    """A value that the field may well have."""
    if key in WORDS:
        return copy.deepcopy(rng.choice(WORDS[key]))
    if key in FIELDS:
        return FIELDS[key](rng)
    if isinstance(value, str):
        layers = given.get("layers") if isinstance(given, dict) else None
        names = [layer["name"] for layer in layers or () if isinstance(layer, dict)
                 and isinstance(layer.get("name"), str)] if isinstance(layers, list) else []
        return rng.choice([*names, "input"])
    if isinstance(value, bool):
        return not value
    if isinstance(value, (int, float)):
        return rng.choice((value + 1, value - 1, -value, 2 * value, value // 2,
                           rng.choice(NUMBERS)))
    return _bent(rng, value)


def _bent(rng: random.Random, value):
    """The same value in another shape or of another size."""
    if isinstance(value, list):
        return rng.choice((value[:-1], value[1:], value + value[:1], [value], value[::-1],
                           [copy.deepcopy(value) for _ in range(2)], value[:1], _flat(value),
                           dict.fromkeys(map(str, value[:3]), 1), {"data": value}))
    if isinstance(value, dict):
        return rng.choice(([value], list(value.values()), json.dumps(value)[:60], value | {"": 0}))
    if isinstance(value, str):
        return rng.choice((value + "x", value[:-1], value.upper(), value * 9, f" {value}", [value],
                           f"{value}\n", value[::-1]))
    if isinstance(value, (int, float)):
        return rng.choice((value + 1, value - 1, -value, value * 1000, float(value), str(value),
                           [value], value + 0.5))
    return [value]


def _flat(value: list) -> list:
    return [item for row in value for item in (row if isinstance(row, list) else [row])]


def text(rng: random.Random, given: bytes) -> bytes:
    """A file's bytes, damaged: cut, bits flipped, parts doubled or dropped, nested without end."""
    data = bytearray(given)
    for _ in range(rng.choice((1, 1, 2, 5))):
        place = rng.randrange(len(data) + 1)
        kind = rng.randrange(6)
        if kind == 0:
            del data[place:]
        elif kind == 1 and data:
            data[place % len(data)] ^= 1 << rng.randrange(8)
        elif kind == 2:
            data[place:place] = data[rng.randrange(len(data) + 1) :][: rng.randrange(1, 40)]
        elif kind == 3:
            del data[place : place + rng.randrange(1, 12)]
        elif kind == 4:
            part = rng.choice((b"NaN", b"1e999", b"\xff\xfe", b"\x00", b'"\\ud800"', b"[" * 2000,
                               b"-Infinity", b"9" * 5000, b'{"a":' * 500, b",", b"\xef\xbb\xbf"))
            data[place:place] = part
        elif data:
            data[place % len(data)] = rng.randrange(256)
    return bytes(data)

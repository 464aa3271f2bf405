"""Write a network as model.json and weights.npz, self-contained and the same bytes every time."""

import io
import json
from fractions import Fraction
from pathlib import Path

import msgspec
import numpy as np

from generators.network import graph

INLINE = 16
"""Arrays of at most so many numbers stand in model.json itself."""


def write(network: graph.Network, folder: Path) -> None:
    """Write folder/model.json and folder/weights.npz; reading them gives the same numbers.

    Fractions that no double equals are written as strings, ``"1/255"``.
    """
    arrays: dict[str, np.ndarray] = {}
    document = {
        "bitloom": network.bitloom,
        "name": network.name,
        "input": {"shape": list(network.input.shape), "type": network.input.type},
        "layers": [_layer(layer, arrays) for layer in network.layers],
    }
    if network.output is not None:
        document["output"] = _fields(graph.asdict(network.output), "output", arrays)
    (folder / "model.json").write_text(json.dumps(document, indent=1) + "\n")
    (folder / "weights.npz").write_bytes(npz(arrays))


def npz(arrays: dict[str, np.ndarray]) -> bytes:
    """Compressed npz archive; numpy stamps its members with a fixed date."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{name: arrays[name] for name in sorted(arrays)})
    return buffer.getvalue()


def _layer(layer: graph.AnyLayer, arrays: dict) -> dict:
    fields = _fields(graph.asdict(layer), layer.name, arrays)
    defaults = {f.name: _plain(f.default) for f in msgspec.structs.fields(layer)}
    head = {"name": fields.pop("name"), "op": fields.pop("op")}
    given = {k: v for k, v in fields.items() if v is not None}
    return head | {k: v for k, v in given.items() if isinstance(v, dict) or v != defaults.get(k)}


def _fields(values: dict, prefix: str, arrays: dict) -> dict:
    """JSON of a record's fields; weights stand under the layer's name, others under layer.field."""
    out = {}
    for name, value in values.items():
        key = prefix if name == "data" else f"{prefix}.{name}"
        if isinstance(value, dict):
            deeper = prefix if name == "weights" else key
            fields = _fields(value, deeper, arrays)
            out[name] = {k: v for k, v in fields.items() if v is not None}
        elif isinstance(value, np.ndarray):
            array = _array(value, key, arrays)
            if name == "data":
                out.update(array if isinstance(array, dict) else {"data": array})
            else:
                out[name] = array
        else:
            out[name] = _plain(value)
    return out


def _plain(value):
    """A value as JSON gives it back."""
    return list(value) if isinstance(value, tuple) else value


def _array(value: np.ndarray, key: str, arrays: dict):
    if value.dtype == object:
        nearest = value.astype(np.float64)
        if any(v != Fraction(float(n)) for v, n in zip(value.ravel(), nearest.ravel())):
            return np.vectorize(_rational, otypes=[object])(value).tolist()
        value = nearest
    if value.size <= INLINE:
        return value.tolist() if value.ndim < 2 else {"data": value.tolist()}
    arrays[key] = _narrow(value)
    return {"npz": "weights.npz", "key": key}


def _rational(value) -> str:
    """The text of an exact number that no float is; npz files hold no such numbers."""
    exact = Fraction(value)
    return f"{exact.numerator}/{exact.denominator}"


def _narrow(value: np.ndarray) -> np.ndarray:
    """The smallest signed integer dtype that holds the values; floats as they are."""
    if value.dtype.kind != "i":
        return value
    for dtype in (np.int8, np.int16, np.int32):
        if value.min() >= np.iinfo(dtype).min and value.max() <= np.iinfo(dtype).max:
            return value.astype(dtype)
    return value

"""Read model.json, with the arrays of the npz files beside it."""

import re
import zipfile
from pathlib import Path

import msgspec
import numpy as np

from generators.network.error import ModelError
from generators.network.graph import Network

MAX_BYTES = 256 << 20


def read(path: Path) -> Network:
    """Read a description; its records and arrays have the right kinds, nothing more is checked.

    Raises
    ------
    ModelError
        If the file cannot be read, is no JSON, or a field is missing, unknown or of a wrong kind.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelError(path.name, f"File must be at most {MAX_BYTES >> 20} MiB")
        document = msgspec.json.decode(path.read_bytes())
    except OSError as error:
        raise ModelError(str(path), f"File cannot be read: {error.strerror}") from None
    except (msgspec.DecodeError, RecursionError) as error:
        raise ModelError(path.name, f"File must be JSON: {error}") from None
    document = _Arrays(path).resolve(document, "$")
    try:
        return msgspec.convert(document, Network, dec_hook=_array)
    except msgspec.ValidationError as error:
        raise _located(path.name, error) from None


def _located(file: str, error: msgspec.ValidationError) -> ModelError:
    """Turn msgspec's "what - at `where`" into our "where: what"."""
    match = re.fullmatch(r"(.*?)(?: - at `(.*)`)?", str(error), re.DOTALL)
    return ModelError(f"{file}: {match[2] or '$'}", match[1])


def _array(kind: type, value) -> np.ndarray:
    """Decode an array field: a number, nested lists of numbers, {"data": …}, or an array read."""
    if kind is not np.ndarray:
        raise NotImplementedError(kind)
    if isinstance(value, dict) and set(value) <= {"data", "type"} and "data" in value:
        value = value["data"]
    if isinstance(value, np.ndarray):
        return value
    return to_array(value)


def to_array(value) -> np.ndarray:
    """Numbers in lists, all rows of one length, to an int64 or float64 array.

    Raises
    ------
    ValueError
        If a row has another length, or something is not a number or too large for int64.
    """
    shape = _shape(value)
    flat = []
    _flatten(value, shape, "", flat)
    if all(type(v) is int for v in flat):
        for v in flat:
            if not -(1 << 62) < v < 1 << 62:
                raise ValueError(f"Numbers must be below 2^62 in size, not {v}")
        return np.array(flat, np.int64).reshape(shape)
    return np.array(flat, np.float64).reshape(shape)


def _shape(value) -> tuple[int, ...]:
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0] if value else None
    return tuple(shape)


def _flatten(value, shape: tuple[int, ...], where: str, out: list) -> None:
    if not shape:
        if type(value) not in (int, float):
            raise ValueError(f"Array{where} must be a number, not {_brief(value)}")
        out.append(value)
        return
    if not isinstance(value, list):
        raise ValueError(f"Array{where} must be a list of {shape[0]} values, not {_brief(value)}")
    if len(value) != shape[0]:
        raise ValueError(f"Array{where} must have {shape[0]} values as the first, not {len(value)}")
    for index, item in enumerate(value):
        _flatten(item, shape[1:], f"{where}[{index}]", out)


def _brief(value) -> str:
    text = msgspec.json.encode(value).decode()
    return text if len(text) < 40 else f"{text[:37]}..."


class _Arrays:
    """Replaces every {"npz": file, "key": name} by {"data": array}."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open: dict[str, dict[str, np.ndarray]] = {}

    def resolve(self, value, where: str):
        if isinstance(value, list):
            if value and isinstance(value[0], (int, float)):
                return value
            return [self.resolve(v, f"{where}[{i}]") for i, v in enumerate(value)]
        if not isinstance(value, dict):
            return value
        value = {k: self.resolve(v, f"{where}.{k}") for k, v in value.items()}
        if "npz" in value or ("key" in value and "data" not in value):
            self._load(value, f"{self._path.name}: {where}")
        return value

    def _load(self, value: dict, where: str) -> None:
        if "data" in value:
            raise ModelError(where, 'Array must have either "data" or "npz" and "key", not both')
        if not isinstance(value.get("npz"), str) or not isinstance(value.get("key"), str):
            raise ModelError(where, 'Array must have both "npz" and "key", each a string')
        file, key = value.pop("npz"), value.pop("key")
        arrays = self._file(file, where)
        if key not in arrays:
            names = ", ".join(sorted(arrays)[:8])
            raise ModelError(f"{where}.key", f"Key must be an array of {file} ({names}), not {key!r}")
        value["data"] = arrays[key]

    def _file(self, file: str, where: str) -> dict[str, np.ndarray]:
        if file not in self._open:
            if Path(file).name != file:
                raise ModelError(f"{where}.npz", f"File must stand beside the model, not at {file!r}")
            try:
                self._open[file] = load_npz(self._path.parent / file)
            except OSError as error:
                what = f"File {file!r} cannot be read: {error.strerror or error}"
                raise ModelError(f"{where}.npz", what) from None
            except ValueError as error:
                raise ModelError(f"{where}.npz", f"File {file!r} {error}") from None
        return self._open[file]


def load_npz(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an npz file: integers as int64, floats as they are.

    Raises
    ------
    OSError, ValueError
        If it cannot be read, or is no npz file of finite numbers.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (zipfile.BadZipFile, ValueError, EOFError, AttributeError, TypeError):
        raise ValueError("must be an npz archive of numbers") from None
    for key, array in arrays.items():
        if array.dtype.kind in "iub":
            arrays[key] = array.astype(np.int64)
        elif array.dtype.kind == "f" and not np.isfinite(array).all():
            raise ValueError(f"must hold finite numbers, unlike its array {key!r}")
    return arrays

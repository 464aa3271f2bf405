"""Read model.json, with the arrays of the npz files beside it."""

import re
import struct
import tokenize
import warnings
import zipfile
import zlib
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import msgspec
import numpy as np

from generators.network import sentence, weight_formats
from generators.network.error import ModelError
from generators.network.graph import Network

MAX_BYTES = 256 << 20
MAX_NPZ_BYTES = 1 << 30
"""Arrays of an npz file together, unpacked."""
MAX_NESTING = 8
RATIONAL = r"^-?[0-9]{1,1000}/[1-9][0-9]{0,999}$"


def read(path: Path) -> Network:
    """Read a description; its records and arrays have the right kinds, nothing more is checked.

    Weights in the formats log and codebook become integers, see :mod:`weight_formats`.

    Raises
    ------
    ModelError
        If the file cannot be read, is no JSON, a field is missing, unknown or of a wrong kind, or
        weights are none of their format.
    """
    document = read_json(path, lambda document: _Arrays(path).resolve(document, "$"))
    try:
        network = msgspec.convert(document, Network, dec_hook=_array)
    except msgspec.ValidationError as error:
        where, what = sentence.explain(str(error), document)
        raise ModelError(f"{path.name}: {where}", what) from None
    return weight_formats.as_integers(network, path.name)


def read_json(path: Path, resolve: Callable = lambda document: document):
    """What a JSON file says, resolved, or refused with a :class:`ModelError`."""
    text = read_bytes(path)
    try:
        return resolve(msgspec.json.decode(text))
    except msgspec.DecodeError as error:
        what = re.sub(r" - at `.*`$", "", str(error)).removeprefix("JSON is malformed: ")
        raise ModelError(path.name, f"File must be JSON: {what}") from None
    except UnicodeDecodeError:
        raise ModelError(path.name, "File must be JSON in UTF-8, which it is not") from None
    except RecursionError:
        what = "File must be JSON of a few levels, not nested so deep"
        raise ModelError(path.name, what) from None


def read_bytes(path: Path) -> bytes:
    """The file's bytes, refused with a :class:`ModelError` where it cannot be read or is huge."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise ModelError(path.name, f"File must be at most {MAX_BYTES >> 20} MiB")
        return path.read_bytes()
    except OSError as error:
        raise ModelError(str(path), f"File cannot be read: {error.strerror}") from None


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
    """Numbers in lists, all rows of one length, to an array of int64, float64 or Fraction objects.

    A number may be an exact rational, ``"1/255"``; all numbers of its array are Fractions then.

    Raises
    ------
    ValueError
        If a row has another length, or something is not a number or too large for int64.
    """
    shape = _shape(value)
    flat = []
    _flatten(value, shape, "", flat)
    for v in flat:
        if type(v) is int and not -(1 << 62) < v < 1 << 62:
            raise ValueError(f"Numbers must be below 2^62 in size, not {v}")
    kinds = {type(v) for v in flat}
    if Fraction in kinds:
        array = np.empty(len(flat), object)
        array[:] = [Fraction(v) for v in flat]
        return array.reshape(shape)
    return np.array(flat, np.float64 if float in kinds else np.int64).reshape(shape)


def _shape(value) -> tuple[int, ...]:
    shape = []
    while isinstance(value, list):
        shape.append(len(value))
        value = value[0] if value else None
        if len(shape) > MAX_NESTING:
            raise ValueError(f"Array must be nested at most {MAX_NESTING} deep")
    return tuple(shape)


def _flatten(value, shape: tuple[int, ...], where: str, out: list) -> None:
    if not shape:
        if isinstance(value, str) and re.fullmatch(RATIONAL, value):
            value = Fraction(value)
        if type(value) not in (int, float, Fraction):
            raise ValueError(f"Array{where} must be a number, not {sentence.brief(value)}")
        out.append(value)
        return
    if not isinstance(value, list):
        what = f"must be a list of {shape[0]} values, not {sentence.brief(value)}"
        raise ValueError(f"Array{where} {what}")
    if len(value) != shape[0]:
        raise ValueError(f"Array{where} must have {shape[0]} values as the first, not {len(value)}")
    for index, item in enumerate(value):
        _flatten(item, shape[1:], f"{where}[{index}]", out)


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
            what = f"Key must be an array of {file} ({names}), not {key!r}"
            raise ModelError(f"{where}.key", what)
        value["data"] = arrays[key]

    def _file(self, file: str, where: str) -> dict[str, np.ndarray]:
        if file not in self._open:
            if Path(file).name != file:
                what = f"File must stand beside the model, not at {file!r}"
                raise ModelError(f"{where}.npz", what)
            try:
                self._open[file] = load_npz(self._path.parent / file)
            except OSError as error:
                what = f"File {file!r} cannot be read: {error.strerror or error}"
                raise ModelError(f"{where}.npz", what) from None
            except ValueError as error:
                raise ModelError(f"{where}.npz", f"File {file!r} {error}") from None
        return self._open[file]


def load_npz(path: Path) -> dict[str, np.ndarray]:
    """All arrays of an npz file: integers as int64, finite floats as float64, others as they are.

    Raises
    ------
    OSError, ValueError
        If it cannot be read, or is no npz file of such numbers.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            size = sum(member.file_size for member in archive.infolist())
        if size <= MAX_NPZ_BYTES:
            arrays = _members(path)
    except OSError:
        raise
    except DAMAGED:
        raise ValueError("must be an npz archive of numbers") from None
    if size > MAX_NPZ_BYTES:
        raise ValueError(f"must unpack to at most {MAX_NPZ_BYTES >> 20} MiB, not {size >> 20}")
    return {key: _normal(key, array) for key, array in arrays.items()}


def _members(path: Path) -> dict[str, np.ndarray]:
    quiet = warnings.catch_warnings(action="ignore")  # what numpy says of a damaged header
    with quiet, np.load(path, allow_pickle=False) as file:
        arrays = {key: file[key] for key in file.files}
    if not all(isinstance(array, np.ndarray) for array in arrays.values()):
        raise ValueError("a member is no array")
    return arrays


# What zipfile and numpy raise for a file that is damaged, pickled or made to do harm.
DAMAGED = (
    zipfile.BadZipFile, zlib.error, struct.error, EOFError, ValueError, TypeError, AttributeError,
    KeyError, RuntimeError, OverflowError, MemoryError, SyntaxError, tokenize.TokenError,
)  # fmt: skip


def _normal(key: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.kind in "iub":
        if array.size and not -(1 << 62) < int(array.min()) <= int(array.max()) < 1 << 62:
            raise ValueError(f"must hold numbers below 2^62 in size, unlike its array {key!r}")
        return array.astype(np.int64)
    if array.dtype.kind == "f":
        if not np.isfinite(array).all():
            raise ValueError(f"must hold finite numbers, unlike its array {key!r}")
        return array.astype(np.float64)
    return array

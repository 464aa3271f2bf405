"""Corruptions of npz archives: their arrays, and their bytes."""

import contextlib
import io
import random
import struct
import zipfile

import numpy as np

from tests.fuzz import corrupt

__all__ = ["archive", "arrays", "packed", "unpacked"]

DTYPES = (np.int8, np.uint8, np.int16, np.int32, np.int64, np.uint64, np.float16, np.float32,
          np.float64, np.complex128, bool, "U3", "S2", "M8[s]", "m8[D]", ">i4", "V3")  # fmt: skip
NUMBERS = (np.nan, np.inf, -np.inf, 1e300, -0.0, 0.5, 3e38, 1e-310, 255, -129, 1 << 62, 1 << 31, -1)


def unpacked(data: bytes) -> dict[str, np.ndarray]:
    """The arrays of an archive."""
    with np.load(io.BytesIO(data)) as file:
        return {name: file[name] for name in file.files}


def packed(arrays: dict[str, np.ndarray], compressed: bool = True) -> bytes:
    """An archive of arrays; those of objects are pickled."""
    buffer = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(buffer, **arrays)
    return buffer.getvalue()


def archive(rng: random.Random, data: bytes) -> bytes:
    """An archive, one to three of its arrays or some of its bytes corrupted."""
    if rng.random() < 0.3:
        return _damaged(rng, data)
    found = unpacked(data)
    for _ in range(rng.choice((1, 1, 2, 3))):
        arrays(rng, found)
    with np.errstate(all="ignore"):
        return packed(found, rng.random() < 0.5)


def arrays(rng: random.Random, found: dict[str, np.ndarray]) -> None:
    """Corrupt an array of a dictionary."""
    if not found:
        return
    name = rng.choice(sorted(found))
    array, kind = found[name], rng.randrange(10)
    if kind == 0:
        del found[name]
    elif kind == 1:
        found[rng.choice((f"{name}s", "", "é", name[:-1], "a/b", "meta"))] = found.pop(name)
    elif kind == 2:
        found[name] = found[rng.choice(sorted(found))]
    elif kind == 3 and array.dtype.kind in "iufb":
        with np.errstate(all="ignore"), contextlib.suppress(TypeError, ValueError):
            found[name] = array.astype(rng.choice(DTYPES))
    elif kind == 4:
        found[name] = _shaped(rng, array)
    elif kind in (5, 6) and array.size and array.dtype.kind in "iufb":
        changed, value = array.astype(np.float64), rng.choice(NUMBERS)
        changed.flat[rng.randrange(array.size)] = value
        whole = np.isfinite(changed).all() and abs(changed).max() < 1 << 62
        found[name] = changed.astype(np.int64) if whole and rng.random() < 0.8 else changed
    elif kind == 7 and array.dtype.kind in "iuf":
        with np.errstate(all="ignore"):
            found[name] = array.astype(np.float64) * rng.choice((0, -1, 2, 1000, 0.5, 1e200))
    elif kind == 8:
        found[name] = np.array([[1, "x"]], object)
    else:
        found[name] = np.asfortranarray(array)


def _shaped(rng: random.Random, array: np.ndarray) -> np.ndarray:
    choice = rng.randrange(8)
    if choice == 0 or not array.ndim:
        return array[None]
    if choice == 1:
        return array[:-1]
    if choice == 2:
        return array[..., :-1]
    if choice == 3:
        return np.concatenate([array, array])
    if choice == 4:
        return array.ravel()
    if choice == 5:
        return array.T
    if choice == 6:
        return array[:0]
    return array.ravel()[:1].reshape(()) if array.size else array


def _damaged(rng: random.Random, data: bytes) -> bytes:
    kind = rng.randrange(5)
    if kind == 0:
        return _huge(rng)
    if kind == 1:  # a member that says another size than it has
        place = data.rfind(b"PK\x01\x02")
        size = struct.pack("<I", rng.choice((0, 1, 1 << 20, (1 << 32) - 2)))
        offset = place + rng.choice((20, 24))
        return data[:offset] + size + data[offset + 4 :]
    if kind == 2:
        return _members(rng, data)
    return corrupt.text(rng, data)


def _huge(rng: random.Random) -> bytes:
    """An array whose header says a size that the file does not hold."""
    shape = rng.choice(("(10000000000000,)", "(1000000, 1000000)", "(-1, 3)", "(2, 3", "(1e9,)",
                        "(4611686018427387904, 4)", "(True,)", "('a',)"))
    kind = rng.choice(("<i8", "|i1", "|O", "<f8", "i99", "<U100000000"))
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode()
    header = header.ljust(118 - 1) + b"\n"
    member = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header + b"\x00" * 64
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as file:
        for name in ("fc0", "n0", "meta", "w0"):
            file.writestr(f"{name}.npy", member)
    return buffer.getvalue()


def _members(rng: random.Random, data: bytes) -> bytes:
    """Members twice, under other names, in folders, or that are no arrays."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(buffer, "w") as new:
        for name in old.namelist():
            other = rng.choice((name, name, f"../{name}", name.removesuffix(".npy"), f"{name}/"))
            new.writestr(other, rng.choice((old.read(name), old.read(name), b"hello", b"")))
    return buffer.getvalue()

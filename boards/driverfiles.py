"""The driver of a build: the Python package as it is, the C sources, and the known frames."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from boards import cdriver

__all__ = ["files"]

_DRIVER = Path(__file__).with_name("driver")


def files(manifest: Mapping, vectors: tuple[np.ndarray, np.ndarray]) -> dict[str, bytes]:
    """The files by their path in the build's folder; the same arguments give the same bytes.

    ``vectors`` are known frames and their results, integers of the manifest's types (frames, ...).
    """
    inputs, outputs = (np.asarray(one).reshape(len(one), -1) for one in vectors)
    made = {}
    for path in sorted([*_DRIVER.glob("*.py"), *_DRIVER.glob("c/*.[ch]")]):
        made[f"driver/{path.relative_to(_DRIVER).as_posix()}"] = path.read_bytes()
    made["driver/c/bitloom_build.h"] = cdriver.header(manifest).encode()
    made["driver/c/bitloom_vectors.h"] = cdriver.vectors(manifest, inputs, outputs).encode()
    packed = io.BytesIO()
    np.savez_compressed(packed, inputs=_small(inputs), outputs=_small(outputs))
    made["driver/vectors.npz"] = packed.getvalue()
    return dict(sorted(made.items()))


def _small(values: np.ndarray) -> np.ndarray:
    """In the smallest integers that hold them."""
    low, high = (int(values.min()), int(values.max())) if values.size else (0, 0)
    return values.astype(np.result_type(np.min_scalar_type(low), np.min_scalar_type(high)))

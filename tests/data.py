"""The trained networks and data sets to compare with; they are not in the repository."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest


def folder() -> Path:
    """The folder $BITLOOM_DATA (default ../shared/data); skips the test where there is none."""
    default = Path(__file__).parents[2] / "shared" / "data"
    path = Path(os.environ.get("BITLOOM_DATA", default))
    if not (path / "models").is_dir():
        pytest.skip(f"no data at {path}; set BITLOOM_DATA to the folder with models/ and mnist/")
    return path


def mnist(split: str) -> tuple[np.ndarray, np.ndarray]:
    """Images (n, 28, 28) and labels (n,) of MNIST, uint8; split is "train" or "t10k"."""
    images, labels = (_idx(f"{split}-{kind}-ubyte.gz") for kind in ("images-idx3", "labels-idx1"))
    return images, labels


def _idx(name: str) -> np.ndarray:
    """An array of an idx file: 0, 0, type, dimensions, each dimension in 4 bytes, the values."""
    raw = gzip.decompress((folder() / "mnist" / name).read_bytes())
    assert raw[:3] == b"\0\0\x08", "idx of unsigned bytes"
    shape = np.frombuffer(raw, ">u4", count=raw[3], offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * raw[3]).reshape(shape)

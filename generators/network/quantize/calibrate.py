"""Frames to calibrate with."""

import math
from pathlib import Path

import numpy as np

from generators.network.error import ModelError
from generators.network.frames import array

__all__ = ["chosen", "frames"]


def frames(path: Path, shape: tuple[int, ...]) -> np.ndarray:
    """The frames of a file X.npy: uint8 (frames, ...) of a network's input shape.

    Raises
    ------
    ModelError
        If the file cannot be read, holds no array of uint8, or none of that size a frame.
    """
    x = array(path)
    if x.dtype != np.uint8:
        raise ModelError(str(path), f"Frames must be uint8, not {x.dtype}")
    items = math.prod(shape)
    if x.ndim < 2 or not len(x) or math.prod(x.shape[1:]) != items:
        asked = ", ".join(map(str, ("frames", *shape)))
        raise ModelError(str(path), f"Frames must have shape ({asked}), not {x.shape}")
    return x.reshape(-1, *shape)


def chosen(x: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the frames, evenly spaced.

    Raises
    ------
    ModelError
        If that is none.
    """
    if most < 1:
        raise ModelError("--frames", f"Frames must be at least 1, not {most}")
    if len(x) <= most:
        return x
    return x[np.linspace(0, len(x) - 1, most).astype(int)]

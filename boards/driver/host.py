"""What the host does to frames before it sends them: the network's first thresholds."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .errors import InputError
from .frames import Port

__all__ = ["prepare"]


def prepare(manifest: Mapping, frames: np.ndarray) -> np.ndarray:
    """Frames as they were, compared with the manifest's thresholds: (frames, items) integers.

    The manifest's ``host`` says of what type the frames are, and that an item's value is base +
    step * how many of its channel's thresholds it reaches; channels are the last axis of the
    shape. Without a ``host`` the frames are given back.

    Raises
    ------
    InputError
        If they are not of that type, or not so many elements.
    """
    host = manifest.get("host")
    if host is None:
        return frames
    shape = manifest["input"]["shape"]
    items = manifest["input"]["items"]
    port = Port({"type": host["type"], "shape": shape, "items": items, "element_bits": 32})
    values = port.check(frames)
    thresholds = np.asarray(host["thresholds"], np.int64)
    if thresholds.ndim != 2 or len(thresholds) not in (1, shape[-1]):
        what = f"(1 or {shape[-1]}, levels), not {thresholds.shape}"
        raise InputError(f"Manifest's host thresholds must have the shape {what}")
    pixels = values.reshape(len(values), -1, shape[-1])
    reached = np.zeros(pixels.shape, np.int32)
    for level in thresholds.T:
        reached += pixels >= level
    return (host["base"] + host["step"] * reached).reshape(len(values), items)

"""Frames of integers of a network's input, from a file."""

import math
import warnings
from pathlib import Path

import numpy as np

from generators.network import graph
from generators.network.error import ModelError
from generators.network.read import DAMAGED
from sim.golden.formats import integer

__all__ = ["array", "frames"]


def frames(path: Path, source: graph.Input) -> np.ndarray:
    """The int64 frames (n, ...) of a file X.npy, in the shape of the input and of its type.

    Any shape will do that has the right number of elements a frame; bool is a bipolar bit.

    Raises
    ------
    ModelError
        If the file cannot be read, or holds anything else.
    """
    given = array(path)
    if given.dtype.kind not in "biu":
        raise ModelError(str(path), f"Frames must be integers, not {given.dtype}")
    items = math.prod(source.shape)
    if given.ndim < 2 or not len(given) or given.size != len(given) * items:
        asked = ", ".join(map(str, ("frames", *source.shape)))
        raise ModelError(str(path), f"Frames must have shape ({asked}), not {given.shape}")
    form = integer.parse(source.type)
    # Compared as they came: a conversion first would wrap what is out of range.
    x = given.reshape(len(given), *source.shape)
    if x.dtype == bool:
        x = 2 * x.astype(np.int64) - 1 if form.bipolar else x.astype(np.int64)
    right = (x >= form.low) & (x <= form.high)
    found = np.where(right, x, form.low).astype(np.int64)
    right &= form.contains(found)
    if not right.all():
        place = tuple(np.argwhere(~right)[0])
        accepted = "-1 and +1" if form.bipolar else f"{form.low} to {form.high}"
        what = f"Frames must hold values of {form.name} ({accepted}), not {x[place]}"
        raise ModelError(str(path), f"{what} in frame {place[0]}")
    return found


def array(path: Path) -> np.ndarray:
    """What a file X.npy holds.

    Raises
    ------
    ModelError
        If the file cannot be read, or is no single array.
    """
    try:
        with warnings.catch_warnings(action="ignore"):  # what numpy says of a damaged header
            found = np.load(path, allow_pickle=False)
    except OSError as error:
        what = f"File cannot be read: {error.strerror or error}"
        raise ModelError(str(path), what) from None
    except DAMAGED:
        raise ModelError(str(path), "File must be an array that numpy.save wrote") from None
    if not isinstance(found, np.ndarray):
        found.close()
        raise ModelError(str(path), "File must be an array (.npy), not an archive of some (.npz)")
    return found

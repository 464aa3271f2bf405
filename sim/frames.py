"""The frames that a simulation is given: of a file, or at random."""

import tokenize
import warnings
from pathlib import Path

import numpy as np

from sim.manifest import BuildError, Port

__all__ = ["draw", "read"]

# What numpy raises for a file that is damaged or made to do harm.
DAMAGED = (ValueError, TypeError, EOFError, SyntaxError, MemoryError, OverflowError, RecursionError,
           tokenize.TokenError)  # fmt: skip


def draw(port: Port, count: int, seed: int) -> np.ndarray:
    """Random frames (count, items), int64 values of the port's type."""
    rng, form = np.random.default_rng(seed), port.form
    steps = (form.high - form.low) // form.step
    return form.low + form.step * rng.integers(0, steps, (count, port.items), endpoint=True)


def read(file: Path, port: Port) -> np.ndarray:
    """Frames (n, items) of a .npy file, int64 values of the port's type.

    Raises
    ------
    BuildError
        If the file is no array of such frames.
    """
    try:
        with open(file, "rb") as stream, warnings.catch_warnings(action="ignore"):
            array = np.lib.format.read_array(stream, allow_pickle=False)
    except OSError as error:
        what = f"File cannot be read: {error.strerror or error}"
        raise BuildError(str(file), what) from None
    except DAMAGED:
        raise BuildError(str(file), "File must be a .npy array of numbers") from None
    if array.dtype.kind not in "biuf":
        raise BuildError(str(file), f"Input must hold integers, not {array.dtype}")
    frames = _framed(file, array, port)
    if array.dtype == bool:  # of a bipolar input the bit, for there is no other reading
        return 2 * frames.astype(np.int64) - 1 if port.form.bipolar else frames.astype(np.int64)
    # Compared as they came: a conversion first would wrap what is out of range.
    whole = frames if array.dtype.kind in "iu" else np.where(np.isfinite(frames), frames, 0.5)
    small = (whole >= float(port.form.low)) & (whole <= float(port.form.high))
    integral = np.where(small & (np.floor(whole) == whole), whole, 0).astype(np.int64)
    right = small & (integral == whole) & port.form.contains(integral)
    if not right.all():
        frame, element = (int(index) for index in np.argwhere(~right)[0])
        form = port.form
        accepted = "-1 and +1" if form.bipolar else f"{form.low} to {form.high}"
        what = f"Input must hold values of {form.name} ({accepted})"
        where = f"frame {frame}, element {element}"
        raise BuildError(str(file), f"{what}, not {frames[frame, element]} at {where}")
    return integral


def _framed(file: Path, array: np.ndarray, port: Port) -> np.ndarray:
    """As (frames, items): the first axis counts frames, or the whole array is one."""
    if array.ndim and len(array) and array.size == len(array) * port.items:
        return array.reshape(len(array), port.items)
    if array.size == port.items:
        return array.reshape(1, port.items)
    shape = ", ".join(str(size) for size in port.shape)
    what = f"Input must have shape (frames, {shape}), {port.items} elements per frame"
    raise BuildError(str(file), f"{what}, not {array.shape}")

"""Frames between numpy and memory, where each is a whole number of bytes and no more."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

import numpy as np

from .errors import InputError
from .registers import field

__all__ = ["Port"]


class Port:
    """One side of the accelerator and how its frames lie in memory.

    Item i of a frame (row-major) stands in the ``element_bits`` bits from i * element_bits, lowest
    bits first: two's complement sign-extended, unsigned zero-extended, a bipolar value as its code
    (1 = +1). A frame is ``frame_bytes`` = items * element_bits / 8 bytes, rounded up; bits that are
    left are zero.

    Parameters
    ----------
    entry : mapping
        Of the manifest: type, shape, items, element_bits, frame_bytes.
    """

    def __init__(self, entry: Mapping) -> None:
        self.type, self.items = field(entry, "type"), field(entry, "items")
        self.shape = tuple(field(entry, "shape"))
        self.element_bits = field(entry, "element_bits")
        self.frame_bytes = -(-self.items * self.element_bits // 8)
        if entry.get("frame_bytes", self.frame_bytes) != self.frame_bytes:
            what = f"{self.frame_bytes} bytes, not {entry['frame_bytes']}"
            raise InputError(f"Manifest's frame_bytes must be that of its items, {what}")
        if self.element_bits not in (1, 2, 4, 8, 16, 32):
            what = f"1, 2, 4, 8, 16 or 32, not {self.element_bits}"
            raise InputError(f"Manifest's element_bits must be {what}")
        self.low, self.high, self.step = _range(self.type)

    @property
    def bipolar(self) -> bool:
        """Whether the values are -1 and +1 and travel as one bit."""
        return self.step == 2

    @property
    def dtype(self) -> np.dtype:
        """What results are given back in."""
        return np.dtype(np.int32 if self.high < 1 << 31 else np.int64)

    def check(self, frames: np.ndarray) -> np.ndarray:
        """Frames of any shape with the right number of elements, as integers (frames, items).

        The first axis counts the frames. Booleans stand for -1 and +1 where the type is bipolar.

        Raises
        ------
        InputError
            If they are no integers, or not so many, or outside the type.
        """
        frames = np.asarray(frames)
        if frames.dtype != bool and not np.issubdtype(frames.dtype, np.integer):
            raise InputError(f"Frames must be integers or booleans, not {frames.dtype}")
        count = frames.shape[0] if frames.ndim else 0
        if not frames.ndim or frames.size != count * self.items or not _fits(frames, self.items):
            wanted = ", ".join(map(str, ("frames", *self.shape)))
            what = f"({wanted}) or another with {self.items} elements a frame, not {frames.shape}"
            raise InputError(f"Frames must have the shape {what}")
        frames = frames.reshape(count, self.items)
        if frames.dtype == bool and self.bipolar:
            return np.where(frames, np.int8(1), np.int8(-1))
        if frames.dtype == bool:
            frames = frames.astype(np.uint8)
        bad = (frames < self.low) | (frames > self.high)
        if self.bipolar:
            bad |= frames == 0
        if bad.any():
            frame, item = (int(one) for one in np.argwhere(bad)[0])
            accepted = "-1 and +1" if self.bipolar else f"{self.low} to {self.high}"
            what = f"{accepted}, not {frames[frame, item]} (item {item} of frame {frame})"
            raise InputError(f"Frames must be {self.type} values, {what}")
        return frames

    def pack(self, frames: np.ndarray) -> np.ndarray:
        """Checked frames (n, items) to uint8 (n, frame_bytes)."""
        codes = (frames > 0).astype(np.uint8) if self.bipolar else frames
        if self.element_bits >= 8:
            unsigned = np.dtype(f"<u{self.element_bits // 8}")
            codes = np.ascontiguousarray(codes.astype(unsigned))
            return codes.view(np.uint8).reshape(len(frames), self.frame_bytes)
        if self.element_bits == 1:
            bits = codes.astype(np.uint8) & 1
            return np.packbits(bits, axis=1, bitorder="little")
        lanes = 8 // self.element_bits
        wide = np.zeros((len(frames), self.frame_bytes * lanes), np.uint8)
        wide[:, : self.items] = codes.astype(np.uint8) & (1 << self.element_bits) - 1
        shifts = np.arange(lanes, dtype=np.uint8) * self.element_bits
        wide = wide.reshape(len(frames), self.frame_bytes, lanes) << shifts
        return np.bitwise_or.reduce(wide, axis=2).astype(np.uint8)

    def unpack(self, data: bytes, count: int) -> np.ndarray:
        """So many frames of a memory's bytes to integers (count, items).

        All element_bits count: a value outside the type comes back as such.
        """
        raw = np.frombuffer(data, np.uint8, count * self.frame_bytes)
        raw = raw.reshape(count, self.frame_bytes)
        if self.element_bits >= 8:
            unsigned = np.dtype(f"<u{self.element_bits // 8}")
            codes = raw.view(unsigned).astype(np.int64)
        elif self.element_bits == 1:
            codes = np.unpackbits(raw, axis=1, count=self.items, bitorder="little")
        else:
            lanes = 8 // self.element_bits
            shifts = np.arange(lanes, dtype=np.uint8) * self.element_bits
            codes = raw[:, :, None] >> shifts & (1 << self.element_bits) - 1
            codes = codes.reshape(count, -1)[:, : self.items]
        codes = codes.astype(np.int64)
        if self.bipolar:
            codes = 2 * codes - 1
        elif self.low < 0:
            sign = 1 << self.element_bits - 1
            codes = (codes ^ sign) - sign
        return codes.astype(self.dtype)


def _fits(frames: np.ndarray, items: int) -> bool:
    """Whether the axes behind the first hold one frame; of no frames as well."""
    return math.prod(frames.shape[1:]) == items


def _range(name: str) -> tuple[int, int, int]:
    """Lowest and highest value of a type, and the step between values."""
    if name == "bipolar":
        return -1, 1, 2
    if name == "ternary":
        return -1, 1, 1
    match = re.fullmatch(r"(u?)int([1-9][0-9]?)", name)
    if match is None or int(match[2]) > 32:
        what = f"bipolar, ternary, intN or uintN with N from 1 to 32, not {name!r}"
        raise InputError(f"Manifest's type must be {what}")
    width = int(match[2])
    if match[1]:
        return 0, (1 << width) - 1, 1
    return -(1 << width - 1), (1 << width - 1) - 1, 1

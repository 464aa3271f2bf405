"""Bytes of frames, as they lie in a memory and in the beats of a stream."""

import numpy as np

__all__ = ["beats", "words"]

WORD = 8


def words(frames: np.ndarray) -> np.ndarray:
    """Frames (count, bytes) one behind the other, in words (words, 8), zeros past the last."""
    return _rows(frames.ravel(), WORD)


def beats(frames: np.ndarray, width: int) -> np.ndarray:
    """Each frame in beats of its own (count * beats, width // 8), zeros past its last byte."""
    return np.concatenate([_rows(frame, width // 8) for frame in frames])


def _rows(line: np.ndarray, lanes: int) -> np.ndarray:
    count = -(-line.size // lanes)
    padded = np.zeros(count * lanes, line.dtype)
    padded[: line.size] = line
    return padded.reshape(count, lanes)

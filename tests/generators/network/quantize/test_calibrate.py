import re

import numpy as np
import pytest

from generators.network.error import ModelError
from generators.network.quantize import calibrate

SHAPE = (4, 4, 2)


@pytest.mark.parametrize("shape", [(5, 4, 4, 2), (5, 32), (5, 4, 8)])
def test_any_shape_of_the_right_size(shape, tmp_path):
    x = np.arange(160, dtype=np.uint8).reshape(shape)
    np.save(tmp_path / "x.npy", x)
    found = calibrate.frames(tmp_path / "x.npy", SHAPE)
    np.testing.assert_array_equal(found, x.reshape(5, *SHAPE))


@pytest.mark.parametrize(("array", "what"), [
    (np.zeros((5, 32)), "Frames must be uint8, not float64"),
    (np.zeros((5, 32), np.int8), "Frames must be uint8, not int8"),
    (np.zeros((5, 31), np.uint8), "Frames must have shape (frames, 4, 4, 2), not (5, 31)"),
    (np.zeros((0, 32), np.uint8), "Frames must have shape (frames, 4, 4, 2), not (0, 32)"),
    (np.zeros(32, np.uint8), "Frames must have shape (frames, 4, 4, 2), not (32,)"),
    (np.array([{}]), "File must be an array that numpy.save wrote"),
])  # fmt: skip
def test_refused_arrays(array, what, tmp_path):
    path = tmp_path / "x.npy"
    np.save(path, array, allow_pickle=True)
    refused(path, what)


def refused(path, what):
    with pytest.raises(ModelError, match=f"^{re.escape(f'{path}: {what}')}$"):
        calibrate.frames(path, SHAPE)


_CUT = b"\x93NUMPY\x01\x00\x12\x00{'shape': (3, 4,   "
"""A header that ends too soon."""


def test_refused_files(tmp_path):
    refused(tmp_path / "none.npy", "File cannot be read: No such file or directory")
    for name, text in (("text.npy", b"frames"), ("empty.npy", b""), ("cut.npy", _CUT)):
        (tmp_path / name).write_bytes(text)
        refused(tmp_path / name, "File must be an array that numpy.save wrote")
    np.savez(tmp_path / "x.npz", x=np.zeros((5, 32), np.uint8))
    refused(tmp_path / "x.npz", "File must be an array (.npy), not an archive of some (.npz)")


def test_evenly_spaced_frames():
    x = np.arange(10)
    np.testing.assert_array_equal(calibrate.chosen(x, 4), [0, 3, 6, 9])
    assert calibrate.chosen(x, 10) is x


def test_no_frames():
    with pytest.raises(ModelError, match=r"^--frames: Frames must be at least 1, not 0$"):
        calibrate.chosen(np.arange(10), 0)

import numpy as np
import pytest

from sim.golden import packing


def test_words_have_no_gap():
    frames = np.arange(1, 11).reshape(2, 5)
    assert packing.words(frames).tolist() == [[1, 2, 3, 4, 5, 6, 7, 8], [9, 10, 0, 0, 0, 0, 0, 0]]


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (8, [[1], [2], [3], [4], [5], [6]]),
        (16, [[1, 2], [3, 0], [4, 5], [6, 0]]),
        (32, [[1, 2, 3, 0], [4, 5, 6, 0]]),
    ],
)
def test_beats_are_of_one_frame(width, expected):
    frames = np.arange(1, 7).reshape(2, 3)
    assert packing.beats(frames, width).tolist() == expected

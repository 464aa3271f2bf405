import re

import numpy as np
import pytest

from boards.driver.errors import DriverError
from boards.driver.parameters import encode

SIZE = {"groups": 1, "group_lanes": 1, "rows": 3, "pe": 2}
WEIGHTS = {
    "layer": "fc0", "kind": "weights", "base": 64, "words": 4, "parts": 1, "stride": 4, "bits": 8,
    "shape": [3, 4], "type": "int2", "low": -2, "high": 1, **SIZE, "cols": 4, "simd": 2,
    "weight_bits": 2, "lane_bits": [[0, 4]], "columns": None,
}  # fmt: skip
THRESHOLDS = {
    "layer": "fc0", "kind": "thresholds", "base": 128, "words": 2, "parts": 8, "stride": 2,
    "bits": 5, "shape": [3, 2], "type": "sum", "low": -8, "high": 7, "negate": False, "offset": 0,
    **SIZE, "level_bits": 2,
}  # fmt: skip
BIAS = {
    "layer": "fc1", "kind": "bias", "base": 160, "words": 3, "parts": 1, "stride": 4, "bits": 6,
    "shape": [3], "type": "sum", "low": -9, "high": 9, "negate": False, "offset": -4,
    "groups": 1, "group_lanes": 1, "rows": 3, "pe": 1, "level_bits": 0,
}  # fmt: skip
ALL = [WEIGHTS, THRESHOLDS, BIAS]
MATRIX = np.array([[0, 1, -2, -1], [1, 1, 0, 0], [-1, 0, 0, 1]])


def test_weights_by_hand():
    """Rows 0 and 1, then 2 and a padded one; of each columns 0 and 1, then 2 and 3."""
    ((address, words),) = encode(ALL, weights={"fc0": MATRIX})
    assert (address, words.dtype) == (64, np.uint32)
    assert words.tolist() == [0b01_01_01_00, 0b00_00_11_10, 0b00_00_00_11, 0b00_00_01_00]


def test_lanes_of_two_parts_and_padded_columns():
    memory = WEIGHTS | {"shape": [1, 17], "rows": 1, "pe": 1, "cols": 17, "simd": 20, "words": 1,
                        "weight_bits": 2, "lane_bits": [[34, 6], [0, 34]], "parts": 2,
                        "stride": 1, "bits": 40}  # fmt: skip
    ((_, words),) = encode([memory], weights={"fc0": np.ones((1, 17), int)})
    assert words.tolist() == [0x55555540 & ~0x3F | 0b01 << 6, 0x55]


def test_thresholds_by_hand():
    """A part a level, from 1; those that there are not are never reached, nor beyond the ends."""
    values = np.array([[-8, 7], [-20, 20], [0, 1]])
    ((address, words),) = encode(ALL, thresholds={"fc0": values})
    assert address == 128
    parts = words.reshape(8, 2)
    assert parts[1].tolist() == [-8 & 31, 0] and parts[2].tolist() == [7, 1]
    assert parts[3].tolist() == [8, 8]
    assert parts[5, 0] == -8 & 31 and parts[6, 0] == 8


def test_bias_leaves_gaps_between_parts():
    runs = encode([BIAS | {"parts": 1}], bias={"fc1": np.array([-9, 4, 9])})
    ((address, words),) = runs
    assert (address, words.tolist()) == (160, [-13 & 63, 0, 5])
    assert encode(ALL) == []


def test_negated_threshold():
    memory = THRESHOLDS | {"shape": [3, 1], "parts": 2, "level_bits": 0, "negate": True}
    ((_, words),) = encode([memory], thresholds={"fc0": np.array([[3], [99], [-8]])})
    assert words.tolist() == [-3 & 31, 8, -8 & 31, 0]


@pytest.mark.parametrize(("given", "message"), [
    ({"weights": {"fc1": MATRIX}},
     "Layer to load weights into must be one of fc0, not 'fc1'"),
    ({"thresholds": {"x": MATRIX}},
     "Layer to load thresholds into must be one of fc0, not 'x'"),
    ({"weights": {"fc0": MATRIX[:2]}},
     "Weights of layer 'fc0' must have shape (3, 4), not (2, 4)"),
    ({"weights": {"fc0": MATRIX + 0.5}},
     "Weights of layer 'fc0' must be integers, not float64"),
    ({"weights": {"fc0": MATRIX + 1}},
     "Weights of layer 'fc0' must be from -2 to 1, not 2"),
    ({"thresholds": {"fc0": np.array([[1, 0]] * 3)}},
     "Thresholds of layer 'fc0' must ascend within each channel"),
    ({"bias": {"fc1": np.array([0, 10, 0])}}, "Bias of layer 'fc1' must be from -9 to 9, not 10"),
])  # fmt: skip
def test_refuses(given, message):
    with pytest.raises(DriverError, match=f"^{re.escape(message)}$"):
        encode(ALL, **given)


def test_refuses_numbers_that_are_not_bipolar():
    memory = WEIGHTS | {"type": "bipolar", "low": -1, "high": 1, "weight_bits": 1}
    message = re.escape("Weights of layer 'fc0' must be -1 or +1, not 0")
    with pytest.raises(DriverError, match=f"^{message}$"):
        encode([memory], weights={"fc0": np.zeros((3, 4), int)})


def test_refuses_where_nothing_is_loaded():
    message = re.escape("Layer to load bias into must be none of this build, not 'fc0'")
    with pytest.raises(DriverError, match=f"^{message}$"):
        encode([WEIGHTS], bias={"fc0": np.zeros(3, int)})

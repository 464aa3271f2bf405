"""Affine integers in the golden network, by the worked example."""

import numpy as np
import pytest

from sim.golden import network

EXAMPLE = {
    "name": "y", "op": "dense", "inputs": ["input"], "input_zero_point": 10,
    "weights": {"type": "uint8", "data": np.array([[8, 2]]), "zero_point": np.array(4)},
}  # fmt: skip
FORMS = [
    {"multiplier": np.array(1 << 30), "right_shift": np.array([1])},
    {"input_scale": 0.1, "weight_scale": np.array(0.05), "output_scale": 0.02},
]


def run(layer, x):
    return network.run([layer], np.array(x))["y"].tolist()


def test_sum():
    assert run(EXAMPLE, [[13, 8], [10, 10]]) == [[16], [0]]


@pytest.mark.parametrize("form", FORMS)
def test_requantized(form):
    activation = {"type": "uint8", "requantize": form | {"zero_point": 3}}
    assert run(EXAMPLE | {"activation": activation}, [[13, 8], [0, 0], [255, 255]]) == [
        [7], [0], [126]]  # fmt: skip


def test_clamp():
    activation = {"type": "uint8", "requantize": FORMS[0] | {"zero_point": 3, "low": 3, "high": 6}}
    assert run(EXAMPLE | {"activation": activation}, [[13, 8], [0, 0]]) == [[6], [3]]


def test_padding_with_the_zero_point_adds_nothing():
    conv = EXAMPLE | {"op": "conv", "padding": (1, 1, 1, 1), "pad_value": 10,
                      "weights": {"type": "int8", "data": np.ones((1, 3, 3, 1), int)}}  # fmt: skip
    assert run(conv, np.full((1, 1, 1, 1), 12)) == [[[[2]]]]
    assert run(conv, np.full((1, 2, 2, 1), 10)) == [[[[0], [0]], [[0], [0]]]]

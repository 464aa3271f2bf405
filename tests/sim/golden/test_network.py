"""Every op of the golden network, by numbers that can be checked by hand or in floats."""

from fractions import Fraction

import numpy as np
import pytest

from sim.golden import network, window


def run(x, **layer):
    """The output of one layer for frames x."""
    values = network.run([{"name": "y", "inputs": ["input"]} | layer], np.array(x))
    return values["y"]


DENSE = {"op": "dense", "weights": {"type": "int3", "data": np.array([[1, -2], [3, 0]])}}


def test_dense():
    assert run([[5, 1]], **DENSE).tolist() == [[3, 15]]


def test_dense_flattens_row_major():
    x = np.arange(8).reshape(1, 2, 2, 2)
    weights = {"data": np.eye(8, dtype=np.int64)}
    assert run(x, op="dense", weights=weights).tolist() == [list(range(8))]


def test_dense_scale_and_bias():
    weights = DENSE["weights"] | {"scale": np.array([0.5, 2.0])}
    y = run([[5, 1]], op="dense", weights=weights, bias=np.array([1, -1]))
    assert y.tolist() == [[Fraction(5, 2), 29]]


@pytest.mark.parametrize(("activation", "expected"), [
    ({"type": "uint2", "thresholds": np.array([[3, 4], [15, 15]])}, [[1, 2]]),
    ({"type": "int2", "thresholds": np.array([[3, 4], [15, 15]])}, [[-1, 0]]),
    ({"type": "int2", "thresholds": np.array([[4]]), "base": 0}, [[0, 1]]),
    ({"type": "bipolar", "thresholds": np.array([[4]])}, [[-1, 1]]),
    ({"type": "bipolar"}, [[1, 1]]),
])  # fmt: skip
def test_dense_activation(activation, expected):
    assert run([[5, 1]], **DENSE, activation=activation).tolist() == expected
    x = run([[5, 1]], **DENSE)
    if activation.get("thresholds") is not None:
        assert run(x, op="threshold", **activation).tolist() == expected


def test_popcount_counts_agreements():
    rng = np.random.default_rng(1)
    x, w = rng.choice([-1, 1], (20, 9)), rng.choice([-1, 1], (4, 9))
    y = run(x, op="dense", weights={"data": w}, accumulate="popcount")
    np.testing.assert_array_equal(y, (x[:, None] == w).sum(axis=-1))


def test_scale():
    y = run([[3, 4]], op="scale", gain=np.array([Fraction(1, 3), 2]), bias=np.array(0.5))
    assert y.tolist() == [[Fraction(3, 2), Fraction(17, 2)]]


def test_batchnorm_of_squares_is_exact():
    fields = {"gamma": np.array([3.0, 1.0]), "beta": np.array([1.0, 0.0]),
              "mean": np.array([0.5, 0.0]), "variance": np.array([3.75, 8.75])}  # fmt: skip
    y = run([[1, 6]], op="batchnorm", epsilon=0.25, **fields)
    assert y.tolist() == [[Fraction(7, 4), 2]]


def test_batchnorm_is_near_the_floats():
    rng = np.random.default_rng(2)
    gamma, beta, mean, variance = rng.normal(size=(4, 6))
    variance = variance**2
    x = rng.integers(-100, 100, (5, 6))

    y = run(x, op="batchnorm", gamma=gamma, beta=beta, mean=mean, variance=variance, epsilon=1e-5)

    expected = gamma * (x - mean) / np.sqrt(variance + 1e-5) + beta
    np.testing.assert_allclose(y.astype(float), expected, rtol=1e-12)


@pytest.mark.parametrize(("fields", "expected"), [
    ({"type": "int3"}, [-4, -4, 0, 3]),
    ({"type": "int3", "narrow": True}, [-3, -3, 0, 3]),
    ({"type": "uint3"}, [0, 0, 0, 7]),
    ({"type": "uint3", "narrow": True}, [0, 0, 0, 6]),
    ({"type": "ternary"}, [-1, -1, 0, 1]),
    ({"type": "int8", "scale": np.array(4.0)}, [-100, -4, 0, 96]),
    ({"type": "int8", "scale": np.array(4.0), "rounding": "FLOOR"}, [-100, -8, 0, 96]),
    ({"type": "uint3", "zero_point": 2.0}, [-2, -2, 0, 5]),
])  # fmt: skip
def test_quantize(fields, expected):
    defaults = {"scale": np.ones(()), "zero_point": 0.0, "narrow": False, "rounding": "HALF_EVEN"}
    assert run([[-100, -5, 0, 98]], op="quantize", **defaults | fields).tolist() == [expected]


def test_shapes_of_a_chain():
    layers = [
        {"name": "r", "op": "relu", "inputs": ["input"]},
        {"name": "f", "op": "flatten", "inputs": ["r"]},
        {"name": "s", "op": "sign", "inputs": ["f"]},
        {"name": "a", "op": "argmax", "inputs": ["f"]},
    ]
    x = np.array([[[[-1, 2]], [[5, 0]]]])

    values = network.run(layers, x)

    assert list(values) == ["input", "r", "f", "s", "a"]
    assert values["r"].tolist() == [[[[0, 2]], [[5, 0]]]]
    assert values["f"].tolist() == [[0, 2, 5, 0]]
    assert values["s"].tolist() == [[1, 1, 1, 1]]
    assert values["a"].tolist() == [[2]]


def test_what_follows_a_convolution():
    """Scale, bias and activation are those of a dense layer on every window."""
    rng = np.random.default_rng(3)
    x, w = rng.integers(-4, 4, (2, 4, 5, 3)), rng.integers(-4, 4, (6, 2, 3, 3))
    thresholds = {"type": "uint2", "thresholds": np.sort(rng.integers(-50, 50, (6, 3)), axis=1)}
    windows = window.windows(x, (2, 3))
    for scale, fields in (
        (None, {"bias": np.arange(6)}),
        (np.full(6, 0.25), {"bias": np.arange(6)}),
        (None, {"bias": np.arange(6), "activation": thresholds}),
    ):
        weights = {"data": w, "scale": scale}
        y = run(x, op="conv", weights=weights, **fields)
        weights = {"data": w.reshape(6, -1), "scale": scale}
        expected = run(windows.reshape(-1, 18), op="dense", weights=weights, **fields)
        np.testing.assert_array_equal(y, expected.reshape(2, 3, 3, 6))


def test_popcount_of_a_group():
    rng = np.random.default_rng(4)
    x, w = rng.choice([-1, 1], (2, 3, 3, 4)), rng.choice([-1, 1], (4, 3, 3, 2))
    fields = {"op": "conv", "weights": {"data": w}, "groups": 2}
    popcount = run(x, **fields, accumulate="popcount")
    agree = (x[:, None, :, :, :2] == w[:2]).sum(axis=(2, 3, 4))
    np.testing.assert_array_equal(popcount[:, 0, 0, :2], agree)
    np.testing.assert_array_equal(2 * popcount - 18, run(x, **fields))

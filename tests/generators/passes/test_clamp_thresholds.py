import pytest

from generators.passes.clamp_thresholds import clamp_thresholds
from tests.generators.passes.nets import argmax, assert_same, dense, network, reach, threshold

WEIGHTS = [[1, 2], [3, -4]]  # of int4: -24..21 and -52..53


def thresholds(layer):
    return getattr(layer, "activation", layer).thresholds.tolist()


@pytest.mark.parametrize(("given", "expected"), [
    ([[-100, 0, 100]], [[-24, 0, 22], [-52, 0, 54]]),
    ([[-24, 21, 22], [-52, 53, 54]], [[-24, 21, 22], [-52, 53, 54]]),
    ([[-25, 22, 23], [-53, 54, 55]], [[-24, 22, 22], [-52, 54, 54]]),
    ([[1 << 60] * 3], [[22] * 3, [54] * 3]),
])  # fmt: skip
def test_dense(given, expected):
    before = network(dense(WEIGHTS, activation=reach(given, "uint2")))

    after = clamp_thresholds(before)

    assert thresholds(after.layers[0]) == expected
    assert_same(before, after)


def test_rows_and_base_are_spelled_out():
    after = clamp_thresholds(network(dense(WEIGHTS, activation=reach(None))))
    assert thresholds(after.layers[0]) == [[0], [0]]
    assert after.layers[0].activation.base == -1


@pytest.mark.parametrize(("kind", "base", "expected"), [
    ("uint4", None, 0), ("int4", None, -8), ("int4", 3, 3), ("ternary", None, -1),
])  # fmt: skip
def test_base(kind, base, expected):
    before = network(dense(WEIGHTS, activation=reach([[0, 4]], kind, base=base)))
    after = clamp_thresholds(before)
    assert after.layers[0].activation.base == expected
    assert_same(before, after)


def test_counts():
    layer = dense([[1, -1, 1]], "bipolar", accumulate="popcount",
                  activation=reach([[-5, 2, 9]], "uint2"))  # fmt: skip
    before = network(layer, shape=(3,), kind="bipolar")
    after = clamp_thresholds(before)
    assert thresholds(after.layers[0]) == [[0, 2, 4]]
    assert_same(before, after)


@pytest.mark.parametrize(("kind", "given", "expected"), [
    ("int4", [[-9, 0, 9]], [[-8, 0, 8]]),
    ("int4", [[-9, -8, -7], [7, 8, 9]], [[-8, -8, -7], [7, 8, 8]]),
    ("bipolar", [[-7, 0, 7]], [[-1, 0, 2]]),
    ("uint2", [[-1, 3, 4]], [[0, 3, 4]]),
])  # fmt: skip
def test_threshold_layers(kind, given, expected):
    before = network(threshold(given, "uint2"), kind=kind)
    after = clamp_thresholds(before)
    assert thresholds(after.layers[0]) == expected
    assert after.layers[0].base == 0
    assert_same(before, after)


def test_layers_without_thresholds_stay():
    before = network(dense(WEIGHTS), argmax())
    assert clamp_thresholds(before).layers == before.layers

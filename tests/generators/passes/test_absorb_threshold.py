import numpy as np
import pytest
from msgspec.structs import replace

from generators.network import graph
from generators.passes.absorb_threshold import absorb_threshold
from tests.generators.passes.nets import (
    argmax,
    assert_same,
    dense,
    names,
    network,
    ops,
    reach,
    threshold,
)

WEIGHTS = [[1, 2], [3, -4], [0, 1]]


@pytest.mark.parametrize("bias", [None, [1, 2, 3]])
@pytest.mark.parametrize("layer", [
    threshold([[0]]), threshold([[-1], [0], [4]]), threshold([[-3, 0, 5]], "uint2"),
    threshold([[1, 2], [0, 0], [-9, 9]], "int4", base=-2),
])  # fmt: skip
def test_behind_a_dense(layer, bias):
    before = network(dense(WEIGHTS, bias=bias), layer, dense([[1, 2, 3]]))

    after = absorb_threshold(before)

    assert names(after) == ["dense0", "dense2"]
    assert after.layers[0].activation.type == layer[1]["type"]
    assert after.layers[0].activation.base == layer[1].get("base")
    assert_same(before, after)


def test_of_counts():
    counts = dense([[1, -1, 1], [1, 1, 1]], "bipolar", accumulate="popcount")
    before = network(counts, threshold([[1], [2]]), shape=(3,), kind="bipolar")
    after = absorb_threshold(before)
    assert ops(after) == ["dense"]
    assert_same(before, after)


@pytest.mark.parametrize("layers", [
    [threshold([[0]])],
    [dense(WEIGHTS, activation=reach([[0, 1]], "uint2")), threshold([[2]])],
    [dense(WEIGHTS), argmax(), threshold([[1, 2]], "uint2")],
])  # fmt: skip
def test_behind_anything_else(layers):
    before = network(*layers)
    assert absorb_threshold(before).layers == before.layers


def test_the_first_of_two():
    before = network(dense(WEIGHTS), threshold([[0, 5]], "uint2"), threshold([[1]]))
    after = absorb_threshold(before)
    assert names(after) == ["dense0", "threshold2"]
    assert_same(before, after)


def test_sums_that_others_read_too():
    made = network(dense(WEIGHTS), threshold([[0]]))
    other = graph.Threshold(
        name="other", inputs=("dense0",), type="bipolar", thresholds=np.array([[1]])
    )
    made = replace(made, layers=(*made.layers, other))
    assert absorb_threshold(made).layers == made.layers

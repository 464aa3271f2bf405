import re
from fractions import Fraction

import pytest

from generators.network.error import ModelError
from generators.passes.move_scale_past_dense import move_scale_past_dense
from tests.generators.passes.nets import (
    assert_same,
    dense,
    names,
    network,
    ops,
    quantize,
    scale,
    sign,
)

WEIGHTS = [[1, 2], [3, -4]]


@pytest.mark.parametrize("bias", [None, 5, [1, -2]])
@pytest.mark.parametrize("layer", [
    scale(0.5), scale(-3, 1), scale(Fraction(1, 3), [1, -2]), scale([0.1], [0.2]),
    scale([0.5, 0.5], [1, 2]), scale(0, 7),
])  # fmt: skip
def test_scale(layer, bias):
    before = network(layer, dense(WEIGHTS, bias=bias), sign())

    after = move_scale_past_dense(before)

    assert names(after) == ["dense1", "dense1.scale", "sign2"]
    assert after.layers[0].bias is None
    assert after.layers[1].gain.size == 1
    assert_same(before, after)


def test_bias_by_channel_of_a_map():
    layer = dense([[1, 2, -3, 4], [-1, 0, 5, 2]])
    before = network(scale(2, [1, -3]), layer, shape=(2, 1, 2), kind="int2")
    after = move_scale_past_dense(before)
    assert after.layers[1].bias.tolist() == [1 - 6 - 3 - 12, -1 + 5 - 6]
    assert_same(before, after)


def test_as_the_output():
    before = network(sign(), scale(0.5), dense(WEIGHTS))
    after = move_scale_past_dense(before)
    assert names(after) == ["sign0", "dense2", "dense2.scale"]
    assert_same(before, after)


@pytest.mark.parametrize("between", [[], [scale(0.25, [1, 2])], [scale(3), scale(-1, 1)]])
def test_through_several_dense_layers(between):
    """A scale from before the first is behind the last, with those on the way."""
    before = network(scale(0.5, [1, 2]), dense(WEIGHTS, name="a"), *between,
                     dense(WEIGHTS, bias=3, name="b"), dense([[1, -1]], name="c"))  # fmt: skip
    after = move_scale_past_dense(before)
    assert ops(after) == ["dense", "dense", "dense", "scale"]
    assert_same(before, after)


def test_gains_that_are_the_same_only_together():
    before = network(scale([2, 3]), scale([3, 2], 1), dense(WEIGHTS))
    after = move_scale_past_dense(before)
    assert (ops(after), after.layers[1].gain.tolist()) == (["dense", "scale"], 6)
    assert_same(before, after)


def test_names_that_are_taken():
    before = network(scale(2), dense(WEIGHTS, name="fc"), scale(0.5, name="fc.scale"), sign())
    after = move_scale_past_dense(before)
    assert names(after) == ["fc", "fc.scale.0", "fc.scale", "sign3"]
    assert_same(before, after)


def test_nothing_to_move():
    before = network(quantize("int3"), dense(WEIGHTS), scale(2), sign())
    assert move_scale_past_dense(before).layers == before.layers


@pytest.mark.parametrize(("gain", "text"), [
    ([1, 2], "1.0 and 2.0"), ([Fraction(1, 2), -0.5], "0.5 and -0.5"),
])  # fmt: skip
def test_gains_that_differ(gain, text):
    message = (
        "net: layer 'fc': Gains before a dense layer must be the same for all channels, not " + text
    )
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        move_scale_past_dense(network(scale(gain), dense(WEIGHTS, name="fc")))

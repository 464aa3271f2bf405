import re
from fractions import Fraction

import numpy as np
import pytest

from generators.network.error import ModelError
from generators.passes.drop_output_scale import drop_output_scale
from tests.generators.passes.nets import (
    argmax,
    assert_same,
    dense,
    names,
    network,
    ops,
    output,
    reach,
    relu,
    scale,
    sign,
)

FC = dense([[1, 2], [3, -4]])


@pytest.mark.parametrize("layer", [scale(0.5), scale([2, -3], 1), scale(0, [Fraction(1, 3), 2])])
@pytest.mark.parametrize("outer", [None, output(2, 1), output([3, -1], [0.5, 0]), output([2], [1])])
def test_scale(layer, outer):
    """The network's own output, if any, is applied to the scale's."""
    before = network(FC, layer, output=outer)

    after = drop_output_scale(before)

    assert ops(after) == ["dense"]
    assert_same(before, after)


def test_order_of_composition():
    after = drop_output_scale(network(FC, scale([2, 3], [1, 0]), output=output(10, 5)))
    assert after.output.gain.tolist() == [20, 30]
    assert after.output.bias.tolist() == [15, 5]


@pytest.mark.parametrize("layers", [[FC], [FC, relu()], [scale(2)], [FC, argmax()], [sign(), FC]])
def test_others_stay(layers):
    before = network(*layers, output=output(2, 3))
    after = drop_output_scale(before)
    assert (after.layers, after.output) == (before.layers, before.output)


@pytest.mark.parametrize("layer", [scale(0.5), scale([2, 2.0], [-7, -7]), scale([3], 1)])
def test_before_argmax(layer):
    before = network(FC, layer, argmax())
    after = drop_output_scale(before)
    assert ops(after) == ["dense", "argmax"]
    assert after.output is None
    assert_same(before, after)


def test_before_and_behind_argmax():
    before = network(FC, scale(0.5, 3), argmax(), scale(10, 1), output=output(1, 5))
    after = drop_output_scale(before)
    assert names(after) == ["dense0", "argmax2"]
    np.testing.assert_array_equal((after.output.gain, after.output.bias), (10, 6))
    assert_same(before, after)


@pytest.mark.parametrize("bias", [None, 4, [1, -2]])
@pytest.mark.parametrize(("layer", "shifts"), [
    (scale(0.5, [1, 4]), [0, 6]), (scale([3], [Fraction(1, 3), Fraction(-17, 3)]), [0, -2]),
    (scale(Fraction(1, 7), [2, 1]), [0, -7]),
])  # fmt: skip
def test_biases_before_argmax_are_added_to_the_sums(layer, shifts, bias):
    before = network(dense([[1, 2], [3, -4]], bias=bias), layer, argmax())
    after = drop_output_scale(before)
    assert ops(after) == ["dense", "argmax"]
    np.testing.assert_array_equal(after.layers[0].bias, np.add(shifts, bias or 0))
    assert_same(before, after)


GAINS = "Scale before an argmax must have one positive gain for all channels"
BIASES = "Biases before an argmax must be a dense layer's and differ by multiples of the gain"


@pytest.mark.parametrize(("layers", "what"), [
    ([FC, scale(-1)], GAINS), ([FC, scale(0)], GAINS), ([FC, scale([1, 2])], GAINS),
    ([FC, scale(1, [0, 0.5])], BIASES), ([FC, scale(2, [0, 1])], BIASES),
    ([sign(), scale(1, [0, 1])], BIASES), ([scale(1, [0, 1])], BIASES),
    ([dense([[1, 2], [3, 4]], activation=reach([[0]])), scale(1, [0, 1])], BIASES),
])  # fmt: skip
def test_argmax_of_different_scales(layers, what):
    with pytest.raises(ModelError, match="^" + re.escape(f"net: layer 'top': {what}") + "$"):
        drop_output_scale(network(*layers, argmax(name="top")))

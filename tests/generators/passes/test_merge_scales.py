from fractions import Fraction

import numpy as np
import pytest

from generators.passes.merge_scales import merge_scales
from tests.generators.passes.nets import (
    assert_same,
    dense,
    names,
    network,
    ops,
    output,
    quantize,
    relu,
    scale,
    sign,
)


def test_two():
    before = network(scale(0.5, 1), scale([2, Fraction(-1, 3)], 0.25), quantize("int4"))

    after = merge_scales(before)

    assert names(after) == ["scale1", "quantize2"]
    assert after.layers[0].gain.tolist() == [1, Fraction(-1, 6)]
    assert after.layers[0].bias.tolist() == [Fraction(9, 4), Fraction(-1, 12)]
    assert_same(before, after)


def test_three_of_numbers():
    before = network(scale(0.5, 1), scale(0.1, [1, 2]), scale(3), sign())
    after = merge_scales(before)
    assert names(after) == ["scale2", "sign3"]
    assert_same(before, after)


def test_what_stands_between_stays():
    before = network(scale(-2), relu(), scale(3, -1), sign(), scale(5, 1))
    after = merge_scales(before)
    assert names(after) == names(before)
    assert_same(before, after)


@pytest.mark.parametrize("one", [scale(1), scale([1.0, 1.0], [0, 0.0]), scale(Fraction(1))])
@pytest.mark.parametrize("place", [0, 1, 2])
def test_scales_by_one_vanish(one, place):
    layers = [dense([[1, 2], [3, -4]]), sign()]
    layers.insert(place, one)
    before = network(*layers)

    after = merge_scales(before)

    assert ops(after) == ["dense", "sign"]
    assert_same(before, after)


@pytest.mark.parametrize("other", [scale(1, 1), scale([1, 2]), scale(1, [0, 1])])
def test_other_scales_do_not(other):
    assert ops(merge_scales(network(other, sign()))) == ["scale", "sign"]


def test_inverse_scales_cancel():
    before = network(scale(Fraction(1, 3), 1), scale(3, -3), sign())
    assert ops(merge_scales(before)) == ["sign"]


def test_networks_keep_one_layer():
    before = network(scale(2), scale(0.5))
    after = merge_scales(before)
    assert ops(after) == ["scale"]
    assert_same(before, after)


def test_output_stays():
    before = network(sign(), scale(3), scale([1, 2]), output=output([2, 3], 1))
    after = merge_scales(before)
    np.testing.assert_array_equal(after.output.gain, [2, 3])
    assert_same(before, after)

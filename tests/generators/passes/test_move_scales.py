import re
from fractions import Fraction

import pytest

from generators.network import graph
from generators.network.error import ModelError
from generators.passes.move_scales import move_scales
from tests.generators.passes.nets import (
    add,
    assert_same,
    concat,
    conv,
    dense,
    flatten,
    maxpool,
    names,
    network,
    ops,
    pad,
    quantize,
    relu,
    scale,
    sign,
    sumpool,
    upsample,
)

WEIGHTS = [[1, 2], [3, -4]]


@pytest.mark.parametrize("bias", [None, 5, [1, -2]])
@pytest.mark.parametrize("layer", [
    scale(0.5), scale(-3, 1), scale(Fraction(1, 3), [1, -2]), scale([0.1], [0.2]),
    scale([0.5, 0.5], [1, 2]), scale(0, 7),
])  # fmt: skip
def test_scale(layer, bias):
    before = network(layer, dense(WEIGHTS, bias=bias), sign())

    after = move_scales(before)

    assert names(after) == ["dense1", "dense1.scale", "sign2"]
    assert after.layers[0].bias is None
    assert after.layers[1].gain.size == 1
    assert_same(before, after)


def test_bias_by_channel_of_a_map():
    layer = dense([[1, 2, -3, 4], [-1, 0, 5, 2]])
    before = network(scale(2, [1, -3]), layer, shape=(2, 1, 2), kind="int2")
    after = move_scales(before)
    assert after.layers[1].bias.tolist() == [1 - 6 - 3 - 12, -1 + 5 - 6]
    assert_same(before, after)


def test_as_the_output():
    before = network(sign(), scale(0.5), dense(WEIGHTS))
    after = move_scales(before)
    assert names(after) == ["sign0", "dense2", "dense2.scale"]
    assert_same(before, after)


@pytest.mark.parametrize("between", [[], [scale(0.25, [1, 2])], [scale(3), scale(-1, 1)]])
def test_through_several_dense_layers(between):
    """A scale from before the first is behind the last, with those on the way."""
    before = network(scale(0.5, [1, 2]), dense(WEIGHTS, name="a"), *between,
                     dense(WEIGHTS, bias=3, name="b"), dense([[1, -1]], name="c"))  # fmt: skip
    after = move_scales(before)
    assert ops(after) == ["dense", "dense", "dense", "scale"]
    assert_same(before, after)


def test_gains_that_are_the_same_only_together():
    before = network(scale([2, 3]), scale([3, 2], 1), dense(WEIGHTS))
    after = move_scales(before)
    assert (ops(after), after.layers[1].gain.tolist()) == (["dense", "scale"], 6)
    assert_same(before, after)


def test_names_that_are_taken():
    before = network(scale(2), dense(WEIGHTS, name="fc"), scale(0.5, name="fc.scale"), sign())
    after = move_scales(before)
    assert names(after) == ["fc", "fc.scale.0", "fc.scale", "sign3"]
    assert_same(before, after)


def test_nothing_to_move():
    before = network(quantize("int3"), dense(WEIGHTS), scale(2), sign())
    assert move_scales(before).layers == before.layers


def refused(what, *layers, **fields):
    with pytest.raises(ModelError, match="^" + re.escape(f"net: layer 'x': {what}") + "$"):
        move_scales(network(*layers, **fields))


@pytest.mark.parametrize(("gain", "text"), [
    ([1, 17], "1.0 and 17.0"), ([Fraction(1, 2), -0.3], "0.5 and -0.3"),
])  # fmt: skip
def test_gains_that_differ(gain, text):
    what = "Gains before a dense layer must be the same, or in a ratio of small integers, "
    refused(f"{what}for all channels, not {text}", scale(gain), dense(WEIGHTS, name="x"))


@pytest.mark.parametrize(("gain", "weights", "common"), [
    ([1, 2], [[1, -16], [3, 8]], 1), ([Fraction(1, 2), -0.25], [[2, 8], [6, -4]], 0.25),
    ([-0.75, 0.5], [[3, 16], [9, -8]], -0.25), ([0, 1], [[0, -8], [0, 4]], 1),
])  # fmt: skip
def test_weights_take_over_small_ratios(gain, weights, common):
    before = network(scale(gain, [1, 2]), dense([[1, -8], [3, 4]]), sign())
    after = move_scales(before)
    assert after.layers[0].weights.data.tolist() == weights
    assert set(after.layers[1].gain.ravel().tolist()) == {common}
    assert_same(before, after)


def test_gains_that_differ_in_sign_turn_weights():
    before = network(scale([0.5, -0.5], [1, 2]), dense([[1, -8], [3, 4]]), sign())
    after = move_scales(before)
    assert after.layers[0].weights.data.tolist() == [[1, 8], [3, -4]]
    assert (after.layers[0].weights.type, after.layers[1].gain) == ("int5", Fraction(1, 2))
    assert_same(before, after)


KERNEL = [[[[1, 2], [-3, 1]]], [[[0, 1], [2, -2]]]]
MAP = {"shape": (1, 3, 2), "kind": "bipolar"}
WIDE = {"shape": (1, 3, 1), "kind": "int4"}


@pytest.mark.parametrize("bias", [None, 3, [1, -2]])
@pytest.mark.parametrize("layer", [scale(0.5, 2), scale(-3), scale([2, -2], [1, 0.5]),
                                   scale(0.5, [1, 2]), scale(0, 2)])  # fmt: skip
def test_conv(layer, bias):
    before = network(layer, conv(KERNEL, bias=bias), sign(), **MAP)
    after = move_scales(before)
    assert ops(after) == ["conv", "scale", "sign"]
    assert_same(before, after)


@pytest.mark.parametrize(("layer", "value", "code"), [
    (scale(0.5, 1), 0, -2), (scale(0.5, 1), 1, 0), (scale(-2, -1), 3, -2), (scale(3), 0, 0),
    (scale(0, 4), 4, 0), (scale(1, -7), 0, 7),
])  # fmt: skip
def test_border_of_a_conv_becomes_a_code(layer, value, code):
    before = network(layer, conv([[[[1], [2]]]], padding=(0, 1, 0, 2), pad_value=value), **WIDE)
    after = move_scales(before)
    assert after.layers[0].pad_value == code
    assert_same(before, after)


@pytest.mark.parametrize(("layer", "value", "text"), [
    (scale(0.5, 0.25), 0, "-0.5"), (scale(3, 1), 2, "0.3333333333333333"), (scale(0, 1), 0, "none"),
    (scale([1, -1], [2, 2]), 0, "-2 and 2"), (scale([1, 0], [0, 1]), 0, "0 and none"),
])  # fmt: skip
def test_border_that_is_no_code(layer, value, text):
    what = f"Padding of {value} must be one integer in the codes of the input, not {text}"
    refused(what, layer, conv(KERNEL, padding=(0, 1, 0, 0), pad_value=value, name="x"), **MAP)
    refused(what, layer, pad(value=value, name="x"), **MAP)
    if value == 0:
        refused(what, layer, sumpool(padding=(0, 1, 0, 0), name="x"), **MAP)


def test_gains_by_channel_before_a_depthwise_conv():
    layer = conv([[[[1], [2]]], [[[3], [-1]]], [[[1], [1]]], [[[0], [1]]]], groups=2, bias=1,
                 padding=(0, 1, 0, 0))  # fmt: skip
    before = network(scale([0.5, -3]), layer, sign(), **MAP)
    after = move_scales(before)
    assert after.layers[1].gain.tolist() == [0.5, 0.5, -3, -3]
    assert_same(before, after)


def test_gains_by_channel_before_other_convs():
    what = ("Gains before a conv layer must be the same, or in a ratio of small integers, "
            "for all channels of a group, not 1.0 and 17.0")  # fmt: skip
    refused(what, scale([1, 17]), conv(KERNEL, name="x"), **MAP)
    four = {"shape": (1, 1, 4), "kind": "bipolar"}
    grouped = conv([[[[1, 2]]], [[[3, 4]]]], groups=2, name="x")
    before = network(scale([2, 2, 3, 3]), grouped, **four)
    assert_same(before, move_scales(before))
    refused(what, scale([2, 2, 1, 17]), grouped, **four)
    before = network(scale([2, 2, 1, 3]), grouped, **four)
    assert_same(before, move_scales(before))


@pytest.mark.parametrize("gain", [0.5, 0, [2, 0.25]])
@pytest.mark.parametrize("layer", [
    maxpool(), maxpool((1, 3), padding=(0, 1, 0, 1), stride=(1, 1)), sumpool(), upsample((2, 1)),
    flatten(), sumpool((1, 2), stride=(1, 1)),
])  # fmt: skip
def test_maps(layer, gain):
    before = network(scale(gain, [1, -2]), layer, sign(), **MAP)
    after = move_scales(before)
    assert ops(after) == [layer[0].__struct_config__.tag, "scale", "sign"]
    assert_same(before, after)


def test_border_of_a_sumpool():
    padded = sumpool((1, 2), padding=(0, 1, 0, 0))
    assert ops(move_scales(network(scale(2), padded, **WIDE))) == ["sumpool", "scale"]
    before = network(scale(0.5, 1), padded, **WIDE)
    after = move_scales(before)
    assert ops(after) == ["pad", "sumpool", "scale"]
    assert after.layers[0].value == -2
    assert_same(before, after)


def test_border():
    before = network(scale(0.5, 1), pad(value=2), **WIDE)
    after = move_scales(before)
    assert (ops(after), after.layers[0].value) == (["pad", "scale"], 2)
    assert_same(before, after)


def test_negative_gains_before_a_maxpool():
    what = "Gains before a maxpool must not be negative, except behind a conv layer's sums"
    refused(what, scale([1, -1]), maxpool(name="x"), **MAP)
    before = network(conv(KERNEL), scale(2), scale([1, -0.5]), maxpool((1, 2)), **MAP)
    after = move_scales(before)
    assert ops(after) == ["conv", "maxpool", "scale"]
    assert_same(before, after)


def test_concat():
    before = network(scale(2, 1, name="l"), scale([1, 3], inputs=("input",), name="r"),
                     concat("l", "r", "input"), sign(), **MAP)  # fmt: skip
    after = move_scales(before)
    assert after.layers[0].inputs == ("input", "input", "input")
    assert after.layers[1].gain.tolist() == [2, 2, 1, 3, 1, 1]
    assert_same(before, after)


def test_concat_with_a_relu_stays():
    before = network(scale(2, 1, name="l"), relu(), concat("l", "relu1"), sign(), **MAP)
    assert move_scales(before).layers == before.layers


def test_a_scale_that_several_read():
    before = network(quantize("int2"), scale(0.5, name="s"), conv(KERNEL, name="a"),
                     conv(KERNEL, inputs=("s",), name="b"), add("a", "b"), sign(),
                     **MAP)  # fmt: skip
    after = move_scales(before)
    assert ops(after) == ["quantize", "conv", "conv", "add", "scale", "sign"]
    assert_same(before, after)


def two(left, right, gains=None, end=()):
    """Codes and a scale in each of two branches, an add, and perhaps a quantizer behind it."""
    return network(
        quantize("int2", name="q"), (left[0], left[1] | {"name": "l"}),
        quantize("uint1", inputs=("input",), name="p"), (right[0], right[1] | {"name": "r"}),
        add("l", "r", gains=gains, name="x"), *end, shape=(2,), kind="int3",
    )  # fmt: skip


@pytest.mark.parametrize(("left", "right", "gains", "expected"), [
    (scale(0.5, 1), scale(0.5), None, None), (scale(0.5), scale(1.5, 2), None, [1, 3]),
    (scale(0.75), scale(-0.5), [1, 2], [3, -4]), (scale(0), scale(0), None, None),
    (scale([1, 2]), scale([3, 3]), None, [[1, 2], [3, 3]]),
    (scale(Fraction(1, 3), 1), scale(Fraction(1, 6)), None, [2, 1]),
])  # fmt: skip
def test_add(left, right, gains, expected):
    before = two(left, right, gains)
    after = move_scales(before)
    made = after.layers[-2].gains
    assert (made if made is None else made.tolist()) == expected
    assert ops(after) == ["quantize", "quantize", "add", "scale"]
    assert_same(before, after)


RATIO = ("Inputs of an add must be quantized with one scale, or scales in a ratio of small "
         "integers, not 0.1 and 0.3")  # fmt: skip


@pytest.mark.parametrize(("left", "right", "end", "what"), [
    (scale(0.1), scale(0.3), [], RATIO), (scale(0.1), scale(0.3), [dense([[1, 1]])], RATIO),
    (scale([0.5, 0]), scale(1), [], "Gains before an add must not be 0 in one input only"),
])  # fmt: skip
def test_add_of_other_scales(left, right, end, what):
    with pytest.raises(ModelError, match="^" + re.escape(f"net: layer 'x': {what}") + "$"):
        move_scales(two(left, right, end=end))


@pytest.mark.parametrize("end", [
    [sign()], [quantize("int3")], [scale([0.3, 0.7], 0.1), relu(), quantize("uint2")],
    [scale(-2, 0.3), quantize("int4")], [scale(0, 1), quantize("uint1")],
    [scale(3), quantize("int3"), sign(inputs=("x",), name="s"),
     add("quantize6", "s", gains=[1, 8])],
])  # fmt: skip
@pytest.mark.parametrize("gains", [(0.1, 0.3), (0.7, -0.3), ([0.1, 0.2], [0.37, 0.11])])
def test_add_decides_alike(gains, end):
    before = two(scale(gains[0], 0.2), scale(gains[1]), end=end)
    after = move_scales(before)
    made = next(layer for layer in after.layers if isinstance(layer, graph.Add))
    assert abs(made.gains).max() < 16
    assert "scale" not in ops(after)
    assert_same(before, after)

"""Passes of dense layers, on convolutions; and networks of maps through all of them."""

import numpy as np
import pytest

from generators import passes
from generators.network import graph
from generators.passes.absorb_threshold import absorb_threshold
from generators.passes.bias_to_threshold import bias_to_threshold
from generators.passes.bipolar_to_popcount import bipolar_to_popcount
from generators.passes.clamp_thresholds import clamp_thresholds
from generators.passes.drop_output_scale import drop_output_scale
from generators.passes.split_scales import split_scales
from tests.generators.passes.nets import (
    argmax,
    assert_same,
    conv,
    dense,
    flatten,
    maxpool,
    network,
    ops,
    pad,
    quantize,
    reach,
    scale,
    sign,
    threshold,
)

WIDE = {"shape": (1, 3, 1), "kind": "int3"}
BITS = {"shape": (1, 3, 2), "kind": "bipolar"}
KERNEL = [[[[1], [2]]], [[[-3], [1]]]]
AGREE = [[[[1, -1], [1, 1]]], [[[-1, -1], [1, -1]]]]
LEFT = {"padding": (0, 1, 0, 0)}


@pytest.mark.parametrize("fields", [
    {}, {"scale": 0.5}, {"scale": [0.5, -0.25], "bias": [1, 2]}, {"bias": 3, **LEFT},
])  # fmt: skip
def test_split_scales(fields):
    before = network(conv(KERNEL, **fields), **WIDE)
    after = split_scales(before)
    assert ops(after) == (["conv", "scale"] if "scale" in fields else ["conv"])
    assert_same(before, after)


@pytest.mark.parametrize("fields", [{}, {"bias": [1, -2]}, {"pad_value": -1, **LEFT}])
def test_split_counts(fields):
    before = network(conv(AGREE, "bipolar", accumulate="popcount", **fields), **BITS)
    after = split_scales(before)
    assert ops(after) == ["conv", "scale"]
    assert_same(before, after)


def test_absorb_threshold():
    before = network(conv(KERNEL), threshold([[-3], [2]]), **WIDE)
    after = absorb_threshold(before)
    assert ops(after) == ["conv"]
    assert_same(before, after)


@pytest.mark.parametrize("kind", ["bipolar", "int3"])
def test_bias_and_clamp(kind):
    activation = reach([[-99, 0, 99], [-4, -4, 3]], "uint2")
    before = network(conv(KERNEL, bias=[2, -1], activation=activation), shape=(1, 3, 1), kind=kind)
    after = bias_to_threshold(before)
    assert after.layers[0].bias is None
    assert_same(before, after)
    after = clamp_thresholds(after)
    assert after.layers[0].activation.thresholds.max() < 99
    assert_same(before, after)


@pytest.mark.parametrize(("fields", "accumulate"), [
    ({}, "popcount"), ({"pad_value": 1, **LEFT}, "popcount"), ({"pad_value": 0, **LEFT}, "sum"),
])  # fmt: skip
def test_bipolar_to_popcount(fields, accumulate):
    layer = conv(AGREE, "bipolar", activation=reach([[0, 2], [-1, 3]], "uint2"), **fields)
    before = network(layer, **BITS)
    after = bipolar_to_popcount(before)
    assert after.layers[0].accumulate == accumulate
    assert_same(before, after)


def test_biases_before_argmax_are_added_to_a_conv():
    before = network(conv([[[[1], [1], [2]]], [[[3], [0], [1]]]]), flatten(), scale(0.5, [1, 3]),
                     argmax(), **WIDE)  # fmt: skip
    after = drop_output_scale(before)
    assert ops(after) == ["conv", "flatten", "argmax"]
    assert after.layers[0].bias.tolist() == [0, 4]
    assert_same(before, after)


NETWORKS = {
    "flatten before an argmax": ([conv(KERNEL), scale(0.5), flatten(), argmax()],
                                 ["conv", "flatten", "argmax"]),
    "flatten before a dense": ([conv(KERNEL), sign(), flatten(), dense([[1, 2, -1, 1]])],
                               ["conv", "dense"]),
    "by feature": ([conv(KERNEL), flatten(), scale([1, 2, -3, 4], 1), sign()],
                   ["conv", "flatten", "threshold"]),
    "by feature of one pixel": ([conv([[[[1], [1], [2]]], [[[3], [0], [1]]]]), flatten(),
                                 scale([1, -2], 1), sign(), dense([[1, 2]])], ["conv", "dense"]),
    "maxpool behind sums": ([conv(KERNEL), maxpool(), scale([0.5, 1]), quantize("uint2")],
                            ["conv", "maxpool"]),
    "maxpool of falling gains": ([conv(KERNEL), maxpool(), scale([0.5, -1]), quantize("uint2"),
                                  conv([[[[1, 2]]]])], ["conv", "maxpool", "threshold", "conv"]),
    "border": ([quantize("uint2", 0.5, 1.0), pad(), conv(KERNEL), sign()], ["threshold", "conv"]),
    "global average": ([conv(KERNEL), (graph.GlobalAvgPool, {}), scale(1, [1, 2])],
                       ["conv", "sumpool"]),
    "bipolar border": ([sign(), conv([[[[1], [1]]]], "bipolar", **LEFT), sign(),
                        conv([[[[1], [1]]]], "bipolar", name="last"), sign()],
                       ["threshold", "conv", "conv"]),
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_networks(name):
    layers, expected = NETWORKS[name]
    before = network(*layers, **WIDE)
    after = passes.streamline(before)
    assert ops(after) == expected
    assert_same(before, after)
    if name == "bipolar border":
        assert [layer.accumulate for layer in after.layers[1:]] == ["sum", "popcount"]


def test_few_probes_of_large_maps():
    made = network(conv(np.ones((8, 1, 1, 3), int)), shape=(64, 64, 3), kind="uint8")
    x = passes.probe_inputs(made)
    assert x.shape == (1, 64, 64, 3) and x.min() == 0 and x.max() == 255

"""Affine integers: zero points fold away, scales become multipliers, other passes let them be."""

import numpy as np
import pytest

from generators import passes
from generators.network import run
from generators.passes.fold_zero_points import fold_zero_points
from generators.passes.scales_to_multiplier import scales_to_multiplier
from sim.golden import affine
from tests.generators.passes.nets import (
    argmax,
    assert_same,
    batchnorm,
    conv,
    dense,
    flatten,
    maxpool,
    network,
    ops,
    pad,
    quantize,
    reach,
    requantized,
)

DATA = [[1, 7, 3], [15, 0, 4]]
HALF = {"multiplier": 1 << 30, "right_shift": 1}


@pytest.mark.parametrize("bias", [None, 5, [-3, 9]])
@pytest.mark.parametrize(("zero_point", "kind"), [
    (None, "uint4"), (0, "uint4"), (7, "int5"), ([8, 3], "int5"), ([15, 15], "int5"),
])  # fmt: skip
@pytest.mark.parametrize("z", [0, 3, 7])
def test_zero_points_of_a_dense_layer(z, zero_point, kind, bias):
    activation = requantized(**HALF, zero_point=30)
    before = network(
        dense(DATA, "uint4", bias=bias, zero_point=zero_point, input_zero_point=z,
              activation=activation), shape=(3,), kind="uint3")  # fmt: skip

    after = fold_zero_points(before)

    (layer,) = after.layers
    assert (layer.input_zero_point, layer.weights.zero_point) == (0, None)
    assert layer.weights.type == kind
    assert (layer.bias is None) == (bias is None and z == 0)
    assert_same(before, after)


def test_weights_become_as_narrow_as_they_are():
    before = network(dense([[250, 251], [255, 248]], "uint8", zero_point=252), kind="uint3")
    after = fold_zero_points(before)
    assert (after.layers[0].weights.type, after.layers[0].bias) == ("int3", None)
    assert_same(before, after)


@pytest.mark.parametrize("activation", [None, reach([[-5, 0, 4]], "uint2"),
                                        requantized("int4", **HALF, zero_point=-2)])  # fmt: skip
@pytest.mark.parametrize("z", [-2, 0, 1])
def test_zero_points_of_a_padded_convolution(z, activation):
    """A border of zero points is a border of zeros."""
    data = np.arange(8).reshape(2, 2, 2, 1)
    before = network(
        conv(data, "uint3", zero_point=[3, 0], padding=(1, 0, 0, 1), pad_value=z,
             input_zero_point=z, activation=activation), shape=(2, 2, 1), kind="int2")  # fmt: skip
    after = fold_zero_points(before)
    assert after.layers[0].pad_value == z
    assert_same(before, after)
    if z and activation is None:
        x = np.full((1, 2, 2, 1), z)
        assert not run.run(before, x).any()


def test_layers_without_zero_points_stay():
    before = network(dense(DATA, "uint4"), dense([[1, 2]]), shape=(3,))
    assert fold_zero_points(before) is before
    assert scales_to_multiplier(before) is before


@pytest.mark.parametrize("weight_scale", [0.5, [0.5], [0.3, 0.004]])
def test_scales(weight_scale):
    activation = requantized("int8", input_scale=0.1, weight_scale=weight_scale,
                             output_scale=0.7, zero_point=-3)  # fmt: skip
    before = network(dense(DATA, "uint4", activation=activation), shape=(3,), kind="uint3")

    after = scales_to_multiplier(before)

    record = after.layers[0].activation.requantize
    assert (record.low, record.high, record.input_scale, record.weight_scale) == (
        -128, 127, None, None)  # fmt: skip
    expected = affine.quantize_multipliers(0.1 * np.broadcast_to(weight_scale, 2) / 0.7)
    assert record.multiplier.tolist() == expected[0].tolist()
    assert record.right_shift.tolist() == expected[1].tolist()
    assert_same(before, after)


def test_given_multipliers_are_spelled_out():
    activation = requantized(**HALF, low=3)
    before = network(dense(DATA, "uint4", activation=activation), shape=(3,), kind="uint3")
    record = scales_to_multiplier(before).layers[0].activation.requantize
    assert record.multiplier.tolist() == [1 << 30, 1 << 30]
    assert (record.right_shift.tolist(), record.low, record.high) == ([1, 1], 3, 255)


def test_compiled_whole():
    """Convolution, pool, flattened, dense, arg max; every term of the zero points is in it."""
    rng = np.random.default_rng(0)
    first = requantized(input_scale=0.5, weight_scale=[0.25, 0.1, 0.3], output_scale=2.0,
                        zero_point=9, low=9)  # fmt: skip
    second = requantized("int8", multiplier=[1 << 30, 1431655765], right_shift=[3, 4],
                         zero_point=-7)  # fmt: skip
    before = network(
        conv(rng.integers(0, 256, (3, 2, 2, 1)), "uint8", zero_point=[100, 128, 30], bias=[5, 0, 1],
             padding=(0, 1, 1, 0), pad_value=1, input_zero_point=1, activation=first),
        maxpool((2, 2)), flatten(),
        dense(rng.integers(-128, 128, (2, 3)), "int8", input_zero_point=9, activation=second),
        argmax(), shape=(2, 2, 1), kind="int2")  # fmt: skip
    after = passes.streamline(before)
    assert ops(after) == ["conv", "maxpool", "dense", "argmax"]
    assert after.layers[0].weights.type == "int9"
    assert_same(before, after)


@pytest.mark.parametrize("layers", [
    (pad((1, 0, 0, 0), 1), conv([[[[3]], [[-2]]]], input_zero_point=1, padding=(0, 1, 0, 0),
                                pad_value=1, activation=requantized(**HALF, zero_point=8))),
    (conv([[[[3]]], [[[-2]]]], input_zero_point=-1), batchnorm([2, -1], [0, 3], [1, 4], [1, 4]),
     quantize("uint2", 3.0)),
    (conv([[[[3]]]], activation=requantized(**HALF, zero_point=8)), quantize("int4", 0.5, -2)),
    (conv([[[[3]]]], scale=0.5, zero_point=2), quantize("int4")),
])  # fmt: skip
def test_beside_other_layers(layers):
    before = network(*layers, shape=(2, 2, 1), kind="int2")
    assert_same(before, passes.streamline(before))


def test_bipolar_sums_that_are_requantized_stay_sums():
    activation = requantized("int4", **HALF)
    before = network(dense([[1, -1, 1]], "bipolar", bias=3, activation=activation), shape=(3,),
                     kind="bipolar")  # fmt: skip
    after = passes.streamline(before)
    assert (after.layers[0].accumulate, after.layers[0].bias.tolist()) == ("sum", 3)
    assert_same(before, after)

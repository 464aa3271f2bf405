"""Quantizers against their definition for every sum, with sums that land on every tie."""

import re
from fractions import Fraction

import numpy as np
import pytest

from generators.network import graph
from generators.network.error import ModelError
from generators.passes.batchnorm_to_scale import batchnorm_to_scale
from generators.passes.quantizer_to_threshold import quantizer_to_threshold
from sim.golden.quant import ROUNDINGS
from tests.generators.passes.nets import (
    add,
    argmax,
    assert_same,
    batchnorm,
    conv,
    dense,
    maxpool,
    network,
    ops,
    pad,
    quantize,
    reach,
    relu,
    scale,
    sign,
    sumpool,
    threshold,
    upsample,
)

FC = dense([[1, 2], [3, -4], [1, 1]])
HALVES = [0.5, -0.5, 0.25]
QUANTIZERS = [
    sign(), *(quantize("int3", rounding=mode) for mode in ROUNDINGS),
    quantize("int3", narrow=True), quantize("uint2"), quantize("uint2", narrow=True),
    quantize("ternary"), quantize("int2", narrow=True), quantize("uint1"), quantize("int1"),
]  # fmt: skip


def lowered(*layers, **fields):
    """The network before and after the pass, which are the same; all real layers are gone."""
    before = network(*layers, **fields)
    after = quantizer_to_threshold(before)
    assert_same(before, after)
    return after


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize("gain", [Fraction(1, 2), Fraction(-1, 2)])
@pytest.mark.parametrize("zero", [0, Fraction(1, 2), 3])
def test_ties(rounding, gain, zero):
    """Sums from -16 to 14, so that k + 1/2 is hit for even and odd k of both signs."""
    for kind in ("int4", "uint3"):
        after = lowered(
            dense([[1, 1]]), scale(gain, zero), quantize(kind, rounding=rounding), kind="int4"
        )
        assert ops(after) == ["dense", "threshold"]


@pytest.mark.parametrize(("rounding", "expected"), [
    ("HALF_EVEN", [-2, -1, 2, 3]), ("HALF_UP", [-2, 0, 1, 3]), ("HALF_DOWN", [-3, -1, 2, 4]),
    ("FLOOR", [-2, 0, 2, 4]), ("CEIL", [-3, -1, 1, 3]), ("UP", [-2, 0, 1, 3]),
    ("DOWN", [-3, -1, 2, 4]),
])  # fmt: skip
def test_thresholds_by_hand(rounding, expected):
    """x / 2 rounds to at least -1, 0, 1 and 2."""
    after = lowered(scale(0.5), quantize("int3", rounding=rounding), kind="int4")
    (layer,) = after.layers
    assert (layer.base, layer.type, layer.name) == (-4, "int3", "quantize1")
    assert layer.thresholds[0, 2:6].tolist() == expected


@pytest.mark.parametrize("quantizer", QUANTIZERS)
@pytest.mark.parametrize("chain", [
    [], [scale(0.5)], [scale(HALVES, [1, 2, 0.5])], [relu()], [scale(HALVES), relu()],
    [relu(), scale(-0.5, [1, 0.5, 0])], [scale(HALVES, 1), relu(), scale([-0.5, 1, 2], 0.5)],
    [scale(-1, 5), relu(), scale(-1, 3), relu(), scale(0.5, -1)], [relu(), relu(name="again")],
    [scale([0, 0.1, -3], [0.5, 1, -1])],
])  # fmt: skip
def test_chains_behind_a_dense(chain, quantizer):
    assert ops(lowered(FC, *chain, quantizer, kind="int3")) == ["dense", "threshold"]


@pytest.mark.parametrize("quantizer", QUANTIZERS)
@pytest.mark.parametrize("kind", ["bipolar", "ternary", "uint3", "int1", "int4"])
@pytest.mark.parametrize("chain", [
    [], [scale(0.5)], [scale(3, -1)], [scale([0.5, 2], [0, 0.5])], [relu(), scale(0.5, 0.5)],
    [scale(0)],
])  # fmt: skip
def test_chains_behind_the_input(chain, kind, quantizer):
    assert ops(lowered(*chain, quantizer, kind=kind)) == ["threshold"]


@pytest.mark.parametrize("source", [
    sign(), quantize("ternary"), threshold([[0, 2, 4]], "uint2"),
    dense([[1, 2], [1, 1]], activation=reach([[-1, 3]], "int3", base=1)),
])  # fmt: skip
@pytest.mark.parametrize("quantizer", QUANTIZERS)
def test_chains_behind_an_activation(quantizer, source):
    for chain, channels in (([], 1), ([scale(0.5)], 1), ([scale(2, [-1, 0.5]), relu()], 2)):
        after = lowered(source, *chain, quantizer)
        assert set(ops(after)) <= {"dense", "threshold"}
        assert len(after.layers[-1].thresholds) == channels


def test_behind_an_argmax():
    assert ops(lowered(FC, argmax(), scale(0.5), quantize("uint1"))) == [
        "dense", "argmax", "threshold",
    ]  # fmt: skip


def test_channels_that_are_alike_share_thresholds():
    after = lowered(scale([2]), quantize("int2"), shape=(2, 2, 1), kind="int2")
    assert after.layers[0].thresholds.shape == (1, 3)


def test_negative_gains_turn_rows_and_thresholds_round():
    after = lowered(FC, scale([1, -1, 0], [0, 1, 5]), quantize("uint2"))

    assert after.layers[0].weights.data.tolist() == [[1, 2], [-3, 4], [1, 1]]
    assert after.layers[1].thresholds.tolist() == [[1, 2, 3], [0, 1, 2], [-16, -16, -16]]


def test_gain_0_makes_constants():
    after = lowered(FC, scale(0, [5, -5, 1.5]), quantize("uint2"))
    assert after.layers[1].thresholds.tolist() == [[-24] * 3, [54] * 3, [-16, -16, 15]]


def test_thresholds_out_of_range_are_constants_too():
    """Bounds beyond int64, which are clamped to lowest .. highest + 1."""
    after = lowered(FC, scale(1e-30, [1, -1, 0]), quantize("uint1", rounding="CEIL"))
    assert after.layers[1].thresholds.tolist() == [[-24], [54], [1]]


def test_thresholds_ascend_where_some_are_never_reached():
    """Everything is above the lower levels, by the relu, and the next ones are far below."""
    after = lowered(FC, relu(), scale(0.125, 300), quantize("int10"), kind="int2")
    assert np.all(np.diff(after.layers[1].thresholds) >= 0)


@pytest.mark.parametrize(("kind", "data", "negated"), [
    ("int2", [[-2, 1]], "int3"), ("int2", [[-1, 1]], "int2"), ("int4", [[-8, 7]], "int5"),
    ("int4", [[-7, 7]], "int4"), ("uint2", [[3, 0]], "int3"), ("uint2", [[0, 0]], "uint2"),
    ("bipolar", [[1, -1]], "bipolar"), ("ternary", [[-1, 0]], "ternary"), ("int1", [[-1, 0]],
                                                                          "uint1"),
])  # fmt: skip
def test_negated_rows_fit_their_type(kind, data, negated):
    after = lowered(dense(data, kind), scale(-1), sign())
    assert after.layers[0].weights.type == negated


@pytest.mark.parametrize("bias", [3, [1, -2, 0]])
def test_bias_is_negated_with_the_row(bias):
    layer = dense([[1, 2], [3, -4], [1, 1]], bias=bias)
    after = lowered(layer, scale([1, -1, -0.5], 0.25), quantize("int3"))
    signs = np.array([1, -1, -1])
    np.testing.assert_array_equal(after.layers[0].bias, np.array(bias) * signs)


@pytest.mark.parametrize(("narrow", "kind", "base"), [(True, "ternary", -1), (False, "int2", -2)])
def test_narrow_int2_is_ternary(narrow, kind, base):
    layer = lowered(quantize("int2", narrow=narrow)).layers[0]
    assert (layer.type, layer.base) == (kind, base)
    assert layer.thresholds.tolist() == [list(range(base + 1, 2))]


def test_batchnorm_with_an_irrational_root():
    """Through the pass before: thresholds m - b * s / g of float32 numbers, exactly rounded."""
    rng = np.random.default_rng(9)
    numbers = rng.normal(size=(3, 3)).astype(np.float32).astype(np.float64)
    layers = [FC, batchnorm(*numbers, [0.1, 2.0, 0.7], epsilon=1e-5), quantize("int3")]
    before = network(*layers)
    after = quantizer_to_threshold(batchnorm_to_scale(before))
    assert ops(after) == ["dense", "threshold"]
    assert_same(before, after)


def test_reals_that_no_scale_explains_stay():
    before = network(scale(0.5), dense([[1, 2]]), sign())
    assert quantizer_to_threshold(before).layers == before.layers


@pytest.mark.parametrize("source", [
    [], [sign()], [FC, quantize("int3")], [dense([[1, 2]], activation=reach([[1]]))],
])  # fmt: skip
@pytest.mark.parametrize("chain", [[scale(-1)], [scale(-0.5, 1), relu()], [scale(-2, 3)]])
@pytest.mark.parametrize("quantizer", [sign(), quantize("int2"), quantize("uint2", narrow=True)])
def test_negative_gains_without_a_row_count_down(source, chain, quantizer):
    after = lowered(*source, *chain, quantizer)
    constant = len(chain) == 2 and quantizer[0] is graph.Sign
    assert ops(after)[-2:] == ["threshold", "scale"] or constant
    assert constant or np.all(after.layers[-1].gain == -1)


def test_what_counts_down_turns_the_next_weights():
    after = lowered(scale([-1, 1]), quantize("int2"), FC, scale([1, -1, 2], 0.5), sign())
    assert ops(after) == ["threshold", "dense", "threshold"]
    assert after.layers[1].weights.data.tolist() == [[-1, 2], [3, 4], [-1, 1]]


def test_negative_gains_of_sums_that_others_read_too():
    """Rows must not be negated for them."""
    layers = [FC, scale(-1, name="s"), quantize("int2", name="a"), quantize("int3", inputs=("s",)),
              add("a", "quantize3")]  # fmt: skip
    after = lowered(*layers)
    assert after.layers[0].weights.data.tolist() == FC[1]["weights"].data.tolist()
    after = lowered(FC, scale(-1), sign(name="a"), quantize("int8", inputs=("dense0",)),
                    add("a", "quantize3"))  # fmt: skip
    assert after.layers[0].weights.data.tolist() == FC[1]["weights"].data.tolist()


KERNEL = [[[[1], [2]]], [[[-3], [1]]]]
WIDE = {"shape": (1, 3, 1), "kind": "int3"}


@pytest.mark.parametrize("chain", [[scale([0.5, -1], 0.5)], [scale([-2, 1], 1), relu()]])
@pytest.mark.parametrize(("source", "negated"), [
    ([conv(KERNEL, padding=(0, 1, 0, 0))], True), ([conv(KERNEL), sumpool()], True),
    ([conv(KERNEL), upsample()], True), ([conv(KERNEL), pad(value=0)], True),
    ([conv(KERNEL), pad(value=2)], False), ([conv(KERNEL), maxpool()], False),
    ([conv(KERNEL, name="a"), conv(KERNEL, inputs=("input",), name="b"),
      add("a", "b", gains=[2, -3])], True),
])  # fmt: skip
def test_behind_maps(source, negated, chain):
    after = lowered(*source, *chain, quantize("int3"), **WIDE)
    assert ("scale" in ops(after)) != negated


def test_codes_too_wide():
    message = "net: layer 'q': Type of quantize must be at most 12 bits wide, not uint13"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        quantizer_to_threshold(network(quantize("uint13", name="q")))
    assert quantizer_to_threshold(network(quantize("uint12"))).layers[0].type == "uint12"

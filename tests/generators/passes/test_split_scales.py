import re

import numpy as np
import pytest

from generators.network.error import ModelError
from generators.passes.split_scales import split_scales
from tests.generators.passes.nets import (
    assert_same,
    dense,
    names,
    network,
    ops,
    quantize,
    reach,
    scale,
    sign,
)

BIPOLAR = [[1, -1, 1], [-1, -1, -1]]


@pytest.mark.parametrize("rounding", ["HALF_EVEN", "HALF_UP", "FLOOR", "CEIL"])
@pytest.mark.parametrize("zero_point", [0.0, 3.0, -2.0])
@pytest.mark.parametrize("size", [0.5, [0.1], 3])
def test_quantize(size, zero_point, rounding):
    before = network(quantize("int3", size, zero_point, rounding=rounding, narrow=True))

    after = split_scales(before)

    assert names(after) == ["quantize0.in", "quantize0", "quantize0.out"]
    codes = after.layers[1]
    assert (codes.scale.tolist(), codes.zero_point) == (1, 0)
    assert (codes.type, codes.narrow, codes.rounding) == ("int3", True, rounding)
    assert_same(before, after)


def test_quantizers_to_codes_stay():
    before = network(quantize("int3"), quantize("uint2", [1.0]))
    assert split_scales(before).layers == before.layers


@pytest.mark.parametrize("bias", [None, 3, [1, -2]])
@pytest.mark.parametrize("size", [0.5, [0.25, -3.0]])
def test_dense(size, bias):
    before = network(dense([[1, 2], [3, -4]], scale=size, bias=bias))

    after = split_scales(before)

    assert names(after) == ["dense0", "dense0.scale"]
    assert (after.layers[0].weights.scale, after.layers[0].bias) == (None, None)
    assert_same(before, after)


def test_integer_layers_stay():
    layer = dense([[1, 2]], bias=[1], activation=reach([[0]]))
    before = network(layer, dense([[1]], kind="bipolar", accumulate="popcount", name="count",
                                  activation=reach([[1]])))  # fmt: skip
    assert split_scales(before).layers == before.layers


@pytest.mark.parametrize("bias", [None, 3, [-1, 4]])
def test_counts_become_sums(bias):
    before = network(dense(BIPOLAR, "bipolar", bias=bias, accumulate="popcount"), shape=(3,),
                     kind="bipolar")  # fmt: skip
    after = split_scales(before)

    assert ops(after) == ["dense", "scale"]
    assert after.layers[0].accumulate == "sum"
    assert_same(before, after)


def test_names_that_are_taken():
    before = network(
        scale(2, name="q.in"), quantize("int3", 0.5, name="q"), sign(name="q.out"),
        dense([[1, 1]], scale=0.5, name="fc"), scale(1, name="fc.scale"),
    )  # fmt: skip
    after = split_scales(before)

    assert names(after) == ["q.in", "q.in.0", "q", "q.out.0", "q.out", "fc", "fc.scale.0",
                            "fc.scale"]  # fmt: skip
    assert_same(before, after)


def test_counts_have_no_scale():
    layer = dense(BIPOLAR, "bipolar", scale=np.array(0.5), accumulate="popcount")
    message = "net: layer 'dense0': Accumulate must be sum where weights have a scale"
    with pytest.raises(ModelError, match=f"^{re.escape(message)}$"):
        split_scales(network(layer, shape=(3,), kind="bipolar"))

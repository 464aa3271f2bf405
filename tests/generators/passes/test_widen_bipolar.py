import re

import pytest

from generators.network.error import ModelError
from generators.passes.popcount_to_sum import popcount_to_sum
from generators.passes.widen_bipolar import widen_bipolar
from tests.generators.passes.nets import (
    assert_same,
    concat,
    conv,
    dense,
    maxpool,
    network,
    ops,
    pad,
    reach,
    sumpool,
    threshold,
    upsample,
)

WIDE = {"shape": (1, 3, 1), "kind": "int3"}
KERNEL = [[[[1], [-1]]]]
LEFT = {"padding": (0, 1, 0, 0)}


@pytest.mark.parametrize("reader", [conv(KERNEL, **LEFT), sumpool(**LEFT), pad()])
@pytest.mark.parametrize("between", [[], [maxpool((1, 1))], [upsample(), maxpool()],
                                     [pad(value=-1)]])  # fmt: skip
@pytest.mark.parametrize("source", [
    threshold([[1]]), conv(KERNEL, activation=reach([[-2]])), conv(KERNEL, activation=reach(None)),
])  # fmt: skip
def test_producers(source, between, reader):
    before = network(source, *between, reader, **WIDE)
    after = widen_bipolar(before)
    first = getattr(after.layers[0], "activation", after.layers[0])
    assert (first.type, first.base, first.thresholds.shape) == ("ternary", -1, (1, 2))
    assert_same(before, after)


def test_both_sides_of_a_concat():
    before = network(threshold([[1]], name="a"), threshold([[0]], inputs=("input",), name="b"),
                     concat("a", "b"), pad(), **WIDE)  # fmt: skip
    after = widen_bipolar(before)
    assert [layer.type for layer in after.layers[:2]] == ["ternary"] * 2
    assert_same(before, after)


@pytest.mark.parametrize("layers", [
    [threshold([[1]]), conv(KERNEL, **LEFT, pad_value=1)], [threshold([[1]]), conv(KERNEL)],
    [threshold([[1, 1]], "ternary"), conv(KERNEL, **LEFT)], [conv(KERNEL, **LEFT)],
    [threshold([[1]]), maxpool(**LEFT)],
])  # fmt: skip
def test_nothing_to_widen(layers):
    before = network(*layers, **WIDE)
    assert widen_bipolar(before).layers == before.layers


def test_a_bipolar_input():
    what = "Padding of a bipolar network input must be -1 or +1, not 0; or make it ternary"
    made = network(maxpool((1, 1)), conv(KERNEL, **LEFT, name="c"), shape=(1, 3, 1), kind="bipolar")
    with pytest.raises(ModelError, match="^" + re.escape(f"net: layer 'c': {what}") + "$"):
        widen_bipolar(made)


@pytest.mark.parametrize("bias", [None, 1, [2]])
@pytest.mark.parametrize("kind", [dense([[1, -1, 1]], "bipolar"), conv(KERNEL, "bipolar")])
@pytest.mark.parametrize("activation", [reach(None), reach([[1, 2]], "uint2")])
def test_popcount_to_sum(kind, bias, activation):
    fields = {"accumulate": "popcount", "activation": activation}
    layer = dense([[1, -1, 1]], "bipolar", bias=bias, **fields)
    if kind[0] is not layer[0]:
        layer = conv(KERNEL, "bipolar", bias=bias, **fields)
    before = network(layer, shape=(1, 3, 1), kind="bipolar")
    after = popcount_to_sum(before)
    assert after.layers[0].accumulate == "sum" and ops(after) == ops(before)
    assert_same(before, after)

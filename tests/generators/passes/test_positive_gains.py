import pytest

from generators.passes.positive_gains import positive_gains
from tests.generators.passes.nets import (
    add,
    assert_same,
    concat,
    conv,
    dense,
    maxpool,
    network,
    relu,
    scale,
    sign,
    sumpool,
)

WIDE = {"shape": (1, 3, 1), "kind": "int3"}
CONV = conv([[[[1], [2]]], [[[-3], [1]]]], bias=[1, 2])


@pytest.mark.parametrize("gain", [-0.5, [1, -2], [-1, 0]])
@pytest.mark.parametrize("source", [
    [CONV], [CONV, sumpool((1, 1))], [dense([[1, 2, 3], [-4, 5, -8]])],
    [CONV, conv([[[[1], [1]]], [[[0], [1]]]], inputs=("input",), name="b"), add("conv0", "b")],
])  # fmt: skip
def test_behind_sums(source, gain):
    before = network(*source, scale(gain, [1, 2]), relu(), **WIDE)
    after = positive_gains(before)
    assert (after.layers[-2].gain >= 0).all()
    assert_same(before, after)


@pytest.mark.parametrize("layers", [
    [scale(-1), sign()], [CONV, maxpool(), scale(-1)], [CONV, scale(2)], [CONV, sign(), scale(-1)],
    [CONV, scale(-1, name="s"), sign(inputs=("conv0",)), concat("s", "sign2")],
    [CONV, concat("conv0", "conv0"), scale(-1)],
])  # fmt: skip
def test_stays(layers):
    before = network(*layers, **WIDE)
    assert positive_gains(before).layers == before.layers

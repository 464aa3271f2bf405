import pytest

from generators.passes.merge_pads import merge_pads
from tests.generators.passes.nets import (
    assert_same,
    concat,
    conv,
    maxpool,
    network,
    ops,
    pad,
    scale,
    sumpool,
)

WIDE = {"shape": (1, 3, 1), "kind": "uint3"}
KERNEL = [[[[1], [-2]]]]
RIGHT = {"padding": (0, 0, 0, 2)}


@pytest.mark.parametrize(("value", "reader", "padding"), [
    (3, conv(KERNEL), (0, 1, 0, 0)), (0, conv(KERNEL, **RIGHT), (0, 1, 0, 2)),
    (3, conv(KERNEL, pad_value=3, **RIGHT), (0, 1, 0, 2)), (0, sumpool(), (0, 1, 0, 0)),
    (0, sumpool(stride=(1, 1), **RIGHT), (0, 1, 0, 2)), (0, maxpool(), (0, 1, 0, 0)),
])  # fmt: skip
def test_merged(value, reader, padding):
    before = network(pad(value=value), reader, **WIDE)
    after = merge_pads(before)
    assert (ops(after), after.layers[0].padding) == ([reader[0].__struct_config__.tag], padding)
    assert_same(before, after)


def test_several():
    before = network(pad(), pad(), conv(KERNEL), **WIDE)
    after = merge_pads(before)
    assert set(ops(after)) == {"pad", "conv"} or ops(after) == ["conv"]
    assert_same(before, after)


@pytest.mark.parametrize("layers", [
    [pad(value=1), conv(KERNEL, **RIGHT)], [pad(value=8), conv(KERNEL)],
    [pad(value=1), sumpool()], [pad(value=1), maxpool()], [pad((0, 2, 0, 0)), maxpool()],
    [pad(), conv(KERNEL, name="a"), conv(KERNEL, inputs=("pad0",), name="b"), concat("a", "b")],
    [scale(0.5), pad(), conv(KERNEL)], [pad()],
])  # fmt: skip
def test_stays(layers):
    before = network(*layers, **WIDE)
    assert merge_pads(before).layers == before.layers

"""Pools and concatenations sink below quantizers."""

import pytest

from generators.passes.sink_concat import sink_concat
from generators.passes.sink_pools import sink_pools
from tests.generators.passes.nets import (
    assert_same,
    concat,
    conv,
    maxpool,
    network,
    ops,
    pad,
    quantize,
    relu,
    scale,
    sign,
    threshold,
    upsample,
)

WIDE = {"shape": (1, 4, 1), "kind": "uint2"}
CONV = conv([[[[1], [-2]]], [[[3], [1]]]])


@pytest.mark.parametrize("pool", [maxpool(), maxpool((1, 3), stride=(1, 1), padding=(0, 1, 0, 2))])
@pytest.mark.parametrize("chain", [
    [sign()], [scale([0.5, 0], 1), relu(), quantize("uint2")], [relu(), sign()],
    [threshold([[0], [3]])], [scale(2), scale([1, 2]), quantize("int3"), scale(3)],
])  # fmt: skip
def test_maxpool(chain, pool):
    before = network(CONV, pool, *chain, **WIDE)
    after = sink_pools(before)
    quantizer = next(
        i for i, op in enumerate(ops(after)) if op in ("sign", "quantize", "threshold")
    )
    assert ops(after)[quantizer + 1] == "maxpool"
    assert_same(before, after)


def test_two_pools_and_an_upsample():
    before = network(CONV, maxpool(), upsample(), maxpool((1, 1)), scale(0.5), sign(), **WIDE)
    after = sink_pools(before)
    assert ops(after) == ["conv", "scale", "sign", "maxpool", "upsample", "maxpool"]
    assert_same(before, after)


def test_upsample_sinks_below_negative_gains():
    before = network(CONV, upsample(), scale([-1, 2]), sign(), **WIDE)
    after = sink_pools(before)
    assert ops(after) == ["conv", "scale", "sign", "upsample"]
    assert_same(before, after)


@pytest.mark.parametrize("layers", [
    [CONV, maxpool(), scale([-1, 1]), sign()], [maxpool(), sign()], [CONV, maxpool(), relu()],
    [CONV, sign(), maxpool(), quantize("int2")], [CONV, maxpool(), scale(2)],
    [CONV, maxpool(name="m"), sign(name="s"), sign(inputs=("m",), name="t"), concat("s", "t")],
    [CONV, maxpool(), pad(), sign()],
])  # fmt: skip
def test_maxpool_stays(layers):
    before = network(*layers, **WIDE)
    assert sink_pools(before).layers == before.layers


@pytest.mark.parametrize("chain", [
    [sign()], [scale([1, -2, 3], [0, 1, 2]), relu(), quantize("uint2")],
    [scale(0.5), threshold([[0]])], [threshold([[0], [1], [2]])],
])  # fmt: skip
def test_concat(chain):
    if chain[0][0].__struct_config__.tag == "scale" and len(chain) == 2:
        chain = [threshold([[1]])]
    before = network(
        CONV,
        concat("conv0", "copy", name="joined"),
        *(
            (kind, {"inputs": ("joined",)} | fields if i == 0 else fields)
            for i, (kind, fields) in enumerate(chain)
        ),
        conv([[[[2], [1]]]], inputs=("input",), name="copy"),
        **WIDE,
    )
    after = sink_concat(before)
    assert ops(after)[-1] == "concat" and len(after.layers) == 3 + 2 * len(chain)
    assert_same(before, after)


def test_concat_of_codes_stays():
    before = network(sign(), concat("sign0", "input"), quantize("int2"), **WIDE)
    assert sink_concat(before).layers == before.layers

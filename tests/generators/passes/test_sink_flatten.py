import pytest

from generators.passes.sink_flatten import sink_flatten
from tests.generators.passes.nets import (
    argmax,
    assert_same,
    dense,
    flatten,
    names,
    network,
    ops,
    output,
    quantize,
    relu,
    scale,
    sign,
    threshold,
)

MAP = (1, 2, 2)
FC = dense([[1, 2, -3, 4], [-1, 0, 5, 2]])


@pytest.mark.parametrize("before", [[flatten()], [flatten(), flatten(name="again")]])
def test_before_a_dense(before):
    made = network(*before, FC, shape=MAP, kind="int2")
    after = sink_flatten(made)
    assert (ops(after), after.input.shape) == (["dense"], MAP)
    assert_same(made, after)


@pytest.mark.parametrize("layer", [
    sign(), relu(), quantize("int2"), scale(-0.5, 1), scale([2], [1]), threshold([[0]]),
])  # fmt: skip
def test_moves_past_what_is_the_same_for_all(layer):
    tail = [] if layer[0].__struct_config__.tag in ("sign", "quantize", "threshold") else [sign()]
    made = network(flatten(), layer, *tail, FC, shape=MAP, kind="int2")

    after = sink_flatten(made)

    assert "flatten" not in ops(after)
    assert after.input.shape == MAP
    assert_same(made, after)


def test_moves_past_many():
    made = network(scale([1, 2]), flatten(), relu(), scale(2), sign(), FC, shape=MAP, kind="int2")
    after = sink_flatten(made)
    assert names(after) == ["scale0", "relu2", "scale3", "sign4", "dense5"]
    assert_same(made, after)


@pytest.mark.parametrize("after_dense", [[], [sign()], [relu()]])
def test_of_what_is_flat(after_dense):
    made = network(FC, flatten(), *after_dense, shape=MAP, kind="int2")
    after = sink_flatten(made)
    assert "flatten" not in ops(after)
    assert_same(made, after)


@pytest.mark.parametrize("head", [
    [], [sign()], [scale([2, -1], [0, 1])], [scale([2, -1]), sign()],
    [threshold([[0], [1]]), quantize("int2")], [scale(3, [1, -1]), relu()],
])  # fmt: skip
@pytest.mark.parametrize("tail", [
    [scale([1, 2, -3, 4], [0, 1, 0, -1])], [scale(2, [0, 1, 0, -1])],
    [threshold([[0], [1], [-1], [2]])], [argmax()], [],
])  # fmt: skip
def test_layers_by_feature_make_the_input_flat(head, tail):
    """As every pixel of a channel is another feature behind it."""
    tail = [sign(name="codes"), *tail] if "threshold" in ops_of(tail) else tail
    made = network(*head, flatten(name="flat"), *tail, shape=MAP, kind="int2")

    after = sink_flatten(made)

    if len(made.layers) == 1:
        assert after.layers == made.layers
        return
    assert "flatten" not in ops(after)
    assert after.input.shape == (4,)
    assert_same(made, after)


def test_output_by_feature():
    made = network(sign(), flatten(), shape=MAP, kind="int2", output=output([1, 2, 3, 4]))
    after = sink_flatten(made)
    assert ops(after) == ["sign"]
    assert_same(made, after)


def ops_of(layers):
    return [record.__struct_config__.tag for record, _ in layers]


def test_only_a_flatten_stays():
    made = network(flatten(), shape=(4,))
    assert sink_flatten(made).layers == made.layers
    made = network(flatten(), flatten(name="again"), shape=MAP)
    assert len(sink_flatten(made).layers) == 1

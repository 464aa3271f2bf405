import pytest

from generators.passes.bias_to_threshold import bias_to_threshold
from tests.generators.passes.nets import assert_same, dense, network, reach, scale

WEIGHTS = [[1, 2, -1], [3, -4, 0]]
BIPOLAR = [[1, -1, 1], [1, 1, -1]]


@pytest.mark.parametrize("bias", [0, 3, [5], [-2, 7]])
@pytest.mark.parametrize("activation", [
    reach(None), reach([[0]]), reach([[-1], [4]]), reach([[-1, 0, 3]], "uint2"),
    reach([[0, 1], [2, 2]], "int4", base=3),
])  # fmt: skip
def test_thresholds_shift(bias, activation):
    before = network(dense(WEIGHTS, bias=bias, activation=activation), shape=(3,), kind="int3")

    after = bias_to_threshold(before)

    layer = after.layers[0]
    assert layer.bias is None
    assert layer.activation.thresholds.shape[0] == 2
    assert (layer.activation.type, layer.activation.base) == (activation.type, activation.base)
    assert_same(before, after)


@pytest.mark.parametrize("bias", [-3, -2, -1, 1, 2, [3, -1]])
@pytest.mark.parametrize("accumulate", ["sum", "popcount"])
def test_bipolar(bias, accumulate):
    """A count that a bias was added to is (sum + bias + cols) // 2."""
    layer = dense(BIPOLAR, "bipolar", bias=bias, activation=reach([[0, 1, 2]], "uint2"),
                  accumulate=accumulate)  # fmt: skip
    before = network(layer, shape=(3,), kind="bipolar")
    after = bias_to_threshold(before)
    assert after.layers[0].bias is None
    assert_same(before, after)


@pytest.mark.parametrize("layer", [dense(WEIGHTS, bias=[1, 2]), dense(WEIGHTS),
                                   dense(WEIGHTS, activation=reach([[0]]))])  # fmt: skip
def test_others_stay(layer):
    before = network(layer, scale(2), shape=(3,))
    assert bias_to_threshold(before).layers == before.layers

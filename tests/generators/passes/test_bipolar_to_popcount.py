import pytest

from generators.passes.bipolar_to_popcount import bipolar_to_popcount
from tests.generators.passes.nets import assert_same, dense, network, reach, scale, sign

EVEN = [[1, -1, 1, 1], [-1, -1, -1, -1]]
ODD = [[1, -1, 1], [-1, -1, -1]]


@pytest.mark.parametrize("data", [EVEN, ODD], ids=["even", "odd"])
@pytest.mark.parametrize("t", range(-5, 7))
def test_thresholds_count_agreements(t, data):
    """Thresholds of the parity of the sums and of the other, inside and outside their range."""
    given = [[t, t + 1, t + 3], [-t - 1, -t, 4]] if t <= 4 else [[t, t, t], [t, t, t + 1]]
    given = [sorted(row) for row in given]
    layer = dense(data, "bipolar", activation=reach(given, "uint2", base=0))
    before = network(layer, shape=(len(data[0]),), kind="bipolar")

    after = bipolar_to_popcount(before)

    assert after.layers[0].accumulate == "popcount"
    assert after.layers[0].activation.base == 0
    assert_same(before, after)


def test_numbers():
    layer = dense(ODD, "bipolar", activation=reach([[0, 1, 2, 3]], "uint4"))
    after = bipolar_to_popcount(network(layer, shape=(3,), kind="bipolar"))
    assert after.layers[0].activation.thresholds.tolist() == [[2, 2, 3, 3]]


def test_twice_is_once():
    layer = dense(ODD, "bipolar", activation=reach([[0], [1]]))
    once = bipolar_to_popcount(network(layer, shape=(3,), kind="bipolar"))
    assert bipolar_to_popcount(once).layers == once.layers


@pytest.mark.parametrize(("layer", "kind"), [
    (dense(ODD, "bipolar"), "bipolar"),
    (dense(ODD, "int2", activation=reach([[0]])), "bipolar"),
    (dense(ODD, "bipolar", activation=reach([[0]])), "ternary"),
    (dense(ODD, "bipolar", activation=reach([[0]]), bias=1), "bipolar"),
])  # fmt: skip
def test_others_stay(layer, kind):
    before = network(layer, scale(2), shape=(3,), kind=kind)
    assert bipolar_to_popcount(before).layers == before.layers


def test_types_are_inferred_along_the_way():
    layer = dense(EVEN, "bipolar", activation=reach([[0]]))
    made = network(sign(), layer, dense([[1, -1]], "bipolar", activation=reach([[1]])), shape=(4,),
                   kind="int2")  # fmt: skip
    after = bipolar_to_popcount(made)
    assert [layer.accumulate for layer in after.layers[1:]] == ["popcount"] * 2
    assert_same(made, after)

from fractions import Fraction

import pytest

from generators.network import graph
from generators.passes.average_to_sum import average_to_sum
from tests.generators.passes.nets import assert_same, avgpool, names, network, ops, sign

MAP = {"shape": (2, 3, 1), "kind": "ternary"}


@pytest.mark.parametrize("fields", [
    {}, {"stride": (1, 1)}, {"padding": (0, 1, 0, 0)}, {"kernel": (2, 3)},
])  # fmt: skip
def test_avgpool(fields):
    before = network((graph.AvgPool, {"kernel": (1, 2)} | fields), sign(), **MAP)
    after = average_to_sum(before)
    assert names(after) == ["avgpool0", "avgpool0.scale", "sign1"]
    kernel = fields.get("kernel", (1, 2))
    assert after.layers[1].gain == Fraction(1, kernel[0] * kernel[1])
    assert_same(before, after)


def test_globalavgpool():
    before = network(avgpool((1, 1)), (graph.GlobalAvgPool, {}), **MAP)
    after = average_to_sum(before)
    assert ops(after) == ["sumpool", "scale", "sumpool", "scale"]
    assert (after.layers[2].kernel, after.layers[3].gain) == ((2, 3), Fraction(1, 6))
    assert_same(before, after)

import numpy as np
import pytest

from hdl.compress.blocks import majority
from hdl.dot.triples import triples


@pytest.mark.parametrize("simd", [*range(1, 40), 64, 256, 783, 784])
def test_counts(simd):
    """The identity that the circuit is made of, with as many terms as are promised."""
    made = triples(simd)
    rng = np.random.default_rng(simd)
    lanes = rng.integers(0, 2, (20, simd))
    wires = [*lanes.T]
    twos = 0
    for parity, operands in made.parities:
        a, b, *c = (wires[one] for one in operands)
        c = c[0] if c else 0
        twos = twos + majority(a, b, c)
        assert parity == len(wires)
        wires.append(a ^ b ^ c)
    np.testing.assert_array_equal(2 * twos + wires[made.root], lanes.sum(axis=1))
    assert len(made.triples) == simd // 2 == sum(made.stages)
    assert len(made.groups) == -(-(simd // 2) // 2)
    assert len(wires) == len(made.depths)


@pytest.mark.parametrize("simd", [2, 5, 24, 64, 784])
def test_groups(simd):
    """A group's parities are of operands that were there before, the second of all of them."""
    made = triples(simd)
    for group in made.groups:
        (low, first), *second = group.triples
        assert 2 <= len(group.operands) <= 5
        assert group.operands[: len(first)] == first
        for _, operands in second:
            assert operands == (low, *group.operands[len(first) :])
        assert all(one < low for one in group.operands)
        ready = max(made.depths[one] for one in group.operands) + 1
        assert {made.depths[parity] for parity, _ in group.triples} == {ready}


@pytest.mark.parametrize(("simd", "stages"), [(1, ()), (2, (1,)), (5, (2,)), (8, (3, 1)),
                                              (64, (29, 3))])  # fmt: skip
def test_stages(simd, stages):
    assert triples(simd).stages == stages


def test_depth_is_logarithmic():
    assert [max(triples(5**n).depths) for n in range(1, 5)] == [1, 2, 3, 4]

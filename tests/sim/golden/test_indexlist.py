import re

import numpy as np
import pytest

from sim.golden.formats.indexlist import IndexList


@pytest.mark.parametrize(("block", "limit"), [(1, 1), (4, 1), (16, 2), (32, 3), (7, 7), (64, 4)])
def test_round_trip(block, limit):
    rng = np.random.default_rng(block)
    made = IndexList(block, limit)
    selectors = np.zeros((5, 8, block), bool)
    for some in selectors.reshape(-1, block):
        some[rng.permutation(block)[: rng.integers(limit + 1)]] = True
    selectors = selectors.reshape(5, -1)
    assert made.fits(selectors)
    lists = made.encode(selectors)
    assert (lists.dtype, lists.shape) == (np.uint8, (5, 8, made.width))
    np.testing.assert_array_equal(made.decode(lists), selectors)
    assert not made.encode(np.zeros(block)).any()


def test_by_hand():
    made = IndexList(4, 2)
    assert (made.count, made.position, made.width) == (2, 2, 6)
    np.testing.assert_array_equal(made.encode([0, 1, 0, 1, 0, 0, 1, 0]),
                                  [[0, 1, 1, 0, 1, 1], [1, 0, 0, 1, 0, 0]])  # fmt: skip


def test_bits_of_the_paper():
    """Of 1.1 % wide numbers of six bits: 6.08 to 6.32 bits each in its networks; else seven."""
    rng = np.random.default_rng(0)
    selectors = rng.random((64, 1152)) < 0.011
    for made, fits in ((IndexList(64, 8), True), (IndexList(32, 2), False)):
        assert made.fits(selectors) == fits
        assert made.bits(selectors) == (made.width / made.block if fits else 1)
        assert (6.08 <= 6 + made.packed_bits(selectors) <= 6.32) == fits
    sparse = selectors & (np.arange(1152) % 64 == 5)
    assert IndexList(64, 1).bits(sparse) == 7 / 64
    assert IndexList(64, 1).packed_bits(sparse) < 7 / 64


def test_overflow():
    message = re.escape("IndexList selectors must be at most 1 set in a block of 4, not 2")
    with pytest.raises(ValueError, match=f"^{message}$"):
        IndexList(4, 1).encode([1, 0, 1, 0])


def test_columns():
    message = "IndexList channels must be a multiple of 4, not 3"
    with pytest.raises(ValueError, match=f"^{message}$"):
        IndexList(4, 1).encode([1, 0, 1])


@pytest.mark.parametrize(("block", "limit", "kind", "message"), [
    (0, 1, TypeError, "IndexList block must be a positive integer, not 0"),
    (4, 1.0, TypeError, "IndexList limit must be a positive integer, not 1.0"),
    (4, 5, ValueError, "IndexList limit must be at most its block of 4, not 5"),
])  # fmt: skip
def test_wrong_size(block, limit, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        IndexList(block, limit)

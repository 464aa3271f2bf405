# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from generators.synth.synthesize import measure
from hdl.array.indexlist import IndexList
from sim.golden.formats import indexlist
from tests.hdl.clocked import run


@pytest.mark.parametrize(("block", "limit"), [(1, 1), (4, 1), (5, 5), (16, 2), (32, 3)])
def test_matches_golden(block, limit):
    rng = np.random.default_rng(block)
    config, golden = IndexList.Config(block=block, limit=limit), indexlist.IndexList(block, limit)
    assert config.width == golden.width
    selectors = np.zeros((60, block), np.int64)
    for row, some in enumerate(selectors):
        some[rng.permutation(block)[: row % (limit + 1)]] = 1
    lists = golden.encode(selectors)[:, 0].astype(object)
    words = (lists << np.arange(golden.width)).sum(axis=1)
    o = run(config.build(), config.latency, rng=rng, stall=0.3, i=words)
    np.testing.assert_array_equal(o, (selectors << np.arange(block)).sum(axis=1))
    assert config.latency == 1


def test_resources():
    found = measure(IndexList.Config(block=16, limit=1).build())
    assert found.cost.lut <= 16
    assert found.timing.reg_to_reg is None or found.timing.reg_to_reg.ps <= 2000


@pytest.mark.parametrize(("block", "limit", "kind", "message"), [
    (0, 1, TypeError, "IndexList block must be a positive integer, not 0"),
    (4, 1.5, TypeError, "IndexList limit must be a positive integer, not 1.5"),
    (4, 5, ValueError, "IndexList limit must be at most its block of 4, not 5"),
])  # fmt: skip
def test_wrong_size(block, limit, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        IndexList.Config(block=block, limit=limit)

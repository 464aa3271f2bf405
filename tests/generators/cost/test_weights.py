# amaranth: UnusedElaboratable=no

import pytest

from generators.cost.estimate import delay, estimate
from generators.cost.weights import distinct
from hdl.array.loadable import Loadable
from hdl.array.weights import Weights

MEASURED = (  # width, depth, storage: LUT, FF, BRAM18 and ps of random words, by yosys 0.70
    ((64, 64, "lut"), (64, 64, 0, 456)),
    ((512, 6, "lut"), (32, 64, 0, 456)),
    ((200, 8, "lut"), (72, 143, 0, 456)),
    ((32, 200, "lut"), (131, 32, 0, 1031)),
    ((24, 512, "lut"), (262, 24, 0, 1655)),
    ((36, 1024, "bram"), (0, 36, 2, 3014)),
    ((32, 2304, "bram"), (128, 51, 4, 3762)),
    ((128, 2304, "bram"), (624, 254, 15, 3138)),
    ((20, 3000, "bram"), (157, 35, 3, 3762)),
    ((72, 576, "bram"), (144, 145, 2, 3138)),
    ((8, 18432, "bram"), (40, 12, 8, 4386)),
    ((137, 168, "bram"), (117, 166, 3, 3014)),
)

LOADED = (  # width, depth; LUT, FF and ps
    ((29, 2), (29, 29, 2526)),
    ((64, 16), (57, 64, 2526)),
    ((40, 200), (278, 40, 2526)),
    ((100, 100), (394, 100, 2526)),
    ((64, 1), (9, 64, 1981)),
)


def config(width, depth, storage):
    return Weights.Config(width=width, depth=depth, storage=storage)


@pytest.mark.parametrize(("sizes", "true"), MEASURED)
def test_near_what_was_measured(sizes, true):
    found = estimate(config(*sizes))

    assert found.lut == pytest.approx(true[0], rel=0.04)
    assert found.ff == pytest.approx(true[1], rel=0.04)
    assert found.bram18 == true[2]
    assert delay(config(*sizes)) == true[3]


@pytest.mark.parametrize(("sizes", "true"), LOADED)
def test_loaded_memories_are_near_what_was_measured(sizes, true):
    config = Loadable.Config(width=sizes[0], depth=sizes[1])

    assert estimate(config).lut == pytest.approx(true[0], rel=0.03, abs=0.7)
    assert (estimate(config).ff, delay(config)) == true[1:]


def test_constants_are_wires():
    found = config(64, 1, "const")

    assert (estimate(found).lut, estimate(found).ff, delay(found)) == (0, 0, 0)


def test_few_words_have_few_columns():
    assert distinct(1000, 2) == pytest.approx(4)
    assert distinct(8, 16) == pytest.approx(8, rel=0.01)
    assert distinct(100, 64) == 100


def test_loaded_block_ram_is_read_as_one():
    found = Loadable.Config(width=64, depth=512, block=True)

    assert delay(found) == 3014
    assert estimate(found).bram18 == found.bram18


@pytest.mark.parametrize("width, depth, blocks", [(148, 2, 2), (300, 3, 6), (152, 4, 4)])
def test_columns_that_never_change_are_in_no_block_ram(width, depth, blocks):
    found = estimate(config(width, depth, "bram"))

    assert found.bram18 == blocks  # random bits, by yosys 0.70
    assert found.ff < width

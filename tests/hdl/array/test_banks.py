import random

import pytest

from hdl import memory
from hdl.array.banks import LUT_ROM_ROWS, MOST_BANKS, layout


def sizes(count):
    draw = random.Random(0)
    return [(draw.choice([1, 2, 3, 4, 8, 9, 25, 36, 64, 100, 512, 2048]),
             int(2 ** draw.uniform(0, 18))) for _ in range(count)]  # fmt: skip


@pytest.mark.parametrize(("width", "depth"), sizes(60))
def test_every_bit_has_one_place(width, depth):
    found = layout(width, depth)
    assert sum(one.columns for one in found.slices) == width
    for one in found.slices:
        assert one.columns > 0 and 0 < len(one.banks) <= MOST_BANKS
        end = 0
        for bank in one.banks:
            assert bank.start == end
            end += bank.rows
            if bank.shape:
                assert bank.shape in memory.BRAM18_SHAPES
                assert bank.rows <= bank.shape[1] and bank.start % bank.shape[1] == 0
            else:
                assert bank.rows <= LUT_ROM_ROWS
                assert bank.start % (1 << (bank.rows - 1).bit_length()) == 0
        assert end == depth


@pytest.mark.parametrize(("width", "depth"), sizes(60))
def test_cheaper_than_one_shape(width, depth):
    found = layout(width, depth)
    assert found.bram18 > 0
    in_luts = sum(one.columns * bank.rows for one in found.slices
                  for bank in one.banks if not bank.shape)  # fmt: skip
    assert found.bram18 * 18 * 1024 >= width * depth - in_luts
    price = found.bram18 + (found.lut + found.ff / 2 - len(found.selects)) / 190
    for w, d in memory.BRAM18_SHAPES:
        banks = -(-depth // d)
        if banks <= MOST_BANKS:
            mux = width * 0.6 * banks if banks > 1 else 0
            assert price <= -(-width // w) * banks + mux / 190


@pytest.mark.parametrize(("width", "depth", "bram18", "lut", "ff"), [
    (128, 2304, 15, 624, 126), (32, 18432, 32, 160, 4), (4, 32768, 8, 4, 1), (8, 32768, 15, 53, 4),
    (512, 288, 14, 54, 8), (512, 144, 14, 24, 8), (1024, 36, 28, 16, 16), (4, 1536, 1, 0, 0),
    (36, 1024, 2, 0, 0), (36, 512, 1, 0, 0), (40, 65, 1, 8, 4), (8, 64, 1, 0, 0), (1, 1, 1, 0, 0),
])  # fmt: skip
def test_known(width, depth, bram18, lut, ff):
    found = layout(width, depth)
    assert (found.bram18, found.lut, found.ff) == (bram18, lut, ff)


def test_more_banks_than_are_good_where_there_is_no_other_way():
    assert max(len(one.banks) for one in layout(7, 2_000_000).slices) == 123


def test_select_bits():
    assert layout(32, 18432).selects == (11, 12, 13, 14)
    assert layout(36, 512).selects == ()

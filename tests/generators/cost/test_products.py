# amaranth: UnusedElaboratable=no

import pytest

from generators.cost.products import product, products, products_delay
from hdl.compress import plan
from hdl.compress.plan import known
from hdl.dot.booth import Booth
from hdl.dot.integer import Integer
from hdl.dot.packed import Packed
from hdl.dot.popcount import Popcount, RowsPopcount
from hdl.dot.select import select
from hdl.number import BIPOLAR, Number

U2, U3, U4, U5, U6, U8 = (Number(width=width) for width in (2, 3, 4, 5, 6, 8))
S2, S3, S4, S6, S8 = (Number(width=width, signed=True) for width in (2, 3, 4, 6, 8))

SYNTHESISED = (  # x, w, lanes: LUTs and registers by yosys 0.70
    (U2, S2, 6, 22, 42), (U2, S2, 8, 27, 46), (S2, S2, 16, 51, 105), (BIPOLAR, S4, 8, 32, 51),
    (BIPOLAR, S2, 16, 35, 63), (U4, S4, 1, 14, 31), (U4, S4, 3, 40, 65), (U4, S4, 4, 52, 70),
    (U6, S3, 2, 28, 55), (U6, BIPOLAR, 10, 66, 173), (U5, BIPOLAR, 10, 57, 151),
    (U4, BIPOLAR, 16, 74, 158), (U3, S3, 9, 69, 170), (S8, S8, 1, 72, 137),
    (U2, S6, 34, 421, 487), (U8, S3, 8, 203, 276),
)  # fmt: skip


@pytest.mark.parametrize("lanes", [1, 7, 32, 64, 100, 256, 784])
def test_popcounts_of_known_trees_are_exact(lanes):
    config = Popcount.Config(lanes=lanes)
    found = product(config)

    assert (found.lut, found.ff) == (config.plan.luts, config.plan.ff)
    assert (found.latency, found.stages) == (config.latency, config.stages)


@pytest.mark.parametrize("config", [
    Popcount.Config(lanes=37), Popcount.Config(lanes=300), Popcount.Config(lanes=2000),
    RowsPopcount.Config(lanes=37, words=4), RowsPopcount.Config(lanes=500, words=2),
    Popcount.Config(lanes=21, fabric="portable"), Popcount.Config(lanes=21, fabric="lut"),
])  # fmt: skip
def test_other_popcounts_are_between_known_ones(config, monkeypatch):
    monkeypatch.setattr(plan, "solve", None)
    monkeypatch.setattr(plan, "beam", None)
    assert config.heap not in known()

    found = product(config)

    assert sum(found.stages) == config.lanes
    assert 0.7 * config.lanes < found.lut < 1.1 * config.lanes


@pytest.mark.parametrize(("x", "w", "lanes", "lut", "ff"), SYNTHESISED)
def test_trees_of_pairs_are_near_what_was_synthesised(x, w, lanes, lut, ff):
    config = select(x, w, lanes)
    found = product(config)

    assert isinstance(config, Integer.Config)
    assert found.lut == pytest.approx(lut, rel=0.08)
    assert found.ff == pytest.approx(ff, rel=0.17)


@pytest.mark.parametrize(("x", "w", "lanes", "lut"), [
    (U6, S8, 6, 222), (S8, S4, 4, 87), (S4, S3, 5, 49), (S4, S4, 2, 27), (S8, S4, 6, 124),
])  # fmt: skip
def test_booth_rows_are_counted(x, w, lanes, lut):
    assert product(select(x, w, lanes)).lut == pytest.approx(lut, rel=0.1)


def test_packed_products_take_a_dsp_slice_a_lane():
    config = select(U8, S8, 6, multiplier=True, rows=4)

    assert isinstance(config, Packed.Config)
    assert products(config).dsp == 6


def test_products_too_narrow_for_a_dsp_slice_take_none():
    wide, narrow = (Integer.Config(lanes=4, x=x, w=S4, multiplier=True) for x in (U8, U2))

    assert (products(wide).dsp, products(narrow).dsp) == (4, 0)


def test_delay_is_that_of_two_luts_and_a_counter():
    assert products_delay(Popcount.Config(lanes=64)) == 2322


def test_delay_of_rows_that_hardly_have_a_tree_is_that_of_a_row():
    config = select(U4, S2, 9)

    assert (type(config), config.digits) == (Booth.Config, 1)
    assert products_delay(config) == 2002


@pytest.mark.parametrize("lanes", [1, 2, 36, 72, 108, 144, 300])
def test_trees_behind_dsp_slices_are_always_known(lanes):
    """Of 72 lanes a column that has no bits of its own fills with carries."""
    found = product(Packed.Config(lanes=lanes, rows=2, x=U8, w=S8))
    assert found.dsp == lanes and found.ff > 0

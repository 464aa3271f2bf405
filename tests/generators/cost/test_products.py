import pytest

from generators.cost.products import product, products, products_delay
from hdl.compress import plan
from hdl.compress.plan import known
from hdl.dot.integer import Integer
from hdl.dot.packed import Packed
from hdl.dot.popcount import Popcount, RowsPopcount
from hdl.dot.select import select
from hdl.number import BIPOLAR, Number

U2, U3, U4, U6, U8 = (Number(width=width) for width in (2, 3, 4, 6, 8))
S2, S3, S4, S8 = (Number(width=width, signed=True) for width in (2, 3, 4, 8))

PLANNED = (  # x, w, lanes: LUTs of the circuit's plan, and its registers without waiting operands
    (U2, S2, 6, 22, 34), (U2, S2, 8, 27, 33), (S2, S2, 12, 37, 57), (S2, S2, 16, 51, 69),
    (BIPOLAR, S4, 8, 32, 37), (BIPOLAR, S2, 16, 35, 55), (U4, S4, 4, 52, 52),
    (U6, BIPOLAR, 10, 66, 146), (U4, BIPOLAR, 16, 74, 137), (U3, S3, 8, 64, 111),
    (U3, S4, 8, 85, 132), (U2, S2, 24, 86, 119), (U3, S3, 12, 98, 167), (U4, S3, 8, 85, 128),
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


@pytest.mark.parametrize(("x", "w", "lanes", "lut", "ff"), PLANNED)
def test_trees_of_pairs_are_near_their_plans(x, w, lanes, lut, ff):
    config = select(x, w, lanes)
    found = product(config)

    assert isinstance(config, Integer.Config)
    assert found.lut == pytest.approx(lut, rel=0.06)
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


def test_waiting_operands_are_registers_of_a_product_alone():
    config = select(U2, S2, 8)
    found = product(config)

    assert found.late_x > 0
    assert products(config).ff == found.ff + found.late_x + found.late_w


def test_delay_is_that_of_two_luts_and_a_counter():
    assert products_delay(Popcount.Config(lanes=64)) == 2322

# amaranth: UnusedElaboratable=no

"""Systolic arrays: all but their dot products is counted to the register."""

import pytest

from generators.cost import systolic
from generators.cost.constants import trial, values
from generators.cost.delay import FF, SETUP, carry
from generators.cost.estimate import delay, estimate, kind
from generators.cost.products import products_delay
from generators.synth.resources import Cost
from generators.systolic import cost as engine
from hdl.array.systolic import Systolic
from hdl.array.systolic_config import Columns
from hdl.array.systolic_os import OutputStationary
from hdl.compress.plan import Plan
from hdl.dot.select import select
from hdl.number import BIPOLAR, Number

INT4, INT8, UINT4 = Number(width=4, signed=True), Number(width=8, signed=True), Number(width=4)

# Rows, columns, lanes, operands, whether products are of DSP slices, reach, and what the sums are
# kept in; LUT and FF of the synthesis (yosys 0.70), and those of one of its dot products.
ARRAYS = {
    "of Booth rows, with an enable": ((2, 2, 4, INT4, INT4, False, 1, None), 311, 730, 51, 84),
    "of counts": ((2, 4, 32, BIPOLAR, BIPOLAR, False, 1, 9), 360, 1423, 26, 38),
    "of counts that share operands": ((4, 2, 64, BIPOLAR, BIPOLAR, False, 2, 11), 962, 3173,
                                      51, 82),
    "of packed products": ((2, 4, 8, INT8, INT8, True, 1, 24), 576, 2793, 56, 58),
    "of signs": ((2, 4, 16, INT8, BIPOLAR, False, 1, 13), 1532, 2688, 149, 134),
}  # fmt: skip


def config(rows, cols, lanes, x, w, multiplier, reach, acc) -> Systolic.Config:
    dot = select(x, w, lanes, multiplier=multiplier, rows=cols)
    acc = None if acc is None else Number(width=acc, signed=True)
    return Systolic.Config.uniform(rows=rows, cols=cols, dot=dot, acc=acc, reach=reach,
                                   stalls=acc is None)  # fmt: skip


@pytest.fixture
def dots(monkeypatch):
    """Dot products that cost what is said."""

    def cost(lut: int, ff: int) -> None:
        monkeypatch.setattr(systolic, "products", lambda dot: Cost(lut=lut, ff=ff))
        with trial("products", values("products")):  # forgets what was estimated
            pass

    yield cost
    monkeypatch.undo()
    with trial("products", values("products")):
        pass


@pytest.mark.parametrize("name", ARRAYS)
def test_all_but_dot_products_is_exact(name, dots):
    fields, lut, ff, *each = ARRAYS[name]
    dots(*each)
    found = systolic.array(config(*fields))
    assert found.lut == lut
    assert found.ff == pytest.approx(ff, abs=10)  # dot products of a first row may lack a bit


@pytest.mark.parametrize(("columns", "rows", "acc", "stalls", "lut", "ff", "each"), [
    ((8, Number(width=2, signed=True), Number(width=2, signed=True), 4, 1), 3, 12, False, 679, 1507,
     (27, 46)),
    ((16, BIPOLAR, BIPOLAR, 4, 2), 2, 10, False, 322, 686, (13, 23)),
    ((8, UINT4, BIPOLAR, 2, 1), 4, 14, True, 683, 1400, (41, 73)),
])  # fmt: skip
def test_output_stationary_array_is_exact_but_for_a_few(columns, rows, acc, stalls, lut, ff, each,
                                                        dots):  # fmt: skip
    """Its flags wait for as many cycles as the dot product takes, which is not planned here."""
    dots(*each)
    lanes, x, w, count, reach = columns
    found = systolic.output_stationary(OutputStationary.Config(
        rows=rows, columns=Columns(dot=select(x, w, lanes, rows=count), count=count, reach=reach),
        acc=Number(width=acc, signed=True), stalls=stalls))  # fmt: skip
    assert found.lut == pytest.approx(lut, abs=3)
    assert found.ff == pytest.approx(ff, rel=0.01)


def test_no_tree_is_planned(monkeypatch):
    def refuse(self):
        raise AssertionError("a tree was planned")

    monkeypatch.setattr(Plan, "__post_init__", refuse)
    dot = select(INT4, INT4, 11, rows=8)
    made = Systolic.Config.uniform(rows=3, cols=8, dot=dot, stalls=False)
    assert estimate(made).lut > 0
    outputs = Columns(dot=dot, count=8)
    acc = Number(width=20, signed=True)
    assert estimate(OutputStationary.Config(rows=2, columns=outputs, acc=acc)).ff > 0


def test_dsp_slices_follow_from_geometry():
    """Packed products of two columns share one."""
    assert systolic.array(config(2, 4, 8, INT8, INT8, True, 1, 24)).dsp == 2 * 4 * 8 // 2
    dot = select(INT8, INT8, 5, multiplier=True, rows=1)
    assert systolic.array(Systolic.Config.uniform(rows=3, cols=2, dot=dot)).dsp == 3 * 2 * 5


def test_an_engine_counts_the_same_array():
    made = config(2, 4, 32, BIPOLAR, BIPOLAR, False, 1, 9)
    assert engine.array(made) == estimate(made)
    assert kind(made) == "systolic"


def test_delay_is_that_of_the_slower_of_product_and_adder():
    made = config(2, 4, 32, BIPOLAR, BIPOLAR, False, 1, 9)
    assert delay(made) == products_delay(made.columns[0].dot) == 2322
    wide = config(2, 4, 32, BIPOLAR, BIPOLAR, False, 1, 48)
    assert delay(wide) == FF + carry(48) + SETUP > 2322

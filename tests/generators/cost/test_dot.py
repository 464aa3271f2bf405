# amaranth: UnusedElaboratable=no

"""Estimates of dot products in cells, and of their trees: near plans, which take seconds."""

import pytest

from generators.cost import dot
from generators.cost.reads import reads
from generators.cost.tree import tree
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan
from hdl.dot.biscaled_blocks import BiScaledBlocks
from hdl.dot.booth import Booth
from hdl.dot.codebook_products import Products
from hdl.dot.fpec import FPEC
from hdl.dot.fpec_shared import SharedFPEC
from hdl.dot.fusible import Fusible
from hdl.dot.grouped import Grouped
from hdl.dot.shift import Shift
from hdl.number import Number

U4, S4, S6 = Number(width=4), Number(width=4, signed=True), Number(width=6, signed=True)

MEASURED = {  # LUT and FF of a cell in a netlist, by yosys 0.70
    "shift": (Shift.Config(lanes=16, x=U4, exponents=2, starts=(0, 2)), (199, 488)),
    "fpec": (FPEC.Config(lanes=8, qx=S4, qw=S4), (163, 406)),
    "fpec by integers": (FPEC.Config(lanes=8, qx=S6, qw=S4, errors="x"), (167, 360)),
    "fpec that share": (SharedFPEC.Config(lanes=4, block=4, qx=S4, qw=S4), (292, 460)),
    "fusible": (Fusible.Config(lanes=16, x=S4, w=S4), (305, 975)),
}  # fmt: skip


@pytest.fixture
def unplanned(monkeypatch):
    """Whatever asks for a compressor tree that is not known already fails."""

    def refuse(self):
        raise AssertionError("a tree was planned")

    monkeypatch.setattr(Plan, "__post_init__", refuse)


@pytest.mark.parametrize("name", MEASURED)
def test_cells_are_near_what_was_measured(name, unplanned):
    config, (lut, ff) = MEASURED[name]
    guess = dot.dot(config)
    assert guess.lut == pytest.approx(lut, rel=0.04)
    assert guess.ff == pytest.approx(ff, rel=0.1)


def test_counters_wait_for_seven_bits():
    """Of seven in a column three are left, by two LUTs; what comes last takes no stage more."""
    heap = Heap(bits=((7, 0, 0), (0, 0, 0), (0, 0, 0)), width=3)
    found = tree(heap)
    assert found.lut == 2
    assert found.stages == 3


def test_ones_are_registers_once():
    heap = Heap(bits=((1, 1, 1, 1), (0, 0, 0, 0), (1, 1, 1, 1)), width=4)
    assert tree(heap, ones=15).ff < tree(heap).ff


def test_trees_are_near_their_plans(unplanned):
    """LUTs and registers of plans, which take some ten seconds."""
    tables = Products.Config(lanes=16, x=Number(width=2, signed=True), values=(-93, -1, 5))
    rows = Booth.Config(lanes=48, x=Number(width=7), w=Number(width=5, signed=True))
    for config, lut, ff, stages in ((tables, 80, 224, 5), (rows, 150, 711, 19)):
        found = tree(config.heap)
        assert found.lut == pytest.approx(lut, rel=0.1)
        assert found.ff == pytest.approx(ff, rel=0.2)
        assert found.stages == stages


def test_booth_rows_of_a_cell_are_counted():
    config = Booth.Config(lanes=6, x=S4, w=S4)
    assert dot.dot(config).lut > config.rows


def test_bits_of_blocks_are_read_when_they_are_needed(unplanned):
    grouped = Grouped.Config(lanes=1, group=8, x_element=S6, w_element=S6, exponents=4,
                             skewed=True)  # fmt: skip
    found = reads(grouped)
    assert found.w[:4] == (12, 12, 12, 12)
    assert sum(found.w) == grouped.w.width
    assert sum(found.x) == grouped.x.width
    blocks = BiScaledBlocks.Config(lanes=1, block=8, qx=S6, qw=S4, w_shift=2, skewed=True)
    assert reads(blocks).w == tuple(map(len, blocks.w_places))


def test_rows_in_the_same_cycle_are_slower():
    one, two = (Booth.Config(lanes=8, x=S6, w=S6, rows_per_stage=rows) for rows in (1, 2))
    assert dot._rows_delay(two) > dot._rows_delay(one)

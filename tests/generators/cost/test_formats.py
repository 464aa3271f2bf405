"""Estimates of circuits for formats: near what was measured, and known without a schedule."""

import gc
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
from amaranth import UnusedElaboratable

from boards import devices
from generators.cost import dot, mvtu
from generators.cost.estimate import estimate as estimated
from generators.finn import cost, fold, lower, plan
from generators.finn.part import Part
from generators.network import check, codings, formats, graph
from hdl.compress.heap import Heap
from hdl.compress.plan import Plan
from hdl.dot.booth import Booth
from hdl.dot.fpec import FPEC
from hdl.number import Number
from sim.golden.formats import integer
from tests.benchmarks import estimate_formats
from tests.networks import coded as networks

MEASURED = {  # LUT and FF, by python -m tests.benchmarks.estimate_formats
    "mvtu 32x64 pe4 simd8 fpec_4_True_0_None_1 x fpec_4_True_0_None_1 lut": (1050, 2244),
    "mvtu 32x64 pe4 simd16 uint4 x fpec_4_True_0_None_1 lut": (1499, 4548),
    "mvtu 16x64 pe2 simd16 fpec_5_True_0_None_1 x fpec_5_True_0_8_2 lut": (1613, 2501),
    "mvtu 32x64 pe4 simd16 uint6 x biscaled_6_2_True_None_16_1 lut": (2389, 3840),
    "mvtu 32x64 pe4 simd8 uint4 x biscaled_6_2_True_None_None_1 bram": (1227, 3018),
    "mvtu 32x64 pe4 simd16 int4 x grouped_4_8_4_2 lut": (1436, 1884),
    "minifloat 64x32 pe2 1-4-3 chunk8": (898, 578),
    "encode 24 bits to uint4 stochastically in 8 lanes": (291, 226),
    "encode 16 bits to biscaled 4 in 8 lanes": (160, 139),
    "encode 12 bits to 1-5-2 in 4 lanes": (178, 234),
    "blocks 4 bits, 8 a block in 8 lanes, 2 ways": (1144, 2767),
    "blocks 6 bits, 16 a block in 8 lanes, 1 ways": (510, 483),
}
CIRCUITS = dict(estimate_formats.circuits())


@pytest.fixture
def unplanned(monkeypatch):
    """Whatever asks for a compressor tree that is not known already fails."""

    def refuse(self):
        raise AssertionError("a tree was planned")

    monkeypatch.setattr(Plan, "__post_init__", refuse)


def dense(x, w, rows: int, cols: int, **fields) -> graph.Network:
    """A dense layer of random weights in a format, or of int5, behind an encoder of its inputs."""
    rng = np.random.default_rng(0)
    weights = graph.Weights(type="int5", data=rng.integers(-15, 16, (rows, cols)))
    if w is not None:
        data = codings.format_of(w).encode(rng.laplace(size=(rows, cols)))
        low, high = int(data.min()), int(data.max())
        weights = graph.Weights(type=integer.smallest(low, high).name, data=data, coding=w)
    layers = [graph.Dense(name="fc", inputs=("input",), weights=weights)]
    if x is not None:
        layers = [graph.Encode(name="codes", inputs=("input",), type=x, right_shift=4, **fields),
                  graph.Dense(name="fc", inputs=("codes",), weights=weights)]  # fmt: skip
    return check.check(graph.Network(
        bitloom=1, name="net", input=graph.Input(shape=(cols,), type="int11"), layers=tuple(layers)
    ))  # fmt: skip


@pytest.mark.parametrize("name", MEASURED)
def test_estimates_are_near_what_was_measured(name):
    with warnings.catch_warnings(action="ignore", category=UnusedElaboratable):
        config = CIRCUITS[name]().config
        gc.collect()
    guess = estimated(config)
    lut, ff = MEASURED[name]
    assert abs(guess.lut / lut - 1) < 0.11
    assert abs(guess.ff / ff - 1) < 0.11


@pytest.mark.parametrize("family", networks.FAMILIES)
def test_candidates_need_no_schedule(family, unplanned):
    x, w = networks.FAMILIES[family](np.random.default_rng(7))
    block = max(map(codings.block_of, (x, w)))
    network = dense(x, w, 16, 13 * block)
    found = fold.candidates(network, network.layers[-1], graph.Fold(), "")
    assert len(found) > 4
    assert all(one.cost.lut > 0 for one in found)


@pytest.mark.parametrize("ways", [1, 3])
def test_what_stands_between_needs_none_either(ways, unplanned):
    """A search asks for it again and again; encoders of several ways plan trees when built."""
    x = formats.BlockFloat(bits=5, block=13, exponents=7)
    network = dense(x, x, 26, 52, ways=ways)
    fc = network.layers[-1]
    choice = fold.candidates(network, fc, graph.Fold(pe=2, simd=26), "")[0].choice
    i_edge, parts, o_edge = lower.parts(network, {"fc": choice}, exact=False)
    costs = [cost.part(part) for part in parts]
    assert [part.kind for part in parts].count("statistic") == 1
    assert sum(costs, cost.edges(i_edge, o_edge)).lut > 0


def test_registers_of_rows_are_those_of_the_circuit():
    """Of two digits: each chain's sum in each cycle, and a carry a lane."""
    config = Booth.Config(lanes=6, x=Number(width=4, signed=True), w=Number(width=4, signed=True))
    assert dot._rows(config) == 2 * (6 * config.row + 6)


def test_corrections_wait_for_the_second_of_a_row():
    four = Number(width=4, signed=True)
    both, one = (FPEC.Config(lanes=4, qx=four, qw=four, errors=errors).corrections
                 for errors in ("both", "w"))  # fmt: skip
    assert dot._corrections(both) == sum(pair.size for pair in both.pairs)
    assert dot._corrections(one) == sum(pair.size for pair in one.pairs) + 2 * (4 + 2)


def test_bits_that_come_late_let_others_wait():
    heap = Heap(bits=((7, 0), (0, 0), (0, 1)), width=2, fabric="xilinx")
    assert dot.waiting(heap) == pytest.approx(1.25 * (3 + 3) + 1.3 * 8)


def test_operands_wait_for_the_cycle_that_reads_them():
    assert mvtu.wait((4,)) == 0
    assert mvtu.wait((2, 2, 4)) == 1.25


def parts(*kinds: str, cell=None) -> list[Part]:
    """Circuits of which no more is known than their kind, and the cell of MVTUs."""
    return [SimpleNamespace(kind=kind, config=SimpleNamespace(cell=cell)) for kind in kinds]


def test_the_error_is_that_of_such_circuits():
    four = Number(width=4, signed=True)
    coded = parts("mvtu", cell=FPEC.Config(lanes=1, qx=four, qw=four)) + parts("encode", "fifo")
    assert cost.measured_error(parts("mvtu", "fifo")) == cost.MEASURED_ERROR
    assert cost.measured_error(coded) == cost.FORMATS_ERROR
    mixed = cost.measured_error(coded + parts("unrolled"))
    assert mixed["circuits"] == cost.MEASURED_ERROR["circuits"] + cost.FORMATS_ERROR["circuits"]
    assert mixed["lut_median"] == max(cost.MEASURED_ERROR["lut_median"],
                                      cost.FORMATS_ERROR["lut_median"])  # fmt: skip
    assert list(mixed) == list(cost.MEASURED_ERROR) == list(cost.FORMATS_ERROR)


def test_a_search_folds_them_within_a_board():
    """The estimates of a plan's circuits are those that the report adds up."""
    network = dense(formats.FPEC(bits=4), formats.FPEC(bits=4), 8, 12)
    wish = plan.Wish(board=devices.find("zynq7020"), clock_mhz=100.0, cycles=24)
    found = plan.plan(network, wish)
    assert cost.measured_error(found.parts) == cost.FORMATS_ERROR
    assert found.choices["fc"].datapath == "fpec"

# amaranth: UnusedElaboratable=no

"""Estimates of circuits for formats: near what was measured, and known without a schedule."""

import numpy as np
import pytest

from boards import devices
from generators.cost import dot, estimate, mvtu
from generators.cost.sample.formats import biscaled, blocks, coded, fpec, grouped
from generators.finn import cost, fold, lower, plan
from generators.network import check, codings, formats, graph
from hdl.compress.plan import Plan
from hdl.dot.booth import Booth
from hdl.dot.fpec import FPEC
from hdl.minifloat import DLFLOAT
from hdl.number import Number
from hdl.quant.encode import Encode
from hdl.quant.encode_biscaled import EncodeBiScaled
from hdl.quant.encode_fpec import EncodeFPEC
from hdl.quant.encode_lanes import EncodeLanes
from hdl.quant.encode_minifloat import EncodeMinifloat
from hdl.quant.expand import Expand
from sim.golden.formats import integer
from tests.networks import coded as networks
from tests.synth import minifloats
from tests.synth.encoders import block_encode
from tests.synth.minifloats import HFP8, HFP8_BACK

S16, S20 = Number(width=16, signed=True), Number(width=20, signed=True)
FOUR = Number(width=4)

MEASURED = {  # LUT, FF, BRAM18 and picoseconds: generators.synth.synthesize.measure, yosys 0.70
    "fpec": (lambda: coded(32, 64, 4, 8, fpec(4), fpec(4), "lut"), (1050, 2244, 0, 2322)),
    "fpec that share": (lambda: coded(16, 64, 2, 16, fpec(5), fpec(5, lanes=8, compensators=2),
                                      "lut"), (1613, 2501, 0, 3856)),
    "fpec in block RAM": (lambda: coded(32, 64, 4, 16, fpec(6, signed=False), fpec(6), "bram"),
                          (2808, 11212, 14, 3014)),
    "biscaled": (lambda: coded(24, 60, 3, 12, biscaled(5, 3), biscaled(5, 3), "lut"),
                 (2173, 3367, 0, 2740)),
    "biscaled in blocks": (lambda: coded(16, 64, 4, 16, biscaled(5, 2, signed=False),
                                         biscaled(5, 2, block=8, limit=2), "bram"),
                           (2691, 4668, 10, 3184)),
    "grouped": (lambda: coded(16, 64, 4, 16, "uint6", grouped(6, 8, 4), "bram"),
                (2329, 3240, 9, 3244)),
    "block floating point": (lambda: coded(16, 64, 2, 32, blocks(8, 16, 8, signed=False),
                                           blocks(8, 16, 8), "bram"), (3808, 5386, 9, 3488)),
    "minifloat": (lambda: minifloats.mvtu(16, 64, 4, HFP8_BACK, chunk=32), (1215, 998, 0, 3808)),
    "minifloat with a bias": (lambda: minifloats.mvtu(32, 64, 4, HFP8, chunk=16, biased=True),
                              (1495, 1053, 0, 3636)),
    "blocks": (lambda: block_encode(6, 16, 16), (678, 1177, 0, 3636)),
    "blocks in a buffer": (lambda: block_encode(6, 16, 8), (510, 483, 0, 3636)),
    "blocks of two ways": (lambda: block_encode(4, 8, 8, 2), (1144, 2767, 0, 3636)),
}  # fmt: skip

ENCODERS = {  # lanes, unit: LUT, FF and picoseconds
    "to uint4": (8, Encode.Config(x=S20, o=FOUR, right_shift=8), (98, 123, 1764)),
    "to int6": (6, Encode.Config(x=S16, o=Number(width=6, signed=True), right_shift=5),
                (86, 123, 2002)),
    "that only clips": (4, Encode.Config(x=Number(width=10, signed=True),
                                         o=Number(width=5, signed=True)), (42, 67, 1140)),
    "with noise": (1, Encode.Config(x=S20, o=FOUR, right_shift=8, stochastic=True),
                   (47, 42, 2628)),
    "to fpec": (8, EncodeFPEC.Config(x=S20, bits=4, signed=False, right_shift=8),
                (154, 227, 2164)),
    "to fpec of a magnitude": (6, EncodeFPEC.Config(x=S16, bits=5, magnitude=2, right_shift=6),
                               (136, 201, 2388)),
    "to biscaled": (8, EncodeBiScaled.Config(x=S16, bits=4, shift=2, right_shift=6),
                    (159, 139, 2056)),
    "of many bits to int4": (10, Encode.Config(x=S20, o=Number(width=4, signed=True),
                                               right_shift=4, stochastic=True), (251, 190, 2514)),
    "to biscaled that is never wide": (
        10, EncodeBiScaled.Config(x=Number(width=15, signed=True), bits=7, shift=1, signed=False,
                                  right_shift=8), (162, 263, 2002)),
    "to 1-4-3": (2, EncodeMinifloat.Config(x=S20, to=HFP8, right_shift=8), (138, 148, 3012)),
    "to 1-5-2": (4, EncodeMinifloat.Config(x=S16, to=HFP8_BACK, right_shift=6), (218, 250, 3232)),
    "of 1-6-9": (4, EncodeMinifloat.Config(x=DLFLOAT.code, source=DLFLOAT, to=HFP8),
                 (110, 164, 2626)),
    "of words": (16, Expand.Config(bits=6, shift=2), (226, 258, 1984)),
}  # fmt: skip


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
def test_estimates_are_near_what_was_measured(name, unplanned):
    build, (lut, ff, bram18, ps) = MEASURED[name]
    config = build().config
    guess = estimate.estimate(config)
    assert guess.lut == pytest.approx(lut, rel=0.06)
    assert guess.ff == pytest.approx(ff, rel=0.09)
    assert (guess.bram18, guess.dsp) == (bram18, 0)
    assert estimate.delay(config) == pytest.approx(ps, rel=0.06)


@pytest.mark.parametrize("name", ENCODERS)
def test_encoders_have_as_many_flip_flops_as_were_measured(name):
    lanes, unit, (lut, ff, ps) = ENCODERS[name]
    config = EncodeLanes.Config(items=64 * lanes, lanes=lanes, unit=unit)
    guess = estimate.estimate(config)
    assert guess.lut == pytest.approx(lut, rel=0.08)
    assert guess.ff == ff
    assert estimate.delay(config) == pytest.approx(ps, rel=0.11)


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


def test_operands_wait_for_the_cycle_that_reads_them():
    assert mvtu.wait((4,)) == 0
    assert mvtu.wait((2, 2, 4)) == 1.25


def test_a_search_folds_them_within_a_board():
    network = dense(formats.FPEC(bits=4), formats.FPEC(bits=4), 8, 12)
    wish = plan.Wish(board=devices.find("zynq7020"), clock_mhz=100.0, cycles=24)
    found = plan.plan(network, wish)
    assert found.choices["fc"].datapath == "fpec"

# amaranth: UnusedElaboratable=no

"""Synthesised by yosys 0.70: LUT, FF, BRAM18, DSP and the slowest path, of
``generators.synth.synthesize.measure(generators.cost.sample.mvtu.mvtu(*case))``."""

import pytest

from generators.cost import mvtu
from generators.cost.estimate import delay, estimate
from generators.cost.sample import mvtu as sample
from generators.synth.resources import Cost
from hdl.compress import beam, plan
from hdl.number import BIPOLAR, Number

U2, U3, U4, U8 = (Number(width=width) for width in (2, 3, 4, 8))
S2, S4, S6, S7, S8 = (Number(width=width, signed=True) for width in (2, 4, 6, 7, 8))
WINDOWS, IN_DSP = {"repeated": True}, {"accumulator": "dsp"}

MEASURED = (
    ((64, 64, 8, 8, BIPOLAR, BIPOLAR, 1, "lut", {}), Cost(222, 297, 0, 0), 2313),
    ((64, 64, 4, 32, BIPOLAR, BIPOLAR, 1, "lut", {}), Cost(299, 483, 0, 0), 2322),
    ((256, 256, 16, 16, BIPOLAR, BIPOLAR, 1, "lut", {}), Cost(1614, 1025, 0, 0), 2560),
    ((256, 256, 16, 64, BIPOLAR, BIPOLAR, 1, "bram", {}), Cost(1298, 2962, 27, 0), 3014),
    ((128, 128, 32, 32, BIPOLAR, BIPOLAR, 1, "bram", {}), Cost(1308, 2813, 26, 0), 3014),
    ((512, 512, 8, 128, BIPOLAR, BIPOLAR, 1, "bram", {}), Cost(1366, 2637, 28, 0), 3014),
    ((10, 256, 2, 32, BIPOLAR, BIPOLAR, 0, "lut", {}), Cost(228, 303, 0, 0), 2322),
    ((16, 64, 8, 32, BIPOLAR, BIPOLAR, 1, "lut", {}), Cost(280, 427, 0, 0), 2313),
    ((64, 576, 16, 32, BIPOLAR, BIPOLAR, 1, "lut", WINDOWS), Cost(1679, 1451, 0, 0), 2388),
    ((256, 1152, 4, 32, BIPOLAR, BIPOLAR, 1, "bram", WINDOWS), Cost(955, 829, 15, 0), 3138),
    ((62, 48, 1, 48, BIPOLAR, BIPOLAR, 0, "lut", {}), Cost(198, 294, 0, 0), 2238),
    ((16, 32, 4, 8, S2, S2, 2, "lut", {}), Cost(266, 392, 0, 0), 2322),
    ((7, 68, 1, 34, U2, S6, 7, "lut", {}), Cost(725, 873, 0, 0), 2740),
    ((8, 48, 2, 1, S8, S8, 3, "bram", {}), Cost(293, 458, 1, 0), 3014),
    ((16, 32, 4, 4, U8, S8, 0, "lut", {}), Cost(1039, 1652, 0, 0), 2344),
    ((16, 32, 2, 4, U8, S8, 7, "bram", {}), Cost(695, 1141, 1, 0), 3014),
    ((12, 40, 3, 5, Number(width=5), S6, 0, "bram", {}), Cost(519, 1191, 2, 0), 3014),
    ((16, 36, 4, 4, U4, S4, 7, "lut", WINDOWS | {"groups": 4}), Cost(702, 605, 0, 0), 2515),
    ((16, 32, 4, 4, U8, S8, 0, "lut", {"multiplier": True}), Cost(383, 520, 0, 8), 2968),
    ((64, 128, 8, 16, BIPOLAR, BIPOLAR, 1, "lut", IN_DSP), Cost(316, 529, 0, 2), 2322),
    ((64, 256, 4, 32, BIPOLAR, BIPOLAR, 1, "lut", IN_DSP), Cost(479, 472, 0, 1), 2388),
    ((64, 64, 8, 8, BIPOLAR, BIPOLAR, 1, "ram", {}), Cost(332, 358, 0, 0), 2526),
    ((32, 64, 4, 16, BIPOLAR, BIPOLAR, 0, "ram", {}), Cost(224, 286, 0, 0), 2526),
    (
        (10, 12, 5, 4, S7, S7, 3, "bram", WINDOWS | {"multiplier": True, "frames": 4}),
        Cost(794, 1533, 3, 48),
        3014,
    ),
    (
        (1, 9, 1, 9, U4, S4, 0, "const", WINDOWS | {"groups": 2, "group_lanes": 2}),
        Cost(313, 430, 0, 0),
        2116,
    ),
    (
        (1, 9, 1, 9, U4, S2, 3, "const", WINDOWS | {"groups": 8, "group_lanes": 8}),
        Cost(870, 1338, 0, 0),
        2002,
    ),
)


def config(case):
    *case, options = case
    return sample.mvtu(*case, **options).config


@pytest.mark.parametrize(("case", "true", "ps"), MEASURED)
def test_near_what_was_measured(case, true, ps):
    found = estimate(config(case))

    assert (found.bram18, found.dsp) == (true.bram18, true.dsp)
    assert found.lut == pytest.approx(true.lut, rel=0.1)
    assert found.ff == pytest.approx(true.ff, rel=0.075)
    assert delay(config(case)) == pytest.approx(ps, rel=0.06)


@pytest.mark.parametrize("case", [
    (64, 64, 8, 8, BIPOLAR, BIPOLAR, 1, "lut", {}),
    (128, 128, 32, 32, BIPOLAR, BIPOLAR, 1, "bram", {}),
    (62, 48, 1, 48, BIPOLAR, BIPOLAR, 0, "lut", {}),
])  # fmt: skip
def test_counters_and_flags_are_exact(case):
    true = next(true for one, true, _ in MEASURED if one == case)
    found = estimate(config(case))

    assert (round(found.lut), round(found.ff)) == (true.lut, true.ff)


@pytest.mark.parametrize(("case", "is_cut"), [
    ((7, 68, 1, 34, U2, S6, 7, "lut", {}), True),
    ((62, 48, 1, 48, BIPOLAR, BIPOLAR, 0, "lut", {}), True),
    ((64, 64, 8, 8, BIPOLAR, BIPOLAR, 1, "lut", {}), False),
    ((10, 12, 5, 4, S7, S7, 3, "bram", WINDOWS | {"multiplier": True, "frames": 4}), False),
])  # fmt: skip
def test_partial_sums_wider_than_the_sum_are_cut(case, is_cut):
    assert mvtu.cut(config(case)) == is_cut


def test_no_tree_is_planned(monkeypatch):
    def refuse(*_, **__):
        raise AssertionError("a tree was planned")

    monkeypatch.setattr(plan, "solve", refuse)
    monkeypatch.setattr(plan, "beam", refuse)
    monkeypatch.setattr(beam, "search", refuse)

    for case in (
        (64, 74, 8, 37, BIPOLAR, BIPOLAR, 1, "bram", {}),
        (64, 65, 4, 13, U4, S4, 3, "lut", {}),
        (30, 55, 5, 11, U8, S8, 0, "bram", {"multiplier": True}),
        (30, 90, 5, 45, BIPOLAR, BIPOLAR, 1, "lut", IN_DSP),
    ):
        assert mvtu.mvtu(config(case)).lut > 0
        assert delay(config(case)) > 0


@pytest.mark.parametrize(("less", "more"), [
    ((64, 64, 4, 16, BIPOLAR, BIPOLAR, 1, "lut", {}),
     (64, 64, 8, 16, BIPOLAR, BIPOLAR, 1, "lut", {})),
    ((64, 64, 8, 16, U2, S2, 3, "lut", {}), (64, 64, 8, 32, U2, S2, 3, "lut", {})),
    ((64, 64, 8, 16, U2, S2, 3, "lut", {}), (64, 64, 8, 16, U3, S2, 3, "lut", {})),
    ((64, 64, 8, 16, U2, S2, 1, "lut", {}), (64, 64, 8, 16, U2, S2, 7, "lut", {})),
    ((32, 72, 4, 12, U2, S2, 1, "lut", WINDOWS),
     (32, 72, 4, 12, U2, S2, 1, "lut", WINDOWS | {"frames": 2})),
])  # fmt: skip
def test_more_work_a_cycle_takes_more(less, more):
    few, many = estimate(config(less)), estimate(config(more))

    assert few.lut < many.lut
    assert few.ff < many.ff


def test_sums_in_dsp_slices_take_no_luts():
    plain = (64, 256, 4, 32, BIPOLAR, BIPOLAR, 1, "lut")

    luts, slices = (estimate(config((*plain, options))) for options in ({}, IN_DSP))

    assert (luts.dsp, slices.dsp) == (0, 1)
    assert slices.lut < luts.lut

# amaranth: UnusedElaboratable=no

"""Thresholds around the middle of the operand's range, as those of a layer; by yosys 0.70."""

import pytest

from generators.cost import thresholds
from generators.cost.estimate import delay, estimate
from hdl.number import Number, holding
from hdl.quant.lanes import ThresholdLanes
from hdl.quant.threshold import Threshold

MEASURED = (  # channels, levels, bits; LUT, FF and picoseconds of generators.synth's measure
    ((1, 1, 10), (2, 1, 808)),
    ((4, 1, 10), (7, 1, 712)),
    ((16, 1, 10), (10, 1, 1559)),
    ((1, 3, 10), (8, 13, 1758)),
    ((2, 3, 10), (12, 14, 1668)),
    ((8, 3, 10), (17, 16, 2515)),
    ((16, 3, 10), (31, 17, 2619)),
    ((32, 3, 10), (33, 18, 2292)),
    ((64, 3, 10), (53, 51, 2916)),
    ((8, 7, 10), (37, 32, 2619)),
    ((1, 15, 12), (24, 46, 1668)),
    ((8, 15, 12), (59, 55, 2515)),
)


def config(channels, levels, width):
    return Threshold.Config(channels=channels, levels=levels, x=Number(width=width, signed=True),
                            o=holding(0, levels))  # fmt: skip


@pytest.mark.parametrize(("sizes", "true"), MEASURED)
def test_near_what_was_measured(sizes, true):
    found = thresholds.threshold(config(*sizes))

    assert found.lut == pytest.approx(true[0], rel=0.11, abs=1.6)
    assert found.ff == pytest.approx(true[1], rel=0.08)
    assert delay(config(*sizes)) == pytest.approx(true[2], rel=0.06)


def test_units_of_a_stream_share_the_number_of_the_channel():
    unit = config(8, 3, 10)
    one, four = (thresholds.lanes(ThresholdLanes.Config(items=32, lanes=lanes, threshold=unit))
                 for lanes in (1, 4))  # fmt: skip

    assert four.lut < 4 * one.lut
    assert four.ff < 4 * one.ff


def test_few_bits_are_compared_by_tables():
    unit = Threshold.Config(channels=1, levels=7, x=Number(width=5, signed=True), o=holding(0, 7))
    found = ThresholdLanes.Config(items=30, lanes=2, threshold=unit)

    assert estimate(found).lut == pytest.approx(17, abs=1)
    assert (estimate(found).ff, delay(found)) == (42, 1764)


def test_more_levels_take_more():
    costs = [estimate(config(8, levels, 10)) for levels in (1, 3, 7, 15)]

    assert costs == sorted(costs, key=lambda cost: cost.lut)
    assert costs == sorted(costs, key=lambda cost: cost.ff)


def test_thresholds_of_a_lone_unit_are_anywhere():
    one = Threshold.Config(channels=1, levels=7, x=Number(width=18, signed=True), o=holding(0, 7))

    assert estimate(one).lut == pytest.approx(32, rel=0.06)  # random ones, by yosys 0.70
    assert estimate(one).lut > thresholds.threshold(one).lut


@pytest.mark.parametrize(("sizes", "lut", "ff"), [
    ((5, 1, 12), 8, 1), ((12, 1, 14), 14, 1), ((15, 1, 9), 9, 1), ((28, 1, 12), 24, 1),
    ((30, 1, 14), 26, 1), ((46, 1, 11), 19, 1), ((64, 1, 12), 20, 1),
    ((40, 31, 16), 526, 518), ((64, 31, 12), 678, 527), ((128, 31, 10), 1301, 795),
])  # fmt: skip
def test_thresholds_anywhere(sizes, lut, ff):
    """Channels, levels and bits of random thresholds: each group of bits counts."""
    found = estimate(config(*sizes))

    assert found.lut == pytest.approx(lut, rel=0.002 if sizes[1] == 1 else 0.09)
    assert found.ff == pytest.approx(ff, rel=0.005)


def test_three_words_take_less_than_four():
    two, three, four = (thresholds.comparator(12, words) for words in (2, 3, 4))

    assert two < three < four

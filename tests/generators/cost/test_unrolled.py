# amaranth: UnusedElaboratable=no

import pytest

from generators.cost.estimate import delay, estimate
from generators.cost.sample import mvtu
from generators.cost.sample.units import unrolled
from hdl.number import BIPOLAR, Number

U2, S2 = Number(width=2), Number(width=2, signed=True)


def constants(rows, cols, x, w, levels):
    return mvtu.mvtu(rows, cols, rows, cols, x, w, levels, "const").config


def test_known_weights_are_near_what_was_measured():
    config = unrolled(16, 16, BIPOLAR, BIPOLAR, 1).config
    found = estimate(config)

    # by generators.synth.synthesize.measure, yosys 0.70
    assert found.lut == pytest.approx(158, rel=0.02)
    assert found.ff == pytest.approx(249, rel=0.03)
    assert delay(config) == 1890


def test_sums_share_registers_of_inputs_and_their_bias_takes_no_lut():
    found = estimate(unrolled(12, 11, BIPOLAR, BIPOLAR, 0).config)

    # by generators.synth.synthesize.measure, yosys 0.70
    assert (found.lut, found.ff) == (122, 268)


@pytest.mark.parametrize("case", [
    (16, 16, BIPOLAR, BIPOLAR, 1), (16, 32, BIPOLAR, BIPOLAR, 1), (10, 32, BIPOLAR, BIPOLAR, 0),
])  # fmt: skip
def test_weights_yet_unknown_take_about_as_much(case):
    before, after = estimate(constants(*case)), estimate(unrolled(*case).config)

    assert before.lut == pytest.approx(after.lut, rel=0.12)
    assert before.ff == pytest.approx(after.ff, rel=0.25)


def test_more_rows_and_levels_take_more():
    less, rows, levels = (estimate(constants(*case)) for case in (
        (8, 16, U2, S2, 1), (16, 16, U2, S2, 1), (8, 16, U2, S2, 3),
    ))  # fmt: skip

    assert less.lut < rows.lut
    assert less.lut < levels.lut
    assert less.ff < rows.ff


def test_delay_before_weights_are_known():
    assert delay(constants(16, 16, BIPOLAR, BIPOLAR, 1)) == 2322

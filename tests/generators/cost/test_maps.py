# amaranth: UnusedElaboratable=no

"""Estimates of what looks at maps: near what was measured, block RAMs and DSP slices exact."""

import pytest

from generators.cost import estimate
from hdl.number import BIPOLAR, Number
from tests.synth import configs
from tests.synth.configs import FEW, SAME, TERNARY

BYTE, INT8 = Number(width=8), Number(width=8, signed=True)
TWO, THREE = (2, 2), (3, 3)

MEASURED = {  # LUT, FF, BRAM18, DSP and ps, by generators.synth.synthesize.measure, yosys 0.70
    "upsample": (lambda: configs.upsample(8, 8, 2, 16, TWO, FEW), (111, 10, 0, 0, 2858)),
    "upsample in a register": (lambda: configs.upsample(1, 32, 1, 16, (1, 2), FEW),
                               (69, 66, 0, 0, 1689)),
    "upsample of three groups": (lambda: configs.upsample(7, 38, 3, 8, TWO, BIPOLAR),
                                 (57, 14, 0, 0, 3587)),
    "columns": (lambda: configs.columns(30, 3, 1, 3, 2, 16, FEW), (82, 11, 0, 0, 2858)),
    "columns with a stride": (lambda: configs.columns(57, 5, 2, 5, 1, 4, FEW),
                              (52, 12, 0, 0, 2858)),
    "pool of bits": (lambda: configs.pool(28, 28, 2, 32, TWO, BIPOLAR), (95, 77, 0, 0, 2775)),
    "pool": (lambda: configs.pool(24, 24, 1, 16, TWO, FEW), (237, 139, 0, 0, 3399)),
    "pool in a register": (lambda: configs.pool(1, 4, 1, 24, (1, 4), TERNARY),
                           (80, 101, 0, 0, 2313)),
    "pool of sums": (lambda: configs.pool(32, 32, 1, 16, TWO, FEW, "sum"), (254, 203, 0, 0, 3637)),
    "pool of a whole map": (lambda: configs.pool(46, 46, 5, 2, (46, 46), FEW, "sum"),
                            (110, 80, 0, 0, 4471)),
    "pool with a product": (lambda: configs.pool(4, 120, 5, 2, TWO, FEW), (117, 33, 0, 1, None)),
    "window": (lambda: configs.window(30, 30, 64, 32, THREE, BIPOLAR, repeats=2),
               (274, 88, 0, 0, 4036)),
    "window in block RAM": (lambda: configs.window(56, 56, 64, 16, THREE, FEW, padding=SAME),
                            (77, 63, 2, 0, 5433)),
    "window with a stride": (lambda: configs.window(56, 56, 64, 16, THREE, FEW, padding=SAME,
                                                    stride=TWO), (79, 65, 4, 0, 5908)),
    "window of a line": (lambda: configs.window(1, 64, 12, 4, (1, 7), BIPOLAR, repeats=3),
                         (46, 43, 0, 0, 2614)),
}  # fmt: skip


@pytest.mark.parametrize("name", MEASURED)
def test_estimates_are_near_what_was_measured(name):
    build, (lut, ff, bram18, dsp, ps) = MEASURED[name]
    config = build().config
    guess = estimate.estimate(config)
    assert guess.lut == pytest.approx(lut, rel=0.08)
    assert (guess.ff, guess.bram18, guess.dsp) == (ff, bram18, dsp)
    if ps is not None:
        assert estimate.delay(config) == pytest.approx(ps, rel=0.13)


@pytest.mark.parametrize(("width", "groups", "dsp"), [
    (200, 3, 1), (120, 5, 1), (44, 3, 0), (200, 4, 0), (400, 1, 0), (2, 300, 0),
])  # fmt: skip
def test_a_word_is_found_by_a_dsp_slice(width, groups, dsp):
    """Of a row of more than 256 words, where the groups of a pixel are no power of two.

    Not where that is one block's.
    """
    config = configs.pool(4, width, groups, 2, TWO, FEW).config
    assert estimate.estimate(config).dsp == dsp


def test_groups_that_are_shifted_take_none():
    """Times 12 is times 3 with two zeros below: seven bits, as yosys counts."""
    config = configs.upsample(4, 44, 12, 2, TWO, FEW).config
    assert estimate.estimate(config).dsp == 0


def test_a_pool_of_one_pixel_is_a_register():
    config = configs.pool(4, 4, 1, 8, (1, 1), BYTE).config
    assert estimate.estimate(config).ff == 2 * 8 * 8 + 2

# amaranth: UnusedElaboratable=no

import re

import pytest
from amaranth.back import rtlil

from hdl.ecp5.pll import PHASE, PLL, VCO, Dividers, dividers


@pytest.mark.parametrize("input_mhz", [25, 100])
def test_every_clock_is_within_the_ranges(input_mhz):
    for mhz in (33.33, 50, 60, 62.5, 66, 75, 80, 100, 125, 150, 200):
        found = dividers(input_mhz, mhz)
        assert abs(found.mhz - mhz) <= 0.01 * mhz
        assert PHASE[0] <= found.phase_mhz <= PHASE[1]
        assert VCO[0] <= found.vco_mhz <= VCO[1]
        assert found.reference <= 128 and found.feedback <= 80 and found.output <= 128


@pytest.mark.parametrize(("mhz", "expected"), [
    (50, (1, 2, 12)), (60, (5, 12, 10)), (62.5, (2, 5, 10)), (75, (1, 3, 8)), (25, (1, 1, 24)),
])  # fmt: skip
def test_from_25_mhz(mhz, expected):
    found = dividers(25, mhz)
    assert (found.reference, found.feedback, found.output) == expected
    assert found.mhz == mhz


def test_the_nearest_wins():
    assert dividers(25, 66.6).mhz == pytest.approx(66.6667, abs=1e-3)


def test_instance():
    text = rtlil.convert(PLL(dividers(25, 50)), name="pll")
    for line in ("cell \\EHXPLLL", "parameter \\CLKFB_DIV 2", "parameter \\CLKI_DIV 1",
                 "parameter \\CLKOP_DIV 12", "parameter \\CLKOP_CPHASE 11",
                 'parameter \\FEEDBK_PATH "CLKOP"', 'attribute \\ICP_CURRENT "12"',
                 'attribute \\MFG_GMCREF_SEL "2"'):  # fmt: skip
        assert re.search(re.escape(line), text), line


def test_dividers_tell_their_frequencies():
    made = Dividers(input_mhz=25, reference=5, feedback=12, output=10)
    assert (made.mhz, made.phase_mhz, made.vco_mhz) == (60, 5, 600)


@pytest.mark.parametrize(("input_mhz", "mhz", "message"), [
    (5, 50, "PLL input must be 8 to 400 MHz, not 5 MHz"),
    (25, 2, "PLL output must be 3.125 to 400 MHz, not 2 MHz"),
    (12, 10, "PLL output must be a frequency that 12 MHz can be brought to within one "
                "percent, not 10 MHz"),
])  # fmt: skip
def test_refusals(input_mhz, mhz, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        dividers(input_mhz, mhz)

# amaranth: UnusedElaboratable=no

"""Estimates of bit-serial units: near what was measured."""

import pytest

from generators.cost import estimate
from generators.cost.sample.units import serial
from hdl.number import BIPOLAR, Number

U2, U4, S2, S4 = (Number(width=width, signed=signed) for signed in (False, True)
                  for width in (2, 4))  # fmt: skip
BYTE = Number(width=8)

MEASURED = {  # LUT, FF, BRAM18 and picoseconds: generators.synth.synthesize.measure, yosys 0.70
    "thresholds": (lambda: serial(64, 64, 8, 32, U2, S2, 3), (666, 983, 0, 2937)),
    "sums": (lambda: serial(64, 64, 8, 32, S4, S4, 0), (1032, 1238, 0, 2937)),
    "bipolar weights": (lambda: serial(48, 96, 6, 16, U4, BIPOLAR, 1), (408, 500, 0, 2937)),
    "inputs in a register": (lambda: serial(64, 64, 16, 64, U2, BIPOLAR, 3),
                             (1279, 2027, 0, 2322)),
    "inputs in LUT RAM": (lambda: serial(4, 228, 1, 57, Number(width=6, signed=True), S2, 3),
                          (491, 711, 0, 2937)),
    "repeated": (lambda: serial(64, 36, 8, 9, U4, S4, 0, repeated=True), (618, 653, 0, 2937)),
    "block RAM": (lambda: serial(32, 64, 4, 64, BYTE, Number(width=8, signed=True), 0,
                                 storage="bram"), (696, 1771, 7, 3014)),
}  # fmt: skip


@pytest.mark.parametrize("name", MEASURED)
def test_estimates_are_near_what_was_measured(name):
    build, (lut, ff, bram18, ps) = MEASURED[name]
    config = build().config
    guess = estimate.estimate(config)
    assert guess.lut == pytest.approx(lut, rel=0.07)
    assert guess.ff == pytest.approx(ff, rel=0.03)
    assert (guess.bram18, guess.dsp) == (bram18, 0)
    assert estimate.delay(config) == pytest.approx(ps, rel=0.02)

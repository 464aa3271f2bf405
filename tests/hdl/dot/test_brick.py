import pytest

from hdl.dot.brick import MODES, digits, signal
from sim.golden import fusible


def test_modes_are_those_of_the_golden_model():
    assert [(mode.x, mode.w) for mode in MODES] == [*fusible.MODES]
    assert [mode.products for mode in MODES] == [16, 8, 8, 4, 4, 4, 2, 2, 1]


@pytest.mark.parametrize("mode", MODES)
def test_digits_are_those_of_the_golden_model(mode):
    assert [[*some] for some in digits(mode)] == fusible.LAYOUT[mode.x, mode.w].tolist()


def test_signs_of_an_8_by_8_product():
    """Of brick 15, both its digits are the top ones; of brick 0 none is."""
    cases = signal("sx", 15) >> 4 * 8, signal("sw", 15) >> 4 * 8, signal("sd", 15) >> 4 * 8
    assert cases == (0b1010, 0b1100, 0b0110)
    assert signal("sx", 0) >> 4 * 8 == 0


def test_there_are_no_signs_beyond_the_modes():
    assert signal("sx") < 1 << 4 * len(MODES)

"""PACT by its equations, and by thresholds."""

import re
from fractions import Fraction

import numpy as np
import pytest

from sim.golden import pact, quant


def test_pact_2b():
    """SEED_SYSTEMS section 5: alpha = 6, k = 2: levels 0, 2, 4, 6 and thresholds 1, 3, 5."""
    assert pact.levels(6.0, 2).tolist() == [0, 2, 4, 6]
    assert pact.thresholds(6.0, 2).tolist() == [1, 3, 5]
    x = np.array([-3, 0, 0.99, 1, 2.9, 3, 4.9, 5, 6, 100])
    assert pact.pact(x, 6.0, 2).tolist() == [0, 0, 0, 2, 2, 4, 4, 6, 6, 6]
    assert pact.codes(x, 6.0, 2).tolist() == [0, 0, 0, 1, 1, 2, 2, 3, 3, 3]


def test_clip_and_gradient():
    x = np.array([-1.0, 0.0, 2.5, 5.99, 6.0, 7.0])
    np.testing.assert_array_equal(pact.clipped(x, 6.0), np.clip(x, 0, 6))
    np.testing.assert_array_equal(pact.gradient(x, 6.0), [0, 0, 0, 0, 1, 1])


def test_gradient_is_the_derivative():
    x, small = np.random.default_rng(1).uniform(-2, 8, 1000), 2.0**-20
    slope = (pact.clipped(x, 5.0 + small) - pact.clipped(x, 5.0)) / small
    np.testing.assert_allclose(slope, pact.gradient(x, 5.0), atol=1e-6)


@pytest.mark.parametrize("bits", [1, 2, 3, 4, 8])
@pytest.mark.parametrize("unit", [1.0, 0.25, 1 / 3, 1e-3])
def test_thresholds_are_exact(bits, unit):
    """The code of a sum is the number of thresholds that it reaches, ties and all."""
    alpha, bias = 2.7, -0.3
    t = pact.thresholds(alpha, bits, unit, bias)
    s = np.unique(np.concatenate([t - 1, t, t + 1, [-(1 << 20), 1 << 20]]))
    found = quant.threshold(s[:, None], t[None, :])[:, 0]
    for one, code in zip(s.tolist(), found.tolist()):
        real = min(max(one * Fraction(unit) + Fraction(bias), 0), Fraction(alpha))
        steps = real * ((1 << bits) - 1) / Fraction(alpha)
        assert code == (steps + Fraction(1, 2)).__floor__()


@pytest.mark.parametrize(("call", "sentence"), [
    (lambda: pact.levels(0.0, 2), "Alpha must be above 0, not 0.0"),
    (lambda: pact.codes(np.ones(1), 6.0, 0), "Bits must be at least 1, not 0"),
    (lambda: pact.thresholds(6.0, 2, -1.0), "Unit must be above 0, not -1.0"),
])  # fmt: skip
def test_refusals(call, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        call()

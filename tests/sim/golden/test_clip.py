"""Clips of uniform quantizers."""

import math
import re

import numpy as np
import pytest

from sim.golden import clip

WITHIN = {"laplace": clip.laplace_error, "gauss": clip.gauss_error}


def normal(count: int = 100_000) -> np.ndarray:
    return np.random.default_rng(1).normal(size=count)


def laplace(count: int = 100_000) -> np.ndarray:
    return np.random.default_rng(2).laplace(size=count)


@pytest.mark.parametrize(("prior", "ratios"), [
    ("laplace", [2.83, 3.89, 5.03, 6.20, 7.41, 8.64, 9.89]),
    ("gauss", [1.71, 2.15, 2.55, 2.93, 3.28, 3.61, 3.92]),
])  # fmt: skip
def test_aciq_ratios(prior, ratios):
    """SEED_SYSTEMS, erratum E4: 2.83 b, 3.89 b, 5.03 b for 2, 3 and 4 bits.

    Others are what public implementations have, cut after two digits.
    """
    found = [clip.aciq_ratio(bits, prior) for bits in range(2, 9)]
    np.testing.assert_allclose(found, ratios, atol=0.01)


@pytest.mark.parametrize("bits", [2, 3, 4, 6])
@pytest.mark.parametrize("prior", ["laplace", "gauss"])
def test_aciq_ratio_is_best(prior, bits):
    """The clip of the least error, by search, whatever the width of the distribution is."""
    tried = np.linspace(0.5, 12, 11_501)
    errors = [WITHIN[prior](2 * r, 2.0, bits) for r in tried]
    assert abs(tried[np.argmin(errors)] - clip.aciq_ratio(bits, prior)) < 2e-3


def test_full_formula():
    """E4: 2 b^2 e^(-a/b) + a^2 / (3 * 2^(2M)), not a constant for what is rounded."""
    value = 2 * 0.25 * math.exp(-3 / 0.5) + 9 / (3 * 2**8)
    assert clip.laplace_error(3.0, 0.5, 4) == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("bits", [3, 4])
@pytest.mark.parametrize(("prior", "v"), [("laplace", laplace()), ("gauss", normal())])
def test_errors_are_those_of_data(prior, v, bits):
    """The formulas, and a quantizer of as many steps, each of them rounded to its middle."""
    for r in (2.0, 3.0):
        step = 2 * r / (1 << bits)
        q = (np.clip(np.floor(v / step), -1 << bits - 1, (1 << bits - 1) - 1) + 0.5) * step
        # What lies beyond becomes the middle of the last step, half a step below the clip.
        beyond = np.abs(v) > r
        q[beyond] = np.sign(v[beyond]) * r
        assert np.mean((v - q) ** 2) == pytest.approx(WITHIN[prior](r, 1.0, bits), rel=0.08)


@pytest.mark.parametrize("prior", ["laplace", "gauss"])
def test_one_side(prior):
    """Half a distribution has half the range: as many steps to each side as with a bit more."""
    assert clip.aciq_ratio(3, prior, signed=False) == clip.aciq_ratio(4, prior)
    tried = np.linspace(0.5, 12, 11_501)
    rounded = tried**2 / 4**3 / 12 / 2  # steps of alpha / 2^3, half of the numbers positive
    beyond = [WITHIN[prior](r, 1.0, 40) / 2 for r in tried]  # of steps too small to count
    best = tried[np.argmin(beyond + rounded)]
    assert abs(best - clip.aciq_ratio(3, prior, signed=False)) < 2e-3


def test_aciq_of_data():
    """It knows which distribution it sees, before and behind a relu."""
    v = 0.3 * laplace()
    assert not clip.is_gauss(v) and clip.is_gauss(normal())
    assert clip.aciq(v, 4) == pytest.approx(0.3 * 5.03, rel=0.01)
    assert clip.aciq(normal(), 4) == pytest.approx(2.55, rel=0.01)
    assert clip.aciq(normal(), 4, prior="laplace") == pytest.approx(5.03 * 0.798, rel=0.01)
    behind = clip.aciq(np.maximum(v, 0), 4, signed=False)
    assert behind == clip.aciq(v, 4, signed=False) == pytest.approx(0.3 * 6.20, rel=0.02)
    assert clip.aciq(-np.ones(3), 4, signed=False) == 0.0


@pytest.mark.parametrize(("bits", "expected"), [(2, 1.473), (4, 2.468)])
def test_sawb(bits, expected):
    """SEED_SYSTEMS: of N(0, 1)."""
    v = normal(1_000_000)
    v /= math.sqrt(np.square(v).mean())
    assert clip.sawb(v, bits) == pytest.approx(expected, abs=0.01)
    c1, c2 = clip.SAWB[bits]
    assert c1 - c2 * math.sqrt(2 / math.pi) == pytest.approx(expected, abs=1e-3)


def test_sawb_of_long_tails():
    assert clip.sawb(np.array([1.0] * 99 + [0.0] * 9900), 4) > 0
    assert clip.sawb(np.array([1.0, -1.0]), 3) == pytest.approx(7.509 - 6.892)
    assert clip.sawb(np.array([1.0, -1.0]), 4) < 0


def test_uniform():
    """Levels 0, 2, 4 and 6 of the range 0..6; ties up; beyond is clipped."""
    x = [-1.0, 0.0, 0.99, 1.0, 3.0, 4.9, 5.0, 9.0]
    np.testing.assert_allclose(clip.uniform(np.array(x), 0, 6, 4), [0, 0, 0, 2, 4, 4, 6, 6])
    levels = np.unique(clip.uniform(np.linspace(-1, 1, 999), -0.7, 0.5, 7))
    np.testing.assert_allclose(levels, np.linspace(-0.7, 0.5, 7), atol=1e-12)


def error(v, step, low, high):
    return np.mean((v - np.clip(np.floor(v / step + 0.5), low, high) * step) ** 2)


@pytest.mark.parametrize("bits", [2, 3, 4, 6, 8])
def test_mse(bits):
    """No clip that is tried is better, and on a long tail it beats that of the largest."""
    v = laplace(20_000)
    high = (1 << bits - 1) - 1
    best = error(v, clip.mse(v, bits) / high, -high - 1, high)
    for alpha in np.abs(v).max() * clip.SHRINK:
        assert best <= error(v, alpha / high, -high - 1, high)
    assert best < error(v, np.abs(v).max() / high, -high - 1, high)
    found = error(v, 2.0 ** clip.mse_power(v, bits), -high - 1, high)
    assert found <= min(error(v, 2.0**e, -high - 1, high) for e in range(-12, 8))
    assert best <= found * 1.05


def test_mse_of_positive_numbers():
    v = laplace(20_000)
    behind = np.maximum(v, 0)
    assert clip.mse(v, 4, signed=False) == clip.mse(behind, 4, signed=False)
    e = clip.mse_power(v, 4, signed=False)
    assert e == clip.mse_power(behind, 4, signed=False)
    assert all(error(behind, 2.0**e, 0, 15) <= error(behind, 2.0**k, 0, 15) for k in range(-9, 5))
    assert clip.mse_power(np.zeros(4), 4) == 0


def test_alpha():
    v = laplace(5000)
    assert clip.alpha(v, 4, "max") == np.abs(v).max()
    assert clip.alpha(v, 4, "max", signed=False) == v.max()
    assert clip.alpha(v, 4, "mse", signed=False) == clip.mse(v, 4, signed=False)
    assert clip.alpha(v, 4, "aciq") == clip.aciq(v, 4)
    assert clip.alpha(v, 4, "sawb") == clip.sawb(v, 4)
    for how in clip.CLIPS:
        assert clip.alpha(np.zeros(3), 4, how) == 0.0
    assert clip.alpha(-np.ones(3), 1, "mse", signed=False) == 0.0


@pytest.mark.parametrize(("call", "sentence"), [
    (lambda: clip.alpha(np.ones(2), 4, "min"),
     "Clip must be one of max, mse, aciq, sawb, not min"),
    (lambda: clip.alpha(np.ones(2), 1, "max"), "Bits must be at least 2, not 1"),
    (lambda: clip.alpha(np.ones(2), 0, "max", signed=False), "Bits must be at least 1, not 0"),
    (lambda: clip.alpha(np.ones(2), 4, "sawb", signed=False),
     "Clip sawb must be of signed numbers: it is one of weights"),
    (lambda: clip.sawb(np.ones(2), 5), "Bits of SAWB must be one of 2, 3, 4, 8, not 5"),
    (lambda: clip.aciq_ratio(4, "cauchy"), "Prior must be one of laplace, gauss, not cauchy"),
    (lambda: clip.uniform(np.ones(2), 1, 1, 4), "Range must rise, not from 1 to 1"),
    (lambda: clip.uniform(np.ones(2), 0, 1, 1), "Levels must be at least 2, not 1"),
])  # fmt: skip
def test_refusals(call, sentence):
    with pytest.raises(ValueError, match=f"^{re.escape(sentence)}$"):
        call()

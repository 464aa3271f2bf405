"""Quantisation of blocks by their own statistic."""

from fractions import Fraction
from itertools import product
from math import floor

import numpy as np
import pytest

from sim.golden import statistic
from sim.golden.formats.blockfloat import BlockFloat

DECK = np.array([0.9, 0.05, -0.02, 0.4])


def test_e2bqm():
    """SEED_SYSTEMS section 5: the clips .9, .45 and .225 of 4 bits; the first is best."""
    best, errors = statistic.choose_clip(DECK, (0.9, 0.45, 0.225), 4)
    np.testing.assert_allclose(errors, [0.084, 0.499, 0.876], atol=5e-4)
    assert best == 0
    np.testing.assert_allclose(statistic.clip_to(DECK, 0.9, 4), [0.9, 0, 0, 2.7 / 7])


def test_first_of_equal_clips():
    assert statistic.choose_clip(DECK, (0.45, 0.9, 0.9), 4)[0] == 1
    assert statistic.choose_clip(np.zeros(3), (1.0, 0.5), 4)[0] == 0


def test_bfp_4():
    """SEED_SYSTEMS section 5, with exponents that count from a step of 2^-4."""
    v = np.array([0.5, 0.3, -1.7, 0.04]) * 16
    m, e = statistic.choose(v, bits=4, block=4, exponents=8)
    np.testing.assert_array_equal(m, [[2, 1, -7, 0]])
    np.testing.assert_array_equal(e, [2])  # a step of 2^2 / 16 = 1/4


def exact(v, bits, exponents, signed, ways):
    """The same for one block, in exact arithmetic and by search."""
    v = [Fraction(float(one)) if signed else max(Fraction(0), Fraction(float(one))) for one in v]
    low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    reach = 1 << bits - signed  # the first step of which the largest is within 2^e of these
    highest = next((e for e in range(exponents) if max(map(abs, v)) < reach << e), exponents - 1)
    found = []
    for e in range(highest, max(highest - ways, -1), -1):
        m = [min(max(floor(one / (1 << e) + Fraction(1, 2)), low), high) for one in v]
        found.append((sum(abs(a - (b << e)) for a, b in zip(v, m)), -e, m))
    _, e, m = min(found)
    return m, -e


@pytest.mark.parametrize(("bits", "exponents", "signed", "ways"),
                         [*product((2, 4, 5), (1, 4, 6), (True, False), (1, 2, 3))])  # fmt: skip
def test_matches_search(bits, exponents, signed, ways):
    rng = np.random.default_rng(bits + exponents)
    v = rng.integers(-200, 200, (60, 4)) * 2.0 ** rng.integers(-6, 2, (60, 1))
    v[:10] = rng.integers(-3, 3, (10, 4)) * 2.0 ** rng.integers(-2, 7, (10, 4))  # powers and ties
    v[0] = 0
    m, e = statistic.choose(v, bits=bits, block=4, exponents=exponents, signed=signed, ways=ways)
    for row, mantissas, exponent in zip(v, m[:, 0], e[:, 0]):
        assert (mantissas.tolist(), exponent) == exact(row, bits, exponents, signed, ways)


@pytest.mark.parametrize("signed", [True, False])
def test_one_way_is_block_floating_point(signed):
    v = np.random.default_rng(0).normal(0, 60, (5, 3, 24))
    sizes = {"bits": 4, "block": 8, "exponents": 5, "signed": signed}
    m, e = statistic.choose(v, **sizes)
    values = (m << e[..., None]).reshape(v.shape)
    np.testing.assert_array_equal(values, BlockFloat(**sizes).encode(v))


def test_choice_helps_and_shapes():
    """A block of one outlier loses it, where all others gain more."""
    v = np.array([[8.0] + [2.6] * 7, [8.0] * 8])
    m, e = statistic.choose(v, bits=3, block=8, exponents=4, ways=2)
    assert e.tolist() == [[1], [2]]
    assert m[0, 0].tolist() == [3] + [1] * 7
    m, e = statistic.choose(np.zeros((2, 3, 8)), bits=3, block=4, exponents=4)
    assert (m.shape, e.shape) == ((2, 3, 2, 4), (2, 3, 2))

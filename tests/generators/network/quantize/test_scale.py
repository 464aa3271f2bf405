import numpy as np
import pytest

from generators.network import formats
from generators.network.quantize import biscaled, numbers, scale

KINDS = ["int4", "uint5", formats.FPEC(bits=4), formats.BiScaled(bits=4, shift=2),
         formats.Grouped(bits=4, group=4, exponents=3), formats.BlockFloat(bits=4, block=4,
                                                                           exponents=3),
         formats.Minifloat(exponent=4, mantissa=3, bias=11)]  # fmt: skip


def drawn(kind, seed=3):
    """Reals of a long tail."""
    rng = np.random.default_rng(seed)
    v = rng.laplace(0, 0.3, (64, 32))
    return np.abs(v) if kind == "uint5" else v


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_max_is_the_finest_power_that_clips_nothing(kind):
    v = drawn(kind)
    largest, top = np.abs(v).max(), numbers.top(kind)
    found = scale.power(v, kind, "max")
    assert 2.0 ** (found - 1) * (top + 0.5) < largest <= 2.0**found * (top + 0.5)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_mse_is_the_best_power(kind):
    v = drawn(kind)
    errors = {e: scale.error(v, kind, 2.0**e) for e in range(-12, 4)}
    assert scale.power(v, kind, "mse") == min(errors, key=errors.get)


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_real_scales(kind):
    v = drawn(kind)
    most = scale.real(v, kind, "max")
    assert most * numbers.top(kind) == pytest.approx(np.abs(v).max())
    best = scale.real(v, kind, "mse")
    tried = [scale.error(v, kind, most * fraction) for fraction in np.geomspace(2, 0.1, 500)]
    assert scale.error(v, kind, best) <= 1.05 * min(tried)


@pytest.mark.parametrize("how", ["aciq", "sawb"])
def test_closed_forms_are_near_the_best(how):
    v = drawn("int4") if how == "aciq" else np.random.default_rng(1).normal(0, 0.3, (64, 32))
    best = scale.error(v, "int4", scale.real(v, "int4", "mse"))
    assert scale.error(v, "int4", scale.real(v, "int4", how)) < 1.4 * best
    e = scale.power(v, "int4", how)
    assert abs(e - np.log2(scale.real(v, "int4", how))) <= 0.5


def test_aciq_of_one_side():
    v = np.maximum(np.random.default_rng(1).laplace(0, 1, (64, 64)), 0)
    best = scale.error(v, "uint4", scale.real(v, "uint4", "mse"))
    assert scale.error(v, "uint4", scale.real(v, "uint4", "aciq")) < 1.4 * best


@pytest.mark.parametrize("how", ["max", "mse", "aciq", "sawb"])
def test_zeros(how):
    v = np.zeros((3, 4))
    assert scale.power(v, "int4", how) == 0
    assert scale.real(v, "int4", how) == 1.0


def test_many_numbers_are_sampled():
    v = np.random.default_rng(1).normal(size=(1000, 1000))
    v[17, 3], v[900, 5] = 9, -9
    found = scale.sample(v)
    assert found.shape[1] == 1000
    assert found.size <= scale.SAMPLES + 2000
    assert (found.max(), found.min()) == (9, -9)
    assert scale.sample(v[:10]) is not v
    np.testing.assert_array_equal(scale.sample(v[:10]), v[:10])


@pytest.mark.parametrize(("tail", "shift"), [(1.5, 1), (3.9, 2), (7, 3)])
def test_shift_is_the_length_of_the_tail(tail, shift):
    v = np.concatenate([np.full(95, 0.2), [-0.2 * tail]])
    assert biscaled.kind(v, 6, None, "max").shift == shift


def test_shift_of_the_smallest_error():
    v = drawn("int4")
    found = biscaled.kind(v, 4, None, "mse")

    def error(d):
        kind = formats.BiScaled(bits=4, shift=d)
        return scale.error(v, kind, 2.0 ** scale.power(v, kind, "mse"))

    assert error(found.shift) == min(map(error, (1, 2, 3)))


def test_shift_within_the_bits():
    v = np.array([1e-3] * 20 + [1.0])
    assert biscaled.kind(v, 3, 5, "max").shift == 2
    assert biscaled.kind(0 * v, 4, None, "max").shift == 1

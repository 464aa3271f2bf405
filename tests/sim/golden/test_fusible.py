from itertools import product

import numpy as np
import pytest

from sim.golden import fusible


def values(bits, signed):
    low = -(1 << bits - 1) if signed else 0
    return np.arange(low, low + (1 << bits))


def test_worked_example():
    """SEED_SYSTEMS.md, section 5: 11 x 6 = 66."""
    parts, shifts = fusible.bricks(11, 6, 4, 4)
    assert sorted(zip(parts.ravel(), shifts.ravel())) == sorted([(2, 4), (4, 2), (3, 2), (6, 0)])
    assert fusible.products(11, 6, 4, 4) == 66


@pytest.mark.parametrize(("x_bits", "w_bits"), fusible.MODES)
@pytest.mark.parametrize(("x_signed", "w_signed"), [*product((False, True), repeat=2)])
def test_every_product_is_its_bricks(x_bits, w_bits, x_signed, w_signed):
    x, w = np.meshgrid(values(x_bits, x_signed), values(w_bits, w_signed))
    found = fusible.products(x, w, x_bits, w_bits, x_signed=x_signed, w_signed=w_signed)
    np.testing.assert_array_equal(found, x * w)


@pytest.mark.parametrize(("x_bits", "w_bits"), fusible.MODES)
def test_a_layout_holds_every_brick_once(x_bits, w_bits):
    count = 64 // (x_bits * w_bits)
    want = {*product(range(count), range(x_bits // 2), range(w_bits // 2))}
    assert {*map(tuple, fusible.LAYOUT[x_bits, w_bits].tolist())} == want


@pytest.mark.parametrize(("x_bits", "w_bits"), fusible.MODES)
@pytest.mark.parametrize(("x_signed", "w_signed"), [*product((False, True), repeat=2)])
def test_packed_words_give_the_sum_of_products(x_bits, w_bits, x_signed, w_signed):
    rng = np.random.default_rng(x_bits * 10 + w_bits)
    shape = (20, 64 // (x_bits * w_bits))
    x = rng.choice(values(x_bits, x_signed), shape)
    w = rng.choice(values(w_bits, w_signed), shape)
    words = zip(*fusible.pack(x, w, x_bits, w_bits))
    found = [fusible.unit(a, b, x_bits, w_bits, x_signed=x_signed, w_signed=w_signed)
             for a, b in words]  # fmt: skip
    np.testing.assert_array_equal(found, (x * w).sum(axis=1))


@pytest.mark.parametrize(("x_signed", "w_signed"), [*product((False, True), repeat=2)])
def test_sixteen_bits_over_time(x_signed, w_signed):
    rng = np.random.default_rng(3)
    ends = [[v[0], v[-1], *rng.choice(v, 20)]
            for v in (values(16, x_signed), values(16, w_signed))]  # fmt: skip
    for x, w in product(*ends):
        x, w = int(x), int(w)
        assert fusible.temporal(x, w, x_signed=x_signed, w_signed=w_signed) == x * w

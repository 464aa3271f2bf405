import numpy as np
import pytest

from sim.golden import syq

# The deck's weights are in none of our sources. These are constructed: of all matrices of one
# decimal without a zero the only ones, but for signs and order, that have all of its figures.
W = np.array([[0.1, -0.2, 0.4, 0.8], [0.1, 0.2, -0.9, 0.4], [-0.2, 0.4, 0.4, 0.3]])


def test_syq_3x4():
    q = syq.codes(W)
    np.testing.assert_array_equal(np.abs(q), 1)
    assert syq.errors(W, q) == pytest.approx((7.6, 5.52))
    for by, scales, (absolute, squared) in (
        ("layer", [[4.4 / 12]], (2.2, 0.7067)),
        ("row", [[0.375], [0.4], [0.325]], (2.2, 0.695)),  # the deck's 1.925 is wrong
        ("pixel", [[0.4 / 3, 0.8 / 3, 1.7 / 3, 0.5]], (1.667, 0.340)),
    ):
        found = syq.alpha(W, q, by)
        np.testing.assert_allclose(found, scales)
        assert syq.errors(W, q, found) == pytest.approx((absolute, squared), abs=5e-4)


def test_ternary():
    np.testing.assert_array_equal(syq.codes(W, 0.3), [[0, 0, 1, 1], [0, 0, -1, 1], [0, 1, 1, 1]])
    np.testing.assert_array_equal(syq.codes([-0.5, 0.0, 0.5], 0.5), [-1, 0, 1])
    np.testing.assert_array_equal(syq.codes([-0.5, 0.0]), [-1, 1])
    q = syq.codes(W, 0.3)
    np.testing.assert_allclose(syq.alpha(W, q, "row"), [[0.6], [0.65], [1.1 / 3]])
    np.testing.assert_allclose(syq.alpha(W, q, "pixel"), [[0, 0.4, 1.7 / 3, 0.5]])


@pytest.mark.parametrize("by", ["layer", "row", "pixel"])
def test_scales_are_of_least_squared_error(by):
    rng = np.random.default_rng(1)
    w = rng.normal(0, 1, (5, 7))
    q = syq.codes(w, 0.4)
    scales = syq.alpha(w, q, by)
    least = syq.errors(w, q, scales)[1]
    for factor in (0.97, 1.03):
        assert syq.errors(w, q, factor * scales)[1] > least
    assert syq.errors(w, q, syq.alpha(w, q, "layer"))[1] >= least


def test_wrong_subgroup():
    message = "Scales must be by one of layer, row, pixel, not 'column'"
    with pytest.raises(ValueError, match=f"^{message}$"):
        syq.alpha(W, syq.codes(W), "column")

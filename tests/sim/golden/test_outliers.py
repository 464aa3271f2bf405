"""Outlier channel splitting."""

import numpy as np
import pytest

from sim.golden import outliers


def test_ocs():
    """SEED_SYSTEMS section 5: [.1, -.2, 2] . [1, 2, 3] = [.1, -.2, 1, 1] . [1, 2, 3, 3] = 5.7."""
    w, sources = outliers.split(np.array([[0.1, -0.2, 2.0]]), 1)
    assert w.tolist() == [[0.1, -0.2, 1.0, 1.0]]
    x = outliers.duplicated(np.array([1, 2, 3]), sources)
    assert x.tolist() == [1, 2, 3, 3]
    assert (w @ x).item() == pytest.approx(5.7)


@pytest.mark.parametrize("shape", [(6, 10), (6, 3, 3, 10)])
def test_sums_stay(shape):
    """Any number of channels; one may be split again and again, which halves the range."""
    rng = np.random.default_rng(3)
    w = rng.normal(size=shape)
    w[..., 4] *= 20
    x = rng.normal(size=(5, *shape[1:]))
    largest = np.abs(w).max()
    for count in (0, 1, 3, 7):
        made, sources = outliers.split(w, count)
        assert made.shape == (*shape[:-1], 10 + count)
        wide = outliers.duplicated(x, sources)
        y = wide.reshape(5, -1) @ made.reshape(6, -1).T
        np.testing.assert_allclose(y, x.reshape(5, -1) @ w.reshape(6, -1).T, rtol=1e-9, atol=1e-9)
    assert np.abs(outliers.split(w, 1)[0]).max() == largest / 2
    assert np.abs(outliers.split(w, 3)[0]).max() == largest / 4
    assert sources[10] == 4


def test_rounded_halves():
    """The halves for a quantizer, each rounded, add up to what the weight is rounded to."""
    step = 0.25
    w = np.concatenate([np.arange(-40, 41) / 16, np.random.default_rng(4).normal(0, 3, 200)])
    w[0] = 99.0  # is split

    def rounded(v):
        return np.floor(v / step + 0.5) * step

    w = w.reshape(-1, 1)
    halves, sources = outliers.split(w, 1, step)
    assert sources.tolist() == [0, 0]
    np.testing.assert_array_equal(rounded(halves).sum(axis=1), rounded(w)[:, 0])
    np.testing.assert_allclose(halves.sum(axis=1), w[:, 0])


def test_refusal():
    with pytest.raises(ValueError, match=r"^Channels to split must be 0 or more, not -1$"):
        outliers.split(np.ones((1, 2)), -1)

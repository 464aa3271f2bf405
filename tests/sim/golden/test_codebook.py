import re

import numpy as np
import pytest

from sim.golden.formats.codebook import Codebook, cluster

STARTS = ["random", "density", "linear"]


def test_weights_are_values_of_the_table():
    """SEED_SYSTEMS.md, codebook: w = C[idx], K = 2^b values."""
    book = Codebook((0.5, -1.25, 3.0, 0.0))
    assert book.width == 2
    np.testing.assert_array_equal(book.decode([[0, 3], [2, 1]]), [[0.5, 0], [3, -1.25]])
    np.testing.assert_array_equal(book.encode([0.5, -1.25, 3, 0, 9, -9, 0.2, 0.3]),
                                  [0, 1, 2, 3, 2, 1, 3, 0])  # fmt: skip


def test_ties_go_to_the_lower_value():
    np.testing.assert_array_equal(Codebook((4, 0, 2)).encode([1, 3]), [1, 2])


@pytest.mark.parametrize(("count", "width"), [(1, 1), (2, 1), (3, 2), (16, 4), (17, 5), (64, 6)])
def test_width(count, width):
    assert Codebook(tuple(range(count))).width == width


def test_bucket_trick():
    """Sums of x by index, then one product each, are the same dot product."""
    rng = np.random.default_rng(0)
    book = Codebook((-7, 0, 3, 11))
    x, index = rng.integers(-8, 8, 100), rng.integers(0, 4, 100)
    buckets = np.bincount(index, x, 4)
    assert buckets @ book.values == x @ book.decode(index)


@pytest.mark.parametrize("start", STARTS)
def test_finds_what_is_there(start):
    rng = np.random.default_rng(1)
    x = np.repeat([-3.0, 0.5, 1.0, 7.0], 50) + rng.normal(0, 0.01, 200)
    centroids = cluster(rng.permutation(x), 4, start=start, seed=3)
    if start == "density":  # the others find a worse optimum: they start without one at 1
        np.testing.assert_allclose(centroids, [-3, 0.5, 1, 7], atol=0.01)
    assert np.all(np.diff(centroids) > 0)


@pytest.mark.parametrize("start", STARTS)
def test_is_a_fixed_point_and_repeatable(start):
    """Each centroid is the mean of the numbers that are nearest to it."""
    x = np.random.default_rng(2).normal(size=500)
    centroids = cluster(x, 8, start=start, seed=5, rounds=500)
    nearest = Codebook(tuple(centroids)).encode(x)
    means = [x[nearest == k].mean() for k in range(8)]
    np.testing.assert_allclose(centroids, means)
    np.testing.assert_array_equal(centroids, cluster(x[::-1], 8, start=start, seed=5, rounds=500))


def test_starts():
    """Deep Compression, section 3.1: without a round they are the starts themselves."""
    x = np.array([0.0, 1, 2, 3, 4, 5, 6, 27])
    np.testing.assert_array_equal(cluster(x, 4, start="linear", rounds=0), [0, 9, 18, 27])
    np.testing.assert_array_equal(cluster(x, 4, start="density", rounds=0),
                                  [0.875, 2.625, 4.375, 8.625])  # fmt: skip
    drawn = cluster(x, 4, start="random", seed=1, rounds=0)
    assert {*drawn} < {*x}
    assert np.any(drawn != cluster(x, 4, start="random", seed=2, rounds=0))


def test_linear_keeps_large_weights():
    """Few large weights have a centroid of their own only where the start is linear."""
    x = np.concatenate([np.random.default_rng(3).normal(0, 0.1, 1000), [4.0, -4.0]])
    assert np.abs(cluster(x, 8, start="linear")).max() > 3.9
    assert np.abs(cluster(x, 8, start="density", rounds=1)).max() < 3.9


def test_an_empty_centroid_stays():
    np.testing.assert_array_equal(cluster([0.0, 0, 9], 3, start="linear"), [0, 4.5, 9])


def test_eight_bits_lose_less_than_one_percent():
    x = np.random.default_rng(4).normal(size=20_000)
    book = Codebook(tuple(cluster(x, 256)))
    error = x - book.decode(book.encode(x))
    assert np.sqrt((error**2).mean() / (x**2).mean()) < 0.01


def test_no_values():
    with pytest.raises(ValueError, match=r"^Codebook must have some values$"):
        Codebook(())


def test_wrong_start():
    with pytest.raises(
        ValueError, match=r"^Start must be one of random, density, linear, not 'kmeans\+\+'$"
    ):
        cluster(np.zeros(4), 2, start="kmeans++")


@pytest.mark.parametrize("count", [0, 5])
def test_wrong_count(count):
    message = f"Codebook must have 1 to 4 values for as many numbers, not {count}"
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        cluster(np.zeros(4), count)

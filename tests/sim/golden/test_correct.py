"""Bias correction, from data and by its three terms."""

import re

import numpy as np
import pytest

from sim.golden import clip, correct


def layer():
    """Weights and inputs, both rounded to few levels, of a mean that is not 0."""
    rng = np.random.default_rng(1)
    w, x = rng.laplace(0.05, 0.3, (8, 20)), np.maximum(rng.normal(0.2, 1, (500, 20)), 0)
    return w, clip.uniform(w, -0.5, 0.5, 4), x, clip.uniform(x, 0, 1.5, 4)


def test_terms_are_the_error():
    """E[O^] = E[O] + E[eW X] + E[eX W] + E[eX eW]."""
    w, w_hat, x, x_hat = layer()
    found = correct.terms(w, w_hat, x, x_hat)
    total = correct.bias_error(x @ w.T, x_hat @ w_hat.T)
    np.testing.assert_allclose(found.total, total, atol=1e-12)
    only_weights = correct.bias_error(x @ w.T, x @ w_hat.T)
    np.testing.assert_allclose(found.weights, only_weights, atol=1e-12)
    np.testing.assert_allclose(found.inputs, correct.bias_error(x @ w.T, x_hat @ w.T), atol=1e-12)
    assert np.abs(found.both).max() > 1e-3


def test_means_are_enough():
    w, w_hat, x, x_hat = layer()
    means = correct.terms(w, w_hat, x.mean(axis=0, keepdims=True), x_hat.mean(axis=0)[None])
    for one, other in zip(means, correct.terms(w, w_hat, x, x_hat)):
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_corrected_means_are_real_ones():
    """Of maps too, by channel; and the error of single outputs is less."""
    w, w_hat, x, x_hat = layer()
    bias = np.linspace(-1, 1, 8)
    real = (x @ w.T + bias).reshape(20, 5, 5, 8)
    rough = (x_hat @ w_hat.T).reshape(20, 5, 5, 8)
    fine = rough + correct.corrected(bias, real, rough + bias)
    np.testing.assert_allclose(fine.mean(axis=(0, 1, 2)), real.mean(axis=(0, 1, 2)), atol=1e-12)
    assert np.square(fine - real).mean() < np.square(rough + bias - real).mean()


def test_relu_mean():
    z = np.random.default_rng(2).normal(size=400_000)
    mean, deviation = np.array([[-1.0, 0.0], [0.5, 3.0]]), np.array([[2.0, 1.0], [0.3, 1.0]])
    found = correct.relu_mean(mean, deviation)
    expected = np.maximum(mean[..., None] + deviation[..., None] * z, 0).mean(axis=-1)
    np.testing.assert_allclose(found, expected, atol=6e-3)
    assert found[0, 1] == pytest.approx((2 * np.pi) ** -0.5)


def test_refusal():
    message = re.escape("Outputs must have one shape, not (3, 2) and (3, 4)")
    with pytest.raises(ValueError, match=f"^{message}$"):
        correct.bias_error(np.zeros((3, 2)), np.zeros((3, 4)))

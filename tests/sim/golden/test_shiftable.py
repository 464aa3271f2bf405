import re

import numpy as np
import pytest

from sim.golden.formats.biscaled import dot
from sim.golden.formats.shiftable import Shiftable


def test_deck():
    """SEED_SYSTEMS.md, section 5, shiftable_4_3."""
    form = Shiftable(4, 3)
    x = np.array([0.02, 0.11, 0.13, 0.8])
    codes, flags = form.encode(x)
    np.testing.assert_array_equal(flags, [1, 1, 0, 0])
    np.testing.assert_array_equal(codes, [3, 14, 2, 13])
    np.testing.assert_allclose(form.decode(codes, flags)[[0, 3]], [3 / 128, 0.8125])
    assert np.floor(0.02 * 16 + 0.5) == 0  # unshifted


@pytest.mark.parametrize("signed", [False, True])
@pytest.mark.parametrize(("bits", "shift"), [(4, 3), (6, 2), (8, 4), (3, 1)])
def test_is_biscaled_with_the_inverse_flag(bits, shift, signed):
    """The same numbers, words and dot product."""
    form = Shiftable(bits, shift, 2.0, signed)
    rng = np.random.default_rng(bits)
    x = rng.normal(0, 0.7, (2, 500)) if signed else rng.exponential(0.4, (2, 500))
    x[:, :50] /= 8
    codes, flags = form.encode(x)
    integers = form.integers(codes, flags)
    assert form.format.contains(integers).all()
    np.testing.assert_array_equal(form.decode(codes, flags), integers * form.unit)
    fields = codes[..., None] >> np.arange(bits) & 1
    words = np.concatenate([fields, 1 - flags[..., None]], axis=-1)
    np.testing.assert_array_equal(form.format.values(words), integers)
    assert dot(*codes, *(1 - flags), shift) == integers[0] @ integers[1]


def test_clips():
    codes, flags = Shiftable(4, 3).encode([5, -1, 0.1249, 0.125])
    np.testing.assert_array_equal(codes, [15, 0, 15, 2])
    np.testing.assert_array_equal(flags, [0, 1, 1, 0])
    codes, flags = Shiftable(4, 1, signed=True).encode([5, -1, -0.49, -0.5])
    np.testing.assert_array_equal(codes, [7, -8, -8, -4])
    np.testing.assert_array_equal(flags, [0, 0, 1, 0])


@pytest.mark.parametrize("name", ["bits", "shift"])
def test_wrong_size(name):
    message = f"Shiftable {name} must be a positive integer, not 0"
    with pytest.raises(TypeError, match=f"^{message}$"):
        Shiftable(**{"bits": 4, "shift": 1, name: 0})


@pytest.mark.parametrize("maximum", [0.0, -1.0, float("nan")])
def test_wrong_maximum(maximum):
    message = re.escape(f"Shiftable maximum must be positive, not {maximum!r}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        Shiftable(4, 3, maximum)

import re

import numpy as np
import pytest

from sim.golden.formats.biscaled import BiScaled
from sim.golden.formats.biscaled_pairs import Pair, pairs


def test_deck():
    """SEED_SYSTEMS.md, section 5, biscaled_deck: fine {4, 0} and wide {6, -2} of five bits."""
    data = np.concatenate([np.linspace(-14.9, 14.9, 99), [44.9]])
    found = pairs(data, 5)
    assert found == Pair((4, 0), (6, -2))
    assert (found.shift, found.unit, found.bits) == (2, 1, 5)
    assert found.format == BiScaled(5, 2)


@pytest.mark.parametrize(("bulk", "largest", "tail"), [(1.0, 4.0, 2), (1.0, 4.1, 3), (0.5, 8, 4),
                                                       (3.0, 3.0, 1), (0.0, 1.0, 5)])  # fmt: skip
def test_tail_length(bulk, largest, tail):
    data = np.array([bulk] * 95 + [-largest])
    found = pairs(data, 6)
    assert found.shift == tail
    assert found.fine[0] + found.fine[1] == found.wide[0] + found.wide[1] == 5
    assert 2.0 ** (found.wide[0] - 1) < largest <= 2.0 ** found.wide[0]


@pytest.mark.parametrize("seed", range(5))
def test_neighbours_are_never_worse(seed):
    rng = np.random.default_rng(seed)
    data = rng.laplace(0, 0.1, 2000) * rng.lognormal(0, 0.5, 2000)
    errors = [pairs(data, 6, neighbours=n).error(data) for n in range(3)]
    assert errors == sorted(errors, reverse=True)


def test_two_scales_of_six_bits_are_better_than_one():
    """Of long-tailed data, which is what the format is for."""
    rng = np.random.default_rng(0)
    data = rng.standard_t(3, 10_000)
    scale = pairs(data, 6).unit * 2.0 ** pairs(data, 6).shift
    one = np.clip(np.floor(data / scale + 0.5), -32, 31) * scale
    assert pairs(data, 6).error(data) < 0.2 * np.mean((one - data) ** 2)


def test_unsigned():
    found = pairs(np.array([0.5] * 50 + [3.0]), 6, signed=False)
    assert found == Pair((-1, 7), (2, 4), signed=False)
    assert found.format == BiScaled(6, 3, signed=False)


@pytest.mark.parametrize(("data", "bits", "message"), [
    ([0.0, 0.0], 6, "Pairs must be of data that are not all 0"),
    ([], 6, "Pairs must be of data that are not all 0"),
    ([1.0], 1, "Pairs must be of at least 2 bits, not 1"),
])  # fmt: skip
def test_refuses(data, bits, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        pairs(np.array(data), bits)

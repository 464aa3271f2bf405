# amaranth: UnusedElaboratable=no

import numpy as np
import pytest

from generators.synth.synthesize import synthesize
from hdl.array.weights import Weights
from tests.hdl.primitives import netlist_run


def weights(words, width):
    config = Weights.Config(width=width, depth=len(words), storage="lut")
    return Weights(config, words)


@pytest.mark.parametrize(("depth", "width"), [(2, 3), (3, 1), (16, 20), (17, 9), (32, 12)])
def test_words_as_primitives(depth, width):
    rng = np.random.default_rng(depth)
    words = rng.integers(0, 1 << width, depth).tolist()
    address = rng.integers(0, depth, 60)
    dut = weights(words, width)
    found = netlist_run(dut, dut.config.latency, rng=rng, stall=0.3, address=address)
    np.testing.assert_array_equal(found, np.array(words)[address])


def test_two_columns_a_lut_and_equal_ones_once():
    words = [(n * 2654435761 >> 8 & 0xFF) * 0x101 for n in range(32)]  # each column twice
    assert synthesize(weights(words, 16)).lut == 4

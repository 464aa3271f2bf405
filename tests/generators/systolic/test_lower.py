"""The passes of an array, run on numbers, give what the network gives."""

import numpy as np
import pytest

from generators.network import run
from tests.generators.systolic import interpreter, nets


def results(found, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """What the first stage reads, and what the last one must give."""
    layers = run.run_all(found.network, x)
    first = (layers[found.threshold.name] if found.threshold else x) - found.centre
    source, last = found.stages[0].source, found.stages[-1].layers[-1]
    return first.reshape(len(x), *source), layers[last].reshape(len(x), -1)


def check(found, shape, rng) -> None:
    x, expected = results(found, nets.frames(rng, found, shape.batch))
    lowered, filled = nets.lowered(found, shape)
    np.testing.assert_array_equal(interpreter.run(lowered, filled, x), expected)
    assert lowered.program.depth <= shape.depth
    assert sum(stage.macs for stage in found.stages) * shape.batch <= (
        lowered.program.compute * shape.products)  # fmt: skip


@pytest.mark.parametrize("seed", range(60))
def test_random_networks(seed):
    rng = np.random.default_rng(seed)
    check(nets.random_chain(rng), nets.random_shape(rng), rng)


@pytest.mark.parametrize("seed", range(20))
def test_random_bipolar_networks(seed):
    rng = np.random.default_rng(seed)
    found = nets.random_chain(rng, kinds=("bipolar",), weights=("bipolar",))
    check(found, nets.random_shape(rng), rng)


@pytest.mark.parametrize("seed", range(20))
def test_random_networks_with_bipolar_weights(seed):
    rng = np.random.default_rng(seed)
    found = nets.random_chain(rng, kinds=("uint2", "int3", "bipolar"), weights=("bipolar",))
    check(found, nets.random_shape(rng), rng)


@pytest.mark.parametrize("seed", range(20))
def test_random_affine_networks(seed):
    rng = np.random.default_rng(seed)
    found = nets.random_chain(rng, kinds=("int8", "uint8", "uint2"), weights=("int8", "int3"))
    check(found, nets.random_shape(rng), rng)

# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import signed, unsigned

from hdl.stream.scatter import Scatter
from sim import stream
from tests.hdl.stream.test_gather import batches, count

SIZES = [  # lanes, vectors, beats
    (1, 1, 1), (3, 2, 1), (2, 5, 1), (4, 2, 3), (2, 3, 4), (1, 3, 5), (5, 8, 2), (2, 1, 6),
    (2, 2, 16), (1, 2, 17),
]


def simulate(size, width, seed, **options):
    """Runs vectors through the circuit, compares the values, returns the run."""
    lanes, vectors, beats = size
    config = Scatter.Config(width=width, lanes=lanes, vectors=vectors, beats=beats)
    rng = np.random.default_rng(seed)
    x = batches(rng, config)
    i = x.swapaxes(1, 2).reshape(-1, vectors * lanes)
    result = stream.run(Scatter(config), i, x.size // lanes, rng=rng, **options)
    np.testing.assert_array_equal(result.outputs, x.reshape(-1, lanes))
    return config, result


@pytest.mark.parametrize("shape", [unsigned(1), signed(5)])
@pytest.mark.parametrize("size", SIZES)
def test_scatters_at_full_rate(size, shape):
    config, result = simulate(size, shape, 1)

    _, vectors, beats = size
    assert config.interval == vectors * beats
    assert np.all(np.diff(result.o_times) == 1)
    assert result.o_times[0] - result.i_times[0] == config.latency == beats + 1
    accepted, departed = config.depart(np.zeros(len(result.i_times), int))
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)


@pytest.mark.parametrize("stall", [0.3, 0.7])
@pytest.mark.parametrize("size", SIZES)
def test_stalls(size, stall):
    simulate(size, 3, 2, stall=stall)


@pytest.mark.parametrize("gap", [2, 6, 20])
@pytest.mark.parametrize("size", SIZES)
def test_departures_of_irregular_arrivals(size, gap):
    _, vectors, beats = size
    transfers = count(vectors, beats) * beats
    arrivals = np.cumsum(np.random.default_rng(gap).integers(0, gap, transfers))
    config, result = simulate(size, 3, 3, arrivals=arrivals)
    accepted, departed = config.depart(arrivals)
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)


def test_storage():
    config = Scatter.Config(width=2, lanes=3, vectors=4, beats=16)
    assert (config.luts, config.storage_bits) == (16, 2 * 4 * 16 * 6)


@pytest.mark.parametrize("name", ["lanes", "vectors", "beats"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"Scatter {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Scatter.Config(**{"width": 1, "lanes": 1, "vectors": 2, "beats": 1, name: value})


def test_wrong_width():
    message = "Scatter width must be a positive integer or a Shape of at least one bit, not 0"
    with pytest.raises(TypeError, match=f"^{message}$"):
        Scatter.Config(width=0, lanes=1, vectors=2, beats=1)


def test_wrong_arrivals():
    config = Scatter.Config(width=1, lanes=1, vectors=2, beats=3)
    message = re.escape("Arrivals must be one or several times 3 cycles, not of shape (4,)")
    with pytest.raises(ValueError, match=f"^{message}$"):
        config.depart(np.zeros(4, int))

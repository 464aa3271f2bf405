# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import signed, unsigned

from hdl.stream.gather import Gather
from sim import stream

SIZES = [  # lanes, vectors, beats, repeats
    (1, 1, 1, 1), (3, 2, 1, 1), (3, 2, 1, 5), (2, 4, 1, 2), (4, 2, 3, 3), (2, 3, 4, 1),
    (2, 3, 4, 3), (1, 3, 5, 7), (5, 8, 2, 3), (2, 1, 6, 4), (2, 2, 16, 2), (1, 2, 17, 1),
]


def count(vectors, beats):
    """Batches of a test: the smaller they are the more, as they meet stalls at their ends."""
    return max(4, 200 // (vectors * beats))


def batches(rng, config):
    """Random vectors (batch, vector, beat, lane), both rails among them."""
    shape = config.payload.elem_shape
    low, high = (-1 << shape.width - 1, 1 << shape.width - 1) if shape.signed else (
        0, 1 << shape.width)
    number = count(config.vectors, config.beats)
    x = rng.integers(low, high, (number, config.vectors, config.beats, config.lanes))
    x[0, 0], x[0, -1] = low, high - 1
    return x


def simulate(size, width, seed, **options):
    """Runs vectors through the circuit, compares the values, returns the run."""
    lanes, vectors, beats, repeats = size
    config = Gather.Config(width=width, lanes=lanes, vectors=vectors, beats=beats, repeats=repeats)
    rng = np.random.default_rng(seed)
    x = batches(rng, config)
    o = np.repeat(x.swapaxes(1, 2)[:, None], repeats, axis=1).reshape(-1, vectors * lanes)
    result = stream.run(Gather(config), x.reshape(-1, lanes), len(o), rng=rng, **options)
    np.testing.assert_array_equal(result.outputs, o)
    return config, result


@pytest.mark.parametrize("shape", [unsigned(1), signed(5)])
@pytest.mark.parametrize("size", SIZES)
def test_gathers_at_full_rate(size, shape):
    config, result = simulate(size, shape, 1)

    _, vectors, beats, repeats = size
    assert config.interval == max(vectors * beats, repeats * beats)
    ends = result.o_times[config.o_beats - 1::config.o_beats]
    np.testing.assert_array_equal(np.diff(ends), config.interval)
    assert result.o_times[0] - result.i_times[0] == config.latency == vectors * beats + 1
    accepted, departed = config.depart(np.zeros(len(result.i_times), int))
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)


@pytest.mark.parametrize("stall", [0.3, 0.7])
@pytest.mark.parametrize("size", SIZES)
def test_stalls(size, stall):
    simulate(size, 3, 2, stall=stall)


@pytest.mark.parametrize("gap", [2, 6])
@pytest.mark.parametrize("size", SIZES)
def test_departures_of_irregular_arrivals(size, gap):
    _, vectors, beats, _ = size
    transfers = count(vectors, beats) * vectors * beats
    arrivals = np.cumsum(np.random.default_rng(gap).integers(0, gap, transfers))
    config, result = simulate(size, 3, 3, arrivals=arrivals)
    accepted, departed = config.depart(arrivals)
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)


@pytest.mark.parametrize(("size", "luts", "bram18", "storage"), [
    ((6, 4, 16, 2), 16, 4, "lut"), ((7, 2, 17, 1), 24, 2, "lut"), ((36, 2, 256, 3), 768, 2, "bram"),
])  # fmt: skip
def test_storage(size, luts, bram18, storage):
    lanes, vectors, beats, repeats = size
    config = Gather.Config(width=1, lanes=lanes, vectors=vectors, beats=beats, repeats=repeats)
    assert (config.luts, config.bram18, config.storage) == (luts, bram18, storage)
    assert config.storage_bits == 2 * vectors * beats * lanes


@pytest.mark.parametrize("name", ["lanes", "vectors", "beats", "repeats"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"Gather {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Gather.Config(**{"width": 1, "lanes": 1, "vectors": 2, "beats": 1, name: value})


def test_wrong_width():
    message = "Gather width must be a positive integer or a Shape of at least one bit, not 0"
    with pytest.raises(TypeError, match=f"^{message}$"):
        Gather.Config(width=0, lanes=1, vectors=2, beats=1)


def test_wrong_arrivals():
    config = Gather.Config(width=1, lanes=1, vectors=2, beats=3)
    message = re.escape("Arrivals must be one or several times 6 cycles, not of shape (9,)")
    with pytest.raises(ValueError, match=f"^{message}$"):
        config.depart(np.zeros(9, int))

# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import signed, unsigned

from hdl.stream.repeat import Repeat
from sim import stream

COUNT = 40
SIZES = [(1, 1, 0), (3, 1, 2), (3, 2, 0), (2, 3, 1), (1, 4, 2), (5, 7, 0), (2, 8, 3)]
"""Lanes, times, step."""


def simulate(size, width, seed, **options):
    """Runs transfers through the circuit, compares the values, returns the run."""
    lanes, times, step = size
    config = Repeat.Config(width=width, lanes=lanes, times=times, step=step)
    rng = np.random.default_rng(seed)
    shape = config.payload.elem_shape
    low, high = (-1 << shape.width - 1, 1 << shape.width - 1) if shape.signed else (
        0, 1 << shape.width)
    x = rng.integers(low, high, (COUNT, lanes))
    x[0], x[-1] = low, high - 1
    o = (x[:, None] << step * np.arange(times)[:, None]).reshape(-1, lanes)
    result = stream.run(Repeat(config), x, len(o), rng=rng, **options)
    np.testing.assert_array_equal(result.outputs, o)
    return config, result


@pytest.mark.parametrize("shape", [unsigned(1), signed(5)])
@pytest.mark.parametrize("size", SIZES)
def test_repeats_at_full_rate(size, shape):
    config, result = simulate(size, shape, 1)

    assert config.interval == config.times == size[1]
    np.testing.assert_array_equal(np.diff(result.i_times), config.interval)
    np.testing.assert_array_equal(np.diff(result.o_times), 1)
    assert result.o_times[0] - result.i_times[0] == config.latency == 1
    assert result.cycles == config.cycles(COUNT)
    accepted, departed = config.depart(np.zeros(COUNT, int))
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)


@pytest.mark.parametrize("stall", [0.3, 0.7])
@pytest.mark.parametrize("size", SIZES)
def test_stalls(size, stall):
    simulate(size, 3, 2, stall=stall)


@pytest.mark.parametrize("gap", [2, 6])
@pytest.mark.parametrize("size", SIZES)
def test_departures_of_irregular_arrivals(size, gap):
    arrivals = np.cumsum(np.random.default_rng(gap).integers(0, gap, COUNT))
    config, result = simulate(size, 3, 3, arrivals=arrivals)
    accepted, departed = config.depart(arrivals)
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)


def test_storage():
    assert Repeat.Config(width=4, lanes=6, times=3).storage_bits == 24
    assert Repeat.Config(width=4, lanes=6, times=3, step=2).storage_bits == 48


def test_shape():
    config = Repeat.Config(width=signed(4), lanes=6, times=3, step=2)
    assert (config.payload.elem_shape, config.o_payload.elem_shape) == (signed(4), signed(8))


@pytest.mark.parametrize("name", ["lanes", "times"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"Repeat {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Repeat.Config(**{"width": 1, "lanes": 1, "times": 2, name: value})


def test_wrong_width():
    message = "Repeat width must be a positive integer or a Shape of at least one bit, not 0"
    with pytest.raises(TypeError, match=f"^{message}$"):
        Repeat.Config(width=0, lanes=1, times=2)


def test_wrong_step():
    with pytest.raises(ValueError, match=r"^Repeat step must be 0 or more bits, not -1$"):
        Repeat.Config(width=1, lanes=1, times=2, step=-1)


def test_wrong_arrivals():
    message = re.escape("Arrivals must be one or several times 1 cycles, not of shape (2, 3)")
    with pytest.raises(ValueError, match=f"^{message}$"):
        Repeat.Config(width=1, lanes=1, times=2).depart(np.zeros((2, 3), int))

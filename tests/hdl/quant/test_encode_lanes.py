# amaranth: UnusedElaboratable=no
"""Encoders on streams, with and without noise, and the noise."""

import re

import numpy as np
import pytest

from hdl.number import Number
from hdl.quant.encode import Encode
from hdl.quant.encode_lanes import EncodeLanes
from hdl.quant.rounding import Noise
from sim import stream
from sim.golden import rounding
from tests.hdl import clocked

FRAMES = 4
S10, S4, U5 = (Number(width=10, signed=True), Number(width=4, signed=True), Number(width=5))
SIZES = [(1, 1), (12, 3), (10, 4), (7, 3), (3, 8), (20, 6), (130, 1), (18, 2), (40, 40)]


def make(items, lanes, *, o=S4, right_shift=5, seed=0, **fields):
    unit = Encode.Config(x=S10, o=o, right_shift=right_shift, **fields)
    config = EncodeLanes.Config(items=items, lanes=lanes, unit=unit, seed=seed)
    return EncodeLanes(config), np.random.default_rng(items + lanes)


def golden(config, frames):
    unit = config.unit
    if unit.stochastic:
        y = rounding.stochastic(frames, unit.right_shift, config.seed)
    else:
        y = np.floor(frames * 2.0**-unit.right_shift + 0.5).astype(int)
    return np.clip(y, unit.o.low, unit.o.high)


def check(dut, rng, **options):
    """Runs frames, compares the values, returns the run."""
    config, x = dut.config, dut.config.unit.x
    frames = clocked.draw(rng, x, (FRAMES, config.items))
    frames[0], frames[1] = x.low, x.high
    padded = clocked.draw(rng, x, (FRAMES, config.beats * config.lanes))
    padded[:, : config.items] = frames
    result = stream.run(dut, padded.reshape(-1, config.lanes), FRAMES * config.beats, rng=rng,
                        **options)  # fmt: skip
    y = result.outputs.reshape(FRAMES, -1)[:, : config.items]
    np.testing.assert_array_equal(y, golden(config, frames))
    return result


@pytest.mark.parametrize("stochastic", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_full_rate(size, stochastic):
    dut, rng = make(*size, stochastic=stochastic)
    result = check(dut, rng)
    np.testing.assert_array_equal(np.diff(result.i_times), 1)
    np.testing.assert_array_equal(result.o_times, result.i_times + dut.config.latency)
    assert (dut.config.interval, dut.config.latency) == (-(-size[0] // size[1]), 2)


@pytest.mark.parametrize("stall", [0.3, 0.7])
@pytest.mark.parametrize("stochastic", [False, True])
@pytest.mark.parametrize("size", SIZES)
def test_stalls(size, stochastic, stall):
    dut, rng = make(*size, o=U5, stochastic=stochastic, seed=9)
    check(dut, rng, stall=stall)


@pytest.mark.parametrize("right_shift", [-3, 0, 1, 17, 18, 31])
def test_shifts(right_shift):
    """Also where the noise has as many bits as its state, or more, or none."""
    dut, rng = make(21, 4, right_shift=right_shift, stochastic=True, seed=1)
    check(dut, rng, stall=0.2)


def test_irregular_arrivals():
    dut, rng = make(10, 4, stochastic=True)
    arrivals = np.cumsum(rng.integers(0, 5, FRAMES * dut.config.beats))
    result = check(dut, rng, arrivals=arrivals)
    accepted, departed = dut.config.depart(arrivals)
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)


@pytest.mark.parametrize("lanes", [1, 3, 16, 60])
def test_numbers_do_not_depend_on_lanes(lanes):
    """Nor on the bits that the window of the sequence happens to have."""
    for bits, seed in ((1, 0), (8, 5), (17, 1), (18, 12345), (31, 1 << 40)):
        config = Noise.Config(bits=bits, lanes=lanes, beats=5, seed=seed)
        window, found = config.first, []
        for _ in range(5):
            found += [window >> bits * (lanes - 1 - k) & (1 << bits) - 1 for k in range(lanes)]
            window = sum(((window & mask).bit_count() & 1) << k
                         for k, mask in enumerate(config.sums))  # fmt: skip
        assert found == rounding.Generator(bits, seed).numbers(5 * lanes).tolist()


def test_noise_is_a_lut_a_bit():
    """What a sum of six bits at most takes, however many lanes there are."""
    for bits, lanes in ((8, 1), (8, 16), (8, 64), (20, 4), (31, 30)):
        sums = Noise.Config(bits=bits, lanes=lanes, beats=9, seed=0).sums
        assert max(mask.bit_count() for mask in sums) <= 4


@pytest.mark.parametrize("name", ["items", "lanes"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    unit = Encode.Config(x=S10, o=S4)
    message = re.escape(f"EncodeLanes {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        EncodeLanes.Config(**{"items": 1, "lanes": 1, "unit": unit, name: value})


@pytest.mark.parametrize("seed", [-1, 1.0, None])
def test_wrong_seed(seed):
    message = re.escape(f"Noise seed must be an integer from 0 up, not {seed!r}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        make(4, 2, stochastic=True, seed=seed)
    make(4, 2, seed=seed)  # without noise there is none


def test_too_many_bits():
    with pytest.raises(ValueError, match=r"^Noise bits must be at most 31, not 32$"):
        make(4, 2, stochastic=True, right_shift=32)

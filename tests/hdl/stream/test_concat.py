# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.number import BIPOLAR, Number
from hdl.stream.concat import Concat
from tests.hdl.stream import ports

S4 = Number(width=4, signed=True)
SIZES = [(1, 1), (3, 2), (2, 5, 1), (4,)]


def check(x, sizes, seed, **options):
    """Runs pixels, compares the values, returns the cycles of the transfers."""
    rng = np.random.default_rng(seed)
    config = Concat.Config(x=(x,) * len(sizes), sizes=sizes, o=x)
    low = 0 if x.bipolar else x.low
    inputs = {f"i_{k}": rng.integers(low, x.high + 1, (60, n)) for k, n in enumerate(sizes)}
    values, times = ports.run(Concat(config), inputs, {"o": 60}, rng=rng, **options)
    np.testing.assert_array_equal(values["o"], np.concatenate([*inputs.values()], axis=1))
    return config, times


@pytest.mark.parametrize("gap", [1, 3, 6])
@pytest.mark.parametrize("x", [BIPOLAR, S4])
@pytest.mark.parametrize("sizes", SIZES)
def test_joins(sizes, x, gap):
    rng = np.random.default_rng(gap)
    arrivals = [np.cumsum(rng.integers(0, gap, 60)) for _ in sizes]
    config, times = check(x, sizes, 1, arrivals={f"i_{k}": a for k, a in enumerate(arrivals)})
    accepted, departed = config.depart(*arrivals)
    assert len(accepted) == len(sizes)
    for k, cycles in enumerate(accepted):
        np.testing.assert_array_equal(times[f"i_{k}"], cycles)
    np.testing.assert_array_equal(times["o"], departed)
    assert (config.latency, config.interval, config.lanes) == (0, 1, sum(sizes))


@pytest.mark.parametrize("stall", [0.3, 0.7])
@pytest.mark.parametrize("x", [BIPOLAR, S4])
@pytest.mark.parametrize("sizes", SIZES)
def test_stalls(sizes, x, stall):
    check(x, sizes, 2, stall=stall)


def test_numbers_are_extended():
    rng = np.random.default_rng(3)
    numbers = (Number(width=2), BIPOLAR, S4)
    config = Concat.Config(x=numbers, sizes=(2, 3, 1), o=S4)
    inputs = {"i_0": rng.integers(0, 4, (40, 2)), "i_1": rng.integers(0, 2, (40, 3)),
              "i_2": rng.integers(-8, 8, (40, 1))}  # fmt: skip
    values, _ = ports.run(Concat(config), inputs, {"o": 40}, rng=rng, stall=0.3)
    expected = np.hstack([inputs["i_0"], 2 * inputs["i_1"] - 1, inputs["i_2"]])
    np.testing.assert_array_equal(values["o"], expected)


@pytest.mark.parametrize(("x", "o", "message"), [
    ((S4,), S4, "Concat x must be those of 2 inputs, not of 1"),
    ((S4, S4), Number(width=4), f"Concat o must hold input 0, {S4}, not {Number(width=4)}"),
    ((BIPOLAR, Number(width=1)), BIPOLAR,
     f"Concat o must hold input 1, {Number(width=1)}, not {BIPOLAR}"),
])  # fmt: skip
def test_wrong_numbers(x, o, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        Concat.Config(x=x, sizes=(1, 1), o=o)


def test_no_inputs():
    with pytest.raises(ValueError,
                       match=r"^Concat sizes must be those of at least one input, not \(\)$"):
        Concat.Config(x=(), sizes=(), o=S4)


@pytest.mark.parametrize("size", [0, -1, 2.0, None])
def test_wrong_size(size):
    message = re.escape(f"Concat size 1 must be a positive integer, not {size!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Concat.Config(x=(S4, S4), sizes=(1, size), o=S4)

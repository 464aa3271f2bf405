"""Formats and numbers for tests of floating-point circuits."""

import numpy as np

from hdl.minifloat import Minifloat, Parts
from sim.golden.formats import minifloat as golden

__all__ = [
    "DLFLOAT", "HALF", "HFP8", "HFP8_BACK", "any_format", "draw", "fields", "model", "numbers",
]  # fmt: skip

HFP8 = Minifloat(exponent=4, mantissa=3, bias=11)
HFP8_BACK = Minifloat(exponent=5, mantissa=2, bias=15)
DLFLOAT = Minifloat(exponent=6, mantissa=9, bias=31)
HALF = Minifloat(exponent=5, mantissa=10, bias=15)


def model(number: Minifloat, rounding="up") -> golden.Minifloat:
    """The golden format of a circuit's."""
    return golden.Minifloat(number.exponent, number.mantissa, number.bias, number.signed, rounding)


def any_format(rng, signed=True) -> Minifloat:
    """A format of 2 to 5 exponent and 1 to 5 fraction bits whose range is about 1."""
    exponent, mantissa = (int(rng.integers(*ends)) for ends in ((2, 6), (1, 6)))
    bias = (1 << exponent - 1) + int(rng.integers(-3, 4))
    return Minifloat(exponent=exponent, mantissa=mantissa, bias=bias, signed=signed)


def fields(parts: Parts, values) -> list[int]:
    """Real numbers as the bits of their fields."""
    values = np.asarray(values, np.float64)
    some = values != 0
    fraction, power = np.frexp(np.where(some, np.abs(values), 2.0**parts.low))
    whole = np.ldexp(fraction, parts.fraction + 1)
    assert np.all((whole % 1 == 0) & (power - 1 >= parts.low) & (power - 1 <= parts.high))
    place = parts.fraction + parts.exponent
    word = (power - 2 - parts.low << parts.fraction) + whole.astype(np.int64)
    return (np.where(some, word + (1 << place), 0) + (values < 0) * (2 << place)).tolist()


def numbers(parts: Parts, words) -> np.ndarray:
    """The bits of fields as the real numbers that they are."""
    words = np.asarray(words, np.int64)
    place = parts.fraction + parts.exponent
    one = 1 << parts.fraction
    power = (words % (1 << place) >> parts.fraction) + parts.low - parts.fraction
    value = np.ldexp((words % one + one).astype(np.float64), power)
    some, sign = words >> place & 1, words >> place + 1 & 1
    assert np.all(some | (words % (1 << place) == 0)), "Zero must have no other bits"
    return np.where(some, np.where(sign, -value, value), 0.0)


def draw(rng, parts: Parts, count, near=None):
    """Numbers of any exponent, zeros, and some whose magnitudes are close to others'."""
    power = rng.integers(parts.low, parts.high + 1, count)
    if near is not None:
        known = np.frexp(near)[1] - 1
        close = np.clip(known + rng.integers(-3, 4, count), parts.low, parts.high)
        power = np.where((near == 0) | (rng.random(count) < 0.2), power, close)
    fraction = rng.integers(0, 1 << parts.fraction, count)
    kind = rng.random(count)
    fraction[kind < 0.1], fraction[kind > 0.9] = 0, (1 << parts.fraction) - 1
    values = np.ldexp((1 << parts.fraction) + fraction.astype(float), power - parts.fraction)
    values[rng.random(count) < 0.05] = 0
    return values * rng.choice([-1, 1], count)

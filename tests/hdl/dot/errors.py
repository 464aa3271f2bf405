"""Operands with estimated errors, of the golden model, for circuits that compensate these."""

import numpy as np

from sim.golden.formats.fpec import FPEC

__all__ = ["codes", "ends", "form", "random_codes", "word"]


def form(number, magnitude):
    """The golden format of a circuit's number."""
    return FPEC(number.width, number.signed, magnitude)


def codes(number, magnitude):
    """Every code of a format, or every integer where magnitude is None."""
    if magnitude is None:
        return np.arange(number.low, number.high + 1)
    some = form(number, magnitude)
    found = np.arange(some.low, some.high + 1)
    return found[some.contains(found)]


def ends(number, magnitude):
    """The lowest and highest code, with their errors of either sign and without, and zero."""
    if magnitude is None:
        return np.array([number.low, 0, number.high])
    some = form(number, magnitude)
    wanted = some.join(np.array([[number.low], [0], [number.high]]), [-some.most, 0, some.most])
    return wanted[some.contains(wanted)]


def random_codes(rng, number, magnitude, shape, frequency=0.6):
    """Random codes, so many of which have an error; integers where magnitude is None."""
    q = rng.integers(number.low, number.high, shape, endpoint=True)
    if magnitude is None:
        return q
    some = form(number, magnitude)
    d = rng.integers(1, some.most, shape, endpoint=True) * rng.choice([-1, 1], shape)
    made = some.join(q, d * (rng.random(shape) < frequency))
    return np.where(some.contains(made), made, 0)


def word(number, magnitude, values):
    """The words of codes, as unsigned integers; integers where magnitude is None."""
    if magnitude is None:
        return np.asarray(values)
    bits = form(number, magnitude).words(values).astype(np.int64)
    return bits @ (1 << np.arange(bits.shape[-1], dtype=np.int64))

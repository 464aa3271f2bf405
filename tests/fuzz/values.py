"""Numbers of random networks: weights with extremes, thresholds out of range, formats' codes."""

import numpy as np

from generators.network import codings, formats
from sim.golden.formats import integer
from tests.fuzz.choices import Choices

__all__ = ["FAMILIES", "activation", "codes", "data", "form", "weights"]

WEIGHTS = ("int2", "bipolar", "ternary", "int3", "int4", "int5", "int8", "uint2", "uint4", "log",
           "codebook")  # fmt: skip
ACTIVATIONS = ("uint1", "bipolar", "ternary", "uint2", "int2", "int3", "uint3", "int4")
FAR = 1 << 40
"""Beyond all sums."""


def form(kind: str) -> integer.Integer:
    """An integer type."""
    return integer.parse(kind)


def data(choose: Choices, kind: str, shape) -> np.ndarray:
    """Values of an integer type: at random, or extremes."""
    of = form(kind)
    style = choose.pick(("random", "random", "random", "low", "high", "zero", "ends", "few"))
    rng = choose.rng()
    steps = (of.high - of.low) // of.step
    values = of.low + of.step * rng.integers(0, steps, shape, endpoint=True)
    if style == "low":
        values[...] = of.low
    elif style == "high":
        values[...] = of.high
    elif style == "ends":
        values = np.where(rng.random(shape) < 0.5, of.low, of.high)
    elif style == "zero" and not of.bipolar:
        values[...] = 0
    elif style == "few" and not of.bipolar:
        values = np.where(rng.random(shape) < 0.1, values, 0)
    return values


def weights(choose: Choices, shape, kinds=WEIGHTS) -> dict:
    """Weights of a description, of any type that is no coding."""
    kind = choose.pick(kinds)
    if kind == "log":
        bits = choose.number(2, 4)
        powers = [0] + [s << e for e in range((1 << bits - 1) - 1) for s in (1, -1)]
        return {"type": {"format": "log", "bits": bits},
                "data": choose.rng().choice(powers, shape).tolist()}
    if kind == "codebook":
        values = [3, 0, -1, 7, -5, 2][: choose.number(1, 6)]
        return {"type": {"format": "codebook", "values": values},
                "data": choose.rng().integers(0, len(values), shape).tolist()}
    made = {"type": kind, "data": data(choose, kind, shape).tolist()}
    if kind.startswith("uint") and choose.number(0, 1):
        made["zero_point"] = choose.number(0, form(kind).high)
    return made


def activation(choose: Choices, channels: int, low: int, high: int) -> dict:
    """Thresholds for sums from low to high: within, at the ends, equal, or of a constant."""
    kind = choose.pick(ACTIVATIONS)
    of = form(kind)
    levels = (of.high - of.low) // of.step
    if kind == "bipolar" and choose.rarely():
        return {"type": kind}
    rng, rows = choose.rng(), 1 if choose.rarely() else channels
    middle, spread = (low + high) / 2, max(1, (high - low) / 8)
    made = np.round(rng.normal(middle, spread, (rows, levels))).astype(np.int64)
    made[rng.random(made.shape) < 0.05] = choose.pick((low, high, low - 1, high + 1, FAR, -FAR))
    style = choose.pick(("random", "random", "constant", "equal", "ends"))
    if style == "constant":
        made[0] = choose.pick((low, high + 1, -FAR, FAR))
    elif style == "equal":
        made[:] = made[:, :1]
    elif style == "ends":
        made = rng.choice([low, low + 1, high, high + 1], made.shape)
    made.sort(axis=1)
    return {"type": kind, "thresholds": made.tolist()}


def _fpec(choose, signed=True, **fields):
    return formats.FPEC(bits=choose.number(2, 4), signed=signed, **fields)


def _pair_fpec(choose):
    magnitude = choose.number(0, 2)
    x = _fpec(choose, bool(choose.number(0, 1)), magnitude=magnitude)
    return x, _fpec(choose, magnitude=magnitude)


def _shared_fpec(choose):
    lanes = choose.number(2, 4)
    x = _fpec(choose, bool(choose.number(0, 1)))
    return x, _fpec(choose, lanes=lanes, compensators=choose.number(1, lanes))


def _biscaled(choose, **fields):
    bits = choose.number(2, 4)
    return formats.BiScaled(bits=bits, shift=choose.number(1, bits - 1), **fields)


def _grouped(choose, **fields):
    return formats.Grouped(bits=choose.number(2, 4), group=choose.number(2, 3),
                           exponents=choose.number(1, 3), **fields)  # fmt: skip


def _blocks(choose):
    shared = {"block": choose.number(2, 3), "exponents": choose.number(1, 3)}
    x = formats.BlockFloat(bits=choose.number(2, 3), signed=bool(choose.number(0, 1)), **shared)
    return x, formats.BlockFloat(bits=choose.number(2, 3), **shared)


def _minifloat(choose):
    fields = choose.pick(({"exponent": 4, "mantissa": 3, "bias": 11},
                          {"exponent": 5, "mantissa": 2, "bias": 15},
                          {"exponent": 3, "mantissa": 1, "bias": 3}))
    x = formats.Minifloat(**fields, signed=bool(choose.number(0, 1)))
    rounding = choose.pick(("up", "even"))
    return x, formats.Minifloat(**fields, chunk=choose.number(2, 5), rounding=rounding)


FAMILIES = (
    lambda choose: (None, _fpec(choose, magnitude=choose.number(0, 2))),
    _pair_fpec,
    lambda choose: (_fpec(choose, magnitude=choose.number(0, 1)), None),
    _shared_fpec,
    lambda choose: (_biscaled(choose, signed=bool(choose.number(0, 1))), _biscaled(choose)),
    lambda choose: (None, _biscaled(choose)),
    lambda choose: (_biscaled(choose, signed=False), None),
    lambda choose: (_biscaled(choose, signed=False), _biscaled(choose, block=choose.number(2, 4))),
    lambda choose: (None, _grouped(choose)),
    lambda choose: (None, _grouped(choose, mantissa="simple",
                                   mantissa_bits=choose.number(1, 3))),
    _blocks,
    _minifloat,
)  # fmt: skip
"""Formats of a layer's inputs and weights; None are integers."""


def codes(choose: Choices, coding, shape) -> np.ndarray:
    """Numbers of a format, with extremes."""
    made, rng = codings.format_of(coding), choose.rng()
    wide = 1.0 if isinstance(coding, formats.Minifloat) else 1 << coding.bits - 1
    real = rng.laplace(size=shape) * wide * choose.pick((1, 1, 0, 1000))
    return np.asarray(made.encode(real), np.int64)

"""How far a fine and a wide scale are apart."""

import numpy as np

from generators.network import formats
from generators.network.quantize import scale
from sim.golden.formats.biscaled_pairs import pairs

__all__ = ["kind"]

FARTHEST = 4
"""Bits between the scales that are tried; tails of real networks are 2 to 4 bits long."""


def kind(v: np.ndarray, bits: int, shift: int | None, how: str, **choices) -> formats.BiScaled:
    """The type of a tensor: of the shift given, or the best.

    With ``max`` it is the length of the tail, else that of the smallest mean square error.
    """
    signed = choices.get("signed", True)
    if shift is None and how == "max" and np.any(v):
        shift = pairs(v, bits, signed=signed).shift
    if shift is not None:
        return formats.BiScaled(bits=bits, shift=min(shift, bits - signed), **choices)
    tried = [formats.BiScaled(bits=bits, shift=d, **choices)
             for d in range(1, min(FARTHEST, bits - signed) + 1)]  # fmt: skip
    v = scale.sample(v)
    return min(tried, key=lambda kind: scale.error(v, kind, 2.0 ** scale.power(v, kind, how)))

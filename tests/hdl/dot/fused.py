"""Operands of fusible units."""

import numpy as np

from sim.golden import fusible

__all__ = ["PORTS", "cases", "values"]

PORTS = ("mode", "x_signed", "w_signed", "x", "w")


def values(bits, signed):
    """Every value of an operand."""
    low = -(1 << bits - 1) if signed else 0
    return np.arange(low, low + (1 << bits))


def cases(rng, rounds):
    """Rows of PORTS and the sum: each mode and sign, of rails and at random, in random order."""
    rows = []
    for kind in range(rounds):
        for mode, (x_bits, w_bits) in enumerate(fusible.MODES):
            for signs in range(4):
                x_signed, w_signed = bool(signs & 1), bool(signs & 2)
                both = []
                for bits, signed in ((x_bits, x_signed), (w_bits, w_signed)):
                    every = values(bits, signed)
                    some = every[[0, -1]] if kind % 2 else every
                    count = 64 // (x_bits * w_bits)
                    both.append(np.full((1, count), every[signed - 1]) if not kind
                                else rng.choice(some, (1, count)))  # fmt: skip
                x, w = both
                (px,), (pw,) = fusible.pack(x, w, x_bits, w_bits)
                rows.append((mode, int(x_signed), int(w_signed), px, pw, int((x * w).sum())))
    return [rows[k] for k in rng.permutation(len(rows))]

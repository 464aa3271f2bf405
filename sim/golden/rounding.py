"""Rounding to the nearest, and stochastically, by their mathematics."""

from dataclasses import dataclass

import numpy as np

__all__ = ["TAPS", "Generator", "generator", "half_up", "nearest", "stochastic"]

TAPS = {17: (17, 14), 31: (31, 28)}
"""Bits of the state, and places of those whose sum is the next bit: a primitive polynomial.

The periods 2^17 - 1 and 2^31 - 1 are primes, so numbers of any number of bits, one after the other,
have the same period: in it, every state but zero is there once, whatever the number of bits.
"""

SPREAD = 0x9E3779B1
"""Knuth's factor of multiplicative hashing: seeds one apart give states far apart."""


@dataclass(frozen=True)
class Generator:
    r"""Linear feedback shift register: :math:`a_n = \sum_t a_{n - t} \bmod 2`, t in its taps.

    The state is the last ``width`` bits, the last lowest; the first state is
    :math:`1 + (seed + 1) c \bmod (2^{width} - 1)`, c = 0x9E3779B1, never zero.
    Number n of ``bits`` bits is the lowest bits of the state after n times as many steps, so that
    it depends on no other's use: circuits of any number of lanes give the same.
    """

    bits: int
    seed: int

    def __post_init__(self) -> None:
        if not isinstance(self.bits, int) or not 1 <= self.bits <= max(TAPS):
            raise ValueError(f"Generator bits must be 1 to {max(TAPS)}, not {self.bits!r}")
        if not isinstance(self.seed, int) or self.seed < 0:
            raise ValueError(f"Generator seed must be an integer from 0 up, not {self.seed!r}")

    @property
    def width(self) -> int:
        """Bits of the state."""
        return min(width for width in TAPS if width >= self.bits)

    @property
    def period(self) -> int:
        """Numbers until they come again."""
        return (1 << self.width) - 1

    @property
    def state(self) -> int:
        """The first state."""
        return 1 + (self.seed + 1) * SPREAD % self.period

    def sequence(self, count: int) -> np.ndarray:
        """So many bits, the oldest first; the first ``width`` of them are the first state.

        Squaring the polynomial, whose coefficients are bits, doubles the distances of its taps:
        the more bits there are, the more come at once.
        """
        a = np.zeros(max(count, self.width), np.uint8)
        a[: self.width] = [self.state >> self.width - 1 - k & 1 for k in range(self.width)]
        known, scale = self.width, 1
        while known < len(a):
            if 2 * scale * self.width <= known:
                scale *= 2
            new = np.arange(known, min(known + scale * min(TAPS[self.width]), len(a)))
            a[new] = sum(a[new - scale * tap] for tap in TAPS[self.width]) % 2
            known += len(new)
        return a[:count]

    def numbers(self, count: int) -> np.ndarray:
        """The first so many numbers, 0 to 2^bits - 1."""
        first = self.width - self.bits
        a = self.sequence(first + count * self.bits)[first:].reshape(count, self.bits)
        return a.astype(np.int64) @ (1 << np.arange(self.bits, dtype=np.int64)[::-1])


def generator(right_shift: int, seed: int) -> Generator | None:
    """What rounds sums with so many bits too many; None where no bits are dropped."""
    return Generator(right_shift, seed) if right_shift > 0 else None


def stochastic(x: np.ndarray, right_shift: int, seed: int) -> np.ndarray:
    r"""Round :math:`x_n / 2^r` up with the probability of its fraction: floor(x_n / 2^r + u_n).

    x (frames, ...) are integers, u_n the n-th number of the generator, over 2^r: item n of each
    frame, in order, has the same; each frame starts from the seed. Of the generator's period of
    2^width - 1 numbers, just f 2^(width - r) round up, f the remainder. A negative r is exact.

    S. Gupta et al., "Deep Learning with Limited Numerical Precision", ICML 2015, section 3.1.
    """
    x = np.asarray(x, np.int64)
    made = generator(right_shift, seed)
    if made is None:
        return x << -right_shift
    u = made.numbers(x[0].size).reshape(x.shape[1:])
    return x + u >> right_shift


def nearest(x: np.ndarray, right_shift: int) -> np.ndarray:
    """floor(x / 2^right_shift + 1/2) of integers."""
    if right_shift <= 0:
        return x << -right_shift
    return (x >> right_shift) + (x >> right_shift - 1 & 1)


def half_up(v: np.ndarray) -> np.ndarray:
    """The nearest integers of floats, of two the higher; exact, as v + 1/2 is not."""
    below = np.floor(v)
    return (below + (v - below >= 0.5)).astype(np.int64)

r"""Clips of uniform quantizers: the range that a tensor keeps, by its statistics.

Numbers beyond the clip :math:`\alpha` saturate, those within have steps proportional to it. Signed
numbers of M bits span -alpha..alpha, unsigned ones 0..alpha: a negative number becomes 0.
"""

import math
from collections.abc import Callable

import numpy as np

__all__ = ["CLIPS", "aciq", "aciq_ratio", "alpha", "gauss_error", "is_gauss", "laplace_error",
           "maximum", "mse", "mse_power", "sawb", "uniform"]  # fmt: skip

PRIORS = ("laplace", "gauss")

SAWB = {2: (3.12, 2.064), 3: (7.509, 6.892), 4: (12.68, 12.80), 8: (31.76, 35.04)}
"""c1 and c2 by bits, as public implementations have them."""

GEARY = (math.sqrt(1 / 2) + math.sqrt(2 / math.pi)) / 2
"""Between E|x| / sqrt(E x^2) of Laplace's and of Gauss' distribution."""

SHRINK = np.geomspace(1, 0.02, 80)
"""Of the largest magnitude, the clips that are tried: 5 % apart."""

POWERS = 16
"""Powers of two that are tried, below the one that clips nothing."""


def alpha(v: np.ndarray, bits: int, how: str, *, signed: bool = True) -> float:
    r"""The clip :math:`\alpha` of real numbers by a name of :data:`CLIPS`.

    0 where no number can be represented, as all are 0 (or negative, of unsigned numbers).

    Raises
    ------
    ValueError
        If there is no such clip, or none of so many bits.
    """
    if how not in CLIPS:
        raise ValueError(f"Clip must be one of {', '.join(CLIPS)}, not {how}")
    if bits < 1 + signed:
        raise ValueError(f"Bits must be at least {1 + signed}, not {bits}")
    v = np.asarray(v, np.float64)
    return CLIPS[how](v, bits, signed) if maximum(v, signed=signed) else 0.0


def maximum(v: np.ndarray, *, signed: bool = True) -> float:
    """The clip that clips nothing."""
    return float((np.abs(v) if signed else np.maximum(v, 0)).max(initial=0))


def uniform(v: np.ndarray, a: float, b: float, n: int) -> np.ndarray:
    r"""The uniform range quantizer of n levels from a to b, ties up.

    :math:`q(r; a, b, n) = \lfloor (clamp(r; a, b) - a) / s \rceil s + a, s = (b - a) / (n - 1)`.

    B. Jacob et al., "Quantization and Training of Neural Networks for Efficient
    Integer-Arithmetic-Only Inference", CVPR 2018, equation 12.

    Raises
    ------
    ValueError
        If the range is none, or has fewer than two levels.
    """
    if not a < b:
        raise ValueError(f"Range must rise, not from {a} to {b}")
    if n < 2:
        raise ValueError(f"Levels must be at least 2, not {n}")
    s = (b - a) / (n - 1)
    return np.floor((np.clip(v, a, b) - a) / s + 0.5) * s + a


def mse(v: np.ndarray, bits: int, *, signed: bool = True) -> float:
    """The clip, of those of :data:`SHRINK`, of the smallest mean square error.

    Of equal ones it is the largest. The quantizer is that of integers: steps of clip / high, codes
    from low to high.
    """
    high = _ends(bits, signed)[1]
    tried = maximum(v, signed=signed) * SHRINK
    return float(min(tried, key=lambda clip: _error(v, clip / high, bits, signed)))


def mse_power(v: np.ndarray, bits: int, *, signed: bool = True) -> int:
    """Exponent e of the step 2^e of fixed point of the smallest mean square error.

    The largest of equal ones; 0 where the numbers all become 0 whatever the step is.
    """
    largest = maximum(v, signed=signed)
    if not largest:
        return 0
    top = math.ceil(math.log2(largest / (_ends(bits, signed)[1] + 0.5)))
    tried = range(top, top - POWERS, -1)
    return min(tried, key=lambda e: _error(v, 2.0**e, bits, signed))


def _ends(bits: int, signed: bool) -> tuple[int, int]:
    """The lowest and the highest code."""
    return (-1 << bits - 1, (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)


def _error(v: np.ndarray, step: float, bits: int, signed: bool) -> float:
    """Mean square of what codes of a step lack; unsigned ones are to hold max(v, 0)."""
    real = v if signed else np.maximum(v, 0)
    codes = np.clip(np.floor(real / step + 0.5), *_ends(bits, signed))
    return float(np.mean(np.square(real - step * codes)))


def laplace_error(clip: float, b: float, bits: int) -> float:
    r"""Mean square error of a clip of Laplace(0, b): :math:`2 b^2 e^{-a/b} + a^2/(3 \cdot 4^M)`.

    What is clipped, and what steps of 2 a / 2^M round.

    R. Banner et al., "Post training 4-bit quantization of convolutional networks for
    rapid-deployment", NeurIPS 2019.
    """
    return 2 * b * b * math.exp(-clip / b) + clip * clip / (3 * 4**bits)


def gauss_error(clip: float, sigma: float, bits: int) -> float:
    r"""Mean square error of a clip of N(0, sigma^2), as :func:`laplace_error`:

    :math:`(\sigma^2 + a^2) erfc(a / (\sigma \sqrt 2)) - a \sigma \sqrt{2/\pi}
    e^{-a^2 / (2 \sigma^2)} + a^2/(3 \cdot 4^M)`.
    """
    r = clip / sigma
    beyond = (1 + r * r) * math.erfc(r / math.sqrt(2))
    beyond -= r * math.sqrt(2 / math.pi) * math.exp(-r * r / 2)
    return sigma * sigma * beyond + clip * clip / (3 * 4**bits)


def aciq_ratio(bits: int, prior: str, *, signed: bool = True) -> float:
    r"""The optimal clip of Laplace(0, 1) or N(0, 1): where the derivative of its error is 0.

    :math:`e^{-r} = r / (3 \cdot 4^M)` of Laplace's, :math:`\sqrt{2/\pi} e^{-r^2/2} - r\,
    erfc(r/\sqrt 2) = r / (3 \cdot 4^M)` of Gauss', M bits. Unsigned numbers behind a relu, that is
    one half of the distribution, have the ratio of M + 1 bits signed.

    Raises
    ------
    ValueError
        If there is no such prior.
    """
    if prior not in PRIORS:
        raise ValueError(f"Prior must be one of {', '.join(PRIORS)}, not {prior}")
    rounded = 1 / (3 * 4 ** (bits if signed else bits + 1))
    return _falling_zero(lambda r: _BEYOND[prior](r) - r * rounded)


_BEYOND = {
    "laplace": lambda r: math.exp(-r),
    "gauss": lambda r: (math.sqrt(2 / math.pi) * math.exp(-r * r / 2)
                        - r * math.erfc(r / math.sqrt(2))),
}  # fmt: skip
"""How fast the error of what is clipped falls at a clip, half the derivative."""


def _falling_zero(slope: Callable[[float], float]) -> float:
    """Where a falling function is 0, from 0 to 100, to the last bit."""
    low, high = 0.0, 100.0
    while low < (middle := (low + high) / 2) < high:
        low, high = (middle, high) if slope(middle) > 0 else (low, middle)
    return low


def is_gauss(v: np.ndarray) -> bool:
    """Whether numbers, of mean 0, look rather like Gauss' than like Laplace's distribution.

    By E|x| / sqrt(E x^2), which is 0.798 or 0.707.

    R. C. Geary, "The ratio of the mean deviation to the standard deviation as a test of
    normality", Biometrika 1935.
    """
    return float(np.abs(v).mean()) > GEARY * math.sqrt(np.square(v).mean())


def aciq(v: np.ndarray, bits: int, *, signed: bool = True, prior: str | None = None) -> float:
    """The optimal clip of the distribution that numbers seem to have, Laplace's or Gauss'.

    Its mean is 0, its width that of the numbers; of unsigned numbers the positive ones are half a
    distribution, how many there are does not matter. ``prior`` says which one instead.
    See :func:`aciq_ratio`.
    """
    v = np.asarray(v, np.float64).ravel()
    if not signed:
        v = v[v > 0]
    if not np.any(v):
        return 0.0
    if prior is None:
        prior = "gauss" if is_gauss(v) else "laplace"
    ratio = aciq_ratio(bits, prior, signed=signed)
    width = np.abs(v).mean() if prior == "laplace" else math.sqrt(np.square(v).mean())
    return float(ratio * width)


def sawb(w: np.ndarray, bits: int) -> float:
    r"""Statistics-aware weight binning: :math:`\alpha = c_1 \sqrt{E[w^2]} - c_2 E|w|`.

    Its quantizer has 2^M levels from -alpha to alpha, both among them. Of a tail much longer than
    those of the distributions that c1 and c2 were fitted to, alpha may even be negative.

    J. Choi et al., "Accurate and Efficient 2-bit Quantized Neural Networks", SysML 2019.

    Raises
    ------
    ValueError
        If there are no coefficients of so many bits.
    """
    if bits not in SAWB:
        raise ValueError(f"Bits of SAWB must be one of {', '.join(map(str, SAWB))}, not {bits}")
    c1, c2 = SAWB[bits]
    return float(c1 * math.sqrt(np.square(w).mean()) - c2 * np.abs(w).mean())


def _sawb(v: np.ndarray, bits: int, signed: bool) -> float:
    if not signed:
        raise ValueError("Clip sawb must be of signed numbers: it is one of weights")
    return sawb(v, bits)


CLIPS = {
    "max": lambda v, bits, signed: maximum(v, signed=signed),
    "mse": lambda v, bits, signed: mse(v, bits, signed=signed),
    "aciq": lambda v, bits, signed: aciq(v, bits, signed=signed),
    "sawb": _sawb,
}
"""Clips by name."""

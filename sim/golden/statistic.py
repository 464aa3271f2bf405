"""Local dynamic quantisation, by the statistic of each block, by its mathematics."""

import numpy as np

__all__ = ["choose", "choose_clip", "clip_to", "steps"]


def clip_to(v: np.ndarray, clip: float, bits: int) -> np.ndarray:
    """v in steps of clip / (2^(bits - 1) - 1): the nearest, clipped to -clip..clip."""
    levels = (1 << bits - 1) - 1
    scale = clip / levels
    return np.clip(np.floor(v / scale + 0.5), -levels, levels) * scale


def choose_clip(v: np.ndarray, clips: tuple[float, ...], bits: int) -> tuple[int, np.ndarray]:
    r"""Which clip quantises a block with the least error :math:`\sum |v - \hat v|`; all errors.

    E2BQM, the error-estimation based quantisation multiplexer: as many quantisers as clips, and
    of equal errors the first.

    Y. Zhao et al., "Cambricon-Q: A Hybrid Architecture for Efficient Training", ISCA 2021.
    """
    errors = np.array([np.abs(v - clip_to(v, clip, bits)).sum() for clip in clips])
    return int(np.argmin(errors)), errors


def steps(v: np.ndarray, *, bits: int, exponents: int, signed: bool) -> np.ndarray:
    r"""The exponent e of the step 2^e of each row of v that its largest magnitude needs.

    :math:`e = clip(\lfloor \log_2 \max |v| \rfloor - (bits - 1 - signed), 0, exponents - 1)`:
    the largest magnitude is at least half of what mantissas reach. A row of zeros has e = 0;
    without signs a negative v is 0.
    """
    most = np.abs(v if signed else np.maximum(v, 0)).max(axis=-1)
    leading = np.where(most > 0, np.frexp(most)[1] - 1, -(1 << 10))
    return np.clip(leading - (bits - 1 - signed), 0, exponents - 1)


def choose(
    v: np.ndarray, *, bits: int, block: int, exponents: int, signed: bool = True, ways: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    r"""Mantissas (..., blocks, block) and exponents (..., blocks) of v (..., blocks * block).

    :math:`m = clip(\lfloor v / 2^e + 1/2 \rfloor)` in bits bits. The exponent is the one of
    :func:`steps`, or of that one and the ``ways - 1`` below it, down to 0, the one whose
    :math:`\sum |v - m 2^e|` over the block is least, the highest of equals: that of the largest
    clip. Without signs a negative v is 0, also in the error.
    """
    v = np.asarray(v, np.float64)
    v = (v if signed else np.maximum(v, 0)).reshape(*v.shape[:-1], -1, block)
    low, high = (-1 << bits - 1, (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
    highest = steps(v, bits=bits, exponents=exponents, signed=signed)
    best = None
    for way in range(ways):
        e = np.maximum(highest - way, 0)
        scale = np.ldexp(1.0, e)[..., None]
        m = np.clip(np.floor(v / scale + 0.5), low, high)
        error = np.abs(v - m * scale).sum(axis=-1)
        if best is None:
            best = m, e, error
        better = error < best[2]
        best = (np.where(better[..., None], m, best[0]), np.where(better, e, best[1]),
                np.where(better, error, best[2]))  # fmt: skip
    return best[0].astype(np.int64), best[1]

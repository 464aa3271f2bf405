"""Local dynamic quantisation, by the statistic of each block, by its mathematics."""

import numpy as np

from sim.golden.formats.blockfloat import exponents_of, mantissas_of

__all__ = ["choose", "choose_clip", "clip_to"]


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


def choose(
    v: np.ndarray, *, bits: int, block: int, exponents: int, signed: bool = True, ways: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    r"""Mantissas (..., blocks, block) and exponents (..., blocks) of v (..., blocks * block).

    :math:`m = clip(\lfloor v / 2^e + 1/2 \rfloor)` in bits bits. The exponent is that of
    :class:`sim.golden.formats.blockfloat.BlockFloat`, or of that one and the ``ways - 1`` below it,
    down to 0, the one whose :math:`\sum |v - m 2^e|` over the block is least, the highest of
    equals: that of the largest clip. Without signs a negative v is 0, also in the error.
    """
    v = np.asarray(v, np.float64)
    v = (v if signed else np.maximum(v, 0)).reshape(*v.shape[:-1], -1, block)
    highest = exponents_of(v, bits, exponents, signed)
    best = None
    for way in range(ways):
        e = np.maximum(highest - way, 0)
        m = mantissas_of(v, e[..., None], bits, signed)
        error = np.abs(v - np.ldexp(m, e[..., None])).sum(axis=-1)
        if best is None:
            best = m, e, error
        better = error < best[2]
        best = (np.where(better[..., None], m, best[0]), np.where(better, e, best[1]),
                np.where(better, error, best[2]))  # fmt: skip
    return best[0], best[1]

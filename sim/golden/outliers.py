"""Outlier channel splitting: two channels of half the size instead of one that is far out."""

import numpy as np

__all__ = ["duplicated", "split"]


def split(w: np.ndarray, count: int, step: float = 0.0) -> tuple[np.ndarray, np.ndarray]:
    r"""Weights (outputs, ..., channels) with ``count`` channels more, and what each channel reads.

    Again and again the channel with the largest magnitude is halved, and its other half appended:
    the sums of w' with x[..., sources] are those of w with x. With the ``step`` of a quantizer the
    halves are :math:`(w - step/2) / 2` and :math:`(w + step/2) / 2`, which rounded to steps (half
    up) add up to what w is rounded to.

    Returns
    -------
    weights (outputs, ..., channels + count), sources int (channels + count,)

    R. Zhao et al., "Improving Neural Network Quantization without Retraining using Outlier Channel
    Splitting", ICML 2019.

    Raises
    ------
    ValueError
        If the count is negative.
    """
    if count < 0:
        raise ValueError(f"Channels to split must be 0 or more, not {count}")
    w = np.asarray(w, np.float64)
    sources = list(range(w.shape[-1]))
    for _ in range(count):
        channel = int(np.abs(w).reshape(-1, len(sources)).max(axis=0).argmax())
        old = w[..., channel]
        w = np.concatenate([w, ((old + step / 2) / 2)[..., None]], axis=-1)
        w[..., channel] = (old - step / 2) / 2
        sources.append(sources[channel])
    return w, np.array(sources)


def duplicated(x: np.ndarray, sources: np.ndarray) -> np.ndarray:
    """The inputs (..., channels) of weights that were split: some of them several times."""
    return x[..., sources]

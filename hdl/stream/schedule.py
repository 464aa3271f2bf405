"""When transfers happen."""

import numpy as np

__all__ = ["frames_of", "in_passes", "one_a_cycle"]


def one_a_cycle(offered: np.ndarray, free: int = 0) -> np.ndarray:
    """Cycles at which transfers happen, one a cycle: none before it is offered, or before free."""
    steps = np.arange(len(offered))
    return np.maximum.accumulate(np.maximum(offered, free) - steps) + steps


def in_passes(arrivals: np.ndarray, cols: int, passes: int) -> np.ndarray:
    """Cycles (parts, cols) at which a unit takes parts of so many transfers, each kept for passes.

    It takes a part's transfers in the first of its passes over them, one a cycle. It is free for a
    part when it has done the one before: at d_n = max(d_(n-1) + passes cols, a_n + 1 + (passes - 1)
    cols), where a_n is when the last transfer could come at best.
    """
    parts, busy = np.reshape(arrivals, (-1, cols)), passes * cols
    count, step = np.arange(len(parts)), np.arange(cols)
    best = (parts + cols - 1 - step).max(axis=1) + 1 + busy - cols
    done = np.maximum.accumulate(np.maximum(best - busy * count, busy))
    free = np.append(0, done + busy * count)[:-1]
    return np.maximum.accumulate(np.maximum(parts, free[:, None]) - step, axis=1) + step


def frames_of(arrivals: np.ndarray, beats: int) -> int:
    """Frames of so many transfers that arrivals are of; refuses anything else."""
    if arrivals.ndim != 1 or not arrivals.size or arrivals.size % beats:
        what = f"one or several times {beats} cycles, not of shape {arrivals.shape}"
        raise ValueError(f"Arrivals must be {what}")
    return arrivals.size // beats

"""When transfers happen."""

import numpy as np

__all__ = ["frames_of", "one_a_cycle"]


def one_a_cycle(offered: np.ndarray, free: int = 0) -> np.ndarray:
    """Cycles at which transfers happen, one a cycle: none before it is offered, or before free."""
    steps = np.arange(len(offered))
    return np.maximum.accumulate(np.maximum(offered, free) - steps) + steps


def frames_of(arrivals: np.ndarray, beats: int) -> int:
    """Frames of so many transfers that arrivals are of; refuses anything else."""
    if arrivals.ndim != 1 or not arrivals.size or arrivals.size % beats:
        what = f"one or several times {beats} cycles, not of shape {arrivals.shape}"
        raise ValueError(f"Arrivals must be {what}")
    return arrivals.size // beats

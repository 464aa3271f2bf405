"""When transfers happen."""

import numpy as np

__all__ = ["one_a_cycle"]


def one_a_cycle(offered: np.ndarray, free: int = 0) -> np.ndarray:
    """Cycles at which transfers happen, one a cycle: none before it is offered, or before free."""
    steps = np.arange(len(offered))
    return np.maximum.accumulate(np.maximum(offered, free) - steps) + steps

"""Random small geometries of a sliding window unit."""

import numpy as np

from hdl.number import Number
from hdl.window.sliding_config import Config

__all__ = ["SAME", "draw", "sized"]

SAME = (1, 1, 1, 1)


def sized(height, width, channels, lanes, kernel, **options) -> Config:
    """A configuration of two-bit items, or others."""
    options = {"x": Number(width=2), **options}
    return Config(height=height, width=width, channels=channels, lanes=lanes, kernel=kernel,
                  **options)  # fmt: skip


def draw(rng: np.random.Generator, most: int = 300) -> Config:
    """One of at most so many transfers a frame, of the least depth."""
    while True:
        lanes, group, blocks, repeats = (
            int(rng.choice(some)) for some in ([1, 2, 3], [1, 1, 2, 3], [1, 1, 2, 3], [1, 1, 2, 3])
        )
        height, width = rng.integers(1, 8, 2).tolist()
        kernel, stride = rng.choice([1, 2, 3, 3, 4], 2), rng.choice([1, 1, 2, 3, 5], 2)
        dilation, padding = rng.choice([1, 1, 1, 2, 3], 2), rng.choice([0, 0, 0, 1, 2, 4], 4)
        if rng.random() < 0.2:
            height, kernel[0] = 1, 1
        if rng.random() < 0.3:
            padding[:] = 0
        try:
            config = sized(
                height, width, lanes * group * blocks, lanes, tuple(kernel.tolist()),
                stride=tuple(stride.tolist()), dilation=tuple(dilation.tolist()),
                padding=tuple(padding.tolist()), pad_code=int(rng.integers(4)),
                repeats=repeats, blocks=blocks,
            )  # fmt: skip
        except ValueError:  # larger than the map
            continue
        if max(config.i_beats, config.o_beats) <= most:
            return config

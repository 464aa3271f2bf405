"""Descriptions for the array that are generated: weights beyond the chip, and maps that suit it."""

from itertools import pairwise

import numpy as np

__all__ = ["large_mlp", "suitable_conv"]


def large_mlp(sizes: tuple[int, ...] = (1024, 1024, 1024, 10), seed: int = 1) -> dict:
    """Random int8 layers, requantized: 2.1 million weights, 17 Mbit, at the default sizes."""
    rng, layers, reads = np.random.default_rng(seed), [], "input"
    for number, (cols, rows) in enumerate(pairwise(sizes)):
        layer = {"name": f"fc{number}", "op": "dense", "inputs": [reads],
                 "weights": {"type": "int8",
                             "data": rng.integers(-128, 128, (rows, cols)).tolist()},
                 "bias": rng.integers(-1000, 1000, rows).tolist()}  # fmt: skip
        if number < len(sizes) - 2:
            shift = max(0, round(np.log2(cols) / 2)) + 5  # sums spread over the codes
            layer["activation"] = {"type": "int8", "requantize": {
                "multiplier": rng.integers(1 << 30, (1 << 31) - 1, rows).tolist(),
                "right_shift": [shift] * rows, "zero_point": -5}}  # fmt: skip
        layers.append(layer)
        reads = layer["name"]
    head = {"bitloom": 1, "name": "large_mlp", "input": {"shape": [sizes[0]], "type": "int8"}}
    return head | {"layers": layers}


def suitable_conv(size: int = 16, channels: int = 32, depth: int = 3, seed: int = 2) -> dict:
    """3 x 3 convolutions of 4 bits on padded maps, channels a multiple of words and columns."""
    rng, layers, reads = np.random.default_rng(seed), [], "input"
    for number in range(depth):
        data = rng.integers(-8, 8, (channels, 3, 3, channels))
        spread = 4 * 9 * np.sqrt(9 * channels)
        thresholds = np.linspace(-spread, spread, 15).astype(int)[None]
        layers.append({"name": f"conv{number}", "op": "conv", "inputs": [reads],
                       "weights": {"type": "int4", "data": data.tolist()},
                       "padding": [1, 1, 1, 1],
                       "activation": {"type": "uint4",
                                      "thresholds": thresholds.tolist()}})  # fmt: skip
        reads = layers[-1]["name"]
    shape = [size, size, channels]
    head = {"bitloom": 1, "name": "suitable_conv", "input": {"shape": shape, "type": "uint4"}}
    return head | {"layers": layers}

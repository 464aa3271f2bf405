"""Choices that are numbers: any sequence means something, and 0 is the simplest of all."""

import random

import numpy as np

__all__ = ["Choices", "recipe"]

STEPS = ("dense", "conv", "maxpool", "sumpool", "mean", "upsample", "pad", "add", "concat",
         "residual", "threshold", "real", "encode", "back", "flatten")  # fmt: skip
WEIGHTS = (6, 14, 3, 3, 2, 2, 2, 3, 3, 2, 2, 2, 1, 2, 1)
CHAIN = ("dense", "conv", "maxpool", "flatten")
"""What an array runs."""
NUMBERS = 24
"""Of a step, and of everything else that is chosen."""


class Choices:
    """Takes numbers one after the other; behind the last come zeros."""

    def __init__(self, numbers) -> None:
        self._numbers = iter(numbers)

    def number(self, low: int, high: int) -> int:
        """One of low to high."""
        return low + next(self._numbers, 0) % (high - low + 1)

    def pick(self, options):
        """One of some, the first the simplest."""
        return options[self.number(0, len(options) - 1)]

    def rarely(self) -> bool:
        """True in one of five cases."""
        return self.number(0, 4) == 4

    def rng(self) -> np.random.Generator:
        """Random numbers of a choice."""
        return np.random.default_rng(self.number(0, 1 << 16))


def recipe(seed: str, array: bool = False) -> dict:
    """A random network as choices: of its input, its steps, the folds, and the run.

    With ``array`` a chain, and of the array that runs it, which reads no folds.
    """
    rng = random.Random(seed)

    def numbers(count: int = NUMBERS) -> list[int]:
        return [rng.randrange(1 << 16) for _ in range(count)]

    count = rng.choice((1, 1, 2, 2, 3, 3, 4, 5, 6))
    weights = [n if not array or step in CHAIN else 0 for step, n in zip(STEPS, WEIGHTS)]
    steps = [[rng.choices(STEPS, weights)[0], numbers()] for _ in range(count)]
    made = {"input": numbers(6), "steps": steps, "end": numbers(8),
            "folds": [numbers(8) for _ in range(count + 2)], "run": numbers(8)}  # fmt: skip
    return made | {"array": numbers(8)} if array else made

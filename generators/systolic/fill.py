"""The weights of each tile, and the parameters of each set of outputs."""

from dataclasses import dataclass

import numpy as np

from generators.systolic.lower import Lowered
from generators.systolic.numbers import idle
from generators.systolic.stage import Stage

__all__ = ["Filled", "fill"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Filled:
    """What an array's memories hold, as values.

    ``weights`` (tiles, cols, word). Of each set of outputs ``bias`` (sets, cols), which sums start
    from; ``thresholds`` (sets, cols, levels), what a stage does not use of them the largest sum,
    which is never reached; and of a requantization ``multiplier``, M0 shifted left, and ``shift``,
    to the right (sets, cols).
    """

    weights: np.ndarray
    bias: np.ndarray
    thresholds: np.ndarray
    multiplier: np.ndarray
    shift: np.ndarray


def fill(lowered: Lowered) -> Filled:
    """The contents for a lowered network.

    Lanes that carry no channel hold known values: their weights are 0, or, where an array has
    none, their sum is taken off the thresholds or the bias.
    """
    tiles, sets = [], []
    stages = lowered.chain.stages
    for number, stage in enumerate(stages):
        before = stages[number - 1] if number else None
        values = idle(lowered.numbers, lowered.shape, stage, before)
        weights = lowered.numbers.idle_weights(values)
        channels = stage.source[2]
        offset = 0
        if not lowered.numbers.popcount:
            offset = stage.taps * int((values * weights)[channels:].sum())
        for first in range(0, stage.outputs, lowered.shape.cols):
            rows = slice(first, min(first + lowered.shape.cols, stage.outputs))
            tiles.append(_tiles(lowered, stage.weights[rows], weights))
            sets.append(_parameters(lowered, stage, rows, offset))
    parameters = {name: np.array([one[name] for one in sets]) for name in sets[0]}
    return Filled(weights=np.concatenate(tiles), **parameters)


def _tiles(lowered: Lowered, data: np.ndarray, others: np.ndarray) -> np.ndarray:
    """The tiles (kernel rows * columns * words, cols, word) of a set of outputs."""
    cols, word = lowered.shape.cols, lowered.shape.word
    whole = np.broadcast_to(others, (cols, *data.shape[1:3], len(others))).copy()
    whole[: len(data), ..., : data.shape[3]] = data
    whole[len(data) :] = whole[0]  # no column beyond the layer's makes larger sums
    split = whole.reshape(cols, *data.shape[1:3], -1, word)
    return split.transpose(1, 2, 3, 0, 4).reshape(-1, cols, word)


def _parameters(lowered: Lowered, stage: Stage, rows: slice, offset: int) -> dict:
    """Parameters of a set, by name."""
    cols, numbers, used = lowered.shape.cols, lowered.numbers, rows.stop - rows.start
    low, high = numbers.acc.low, numbers.acc.high
    thresholds = np.full((cols, numbers.levels), high)
    bias, multiplier, shift = (np.zeros(cols, np.int64) for _ in range(3))
    found = {"thresholds": thresholds, "bias": bias, "multiplier": multiplier, "shift": shift}
    if stage.thresholds is not None:
        reached = np.clip(numbers.thresholds(stage)[rows] + offset, low, high)
        thresholds[:used, : reached.shape[1]] = reached
        return found
    wanted = numbers.odd(stage) >> 1 if numbers.popcount and stage.raw else stage.bias
    bias[:used] = wanted[rows] - offset
    if stage.requantize is not None:
        left, right = stage.shifts
        multiplier[:used] = stage.requantize.multiplier[rows] << left[rows]
        shift[:] = right[rows][0]
        shift[:used] = right[rows]
    return found

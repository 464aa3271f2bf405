"""What an engine's memories hold, from arrays of numbers."""

from collections.abc import Sequence
from math import prod

import numpy as np

from hdl.engine.config import Config
from hdl.engine.ring import image
from hdl.number import Number

__all__ = ["Contents", "columns"]


class Contents:
    """The words of an engine's memories; the arrays are those of :class:`Engine`.

    Members
    -------
    weights : words of all tiles, or None where they are in an external memory
    image : bytes of that one, or None
    bias, thresholds, scales : words of parameters; thresholds of each stage of the search, scales
        (multiplier and above it shift) None where nothing is requantised
    """

    def __init__(
        self,
        config: Config,
        weights: np.ndarray,
        bias: np.ndarray | None,
        thresholds: np.ndarray | None,
        multiplier: np.ndarray | None,
        shift: np.ndarray | None,
    ) -> None:
        sets, cols = config.program.sets, config.cols
        bias = np.zeros((sets, cols), int) if bias is None else bias
        thresholds = np.zeros((sets, cols, 0), int) if thresholds is None else thresholds
        _shaped("weights", weights, (config.program.tiles, cols, config.array.word))
        _shaped("bias", bias, (sets, cols))
        _shaped("thresholds", thresholds, (sets, cols, config.levels))
        scaled = config.requantize is not None
        if (multiplier is None) == scaled or (shift is None) == scaled:
            raise ValueError("Engine multiplier and shift must be given where it requantises only")
        words = columns("weights", config.array.w, weights)
        self.weights = self.image = None
        if config.tiles is None:
            self.weights = words + words[:1] * (config.weights.depth - len(words))
        else:
            tiles = [words[one.tile * cols :][:cols] for one in config.program.passes]
            self.image = image(tiles, config.tiles)
        self.bias = columns("bias", config.acc, bias[:, :, None])
        self.thresholds = [columns("thresholds", config.acc, some)
                           for some in _stages(config, thresholds)]  # fmt: skip
        self.scales = _scales(config, multiplier, shift) if scaled else None


def columns(name: str, number: Number, values: np.ndarray) -> list[int]:
    """Values (sets, cols, lanes) as words of all lanes, lane 0 lowest, the last column first."""
    if values.size and (values.min() < number.low or values.max() > number.high):
        held, found = f"{number.low} to {number.high}", f"{values.min()} to {values.max()}"
        raise ValueError(f"Engine {name} must be from {held}, not {found}")
    codes = (values + 1) // 2 if number.bipolar else values
    rows = codes[:, ::-1].reshape(prod(values.shape[:2]), -1)
    return [_word(row, number.width) for row in rows.tolist()]


def _word(row: Sequence[int], width: int) -> int:
    mask = (1 << width) - 1
    return sum((code & mask) << width * lane for lane, code in enumerate(row))


def _shaped(name: str, values: np.ndarray, shape: tuple[int, ...]) -> None:
    if values.shape != shape:
        raise ValueError(f"Engine {name} must have shape {shape}, not {values.shape}")


def _stages(config: Config, thresholds: np.ndarray) -> list[np.ndarray]:
    """The thresholds of each stage of the search: (sets, cols, 2^stage)."""
    search = config.post.search
    if search is None:
        return []
    if np.any(np.diff(thresholds, axis=2) < 0):
        raise ValueError("Engine thresholds must ascend within each channel")
    full = (1 << search.stages) - 1 - config.levels
    table = np.pad(thresholds, ((0, 0), (0, 0), (0, full)), constant_values=config.acc.high)
    spans = [1 << search.stages - stage for stage in range(search.stages)]
    return [table[..., span // 2 - 1 :: span] for span in spans]


def _scales(config: Config, multiplier: np.ndarray, shift: np.ndarray) -> list[int]:
    """Multiplier and shift of each column."""
    sets, unit, bits = config.program.sets, config.requantize, config.post.shift_bits
    _shaped("multiplier", multiplier, (sets, config.cols))
    _shaped("shift", shift, (sets, config.cols))
    used = sorted({one.set for one in config.program.passes
                   if config.program.of(one).post == "requantize"})  # fmt: skip
    low, high = unit.right
    if used and (shift[used].min() < low or shift[used].max() > high):
        found = f"{shift[used].min()} to {shift[used].max()}"
        raise ValueError(f"Engine shift must be from {low} to {high}, not {found}")
    factors = columns("multiplier", Number(width=31 + unit.left), multiplier[:, :, None])
    if not bits:
        return factors
    beyond = np.clip(shift, low, high) - low  # others are not looked at
    shifts = columns("shift", Number(width=bits), beyond[:, :, None])
    return [factor | more << 31 + unit.left for factor, more in zip(factors, shifts)]

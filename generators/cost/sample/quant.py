# amaranth: UnusedElaboratable=no

"""What quantizes: thresholds, requantization; and the arg max."""

from functools import partial

import numpy as np

from generators.cost.sample.case import Sample, drawn, integers, pick, size
from hdl.number import Number, holding
from hdl.quant.argmax import ArgMax
from hdl.quant.lanes import ThresholdLanes
from hdl.quant.requantize_lanes import RequantizeLanes
from hdl.quant.requantize_table import RequantizeTable
from hdl.quant.threshold import Threshold

__all__ = ["argmax", "designed", "draw", "lanes", "requantize", "threshold"]

THRESHOLDS = ((32, 1, 8), (16, 7, 10), (64, 15, 12), (8, 255, 16))  # channels, levels, bits
LANES = (  # items, lanes, channels, levels, bits
    (64, 8, 64, 3, 8), (256, 4, 32, 1, 10), (48, 16, 16, 15, 9), (128, 2, 128, 7, 12),
)  # fmt: skip
ARGMAXES = ((10, 1, 11), (10, 4, 11), (100, 10, 8))  # items, lanes, bits
REQUANTIZE = (  # items, lanes, bits of the sums, shifts that differ, powers of two
    (64, 1, 20, 3, False), (64, 8, 20, 3, False), (16, 4, 18, 1, False), (10, 1, 14, 2, False),
    (256, 4, 24, 5, False), (64, 2, 28, 3, False), (64, 8, 20, 3, True), (64, 64, 20, 3, False),
)  # fmt: skip


def threshold(channels: int, levels: int, width: int) -> Threshold:
    """A threshold unit with random thresholds."""
    return Threshold(_unit(channels, levels, width), _values(channels, levels, width))


def lanes(items: int, lanes: int, channels: int, levels: int, width: int) -> ThresholdLanes:
    """Threshold units in lanes, with random thresholds."""
    config = ThresholdLanes.Config(items=items, lanes=lanes,
                                   threshold=_unit(channels, levels, width))  # fmt: skip
    return ThresholdLanes(config, _values(channels, levels, width))


def _unit(channels: int, levels: int, width: int) -> Threshold.Config:
    return Threshold.Config(channels=channels, levels=levels, x=Number(width=width, signed=True),
                            o=holding(0, levels))  # fmt: skip


def _values(channels: int, levels: int, width: int) -> np.ndarray:
    return np.sort(integers(Number(width=width, signed=True), (channels, levels)), axis=1)


def argmax(items: int, lanes: int, width: int) -> ArgMax:
    """An arg max of signed scores."""
    return ArgMax(ArgMax.Config(items=items, lanes=lanes, x=Number(width=width, signed=True)))


def requantize(items: int, lanes: int, bits: int, shifts: int, power: bool) -> RequantizeLanes:
    """Sums to int8, each item a channel, of so many right shifts from 8 on."""
    multiplier = integers(Number(width=30), items) * (not power) + (1 << 30)
    table = RequantizeTable.Config.of(
        multiplier, 8 + np.arange(items) % shifts, zero_point=-9,
        x=Number(width=bits, signed=True), o=Number(width=8, signed=True),
    )  # fmt: skip
    return RequantizeLanes(RequantizeLanes.Config(items=items, lanes=lanes, table=table))


def _threshold(*case) -> Sample:
    name = "{} channels {} levels {} bits".format(*case)
    return Sample("threshold", name, partial(threshold, *case))


def _lanes(*case) -> Sample:
    name = "{} items in {} lanes, {} channels {} levels {} bits".format(*case)
    return Sample("lanes", name, partial(lanes, *case))


def _argmax(*case) -> Sample:
    name = "{} items in {} lanes of {} bits".format(*case)
    return Sample("argmax", name, partial(argmax, *case))


def _requantize(*case) -> Sample:
    *_, power = case
    name = "{} items in {} lanes of {} bits, {} shifts".format(*case)
    return Sample("requantize", name + " of powers of two" * power, partial(requantize, *case))


def designed() -> tuple[Sample, ...]:
    """What the estimates are fitted to."""
    cases = ((_threshold, THRESHOLDS), (_lanes, LANES), (_argmax, ARGMAXES),
             (_requantize, REQUANTIZE))  # fmt: skip
    return tuple(make(*case) for make, some in cases for case in some)


def _drawn_threshold(rng: np.random.Generator) -> Sample:
    levels, width = pick(rng, 1, 2, 3, 7, 15, 15, 31), int(rng.integers(4, 19))
    return _threshold(size(rng, 1, 128), levels, width)


def _drawn_lanes(rng: np.random.Generator) -> Sample:
    levels, width = pick(rng, 1, 2, 3, 3, 7, 15), int(rng.integers(4, 17))
    some = size(rng, 1, 16)
    channels = some * size(rng, 1, 16) if rng.random() < 0.7 else size(rng, 1, 64)
    return _lanes(channels * size(rng, 1, 16), some, channels, levels, width)


def _drawn_argmax(rng: np.random.Generator) -> Sample:
    items = size(rng, 2, 200)
    return _argmax(items, size(rng, 1, min(items, 16)), int(rng.integers(4, 20)))


def _drawn_requantize(rng: np.random.Generator) -> Sample:
    some = size(rng, 1, 12)
    items = some * size(rng, 1, 32)
    return _requantize(items, some, int(rng.integers(12, 31)), pick(rng, 1, 2, 3, 5),
                       bool(rng.random() < 0.2))  # fmt: skip


def draw(rng: np.random.Generator, count: int) -> list[Sample]:
    """Random ones."""
    return drawn(rng, count, (
        _drawn_lanes, _drawn_requantize, _drawn_threshold, _drawn_argmax, _drawn_requantize,
    ))  # fmt: skip

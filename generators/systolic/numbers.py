"""The numbers of one array for all layers of a network, and how weights are written in them."""

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from generators.systolic.shape import Shape
from generators.systolic.stage import Chain, Stage
from hdl.number import BIPOLAR, Number, holding

__all__ = ["Numbers", "idle", "numbers"]


@dataclass(frozen=True, kw_only=True)
class Numbers:
    """Activations ``x`` and weights ``w`` of an array, and its sums ``acc``.

    Where both are bipolar, sums are counts of the synapses that agree, (sum + synapses) / 2.
    ``levels``: thresholds of an output at most, 0 where there are none.
    """

    x: Number
    w: Number
    acc: Number
    levels: int

    @property
    def popcount(self) -> bool:
        """Whether sums are counts."""
        return self.x.bipolar and self.w.bipolar

    def code(self, stage: Stage) -> tuple[int, int]:
        """Base and gain: what a stage writes where no threshold is reached, and more for each.

        As a signed or unsigned number; a bipolar activation among such is -1 or +1, else its bit.
        """
        if not stage.o.bipolar:
            return stage.base, 1
        return (0, 1) if self.x.bipolar else (-1, 2)

    def odd(self, stage: Stage) -> np.ndarray:
        """What is added to doubled counts so that they are sums, in each output."""
        return stage.bias - stage.weights[0].size

    def thresholds(self, stage: Stage) -> np.ndarray:
        """Those of a stage, of the sums or counts of this array, (outputs, levels), ascending."""
        if not self.popcount:
            return stage.thresholds
        return -(-(stage.thresholds + stage.weights[0].size) // 2)  # count = (sum + synapses) / 2

    def bits(self, value: int) -> int:
        """The bits of an activation."""
        return (value + 1) // 2 if self.x.bipolar else value & (1 << self.x.width) - 1

    @property
    def zero(self) -> int:
        """The value whose bits are all zero."""
        return -1 if self.x.bipolar else 0

    def padding(self, stage: Stage) -> int:
        """The value around a stage's map, and of lanes beyond what is stored of it."""
        return self.zero if stage.pad_value is None else stage.pad_value

    def idle_weights(self, values: np.ndarray) -> np.ndarray:
        """Weights of lanes whose activations are always these and no part of the layer.

        0; in an array of bipolar weights those that count nothing, or +1 and -1 in turn.
        """
        if not self.w.bipolar:
            return np.zeros_like(values)
        return -values if self.popcount else 1 - 2 * (np.arange(len(values)) % 2)


def idle(numbers: Numbers, shape: Shape, stage: Stage, before: Stage | None) -> np.ndarray:
    """The value in each lane of a pixel's words, where it is no channel of the stage.

    The host's words are filled with zeros. The stage before writes whole groups of columns, the
    outputs beyond its own at their base; what it does not write is taken for padding.
    """
    channels = stage.source[2]
    lanes = -(-channels // shape.word) * shape.word
    if before is None:
        return np.full(lanes, numbers.zero)
    values = np.full(lanes, numbers.padding(stage))
    values[: -(-channels // shape.cols) * shape.cols] = before.base
    return values


def numbers(chain: Chain, shape: Shape) -> Numbers:
    """The narrowest numbers that hold those of all stages.

    Weights that are all bipolar are so in the array, unless a stage has lanes without a channel
    whose values change, in the map and around it, so that these need weights of 0; or counts would
    not be as even or odd as the sums that are wanted.
    """
    found, final = _held(chain, True), chain.stages[-1]
    if not found.w.bipolar:
        return found
    alike = final.thresholds is not None or len(set(found.odd(final) % 2)) == 1
    if _steady(found, shape, chain.stages) and (alike or not found.popcount):
        return found
    return _held(chain, False)


@lru_cache(maxsize=8)
def _held(chain: Chain, bipolar: bool) -> Numbers:
    """The numbers of all stages; bipolar ones as such, or as integers."""
    stages = chain.stages
    xs = [(s.x.bipolar, s.x.low, s.x.high) for s in stages]
    xs += [(abs(s.pad_value) == 1, s.pad_value, s.pad_value) for s in stages
           if s.pad_value is not None]  # fmt: skip
    final = stages[-1]
    if not final.raw:  # what is written passes through the same units
        xs.append((final.o.bipolar, final.o.low, final.o.high))
    ws = [(s.w.bipolar, int(s.weights.min()), int(s.weights.max())) for s in stages]
    others = [] if bipolar else [(False, 0, 0)]
    return _summed(stages, _common([*xs, *others]), _common([*ws, *others]))


def _steady(found: Numbers, shape: Shape, stages: tuple[Stage, ...]) -> bool:
    """Whether lanes without a channel hold the same in a map as around it."""
    for stage, before in zip(stages, [None, *stages]):
        values = idle(found, shape, stage, before)[stage.source[2] :]
        if stage.pad_value is not None and np.any(values != stage.pad_value):
            return False
    return True


def _summed(stages: tuple[Stage, ...], x: Number, w: Number) -> Numbers:
    """With the narrowest sums, of which the highest is never reached."""
    found = Numbers(x=x, w=w, acc=Number(width=1), levels=1)
    low = high = 0
    for stage in stages:
        one = (0, stage.weights[0].size) if found.popcount else stage.sum_range
        if w.bipolar and not x.bipolar:  # what lanes without a channel may add
            most = max(abs(s.base) for s in stages) + abs(stage.pad_value or 0)
            one = one[0] - most * stage.taps, one[1] + most * stage.taps
        low, high = min(low, one[0]), max(high, one[1] + 1)
        bias = found.odd(stage) >> 1 if found.popcount and stage.raw else stage.bias
        low, high = min(low, bias.min(), one[0] + bias.min()), max(high, one[1] + bias.max())
    levels = max((found.thresholds(s).shape[1] for s in stages if s.thresholds is not None),
                 default=0)  # fmt: skip
    return replace(found, acc=holding(int(low), int(high)), levels=levels)


def _common(ranges: list[tuple[bool, int, int]]) -> Number:
    if all(bipolar for bipolar, _, _ in ranges):
        return BIPOLAR
    return holding(min(low for _, low, _ in ranges), max(high for _, _, high in ranges))

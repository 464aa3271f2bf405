"""The static side of a sliding window unit: its sizes, its line buffer and its schedule."""

from dataclasses import dataclass, replace
from functools import cached_property, lru_cache

import numpy as np
from amaranth.lib import data

from hdl import memory
from hdl.checks import positive
from hdl.number import Number
from hdl.stream.schedule import frames_of
from hdl.window.sliding_schedule import Schedule
from hdl.window.sliding_walk import Axis, Walk

__all__ = ["Config"]


@dataclass(frozen=True, kw_only=True)
class Config:
    """Size of a sliding window unit; pairs are (vertical, horizontal).

    height, width, channels : the map.
    lanes : items of a transfer; they divide the channels of a block.
    kernel, stride, dilation : as of a convolution.
    padding : (top, left, bottom, right) pixels around the map.
    x : items.
    pad_code : what stands in every lane outside the map, as the code of an item.
    repeats : how often each block of a window is emitted.
    blocks : parts of the channels that a window is emitted in, one after the other.
    depth : words of the line buffer; 0 or None is the least.
    """

    height: int
    width: int
    channels: int
    lanes: int
    kernel: tuple[int, int]
    stride: tuple[int, int] = (1, 1)
    dilation: tuple[int, int] = (1, 1)
    padding: tuple[int, int, int, int] = (0, 0, 0, 0)
    x: Number
    pad_code: int = 0
    repeats: int = 1
    blocks: int = 1
    depth: int = 0

    latency = 2
    """Cycles from the very first input transfer to the first output transfer."""

    def __post_init__(self) -> None:
        owner = "SlidingWindow"
        positive(owner, height=self.height, width=self.width, channels=self.channels)
        positive(owner, lanes=self.lanes, repeats=self.repeats, blocks=self.blocks)
        for name in ("kernel", "stride", "dilation"):
            _integers(name, getattr(self, name), 2, 1)
        _integers("padding", self.padding, 4, 0)
        if self.channels % self.blocks:
            which = f"{self.channels} channels, not {self.blocks}"
            raise ValueError(f"{owner} blocks must divide the {which}")
        block = self.channels // self.blocks
        if block % self.lanes:
            which = f"{block} channels of a block, not {self.lanes}"
            raise ValueError(f"{owner} lanes must divide the {which}")
        for what, axis in (("high", self._axes[0]), ("wide", self._axes[1])):
            if axis.span > axis.padded:
                most = f"at most the {axis.padded} pixels of the padded map"
                raise ValueError(f"{owner} kernel must be {most} {what}, not {axis.span}")
            if not axis.inside.any():
                raise ValueError(f"{owner} must have a window that reads the map")
        low, high = _codes(self.x)
        if not isinstance(self.pad_code, int) or not low <= self.pad_code <= high:
            which = f"{low}..{high}, not {self.pad_code!r}"
            raise ValueError(f"{owner} pad_code must be a code of x, {which}")
        if self.depth in (0, None):
            object.__setattr__(self, "depth", self.least_depth)
        if not isinstance(self.depth, int) or self.depth < self.least_depth:
            least = f"an integer of at least {self.least_depth}"
            raise ValueError(f"{owner} depth must be {least}, not {self.depth!r}")

    @property
    def _axes(self) -> tuple[Axis, Axis]:
        top, left, bottom, right = self.padding
        sizes, edges = (self.height, self.width), ((top, bottom), (left, right))
        y, x = (
            Axis(size=size, kernel=k, stride=s, dilation=d, before=before, after=after)
            for size, k, s, d, (before, after) in zip(
                sizes, self.kernel, self.stride, self.dilation, edges
            )
        )
        return y, x

    @cached_property
    def walk(self) -> Walk:
        """The order of reads and releases, which does not depend on the depth."""
        y, x = self._axes
        return _kept(Walk(y=y, x=x, groups=self.groups, blocks=self.blocks, repeats=self.repeats))

    @property
    def payload(self) -> data.ArrayLayout:
        """Layout of the payload, on both sides."""
        return data.ArrayLayout(self.x.shape, self.lanes)

    @property
    def out_height(self) -> int:
        """Rows of windows."""
        return self._axes[0].windows

    @property
    def out_width(self) -> int:
        """Windows of a row."""
        return self._axes[1].windows

    @property
    def groups(self) -> int:
        """Transfers of a pixel."""
        return self.channels // self.lanes

    @property
    def i_beats(self) -> int:
        """Input transfers of a frame."""
        return self.walk.words

    @property
    def o_beats(self) -> int:
        """Output transfers of a frame."""
        return self.walk.windows * self.walk.transfers

    @property
    def least_depth(self) -> int:
        """Words below which the unit would wait for ever."""
        return self.walk.least_depth

    @property
    def storage_bits(self) -> int:
        """Bits of the line buffer."""
        return self.depth * self.payload.size

    @property
    def luts(self) -> int:
        """LUTs of the line buffer as LUT RAM."""
        return memory.lut_ram(self.payload.size, self.depth)

    @property
    def bram18(self) -> int:
        """Block RAMs of the line buffer as block RAM."""
        return memory.bram18(self.payload.size, self.depth)

    @property
    def storage(self) -> str:
        """``lut`` or ``bram``, whichever takes the smaller share of the part."""
        return "lut" if self.luts <= memory.LUTS_PER_BRAM18 * self.bram18 else "bram"

    @cached_property
    def _schedule(self) -> Schedule:
        return Schedule(self.walk, self.depth)

    @cached_property
    def interval(self) -> int:
        """Cycles a frame in the steady state, when neither side stalls."""
        return self._schedule.interval()

    def depart(self, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Cycle of each input and of each output transfer, the consumer always ready.

        ``arrivals`` holds the cycle, counted from reset, from which on each input transfer of one
        or several back-to-back frames is offered.
        """
        frames_of(arrivals, self.i_beats)
        return self._schedule.depart(arrivals)

    def fitted(self, interval: int) -> "Config":
        """The same with the least depth that takes at most so many cycles a frame.

        It is rounded up where that takes no more storage: to a power of two, as addresses then
        wrap by themselves, or to full LUT RAMs, as there are fewer words to choose from then.
        ValueError if no depth is enough.
        """
        least = max(self.i_beats, self.o_beats)
        if interval < least:
            owner = "SlidingWindow interval"
            raise ValueError(f"{owner} must be at least {least} cycles, not {interval!r}")
        low, high = self.least_depth, self.least_depth + 2 * self.i_beats + 2
        while low < high:
            middle = (low + high) // 2
            if replace(self, depth=middle).interval <= interval:
                high = middle
            else:
                low = middle + 1
        fit = replace(self, depth=low)
        for depth in (1 << (low - 1).bit_length(), -(-low // 64) * 64):
            more = replace(self, depth=depth)
            if (more.storage, more._cost) == (fit.storage, fit._cost):
                return more
        return fit

    @property
    def _cost(self) -> int:
        return self.luts if self.storage == "lut" else self.bram18


@lru_cache(maxsize=64)
def _kept(walk: Walk) -> Walk:
    """The same object for all depths, with what it has computed."""
    return walk


def _codes(x: Number) -> tuple[int, int]:
    return (0, 1) if x.bipolar else (x.low, x.high)


def _integers(name: str, value: object, length: int, least: int) -> None:
    right = isinstance(value, tuple) and len(value) == length
    if not right or not all(isinstance(one, int) and one >= least for one in value):
        what = f"{length} integers of at least {least}, not {value!r}"
        raise TypeError(f"SlidingWindow {name} must be {what}")

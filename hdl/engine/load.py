"""From a stream of items to the words of the input memory."""

from dataclasses import dataclass
from functools import cached_property
from math import gcd

import numpy as np
from amaranth.hdl import Cat, Module, Signal, Value
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.counter import walk
from hdl.number import Number
from hdl.stream.converter import Converter
from hdl.stream.schedule import one_a_cycle

__all__ = ["Load", "Map", "chain", "connect", "departs", "halves"]


@dataclass(frozen=True, kw_only=True)
class Map:
    """A map at an end of the engine: pixels of channels, so many items a transfer of its stream."""

    pixels: int
    channels: int
    lanes: int

    def __post_init__(self) -> None:
        positive("Map", pixels=self.pixels, channels=self.channels, lanes=self.lanes)

    @property
    def items(self) -> int:
        """Items of a frame."""
        return self.pixels * self.channels

    def words(self, lanes: int) -> int:
        """Words of so many lanes; each pixel starts with a new one."""
        return self.pixels * -(-self.channels // lanes)

    def whole(self, lanes: int) -> bool:
        """Whether words of so many lanes hold the items one after the other, without a gap."""
        return self.pixels == 1 or self.channels % lanes == 0


class Load(wiring.Component):
    """Fill a half of the input memory with a batch, while the other is read.

    Each pixel starts with a new word; lanes beyond its channels are zero.

    Members
    -------
    i : ``In(stream.Signature(ArrayLayout(config.i.shape, config.map.lanes)))``
        Items of each frame, the last transfer of one padded.
    room : ``In(1)``
        Whether a half may be filled.
    address, write : ``Out``
        The half as the highest bit; whether to write there.
    o : ``Out(lanes * config.o.width)``
        The word.
    done : ``Out(1)``
        Whether it is the batch's last.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Items of a stream, and lanes of a word, whose numbers hold those items."""

        map: Map
        frames: int
        lanes: int
        i: Number
        o: Number

        @property
        def stream(self) -> stream.Signature:
            """The items."""
            return stream.Signature(data.ArrayLayout(self.i.shape, self.map.lanes))

        @property
        def words(self) -> int:
            """Of a batch."""
            return self.frames * self.map.words(self.lanes)

        @property
        def transfers(self) -> int:
            """Of a batch."""
            return self.frames * -(-self.map.items // self.map.lanes)

        @cached_property
        def converters(self) -> tuple[Converter.Config, ...]:
            """What makes words of transfers."""
            some, width = self.map, self.i.width
            if some.whole(self.lanes):
                return chain(width, (some.items, some.lanes, self.lanes))
            few = gcd(gcd(some.lanes, some.channels), self.lanes)
            return chain(width, (some.items, some.lanes, few), (some.channels, few, self.lanes))

        def depart(self, batches: int) -> np.ndarray:
            """Cycle in which each word is written, the first item coming in cycle 0."""
            return departs(self.converters, np.zeros(batches * self.transfers, int))[1]

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "i": In(config.stream),
            "room": In(1),
            "address": Out(halves(config.words)),
            "write": Out(1),
            "o": Out(config.lanes * config.o.width),
            "done": Out(1),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        words = connect(m, config.converters, wiring.flipped(self.i), "convert")
        place, _, last = walk(m, self.write, config.words, "place")
        half = Signal()
        with m.If(self.done):
            m.d.sync += half.eq(~half)
        m.d.comb += [
            words.ready.eq(self.room),
            self.write.eq(words.valid & self.room),
            self.address.eq(Cat(place, half) if config.words > 1 else half),
            self.done.eq(self.write & last),
        ]
        for lane in range(config.lanes):
            item = words.payload.as_value().word_select(lane, config.i.width)
            m.d.comb += self.o.word_select(lane, config.o.width).eq(self._code(item))
        return m

    def _code(self, item: Value) -> Value:
        """An item as a number of the array."""
        config = self.config
        if config.i.bipolar and not config.o.bipolar:
            return config.i.value(item)
        return item.as_signed() if config.i.signed else item


def halves(words: int) -> int:
    """Bits of the address of two halves of so many words, each from a power of two on."""
    return (words - 1).bit_length() + 1


def chain(width: int, *sizes: tuple[int, int, int]) -> tuple[Converter.Config, ...]:
    """Converters one after the other, of frames of items from lanes to lanes; none for wires."""
    return tuple(Converter.Config(width=width, items=items, i_lanes=i, o_lanes=o)
                 for items, i, o in sizes if i != o or items % i)  # fmt: skip


def departs(converters, arrivals: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Cycle of each transfer into the first converter, and out of the last one."""
    accepted, times = None, arrivals
    for one in converters:
        taken, times = one.depart(times)
        accepted = taken if accepted is None else accepted
    if accepted is None:
        accepted = times = one_a_cycle(arrivals)
    return accepted, times


def connect(m: Module, converters, words, name: str):
    """The stream behind converters, each a submodule."""
    for number, one in enumerate(converters):
        unit = Converter(one)
        m.submodules[f"{name}{number}"] = unit
        wiring.connect(m, words, unit.i)
        words = unit.o
    return words



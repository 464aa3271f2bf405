"""From the words of the output memory to a stream of items."""

from dataclasses import dataclass
from functools import cached_property
from math import gcd

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import data, stream, wiring
from amaranth.lib.wiring import In, Out

from hdl.counter import walk
from hdl.engine.load import Map, chain, connect, halves
from hdl.number import Number
from hdl.stream.converter import Converter
from hdl.stream.skid import skid

__all__ = ["Unload"]


class Unload(wiring.Component):
    """Read a half of the output memory, a batch, while the other is written.

    Members
    -------
    there : ``In(1)``
        Whether a half is to be read.
    address, en : ``Out``
        The half as the highest bit; whether the memory is to read.
    i : ``In(cols * config.number.width)``
        The word, a cycle later.
    done : ``Out(1)``
        Whether the batch's last word is read.
    o : ``Out(stream.Signature(ArrayLayout(config.number.shape, config.map.lanes)))``
        Items of each frame, zeros beyond the last one in its last transfer.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Lanes of a word, and items of a stream; each pixel starts with a new word."""

        map: Map
        frames: int
        lanes: int
        number: Number

        @property
        def stream(self) -> stream.Signature:
            """The items."""
            return stream.Signature(data.ArrayLayout(self.number.shape, self.map.lanes))

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
            """What makes transfers of words."""
            some, width = self.map, self.number.width
            if some.whole(self.lanes):
                return chain(width, (some.items, self.lanes, some.lanes))
            few = gcd(some.lanes, some.channels)
            return chain(width, (some.channels, self.lanes, few), (some.items, few, some.lanes))

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "there": In(1),
            "address": Out(halves(config.words)),
            "en": Out(1),
            "i": In(config.lanes * config.number.width),
            "done": Out(1),
            "o": Out(config.stream),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        read, valid, half = Signal(), Signal(), Signal()
        place, _, last = walk(m, read, config.words, "place")
        layout = data.ArrayLayout(config.number.shape, config.lanes)
        words = stream.Signature(layout).create()
        en = skid(m, words, valid, self.i)
        with m.If(en):
            m.d.sync += valid.eq(self.there)
        with m.If(self.done):
            m.d.sync += half.eq(~half)
        m.d.comb += [
            self.en.eq(en),
            read.eq(en & self.there),
            self.done.eq(read & last),
            self.address.eq(Cat(place, half) if config.words > 1 else half),
        ]
        items = connect(m, config.converters, words, "convert")
        wiring.connect(m, items, wiring.flipped(self.o))
        return m

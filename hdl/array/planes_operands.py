"""A memory of bit planes in two banks: one is written while the other is read again and again."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import stream, wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.counter import after

__all__ = ["PLANE_BITS", "Operands", "following"]

PLANE_BITS = 3
"""Of the number of a plane: there are up to eight."""


class Operands(wiring.Component):
    """Planes of a tile's operands, word by word, read in any order while the next ones come.

    ``load`` announces a tile: its transfers follow, of each word all planes, plane 0 first. From
    the cycle of the last one on, ``loaded`` is high, and ``take`` may exchange the banks: from the
    next cycle on the tile is read. Without a ``load`` before it, ``take`` keeps the tile.
    ``load`` may come with ``take``, not before it, so only while ``loaded``.

    Members
    -------
    i : ``In(stream.Signature(config.width))``
        Planes.
    load : ``In(1)``
    more_planes, more_words : ``In``
        Planes of a word and words of the tile, less one each, with ``load``.
    loaded : ``Out(1)``
        Follows ``i.valid`` combinationally; the rest of it are registers.
    take : ``In(1)``
    en : ``In(1)``
        Clock enable of what is read.
    plane, word : ``In``
        What to read.
    o : ``Out(config.width)``
        It, ``config.latency`` enabled cycles later.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Bits of a plane of a word, and the most words of a tile."""

        width: int
        words: int

        latency = 2

        def __post_init__(self) -> None:
            positive("Operands", width=self.width, words=self.words)

        @property
        def word_bits(self) -> int:
            """Of the number of a word."""
            return (self.words - 1).bit_length()

        @property
        def depth(self) -> int:
            """Rows of the memory."""
            return 2 << PLANE_BITS + self.word_bits

        @property
        def storage_bits(self) -> int:
            """Bits of the memory."""
            return self.width * self.depth

    i: stream.Interface

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "i": In(stream.Signature(config.width)),
            "load": In(1),
            "more_planes": In(PLANE_BITS),
            "more_words": In(config.word_bits),
            "loaded": Out(1),
            "take": In(1),
            "en": In(1),
            "plane": In(PLANE_BITS),
            "word": In(config.word_bits),
            "o": Out(config.width),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        bank, fresh, busy = Signal(), Signal(), Signal()
        plane, word = Signal(PLANE_BITS), Signal(config.word_bits)
        more_planes, more_words = Signal.like(self.more_planes), Signal.like(self.more_words)
        comes = Signal()
        # Of the transfer that is awaited: whether it is the last of a word, and of the tile.
        whole, last = Signal(), Signal()
        m.d.comb += [
            self.i.ready.eq(busy),
            comes.eq(self.i.valid & busy),
            self.loaded.eq(~busy | (self.i.valid & last)),
        ]
        next_plane = after(plane, whole)
        next_word = Mux(whole, following(word, last), word)
        next_whole = next_plane == more_planes
        with m.If(comes):
            m.d.sync += [plane.eq(next_plane), word.eq(next_word)]
            m.d.sync += [whole.eq(next_whole), last.eq(next_whole & (next_word == more_words))]
        # Equations, not choices: load and take are too late for clock enables.
        m.d.sync += [
            busy.eq(self.load | ~self.loaded),
            fresh.eq(self.load | (fresh & ~self.take)),
            bank.eq(bank ^ (fresh & self.take)),
        ]
        with m.If(self.loaded):
            # A load may come, and comes late: what it does not tell apart is taken in any case.
            # Plane and word are 0, or become it with the last transfer of the tile before.
            single = self.more_planes == 0
            m.d.sync += [more_planes.eq(self.more_planes), more_words.eq(self.more_words)]
            m.d.sync += [whole.eq(single), last.eq(single & (self.more_words == 0))]

        shape = {"shape": config.width, "depth": config.depth, "init": []}
        m.submodules.memory = memory = Memory(**shape, attrs={"ram_style": "block"})
        write, read = memory.write_port(), memory.read_port()
        register = Signal(config.width, reset_less=True)
        m.d.comb += [
            write.addr.eq(Cat(word, plane, ~bank)),
            write.data.eq(self.i.payload),
            write.en.eq(comes),
            read.addr.eq(Cat(self.word, self.plane, bank)),
            read.en.eq(self.en),
            self.o.eq(register),
        ]
        with m.If(self.en):
            m.d.sync += register.eq(read.data)
        return m


def following(word: Value, last: Value) -> Value:
    """The number of the word after one, 0 after the last; of a single word, which has no bits."""
    return after(word, last) if len(word) else Const(0, 0)

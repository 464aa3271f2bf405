"""What starts each pass in its cycle."""

from collections.abc import Sequence
from dataclasses import dataclass

from amaranth.hdl import Module, Signal, Value
from amaranth.lib import data, wiring
from amaranth.lib.wiring import In, Out

from hdl.array.weights import Weights
from hdl.counter import after
from hdl.engine.words import Words

__all__ = ["Rom", "Sequencer"]


@dataclass(frozen=True, kw_only=True)
class Rom:
    """A program memory of so many words of so many bits; a single word is there twice."""

    width: int
    count: int

    @property
    def memory(self) -> Weights.Config:
        """Where it lies."""
        depth = max(2, self.count)
        storage = "lut" if depth <= 64 else "bram"
        return Weights.Config(width=self.width, depth=depth, storage=storage)

    @property
    def latency(self) -> int:
        """Cycles from an address to its word."""
        return self.memory.latency

    def build(self, words: Sequence[int]) -> Weights:
        """The memory with these words."""
        return Weights(self.memory, [*words, *words[:1] * (self.memory.depth - len(words))])


class Sequencer(wiring.Component):
    """Starts one pass after the other, batch after batch.

    A pass starts when the one before has sent its vectors and its weights are there
    (``layer.hold``), when the passes that it waits for are written, and the first of a batch when
    there are inputs and room for outputs. Everything that decides is a register.

    Parameters
    ----------
    words : :class:`Words`

    Members
    -------
    start : ``Out(1)``
        Whether a pass starts.
    one, layer : ``Out(words.one)``, ``Out(words.layer)``
        That pass and its loops, up to one and two cycles after it starts at least; afterwards the
        next one.
    half : ``Out(1)``
        Of the input memory, while a pass starts.
    written : ``In(1)``
        Whether all that a pass writes is as good as written.
    ready : ``In(1)``
        Whether weights may be swapped in when the vectors come.
    there, room : ``In(1)``
        Whether a batch is in the input memory, and a half of the output memory free.
    taken : ``Out(1)``
        Whether a batch starts.
    wants, moved : ``Out(1)``, ``In(1)``
        Where there are transfers: whether a pass waits for its own, and whether they are done.
    """

    def __init__(self, words: Words) -> None:
        self._words = words
        super().__init__({
            "start": Out(1),
            "one": Out(words.one),
            "layer": Out(words.layer),
            "half": Out(1),
            "written": In(1),
            "ready": In(1),
            "there": In(1),
            "room": In(1),
            "taken": Out(1),
            "wants": Out(1),
            "moved": In(1),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        words = self._words
        count = len(words.program.passes)
        number = Signal(range(max(2, count)))
        self._rom(m, "passes", words.pass_rom, number, self.one)
        self._rom(m, "layers", words.layer_rom, self.one.layer, self.layer)

        held = self._held(m)
        opens = Signal(init=1)  # the next pass is a batch's first
        m.d.comb += [
            self.start.eq(held & self._waited(m, held) & self.ready
                          & (~opens | (self.there & self.room))),
            self.taken.eq(self.start & opens),
        ]  # fmt: skip
        with m.If(self.start):
            m.d.sync += [
                number.eq(after(number, self.one.final)),
                opens.eq(self.one.final),
                self.half.eq(self.half ^ self.one.final),
            ]
        return m

    def _rom(self, m: Module, name: str, words: Sequence[int], address: Value,
             o: data.View) -> None:  # fmt: skip
        m.submodules[name] = rom = Rom(width=len(o.as_value()), count=len(words)).build(words)
        m.d.comb += [rom.en.eq(1), rom.address.eq(address), o.as_value().eq(rom.o)]

    def _held(self, m: Module) -> Value:
        """Whether the pass before has sent its vectors, as long as they take."""
        left, ready = Signal(len(self.layer.hold), init=self._words.interval - 1), Signal()
        with m.If(self.start):
            m.d.sync += [left.eq(self.layer.hold), ready.eq(0)]
        with m.Elif(~ready):
            m.d.sync += [left.eq(left - 1), ready.eq(left == 0)]
        return ready

    def _waited(self, m: Module, held: Value) -> Value:
        """Whether no more passes are on their way than the next one permits."""
        flying, ready = Signal(range(self._words.flying + 1)), Signal()
        with m.If(self.start & ~self.written):
            m.d.sync += flying.eq(flying + 1)
        with m.Elif(self.written & ~self.start):
            m.d.sync += flying.eq(flying - 1)
        enough = (self.one.wait == 0) | (flying < self.one.wait)
        if not self._words.program.transfers:
            m.d.sync += ready.eq(enough)
            return ready
        quiet = Signal()
        m.d.sync += [ready.eq(enough & (~self.one.moves | self.moved)), quiet.eq(flying == 0)]
        m.d.comb += self.wants.eq(held & quiet & self.one.moves)
        return ready

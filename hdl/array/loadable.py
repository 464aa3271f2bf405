"""Memories of parameters that are written at run time, through the load bus."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from amaranth.hdl import Cat, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.bus import load
from hdl.bus.load import WORD, Window
from hdl.checks import positive
from hdl.lookup import Table
from hdl.memory import LUTS_PER_BRAM18, bram18, lut_ram

__all__ = ["LUT_WORDS", "MOST_BITS", "Loadable", "Windows", "in_block", "windows"]
LUT_WORDS = 64
"""Words of a LUT RAM."""

MOST_BITS = WORD - 2
"""Bits of sums whose thresholds or bias are loaded, each a word of the load bus."""


class Loadable(wiring.Component):
    """A memory of weight words that reads as :class:`hdl.array.weights.Weights` does.

    It holds the words that it is given until others are written, in parts of 32 bits, each by
    itself, so that nothing waits for the rest of a word; it is to be written while nothing is read.
    A part is read with an address from the cycle behind its own on the load bus, and no reset
    changes it.

    Parameters
    ----------
    config : :class:`Loadable.Config`
    words : ints, ``config.depth`` of ``config.width`` bits
    window : its addresses on the load bus

    Members
    -------
    en, address, o
        As those of Weights.
    load : ``In(hdl.bus.load.signature())``

    Raises
    ------
    ValueError
        If there is another number of words, or the window is another memory's.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Size of the memory: ``depth`` words of ``width`` bits, ``block`` if in block RAM.

        Else it is LUT RAM with a register behind, or one word in registers.
        """

        width: int
        depth: int
        block: bool = False

        storage = "ram"

        def __post_init__(self) -> None:
            positive("Loadable", width=self.width, depth=self.depth)

        @property
        def latency(self) -> int:
            """Enabled cycles from address to word."""
            return 2 if self.block else 1

        @property
        def bits(self) -> int:
            """Stored bits."""
            return self.width * self.depth

        @property
        def parts(self) -> tuple[int, ...]:
            """Bits of each part of a word."""
            last = self.width % WORD
            return (WORD,) * (self.width // WORD) + ((last,) if last else ())

        @property
        def window(self) -> Window:
            """Its addresses, from 0."""
            return Window(words=self.depth, parts=len(self.parts))

        @property
        def lut(self) -> int:
            """LUTs of the memory, and of the multiplexer behind several banks of 64 words."""
            if self.block or self.depth == 1:
                return 0
            banks = -(-self.depth // LUT_WORDS)
            chosen = self.width * -(-(banks - 1) // 3)
            return sum(lut_ram(bits, self.depth) for bits in self.parts) + chosen

        @property
        def bram18(self) -> int:
            """Block RAMs of 18 kbit."""
            return sum(bram18(bits, self.depth) for bits in self.parts) if self.block else 0

    def __init__(self, config: Config, words: Sequence[int], window: Window) -> None:
        if len(words) != config.depth:
            raise ValueError(f"Loadable must hold {config.depth} words, not {len(words)}")
        if (window.words, window.parts) != (config.depth, len(config.parts)):
            asked, got = f"{len(config.parts)} x {config.depth}", f"{window.parts} x {window.words}"
            raise ValueError(f"Loadable window must have {asked} addresses, not {got}")
        self.config = config
        self._words, self._window = words, window
        super().__init__({
            "en": In(1),
            "address": In(range(config.depth)),
            "o": Out(config.width),
            "load": In(load.signature()),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config, window, bus = self.config, self._window, self.load
        hit, part, word = window.hit(bus), window.part(bus), window.word(bus)
        read, low = [], 0
        for number, bits in enumerate(config.parts):
            words = [one >> low & (1 << bits) - 1 for one in self._words]
            table = Table(m, f"part{number}", words, bits, block=config.block)
            table.write(hit & (part == number), word, bus.data)
            read.append(table.late(self.en, self.address))
            low += bits
        if not config.block:
            m.d.comb += self.o.eq(Cat(read))
            return m
        register = Signal(config.width, reset_less=True)
        with m.If(self.en):
            m.d.sync += register.eq(Cat(read))
        m.d.comb += self.o.eq(register)
        return m


def in_block(width: int, depth: int) -> bool:
    """Whether such a memory takes less of a part in block RAM than in LUT RAM."""
    block = Loadable.Config(width=width, depth=depth, block=True)
    return replace(block, block=False).lut > LUTS_PER_BRAM18 * block.bram18


@dataclass(frozen=True)
class Windows:
    """Where the memories of an MVTU lie on the load bus.

    weights : by memory, which of a row's bits it holds, and its window; a word is those of all
        lanes, lane 0 lowest, for a step
    activation : that of thresholds or of what sums start from, or None; its words are the steps of
        a lane's rows, its parts lane * 2^level_bits + level + 1, or the lanes if there is one value
    level_bits : address bits that tell the level, the lowest of a part
    """

    weights: tuple[tuple[tuple[int, ...], Window], ...]
    activation: Window | None
    level_bits: int

    @property
    def end(self) -> int:
        """The address behind all."""
        return self.activation.end if self.activation else self.weights[-1][1].end


def windows(config) -> Windows:
    """The windows of an MVTU whose storage is "ram", one behind the other from its load_base on."""
    slices = config.slices if config.sliced else (tuple(range(config.row_bits)),)
    end, weights = config.load_base, []
    for places in filter(None, slices):
        weights.append((places, config.memory(places).window.after(end)))
        end = weights[-1][1].end
    if not (config.levels or config.biased):
        return Windows(tuple(weights), None, 0)
    bits = config.threshold.stages if config.levels and not config.signs else 0
    lanes, steps = config.group_lanes * config.pe, config.group_sets * config.row_groups
    window = Window(words=steps, parts=lanes << bits).after(end)
    return Windows(tuple(weights), window, bits)

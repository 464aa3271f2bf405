"""Weight tiles on chip, and what shifts one into the array."""

from collections.abc import Sequence

from amaranth.hdl import Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.array.weights import Weights
from hdl.stream.delay import delay

__all__ = ["Tiles", "run"]


class Tiles(wiring.Component):
    """Read a tile, a column a cycle, the last one first.

    Parameters
    ----------
    config : of the memory, a word a column
    cols : words of a tile
    words : ints, those of tile 0 first, in it those of the last column

    Members
    -------
    load : ``In(1)``
        Whether to read a tile.
    tile : ``In(range(config.depth))``
        Its first word.
    w_load, w : ``Out(1)``, ``Out(config.width)``
        The words, ``config.latency + 1`` cycles later the first one.
    """

    def __init__(self, config: Weights.Config, cols: int, words: Sequence[int]) -> None:
        self.config = config
        self._cols, self._words = cols, words
        super().__init__({
            "load": In(1),
            "tile": In(range(config.depth)),
            "w_load": Out(1),
            "w": Out(config.width),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        m.submodules.memory = memory = Weights(self.config, self._words)
        place, reads = run(m, self.load, self.tile, self._cols, "word")
        m.d.comb += [
            memory.en.eq(1),
            memory.address.eq(place),
            self.w_load.eq(delay(m, Const(1), reads, self.config.latency, "load", reset=True)),
            self.w.eq(memory.o),
        ]
        return m


def run(m: Module, start, first, count: int, name: str) -> tuple[Signal, Signal]:
    """An address that counts from first on, for count cycles from the one after start."""
    place, left = Signal(len(first), name=name), Signal(range(count), name=f"{name}_left")
    runs = Signal(name=f"{name}_runs")
    m.d.sync += place.eq(place + 1)
    with m.If(start):
        m.d.sync += [place.eq(first), left.eq(count - 1), runs.eq(1)]
    with m.Elif(left == 0):
        m.d.sync += runs.eq(0)
    with m.Else():
        m.d.sync += left.eq(left - 1)
    return place, runs

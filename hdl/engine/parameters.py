"""Parameters of the columns, of the set that is in use."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.array.weights import Weights
from hdl.checks import positive
from hdl.stream.delay import delay

__all__ = ["Parameters"]


class Parameters(wiring.Component):
    """Fetch a set of parameters, a word a column, one a cycle, while another set is in use.

    The words of a set lie one after the other, column cols - 1 first. They are shifted along the
    columns behind those in use; ``swap`` takes them over. A part of several has its own memory and
    its own time, so that each stage of a pipeline takes over its parameters when it needs them.

    Parameters
    ----------
    config : :class:`Parameters.Config`
    words : ints, of all sets

    Members
    -------
    address : ``In(range(depth))``
        Which word to fetch.
    shift : ``In(1)``
        Whether it is wanted.
    swap : ``In(1)``
        Whether what was fetched is used from the next cycle on: not before
        ``config.latency`` cycles after the last word's address.
    o : ``Out(cols * width)``
        The parameters in use, column 0 lowest.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Bits of a column's parameters, columns, and words of all sets."""

        width: int
        cols: int
        depth: int

        def __post_init__(self) -> None:
            positive("Parameters", width=self.width, cols=self.cols, depth=self.depth)

        @property
        def memory(self) -> Weights.Config:
            """Where they lie."""
            small = self.depth <= 64
            storage = "const" if self.depth == 1 else "lut" if small else "bram"
            return Weights.Config(width=self.width, depth=self.depth, storage=storage)

        @property
        def fetch(self) -> int:
            """Cycles from an address to its word."""
            return 0 if self.memory.storage == "const" else self.memory.latency

        @property
        def latency(self) -> int:
            """Cycles from an address until its word may be swapped in."""
            return self.fetch + 1

    def __init__(self, config: Config, words: list[int]) -> None:
        self.config = config
        self._words = words
        super().__init__({
            "address": In(range(config.depth)),
            "shift": In(1),
            "swap": In(1),
            "o": Out(config.cols * config.width),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        m.submodules.memory = memory = Weights(config.memory, self._words)
        shift = delay(m, Const(1), self.shift, config.fetch, "shift", reset=True)
        m.d.comb += [memory.en.eq(1), memory.address.eq(self.address)]
        # Resettable, or synthesis would make shift registers of them, which cannot be read.
        behind, used = Signal(len(self.o)), Signal(len(self.o), reset_less=True)
        with m.If(shift):
            m.d.sync += behind.eq(Cat(memory.o, behind))
        with m.If(self.swap):
            m.d.sync += used.eq(behind)
        m.d.comb += self.o.eq(used)
        return m

"""Weight memories: constants, LUT ROM or block RAM behind one interface."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl.array.banks import Bank, Layout, branch, layout
from hdl.array.tables import MOST_WORDS, tables
from hdl.checks import positive
from hdl.lookup import BLOCK_ROM, LUT_ROM

__all__ = ["Weights"]


class Weights(wiring.Component):
    """A read-only memory of weight words, in the order in which a layer uses them.

    Parameters
    ----------
    config : :class:`Weights.Config`
    words : ints, ``config.depth`` of ``config.width`` bits

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    address : ``In(range(depth))``
        Which word.
    o : ``Out(width)``
        The word, ``config.latency`` enabled cycles after its address.

    Raises
    ------
    ValueError
        If there is another number of words, or a word does not fit.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Size and place of a weight memory.

        ``storage``: "const" (depth 1: wires), "lut" (ROM in LUTs, two bits a LUT6_2 where there
        are few words, and a register behind) or "bram" (block RAM, and a register behind its slow
        output).
        """

        width: int
        depth: int
        storage: Literal["const", "lut", "bram"]

        def __post_init__(self) -> None:
            positive("Weights", width=self.width, depth=self.depth)
            if self.storage not in ("const", "lut", "bram"):
                what = f"const, lut or bram, not {self.storage!r}"
                raise ValueError(f"Weights storage must be {what}")
            if self.storage == "const" and self.depth > 1:
                raise ValueError(f"Weights depth must be 1 for constants, not {self.depth}")

        @property
        def latency(self) -> int:
            """Enabled cycles from address to word; a constant is as early as one likes."""
            return 2 if self.storage == "bram" else 1

        @property
        def bits(self) -> int:
            """Stored bits."""
            return self.width * self.depth

        @property
        def layout(self) -> Layout:
            """How the words lie in block RAM."""
            return layout(self.width, self.depth)

        @property
        def bram18(self) -> int:
            """Block RAMs of 18 kbit."""
            return self.layout.bram18 if self.storage == "bram" else 0

    def __init__(self, config: Config, words: Sequence[int]) -> None:
        if len(words) != config.depth:
            raise ValueError(f"Weights must be {config.depth} words, not {len(words)}")
        for word in words:
            if not 0 <= word < 1 << config.width:
                what = f"from 0 to {(1 << config.width) - 1}, not {word}"
                raise ValueError(f"Weights words must be {what}")
        self.config = config
        self._words = words
        super().__init__({
            "en": In(1),
            "address": In(range(config.depth)),
            "o": Out(config.width),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        if config.storage == "const":
            m.d.comb += self.o.eq(Const(self._words[0], config.width))
            return m
        if config.storage == "lut" and platform is not None and 2 <= config.depth <= MOST_WORDS:
            found = tables(m, platform, self._words, config.width, self.address, self.en)
            m.d.comb += self.o.eq(found)
            return m
        if config.storage == "lut":
            m.d.comb += self.o.eq(self._read(m, "memory", self._words, config.width, LUT_ROM))
            return m
        register = Signal(config.width, reset_less=True)
        chosen = self._chosen(m)
        with m.If(self.en):
            m.d.sync += register.eq(chosen)
        m.d.comb += self.o.eq(register)
        return m

    def _read(self, m: Module, name: str, words: Sequence[int], width: int, attrs: dict) -> Value:
        """The word of a memory, a cycle after its address."""
        memory = Memory(shape=width, depth=len(words), init=words, attrs=attrs)
        m.submodules[name] = memory
        port = memory.read_port()
        m.d.comb += [port.en.eq(self.en), port.addr.eq(self.address)]
        return port.data

    def _chosen(self, m: Module) -> Value:
        """The word a cycle after its address, of the banks that hold it."""
        layout = self.config.layout
        place = Signal(range(self.config.depth), reset_less=True)
        with m.If(self.en):
            m.d.sync += [place[bit].eq(self.address[bit]) for bit in layout.selects]
        found = self._all_banks(m, layout)
        columns = []
        for number, one in enumerate(layout.slices):
            columns.append(_choose([(bank, found[number, bank]) for bank in one.banks], place))
        return Cat(columns)

    def _all_banks(self, m: Module, layout: Layout) -> dict[tuple[int, Bank], Value]:
        """The bits of each slice and bank; those of one shape lie side by side."""
        shapes: dict = {}
        first = 0
        for number, one in enumerate(layout.slices):
            for bank in one.banks:
                shapes.setdefault(bank.shape, []).append((number, bank, first, one.columns))
            first += one.columns
        found = {}
        for shape, parts in shapes.items():
            bits = self._side_by_side(m, shape, parts)
            for number, bank, _, columns in parts:
                found[number, bank], bits = bits[:columns], bits[columns:]
        return found

    def _side_by_side(self, m: Module, shape: tuple[int, int] | None, parts: list) -> Value:
        """The bits of all banks of a shape, or in LUTs."""
        width = sum(columns for *_, columns in parts)
        words = []
        for row in range(max(bank.rows for _, bank, *_ in parts)):
            word, place = 0, 0
            for _, bank, first, columns in parts:
                if row < bank.rows:
                    stored = self._words[bank.start + row] >> first & (1 << columns) - 1
                    word |= stored << place
                place += columns
            words.append(word)
        if shape is None:
            return self._read(m, "rom", words, width, LUT_ROM)
        # Of more than eight bits of a shape without parity yosys makes multiplexers and 2048 x 9.
        step = width if shape[0] % 9 == 0 else 8
        read = []
        for low in range(0, width, step):
            bits = min(step, width - low)
            some = [word >> low & (1 << bits) - 1 for word in words]
            name = f"ram{shape[1]}_{low}"
            read.append(self._read(m, name, some, bits, BLOCK_ROM))
        return Cat(read)


def _choose(banks: Sequence[tuple[Bank, Value]], place: Value) -> Value:
    """What the bank reads in which a place lies."""
    if len(banks) == 1:
        return banks[0][1]
    bit, low, _ = branch([bank for bank, _ in banks])
    halves = banks[: len(low)], banks[len(low) :]
    return Mux(place[bit], _choose(halves[1], place), _choose(halves[0], place))

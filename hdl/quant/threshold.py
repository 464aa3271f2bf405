"""Multi-threshold activation: how many ascending thresholds does an accumulator reach?"""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.lookup import Table, lookup
from hdl.memory import LUTS_PER_BRAM18, bram18, lut_ram
from hdl.number import Number, holding

__all__ = ["Threshold"]

LUT_BITS = 6
LUT_WORDS = 1 << LUT_BITS


class Threshold(wiring.Component):
    r"""Quantize accumulators: :math:`o = base + step \cdot \#\{k : x \ge t_{index,k}\}`.

    By binary search, one bit of the count a cycle, highest first: stage s compares x with one of
    2^s thresholds of the channel, so L levels cost log2(L + 1) comparators and as many table
    words as thresholds. Pipelined: one result a cycle, ``config.latency`` enabled cycles later.
    A table of more words than a LUT holds takes a cycle of its own. Of a ``loadable`` one each
    threshold may be written at run time, from ``config.x.low`` to ``config.x.high + 1``, which no
    accumulator reaches.

    Parameters
    ----------
    config : :class:`Threshold.Config`
    thresholds : int array (channels, levels), ascending along levels

    Members
    -------
    en : ``In(1)``
        Clock enable of every register.
    x : ``In(config.x.shape)``
        Accumulator.
    index : ``In(range(channels))``
        Which channel's thresholds hold for x.
    o : ``Out(config.o.shape)``
        Code: one bit, count, for a bipolar o; else base + count.
    write : ``In(config.written)``, if ``config.loadable``
        A threshold: whether one is written, of which channel, and level + 1.

    Raises
    ------
    ValueError
        If the thresholds have another shape or descend within a channel.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Size of a threshold stage; ``base`` is the value of the code below all thresholds.

        ``loadable`` says whether thresholds are written at run time.
        """

        channels: int
        levels: int
        x: Number
        o: Number
        base: int = 0
        loadable: bool = False

        def __post_init__(self) -> None:
            positive("Threshold", channels=self.channels, levels=self.levels)
            top = self.base + self.levels * (2 if self.o.bipolar else 1)
            if self.base < self.o.low or top > self.o.high:
                held = f"{self.o.low}..{self.o.high}"
                raise ValueError(f"Threshold output must hold {self.base}..{top}, not {held}")

        @property
        def latency(self) -> int:
            """Enabled cycles from x to o: one for each bit of the count, and for large tables."""
            return self.stages + sum(map(self.late, range(self.stages)))

        @property
        def stages(self) -> int:
            """Bits of the count."""
            return self.levels.bit_length()

        def late(self, stage: int) -> bool:
            """Whether a stage's table is large, and looked up a cycle before the comparison."""
            return self.channels << stage > LUT_WORDS

        @property
        def word(self) -> Number:
            """A threshold that is written."""
            return holding(self.x.low, self.x.high + 1)

        @property
        def written(self) -> wiring.Signature:
            """What writes a threshold."""
            return wiring.Signature({
                "en": Out(1),
                "index": Out(range(self.channels)),
                "level": Out(self.stages),
                "value": Out(self.word.shape),
            })

        def block(self, stage: int) -> bool:
            """Whether a stage's table, if loadable, is block RAM."""
            size = self.word.width, self.channels << stage
            return self.late(stage) and lut_ram(*size) > LUTS_PER_BRAM18 * bram18(*size)

        def check(self, thresholds: np.ndarray) -> None:
            """Refuse thresholds of another shape, or that descend within a channel."""
            shape = (self.channels, self.levels)
            if thresholds.shape != shape:
                raise ValueError(f"Thresholds must have shape {shape}, not {thresholds.shape}")
            if np.any(np.diff(thresholds, axis=1) < 0):
                raise ValueError("Thresholds must ascend within each channel")

    def __init__(self, config: Config, thresholds: np.ndarray) -> None:
        config.check(thresholds)
        self.config = config
        self._thresholds = thresholds
        super().__init__({
            "en": In(1),
            "x": In(config.x.shape),
            "index": In(range(config.channels)),
            "o": Out(config.o.shape),
            **({"write": In(config.written)} if config.loadable else {}),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        stages = config.stages
        padding = (1 << stages) - 1 - config.levels
        never = np.full((config.channels, padding), config.x.high + 1)
        table = np.hstack([self._thresholds, never])
        if config.loadable:  # beyond is never, or always
            table = np.clip(table, config.x.low, config.x.high + 1)

        x, index, count = config.x.value(self.x), self.index, Const(0, 0)
        for stage in range(stages):
            span = 1 << stages - stage
            words = table[:, span // 2 - 1 :: span]
            words = [int(word) for word in words.ravel()]
            address = Cat(count, index)
            if config.loadable:
                word = self._loadable(m, words, address, stage)
            elif config.late(stage):
                word = self._late(m, words, address, f"table{stage}")
            else:
                word = lookup(m, words, address, f"table{stage}")
            if config.late(stage):
                x = self._register(m, x, f"late_x{stage}")
                index = self._register(m, index, f"late_index{stage}")
                count = self._register(m, count, f"late_count{stage}")
            reached = Signal(name=f"reached{stage}")
            m.d.comb += reached.eq(x >= word)
            count = Cat(reached, count)
            if stage < stages - 1:
                x = self._register(m, x, f"x{stage}")
                index = self._register(m, index, f"index{stage}")
                count = self._register(m, count, f"count{stage}")
        code = count if config.o.bipolar else count + config.base
        o = Signal(config.o.shape, reset_less=True)
        with m.If(self.en):
            m.d.sync += o.eq(code)
        m.d.comb += self.o.eq(o)
        return m

    def _loadable(self, m: Module, words: list[int], address: Value, stage: int) -> Value:
        """words[address], enabled a cycle later if the table is large; a write may change them.

        The levels of stage s, counted from 1, are those of which 2^(stages - 1 - s) is the highest
        power of two that divides them; what is above it says which word.
        """
        config, write = self.config, self.write
        table = Table(m, f"table{stage}", words, config.word.shape, block=config.block(stage))
        low = config.stages - 1 - stage
        mine = write.level[low] & ~write.level[:low].any()
        place = Cat(write.level[low + 1 :], write.index)
        table.write(write.en & mine, place, write.value)
        return table.late(self.en, address) if config.late(stage) else table.read(address)

    def _late(self, m: Module, words: list[int], address: Value, name: str) -> Value:
        """words[address], enabled a cycle later: chosen among tables that are a LUT a bit each."""
        found = []
        for low in range(0, len(words), LUT_WORDS):
            part = words[low : low + LUT_WORDS]
            bank = lookup(m, part, address[:LUT_BITS], f"{name}_{low}")
            found.append(bank if isinstance(bank, Const) else
                         self._register(m, bank, f"{name}_{low}_word"))  # fmt: skip
        place = self._register(m, address[LUT_BITS:], f"{name}_place")
        for bit in place:
            pairs = zip(found[::2], found[1::2])
            found = [Mux(bit, b, a) for a, b in pairs] + found[len(found) & ~1 :]
        return found[0]

    def _register(self, m: Module, value: Value, name: str) -> Signal:
        register = Signal(value.shape(), name=name, reset_less=True)
        with m.If(self.en):
            m.d.sync += register.eq(value)
        return register

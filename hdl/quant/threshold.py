"""Multi-threshold activation: how many ascending thresholds does an accumulator reach?"""

from dataclasses import dataclass

import numpy as np
from amaranth.hdl import Cat, Const, Module, Signal, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.lookup import lookup
from hdl.number import Number

__all__ = ["Threshold"]


class Threshold(wiring.Component):
    r"""Quantize accumulators: :math:`o = base + step \cdot \#\{k : x \ge t_{index,k}\}`.

    By binary search, one bit of the count a cycle, highest first: stage s compares x with one of
    2^s thresholds of the channel, so L levels cost log2(L + 1) comparators and as many table
    words as thresholds. Pipelined: one result a cycle, ``config.latency`` enabled cycles later.

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

    Raises
    ------
    ValueError
        If the thresholds have another shape or descend within a channel.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Size of a threshold stage; ``base`` is the value of the code below all thresholds."""

        channels: int
        levels: int
        x: Number
        o: Number
        base: int = 0

        def __post_init__(self) -> None:
            positive("Threshold", channels=self.channels, levels=self.levels)
            top = self.base + self.levels * (2 if self.o.bipolar else 1)
            if self.base < self.o.low or top > self.o.high:
                held = f"{self.o.low}..{self.o.high}"
                raise ValueError(f"Threshold output must hold {self.base}..{top}, not {held}")

        @property
        def latency(self) -> int:
            """Enabled cycles from x to o: one for each bit of the count."""
            return self.levels.bit_length()

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
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config = self.config
        stages = config.latency
        padding = (1 << stages) - 1 - config.levels
        never = np.full((config.channels, padding), config.x.high + 1)
        table = np.hstack([self._thresholds, never])

        x, index, count = config.x.value(self.x), self.index, Const(0, 0)
        for stage in range(stages):
            span = 1 << stages - stage
            words = table[:, span // 2 - 1 :: span]
            words = [int(word) for word in words.ravel()]
            word = lookup(m, words, Cat(count, index), f"table{stage}")
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

    def _register(self, m: Module, value: Value, name: str) -> Signal:
        register = Signal(value.shape(), name=name, reset_less=True)
        with m.If(self.en):
            m.d.sync += register.eq(value)
        return register

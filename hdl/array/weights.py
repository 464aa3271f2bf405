"""Weight memories: constants, LUT ROM or block RAM behind one interface."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from amaranth.hdl import Const, Module, Signal
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.lookup import LUT_ROM

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

        ``storage``: "const" (depth 1: wires), "lut" (ROM in LUTs, a register behind) or "bram"
        (block RAM, and a register behind its slow output).
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
        attrs = LUT_ROM if config.storage == "lut" else {"ram_style": "block"}
        m.submodules.memory = memory = Memory(
            shape=config.width, depth=config.depth, init=self._words, attrs=attrs
        )
        port = memory.read_port()
        m.d.comb += [port.en.eq(self.en), port.addr.eq(self.address)]
        if config.storage == "lut":
            m.d.comb += self.o.eq(port.data)
        else:
            register = Signal(config.width, reset_less=True)
            with m.If(self.en):
                m.d.sync += register.eq(port.data)
            m.d.comb += self.o.eq(register)
        return m

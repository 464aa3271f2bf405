"""A memory of words that are written in groups of lanes."""

from dataclasses import dataclass

from amaranth.hdl import Cat, Module
from amaranth.lib import wiring
from amaranth.lib.memory import Memory
from amaranth.lib.wiring import In, Out

from hdl.checks import positive
from hdl.memory import bram18, lut_ram

__all__ = ["Scratchpad"]


class Scratchpad(wiring.Component):
    """Depth words of groups of width bits, one read and one (a group of it) written a cycle.

    What is read in the cycle in which it is written is unspecified; a cycle later it is there.

    Members
    -------
    en, address : ``In(1, init=1)``, ``In(range(depth))``
        Whether to read, else o holds; and what.
    o : ``Out(groups * width)``
        The word, a cycle later; group 0 lowest.
    put : ``In(range(depth))``
        Where to write.
    write : ``In(groups)``
        Which groups to write.
    i : ``In(groups * width)``
        What to write.
    """

    @dataclass(frozen=True, kw_only=True)
    class Config:
        """Words, groups in a word, and bits of a group."""

        depth: int
        groups: int
        width: int

        latency = 1

        def __post_init__(self) -> None:
            positive("Scratchpad", depth=self.depth, groups=self.groups, width=self.width)

        @property
        def shallow(self) -> bool:
            """Whether it lies in LUT RAM."""
            return self.depth <= 64

        @property
        def bram18(self) -> int:
            """Block RAMs."""
            return 0 if self.shallow else self.groups * bram18(self.width, self.depth)

        @property
        def luts(self) -> int:
            """LUTs of a shallow one."""
            return self.groups * lut_ram(self.width, self.depth) if self.shallow else 0

    def __init__(self, config: Config) -> None:
        self.config = config
        super().__init__({
            "en": In(1, init=1),
            "address": In(range(config.depth)),
            "o": Out(config.groups * config.width),
            "put": In(range(config.depth)),
            "write": In(config.groups),
            "i": In(config.groups * config.width),
        })

    def elaborate(self, platform) -> Module:
        m = Module()
        config, found = self.config, []
        style = "distributed" if config.shallow else "block"
        for group in range(config.groups):
            memory = Memory(shape=config.width, depth=config.depth, init=[],
                            attrs={"ram_style": style})  # fmt: skip
            m.submodules[f"group{group}"] = memory
            put, get = memory.write_port(), memory.read_port()
            m.d.comb += [
                put.addr.eq(self.put),
                put.en.eq(self.write[group]),
                put.data.eq(self.i.word_select(group, config.width)),
                get.addr.eq(self.address),
                get.en.eq(self.en),
            ]
            found.append(get.data)
        m.d.comb += self.o.eq(Cat(*found))
        return m

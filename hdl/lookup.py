"""Small tables: of constants, read in the same cycle, and of what is written at run time."""

from collections.abc import Sequence

from amaranth.hdl import Const, Module, Shape, Signal, Value
from amaranth.lib.memory import Memory

from hdl.number import holding

__all__ = ["BLOCK_ROM", "LUT_ROM", "Table", "lookup"]

LUT_ROM = {"romstyle": "logic"}
"""Keeps a ROM out of block RAM; yosys knows no "distributed" for memories that are only read, and
Vivado, which has no "logic", leaves this name alone."""

BLOCK_ROM = {"rom_style": "block"}
"""Puts a ROM into block RAM, however few words it has: by yosys and by Vivado."""


def lookup(m: Module, words: Sequence[int], address: Value, name: str) -> Value:
    """words[address] as the narrowest number that holds them all; a constant if all are equal.

    A ROM in LUTs, read combinationally; it becomes the submodule ``name`` of m.
    """
    shape = holding(min(words), max(words)).shape
    if min(words) == max(words):
        return Const(words[0], shape)
    memory = Memory(shape=shape, depth=len(words), init=list(words), attrs=LUT_ROM)
    m.submodules[name] = memory
    port = memory.read_port(domain="comb")
    m.d.comb += port.addr.eq(address)
    return port.data


class Table:
    """words[address], of which others may be written: LUT RAM, block RAM, or a register if one.

    No reset changes it. What is read in the cycle of a write is the old word.

    Parameters
    ----------
    m, name : the module, and what the memory is called in it
    words : what it holds at first
    shape : of a word
    block : whether it is block RAM, which is read a cycle later only
    """

    def __init__(self, m: Module, name: str, words: Sequence[int], shape: Shape | int, *,
                 block: bool = False) -> None:  # fmt: skip
        self._m, self._shape = m, Shape.cast(shape)
        if len(words) == 1:
            self._memory = None
            self._word = Signal(shape, name=name, init=words[0], reset_less=True)
            return
        style = {"ram_style": "block" if block else "distributed"}
        self._memory = Memory(shape=self._shape, depth=len(words), init=list(words), attrs=style)
        m.submodules[name] = self._memory

    def write(self, en: Value, address: Value, data: Value) -> None:
        """Write the lowest bits of data where enabled."""
        m = self._m
        if self._memory is None:
            with m.If(en):
                m.d.sync += self._word.eq(data)
            return
        port = self._memory.write_port()
        m.d.comb += [port.en.eq(en), port.addr.eq(address), port.data.eq(data)]

    def read(self, address: Value) -> Value:
        """The word of this cycle's address."""
        if self._memory is None:
            return self._word
        port = self._memory.read_port(domain="comb")
        self._m.d.comb += port.addr.eq(address)
        return port.data

    def late(self, en: Value, address: Value) -> Value:
        """The word of the last enabled cycle's address; a single one as it is."""
        if self._memory is None:
            return self._word
        port = self._memory.read_port()
        self._m.d.comb += [port.en.eq(en), port.addr.eq(address)]
        return port.data

"""Small tables of constants, read in the same cycle."""

from collections.abc import Sequence

from amaranth.hdl import Const, Module, Value
from amaranth.lib.memory import Memory

from hdl.number import holding

__all__ = ["LUT_ROM", "lookup"]

LUT_ROM = {"rom_style": "logic"}
"""Keeps a ROM out of block RAM; yosys knows no "distributed" for memories that are only read."""


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

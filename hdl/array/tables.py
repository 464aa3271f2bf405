"""Read-only memories of a few words in LUT6_2s, two bits in each."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Module, Signal, Value

from hdl.compress.fabric import Fabric

__all__ = ["MOST_WORDS", "tables"]

MOST_WORDS = 32
"""Five inputs of a LUT6_2 with two outputs."""


def tables(m: Module, platform, words: Sequence[int], width: int, address: Value,
           en: Value) -> Value:  # fmt: skip
    """The word of a memory, a cycle after its address; equal columns are one.

    Of each column yosys would make a LUT of its own, half of which stays empty.

    Only for a platform: Amaranth's own simulator reads a memory as well.

    Parameters
    ----------
    m, platform : where the LUTs go
    words : at most MOST_WORDS, of ``width`` bits
    address, en : which word, and the clock enable of the register behind the LUTs
    """
    columns = [sum((word >> bit & 1) << n for n, word in enumerate(words)) for bit in range(width)]
    distinct = list(dict.fromkeys(columns))
    fab = Fabric(m, platform, "xilinx")
    inputs = list(address)
    bits: list[Value] = []
    for low in range(0, len(distinct), 2):
        some = [_function(column) for column in distinct[low : low + 2]]
        bits += fab.lut2(f"t{low}", inputs, some[0], some[-1])[: len(some)]
    register = Signal(len(distinct), reset_less=True)
    with m.If(en):
        m.d.sync += register.eq(Cat(*bits))
    place = {column: k for k, column in enumerate(distinct)}
    return Cat(*(register[place[column]] for column in columns))


def _function(column: int):
    """A table's bit by its address."""
    return lambda *address: column >> sum(bit << k for k, bit in enumerate(address)) & 1

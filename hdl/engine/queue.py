"""What waits for a pass's sums to leave the array."""

from amaranth.hdl import Module, Signal, Value
from amaranth.lib.memory import Memory

__all__ = ["queue"]


def queue(m: Module, push: Value, word: Value, pop: Value, count: int, name: str) -> Value:
    """The word pushed earliest of those not popped, of count at most; a cycle later at least."""
    depth = max(2, 1 << (count - 1).bit_length())
    memory = Memory(shape=len(word), depth=depth, init=[], attrs={"ram_style": "distributed"})
    m.submodules[name] = memory
    put, get = memory.write_port(), memory.read_port(domain="comb")
    first, last = Signal(range(depth), name=f"{name}_get"), Signal(range(depth), name=f"{name}_put")
    with m.If(push):
        m.d.sync += last.eq(last + 1)
    with m.If(pop):
        m.d.sync += first.eq(first + 1)
    m.d.comb += [put.addr.eq(last), put.data.eq(word), put.en.eq(push), get.addr.eq(first)]
    return get.data

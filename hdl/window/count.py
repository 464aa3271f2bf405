"""Counters that walk through a map as it streams."""

from amaranth.hdl import Const, Module, Mux, Signal, Value

__all__ = ["count"]


def count(m: Module, step: Value, size: int, name: str) -> tuple[Value, Value]:
    """A number 0 to size - 1 that each step raises, and whether this step wraps it."""
    if size == 1:
        return Const(0, 0), step
    number, last = Signal(range(size), name=name), Signal(name=f"{name}_last")
    m.d.comb += last.eq(number == size - 1)
    with m.If(step):
        m.d.sync += number.eq(Mux(last, 0, number + 1))
    return number, step & last

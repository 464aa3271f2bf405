"""Counters that walk through a map as it streams."""

from amaranth.hdl import Module, Value

from hdl.counter import walk

__all__ = ["count"]


def count(m: Module, step: Value, size: int, name: str) -> tuple[Value, Value]:
    """A number 0 to size - 1 that each step raises, and whether this step wraps it."""
    number, _, last = walk(m, step, size, name)
    return number, step if size == 1 else step & last

"""Registers in a row."""

from amaranth.hdl import Module, Signal, Value

__all__ = ["delay"]


def delay(m: Module, en: Value, value: Value, cycles: int, name: str, *, reset=False) -> Value:
    """value, some enabled cycles later; flags are to be reset, data is not."""
    for cycle in range(cycles):
        register = Signal(len(value), name=f"{name}_{cycle}", reset_less=not reset)
        with m.If(en):
            m.d.sync += register.eq(value)
        value = register
    return value

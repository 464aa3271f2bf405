"""Registers in a row."""

from amaranth.hdl import Cat, Module, Signal, Value

__all__ = ["delay", "skew"]

NO_SHIFT_REGISTER = {"shreg_extract": "no"}
"""Tells Vivado to leave registers in a row as they are."""


def delay(m: Module, en: Value, value: Value, cycles: int, name: str, *, reset=False,
          keep=False) -> Value:  # fmt: skip
    """value, of the same shape, some enabled cycles later; flags are to be reset, data is not.

    keep : registers are to stay such and not become shift registers, which take a LUT a bit.
    """
    attrs = NO_SHIFT_REGISTER if keep else {}
    for cycle in range(cycles):
        register = Signal(value.shape(), name=f"{name}_{cycle}", reset_less=not reset, attrs=attrs)
        with m.If(en):
            m.d.sync += register.eq(value)
        value = register
    return value


def skew(m: Module, en: Value, bits: Value, stages: tuple[int, ...], name: str) -> Value:
    """Bits delayed by their stage: ``stages`` of them by 0, 1, … enabled cycles, in order.

    The registers are reset, lest a synthesiser make shift registers of them: a LUT a bit.
    """
    parts, low = [], 0
    for cycles, count in enumerate(stages):
        parts.append(delay(m, en, bits[low : low + count], cycles, f"{name}_{cycles}", reset=True))
        low += count
    return Cat(*parts)

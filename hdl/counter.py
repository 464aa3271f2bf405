"""Counters whose ends are known a cycle before, and that have no carry chain where they are short.

Clock enables and ready signals follow from where a counter is; a comparison in front of them would
be two levels of logic more.
"""

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

__all__ = ["after", "before", "walk"]

LUT_BITS = 12


def walk(
    m: Module, step: Value, size: int, name: str, *, stop: Value | int = 0
) -> tuple[Value, Value, Value]:
    """A number from 0 to size - 1 that each step raises, and whether it is the first and the last.

    All are registers. After the last comes 0, as after a step in which ``stop`` is set.
    """
    if size == 1:
        return Const(0, 0), Const(1), Const(1)
    number = Signal(range(size), name=name)
    first, last = Signal(init=1, name=f"{name}_first"), Signal(name=f"{name}_last")
    wraps = last | stop
    with m.If(step):
        m.d.sync += [
            number.eq(after(number, wraps)),
            first.eq(wraps),
            last.eq(~wraps & (number == size - 2)),
        ]
    return number, first, last


def after(number: Value, last: Value) -> Value:
    """number + 1, or 0 after the last.

    Up to six bits are a LUT each, up to twelve two. yosys would make a carry chain, whose outputs
    it then uses wherever a function of the same bits is needed, slow as they are.
    """
    if len(number) > LUT_BITS:
        return Mux(last, 0, number + 1)
    # yosys takes a conjunction of nothing for x: the lowest bit has its own.
    bits = [~number[0], *(bit ^ number[:k].all() for k, bit in enumerate(number) if k)]
    return Mux(last, 0, Cat(bits))


def before(number: Value) -> Value:
    """number - 1, as :func:`after`."""
    if len(number) > LUT_BITS:
        return (number - 1)[: len(number)]
    return Cat(~number[0], *(bit ^ ~number[:k].any() for k, bit in enumerate(number) if k))

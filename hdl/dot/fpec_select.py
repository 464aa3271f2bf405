"""Which lanes of a block a few shared circuits serve, the first ones first."""

from collections.abc import Sequence

from amaranth.hdl import Const, Module, Mux, Signal, Value

__all__ = ["next_place"]


def next_place(m: Module, wants: Sequence[Value], before: Sequence[Value], number: int, name: str):
    """Which is the first element that wants, with so many that do before it.

    Returns its place less ``number``, and of each element whether one more than so many are before.
    Without one the place is that behind the last; but the last, if none need be before.
    """
    last = len(wants) - (number == 0)
    place, more, after = Const(last - number), Const(0, 1), []
    for want, enough in zip(wants, before):
        after.append(more)
        reached = Signal(name=f"{name}reached{len(after)}")
        m.d.comb += reached.eq(more | want & enough)
        more = reached
    for k in reversed(range(number, last)):
        place = Mux(wants[k] & before[k], k - number, place)
    found = Signal(range(max(2, last - number + 1)), name=f"{name}place")
    m.d.comb += found.eq(place)
    return found, after

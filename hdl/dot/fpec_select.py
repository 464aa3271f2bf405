"""Which lanes of a block a few shared circuits serve, and their bits: priority and selectors."""

from collections.abc import Sequence

from amaranth.hdl import Cat, Const, Module, Mux, Signal, Value

from hdl.compress.fabric import Fabric

__all__ = ["chosen", "chosen_luts", "next_place"]


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


def chosen(fab: Fabric, ways: Sequence[Value], index: Value, name: str) -> Value:
    """ways[index]: of four a LUT a bit, of two a LUT two bits."""
    if len(ways) == 1:
        return ways[0]
    size, zero = len(ways[0]), Const(0, 1)
    if len(ways) == 2:
        made = []
        for low in range(0, size, 2):
            pins = [way[k] for k in range(low, min(low + 2, size)) for way in ways]
            pins += [zero] * (4 - len(pins))
            both = fab.lut2(f"{name}{low}", (*pins, index[0]), _second_of_two, _first_of_two)
            made += [both[1], both[0]][: size - low]
        return Cat(*made)
    groups = []
    for start in range(0, len(ways), 4):
        some = [*ways[start : start + 4], *[Const(0, size)] * 3][:4]
        pins = [(*(way[k] for way in some), index[0], index[1]) for k in range(size)]
        groups.append(Cat(*(fab.lut6(f"{name}{start}_{k}", six, _of_four)[0]
                            for k, six in enumerate(pins))))  # fmt: skip
    return chosen(fab, groups, index[2:], f"{name}_")


def chosen_luts(size: int, ways: int) -> int:
    """LUTs of :func:`chosen`."""
    if ways <= 2:
        return (size + 1) // 2 * (ways - 1)
    groups = -(-ways // 4)
    return size * groups + chosen_luts(size, groups)


def _first_of_two(a, b, c, d, index):
    return a & (1 ^ index) | b & index


def _second_of_two(a, b, c, d, index):
    return c & (1 ^ index) | d & index


def _of_four(a, b, c, d, low, high):
    return (a & (1 ^ low) | b & low) & (1 ^ high) | (c & (1 ^ low) | d & low) & high

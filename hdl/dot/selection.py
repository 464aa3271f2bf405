"""One of some values by its place: levels of LUTs that select one of four by two bits of it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Const, Module, Value

from hdl.compress.fabric import Fabric
from hdl.dot.gates import Gate, emit, lut_count
from hdl.stream.delay import delay
from hdl.stream.late import Late

__all__ = ["Selection", "chosen", "chosen_luts"]

BITS = 2
"""Of a place, by which a LUT selects."""

WAYS = 1 << BITS
"""That a LUT selects from; of two values it selects two bits."""


def chosen(fab: Fabric, values: Sequence[Value], place: Value, name: str) -> Value:
    """values[place], in the same cycle; unspecified where there is none."""
    found, level = list(values), 0
    while len(found) > 1:
        bits = list(place[BITS * level : BITS * level + BITS])
        found = [_one_of(fab, found[start : start + WAYS], bits, f"{name}{level}_{start}_")
                 for start in range(0, len(found), WAYS)]  # fmt: skip
        level += 1
    return found[0]


def chosen_luts(width: int, count: int) -> int:
    """LUTs of :func:`chosen`, of so many values of so many bits."""
    luts = 0
    while count > 1:
        groups = range(0, count, WAYS)
        luts += sum(_luts(min(WAYS, count - start), width) for start in groups)
        count = len(groups)
    return luts


@dataclass(frozen=True)
class Selection:
    """One of some values of ``width`` bits by its place, as they arrive.

    times : the cycle in which each arrives, not descending.

    There is a register behind each level but the last.
    """

    times: tuple[int, ...]
    width: int

    @property
    def position(self) -> int:
        """Bits of a place."""
        return (len(self.times) - 1).bit_length()

    @cached_property
    def levels(self) -> tuple[tuple[int, ...], ...]:
        """Of each level the cycle of each group."""
        found, times = [], self.times
        while len(times) > 1:
            groups = tuple(max(times[start : start + WAYS])
                           for start in range(0, len(times), WAYS))  # fmt: skip
            found.append(groups)
            times = tuple(time + 1 for time in groups)
        return tuple(found)

    @property
    def ready(self) -> int:
        """The cycle in which the value is there."""
        return self.levels[-1][0] if self.levels else self.times[0]

    @property
    def position_times(self) -> tuple[int, ...]:
        """The cycle in which each bit of the place is first needed."""
        return tuple(min(self.levels[bit // BITS]) for bit in range(self.position))

    @property
    def luts(self) -> int:
        """LUTs of all levels."""
        return chosen_luts(self.width, len(self.times))

    def emit(self, m: Module, fab: Fabric, en: Value, value: Callable[[int, int], Value],
             place: Callable[[int, int], Value], name: str) -> Value:  # fmt: skip
        """The value, in cycle ``ready``.

        Parameters
        ----------
        value : gives value k in a cycle
        place : gives bit k of the place in a cycle
        """
        some = [lambda cycle, k=k: value(k, cycle) for k in range(len(self.times))]
        for level, groups in enumerate(self.levels):
            low = BITS * level
            high, found = min(low + BITS, self.position), []
            for group, cycle in enumerate(groups):
                data = [one(cycle) for one in some[WAYS * group : WAYS * (group + 1)]]
                bits = [place(k, cycle) for k in range(low, high)]
                here = f"{name}_{level}_{group}"
                one, behind = _one_of(fab, data, bits, here), level < len(self.levels) - 1
                late = Late(m, en, delay(m, en, one, behind, here, keep=True), here, keep=True)
                found.append(lambda cycle, late=late, start=cycle + behind: late.at(cycle - start))
            some = found
        return some[0](self.ready)


def _gates(count: int, width: int) -> tuple[Gate, ...]:
    """Of each bit one of so many ``d0_k``, … by ``a0``, …; none of one."""
    if count == 1:
        return ()
    pins = tuple(f"a{k}" for k in range((count - 1).bit_length()))

    def function(*bits):
        found = [*bits[:count], *[0] * ((1 << len(pins)) - count)]
        for select in bits[count:]:
            found = [a & (1 ^ select) | b & select for a, b in zip(found[::2], found[1::2])]
        return found[0]

    return tuple(Gate(f"o{k}", (*(f"d{n}_{k}" for n in range(count)), *pins), function)
                 for k in range(width))  # fmt: skip


def _luts(count: int, width: int) -> int:
    return lut_count(_gates(count, width))


def _one_of(fab: Fabric, data: Sequence[Value], address: Sequence[Value], name: str) -> Value:
    """One of up to four values; any where the address is beyond them."""
    gates = _gates(len(data), len(data[0]))
    if not gates:
        return data[0]
    bits = {f"d{n}_{k}": bit for n, value in enumerate(data) for k, bit in enumerate(value)}
    bits |= {f"a{k}": bit for k, bit in enumerate(address)} | {"0": Const(0, 1)}
    made = emit(fab, gates, bits, name)
    return Cat(*(made[gate.name] for gate in gates))

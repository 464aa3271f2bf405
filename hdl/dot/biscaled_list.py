"""When the bits of blocks with a list are read, and what the list selects."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from amaranth.hdl import Cat, Const, Module, Signal, Value

from hdl.compress.fabric import Fabric
from hdl.dot.booth import Booth, Rows
from hdl.dot.gates import Gate, emit, lut_count
from hdl.number import Number

__all__ = ["Late", "ListRows", "Part", "Selection"]

WAYS = 2
"""Bits of a position by which a LUT selects."""


NO_SHIFT = {"shreg_extract": "no"}
"""Tells Vivado to leave registers in a row as they are."""


@dataclass(frozen=True, kw_only=True)
class Part(Booth.Config):
    """Booth rows whose sum is a part of another, from column 0 of ``columns`` up.

    listed : whether the recoded operand is that of a list, w, in any case.
    """

    columns: int
    listed: bool = False

    @property
    def o(self) -> Number:
        """The sum, as far as it matters."""
        return Number(width=self.columns, signed=True)

    @property
    def recodes_x(self) -> bool:
        """Whether the digits are of x."""
        return not self.listed and super().recodes_x


class ListRows(Rows):
    """Rows that multiply with h of a list: with the bit below its digits."""

    def __init__(self, m: Module, fab: Fabric, config: Part, both, en: Value,
                 below: Sequence[Value]) -> None:  # fmt: skip
        super().__init__(m, fab, config, both, en)
        self._below = below

    def _triple(self, digit: int, lane: int) -> list[Value]:
        found = super()._triple(digit, lane)
        return [self._below[lane], *found[1:]] if digit == 0 else found


class Late:
    """Bits of a port so many enabled cycles later, each cycle of each made once.

    They are not to become shift registers, each bit of which is a LUT.
    """

    def __init__(self, m: Module, en: Value, name: str) -> None:
        self._m, self._en, self._name = m, en, name
        self._made: dict[tuple, Value] = {}

    def __call__(self, key, value: Value, cycles: int) -> Value:
        """The value that is called ``key``."""
        if not cycles:
            return value
        if (key, cycles) not in self._made:
            name = f"{self._name}{len(self._made)}"
            register = Signal(len(value), name=name, reset_less=True, attrs=NO_SHIFT)
            with self._m.If(self._en):
                self._m.d.sync += register.eq(self(key, value, cycles - 1))
            self._made[key, cycles] = register
        return self._made[key, cycles]


@dataclass(frozen=True)
class Selection:
    """One of a block's numbers of ``width`` bits by its position, as they arrive.

    times : the cycle in which each arrives, not descending.

    By levels of LUTs that select one of four by two bits of the position, the lowest first; there
    is a register behind each level but the last.
    """

    times: tuple[int, ...]
    width: int

    @property
    def position(self) -> int:
        """Bits of a position."""
        return (len(self.times) - 1).bit_length()

    @cached_property
    def levels(self) -> tuple[tuple[int, ...], ...]:
        """Of each level the cycle of each group."""
        found, times = [], self.times
        while len(times) > 1:
            starts = range(0, len(times), 1 << WAYS)
            groups = tuple(max(times[start : start + (1 << WAYS)]) for start in starts)
            found.append(groups)
            times = tuple(time + 1 for time in groups)
        return tuple(found)

    @property
    def ready(self) -> int:
        """The cycle in which the number is there."""
        return self.levels[-1][0] if self.levels else self.times[0]

    @property
    def position_times(self) -> tuple[int, ...]:
        """The cycle in which each bit of the position is first needed."""
        return tuple(min(self.levels[bit // WAYS]) for bit in range(self.position))

    @property
    def luts(self) -> int:
        """LUTs of all levels."""
        count, found = len(self.times), 0
        for level, groups in enumerate(self.levels):
            ways = self._ways(level)
            for group in range(len(groups)):
                size = min(1 << WAYS, count - (group << WAYS))
                found += lut_count(_gates(size, ways, self.width))
            count = len(groups)
        return found

    def _ways(self, level: int) -> int:
        return min(WAYS, self.position - WAYS * level)

    def emit(self, m: Module, fab: Fabric, en: Value, number, position, name: str) -> Value:
        """The number, in cycle ``ready``.

        Parameters
        ----------
        number : gives number k of the block in a cycle
        position : gives bit k of the position in a cycle
        """
        some = [lambda cycle, k=k: number(k, cycle) for k in range(len(self.times))]
        for level, groups in enumerate(self.levels):
            ways, found = self._ways(level), []
            for group, cycle in enumerate(groups):
                data = [one(cycle) for one in some[group << WAYS : group + 1 << WAYS]]
                bits = [position(WAYS * level + k, cycle) for k in range(ways)]
                one = _select(fab, data, bits, f"{name}_{level}_{group}")
                last = level == len(self.levels) - 1
                late = Late(m, en, f"{name}_{level}_{group}_late")
                start = cycle + (not last)
                one = one if last else late(0, one, 1)
                found.append(lambda cycle, one=one, late=late, start=start:
                             late(1, one, cycle - start))  # fmt: skip
            some = found
        return some[0](self.ready)


def _gates(size: int, ways: int, width: int) -> tuple[Gate, ...]:
    """Of each bit one of so many ``d0_k``, … by ``a0``, …; none of one."""
    if size == 1:
        return ()
    pins = tuple(f"a{k}" for k in range(min(ways, (size - 1).bit_length())))

    def function(*bits):
        found = [*bits[:size], *[0] * ((1 << len(pins)) - size)]
        for select in bits[size:]:
            found = [a & (1 ^ select) | b & select for a, b in zip(found[::2], found[1::2])]
        return found[0]

    return tuple(Gate(f"o{k}", (*(f"d{n}_{k}" for n in range(size)), *pins), function)
                 for k in range(width))  # fmt: skip


def _select(fab: Fabric, data: list[Value], address: list[Value], name: str) -> Value:
    """One of some values; any where the address is beyond them."""
    gates = _gates(len(data), len(address), len(data[0]))
    if not gates:
        return data[0]
    bits = {f"d{n}_{k}": bit for n, value in enumerate(data) for k, bit in enumerate(value)}
    bits |= {f"a{k}": bit for k, bit in enumerate(address)} | {"0": Const(0, 1)}
    made = emit(fab, gates, bits, name)
    return Cat(*(made[gate.name] for gate in gates))

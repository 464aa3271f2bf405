"""Gates by the names of their bits, and the LUTs that they are packed into."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from amaranth.hdl import Value

from hdl.compress.fabric import Fabric

__all__ = ["Gate", "cells", "emit", "lut_count", "tables"]


@dataclass(frozen=True, eq=False)
class Gate:
    """A bit that is a function, of ints and of Values, of other bits by their names."""

    name: str
    pins: tuple[str, ...]
    function: Callable

    @property
    def inputs(self) -> tuple[str, ...]:
        """The pins, each once."""
        return tuple(dict.fromkeys(self.pins))

    def of(self, inputs: Sequence[str]) -> Callable:
        """The function of other inputs that these pins are among."""
        places = [inputs.index(pin) for pin in self.pins]
        return lambda *bits: self.function(*(bits[place] for place in places))


def cells(gates: Sequence[Gate]) -> Iterator[tuple[Gate, ...]]:
    """Gates of at most six inputs in LUTs: one gate, or two neighbours that share five inputs."""
    waiting = list(gates)
    while waiting:
        both = dict.fromkeys(pin for gate in waiting[:2] for pin in gate.inputs)
        count = 2 if len(both) <= 5 else 1
        yield tuple(waiting[:count])
        waiting = waiting[count:]


def lut_count(gates: Sequence[Gate]) -> int:
    """How many LUTs gates take."""
    return len([*cells(gates)])


def emit(fab: Fabric, gates: Sequence[Gate], bits: Mapping[str, Value], name: str):
    """The bits of gates by their names; ``name`` is in front of those of the LUTs."""
    made: dict[str, Value] = {}
    for some in cells(gates):
        inputs = tuple(dict.fromkeys(pin for gate in some for pin in gate.inputs))
        wires = [bits[pin] for pin in inputs]
        functions = [gate.of(inputs) for gate in some]
        if len(inputs) == 6:
            found = fab.lut6(f"{name}{some[0].name}", wires, functions[0])
        else:
            found = fab.lut2(f"{name}{some[0].name}", wires, functions[0], functions[-1])
        made |= {gate.name: wire for gate, wire in zip(some, found)}
    return made


def tables(words: Sequence[int], width: int, pins: Sequence[str], prefix: str):
    """The bits of a table of words that pins address, the lowest pin first.

    Returns the gates, and of each bit a name: of a gate, of a pin, or of the constants "0" and "1".
    """
    gates, names, known = [], [], {}
    address = range(1 << len(pins))
    for k, pin in enumerate(pins):
        known[tuple(n >> k & 1 for n in address)] = pin
    known[(0,) * len(address)], known[(1,) * len(address)] = "0", "1"
    for bit in range(width):
        values = tuple(words[n] >> bit & 1 for n in address)
        if values not in known:
            known[values] = f"{prefix}{bit}"
            gates.append(_table(known[values], values, pins))
        names.append(known[values])
    return tuple(gates), tuple(names)


def _table(name: str, values: tuple[int, ...], pins: Sequence[str]) -> Gate:
    """The gate of a truth table, of those pins that matter."""
    some = list(pins)
    for pin in pins:
        step = 1 << some.index(pin)
        low = [n for n in range(len(values)) if not n & step]
        if all(values[n] == values[n | step] for n in low):
            some.remove(pin)
            values = tuple(values[n] for n in low)

    def function(*bits):
        if all(isinstance(bit, int) for bit in bits):
            return values[sum(bit << k for k, bit in enumerate(bits))]
        return _equation(values, bits)

    return Gate(name, tuple(some), function)


def _equation(values: tuple[int, ...], bits: Sequence[Value]):
    """The value of a truth table: of the half that the highest bit selects."""
    if len({*values}) == 1:
        return values[0]
    *rest, top = bits
    half = len(values) // 2
    if values[:half] == values[half:]:
        return _equation(values[:half], rest)
    total = 0
    for part, select in ((values[:half], 1 ^ top), (values[half:], top)):
        if any(part):
            total = total | (select if all(part) else select & _equation(part, rest))
    return total

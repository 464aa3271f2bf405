"""Static time of a whole pipeline: its circuits' times put together along the streams."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from generators.finn.part import Part
from generators.synth.timing import Path, Timing

__all__ = ["I_EDGE", "O_EDGE", "Static", "static"]

I_EDGE, O_EDGE = "s_axis", "m_axis"
"""The register slices at the edges, as parts."""


@dataclass(frozen=True)
class Static:
    """The slowest way from register to register, and through which circuits it goes.

    ``parts`` has, for each circuit, the slowest way that begins or ends there.
    """

    ps: int
    wire_ps: int
    at: str
    lut_levels: int
    carry4: int
    parts: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class _Way:
    """A way to a port: from which part's register, by what parts."""

    ps: int
    lut_levels: int
    carry4: int
    parts: tuple[str, ...]

    def on(self, part: str, path: Path, wire: int) -> "_Way":
        parts = self.parts if self.parts[-1] == part else (*self.parts, part)
        levels, carries = self.lut_levels + path.lut_levels, self.carry4 + path.carry4
        return _Way(self.ps + wire + path.ps, levels, carries, parts)


def static(parts: list[Part], timings: dict[str, Timing]) -> Static:
    """Put times together: of parts by name, and of the slices at the edges.

    Valid and payload go with a stream, ready against it; where a circuit passes one on without a
    register, the way goes on into the next. A stream's wires take the timings' ``wire_ps``. Ways
    from and to pins of the chip are not known here; at the edges there are registers.

    Raises
    ------
    ValueError
        If ways without a register go in a circle.
    """
    network = _Network(parts, timings)
    wire = next(iter(timings.values())).wire_ps
    worst, by_part = _Way(0, 0, 0, ("",)), dict.fromkeys(timings, 0)
    for way in network.ways(wire):
        for name in (way.parts[0], way.parts[-1]):
            by_part[name] = max(by_part[name], way.ps)
        if (way.ps, way.lut_levels) > (worst.ps, worst.lut_levels):
            worst = way
    at = " to ".join(worst.parts)
    return Static(worst.ps, wire, at, worst.lut_levels, worst.carry4, by_part)


Port = tuple[str, str]


class _Network:
    """Who drives each input of a part, and when it arrives."""

    def __init__(self, parts: list[Part], timings: dict[str, Timing]) -> None:
        self._timings, self._sources = timings, {}
        self._arrivals: dict[Port, _Way | None] = {}
        outputs = {"input": [(I_EDGE, "o")]}
        for part in parts:
            for index, name in enumerate(part.inputs):
                port = "i" if len(part.inputs) == 1 else f"i_{index}"
                self._connect(outputs[name].pop(0), (part.name, port))
            forked = range(part.config.readers) if part.kind == "fork" else ()
            outputs[part.name] = [(part.name, f"o_{k}") for k in forked] or [(part.name, "o")]
        (left,) = [output for ports in outputs.values() for output in ports]
        self._connect(left, (O_EDGE, "i"))

    def _connect(self, source: Port, reader: Port) -> None:
        for name in ("valid", "payload"):
            self._sources[reader[0], f"{reader[1]}__{name}"] = source[0], f"{source[1]}__{name}"
        self._sources[source[0], f"{source[1]}__ready"] = reader[0], f"{reader[1]}__ready"

    def ways(self, wire: int) -> Iterator[_Way]:
        """All that are the slowest to some register."""
        for name, timing in self._timings.items():
            inside = timing.reg_to_reg
            if inside is not None:
                yield _Way(inside.ps, inside.lut_levels, inside.carry4, (name,))
            for port, path in timing.setup.items():
                source = self._sources.get((name, port))
                before = None if source is None else self._arrival(source, wire)
                if before is not None:
                    yield before.on(name, path, wire)

    def _arrival(self, output: Port, wire: int, open_: tuple[Port, ...] = ()) -> _Way | None:
        """When an output of a part is there; None if no register of the network is before it."""
        if output in self._arrivals:
            return self._arrivals[output]
        name, port = output
        if output in open_:
            what = f"but {name}.{port} is in one"
            raise ValueError(f"Network must have no loop without a register, {what}")
        timing = self._timings[name]
        launched = timing.clk_to.get(port)
        found = None
        if launched is not None:
            found = _Way(launched.ps, launched.lut_levels, launched.carry4, (name,))
        for i, crossed in timing.through.items():
            source = self._sources.get((name, i))
            if port not in crossed or source is None:
                continue
            before = self._arrival(source, wire, (*open_, output))
            if before is not None:
                way = before.on(name, crossed[port], wire)
                found = way if found is None or way.ps > found.ps else found
        self._arrivals[output] = found
        return found

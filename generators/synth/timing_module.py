"""One module of a netlist: when its nets arrive, and what ends in its registers."""

from collections.abc import Iterator
from functools import cache, partial

from generators.synth import timing_cells
from generators.synth.timing_way import CLOCK, Cell, Entry, Kept, Pin, Way, later, text, wire_to

__all__ = ["Module"]


class Module:
    """One module's nets and cells."""

    def __init__(self, name: str, module: dict, kept: dict[str, Kept], wire: int, *,
                 is_top: bool) -> None:  # fmt: skip
        self._name, self._wire, self._is_top, self._kept = name, wire, is_top, kept
        self._cells = module["cells"]
        self._outputs = {}
        self._drivers: dict[int, tuple[str, str, int]] = {}
        for port, what in module["ports"].items():
            if what["direction"] == "input":
                self._drivers |= {bit: ("", port, k) for k, bit in enumerate(what["bits"])}
            else:
                self._outputs[port] = what["bits"]
        self._models, known = {}, {}
        self._roots: dict[int | str, tuple | None] = {}
        self._wires = cache(partial(wire_to, wire=wire))
        for cell, what in self._cells.items():
            self._models[cell] = self._model(what, known)
            for pin, bits in what["connections"].items():
                if self._is_output(cell, pin):
                    self._drivers |= {bit: (cell, pin, k) for k, bit in enumerate(bits)}
        self._names = _names(module.get("netnames", {}))
        self._arrivals: dict[int, dict[Entry, Way]] = {}

    def _model(self, cell: dict, known: dict):
        """A cell's delays, or what is known of a module; the same for cells that are alike."""
        if cell["type"] in self._kept:
            return self._kept[cell["type"]]
        parameters, pins = cell.get("parameters", {}), tuple(cell["connections"])
        few = {key: value for key, value in parameters.items() if len(value) <= 32}
        key = cell["type"], pins, tuple(few.items())
        if key not in known:
            known[key] = Cell(cell["type"], timing_cells.model(cell["type"], few, list(pins)))
        return known[key]

    def _is_output(self, cell: str, pin: str) -> bool:
        model = self._models[cell]
        if isinstance(model, Kept):
            return pin in model.outputs
        return pin in model.launch or pin in model.arcs

    def abstract(self) -> Kept:
        """All that is to know of it."""
        found = Kept(outputs=tuple(self._outputs))
        for cell, model in self._models.items():
            self._end(found, cell, model)
        for port, bits in self._outputs.items():
            for k, bit in enumerate(bits):
                self._leave(found, (port, k), bit)
        return found

    def _leave(self, found: Kept, pin: Pin, bit: int | str) -> None:
        root = self._root(bit)
        if root is None:
            return
        bit, (cell, port, k), kind = root
        if not cell:
            found.wires[pin] = port, k
            return
        found.drivers[pin] = kind
        for entry, way in self._arrival(bit).items():
            if entry == CLOCK:
                found.launch[pin] = way
            else:
                found.arcs.setdefault(pin, []).append((entry, way))

    def _end(self, found: Kept, cell: str, model) -> None:
        """Ways that end in a cell."""
        if isinstance(model, Kept):
            if model.worst is not None:
                inner = model.worst
                way = inner._replace(start=f"{cell}.{inner.start}", end=f"{cell}.{inner.end}")
                found.worst = later(found.worst, way)
        elif model.internal:
            way = Way(model.internal, 0, 0, self._named(cell), (None, self._cells[cell]["type"]))
            found.worst = later(found.worst, way._replace(end=way.start))
        for source, kind, last in self._requirements(cell, model):
            for entry, way in self._enter(source, kind):
                worst = found.worst if entry == CLOCK else found.require.get(entry)
                if worst is not None and way.ps + last.ps < worst.ps:
                    continue
                end = f"{cell}.{last.end}" if isinstance(model, Kept) else self._named(cell)
                way = way.on(last.ps, last.luts, last.carries, text(last), end)
                if entry == CLOCK:
                    found.worst = later(worst, way)
                else:
                    found.require[entry] = later(worst, way)

    def _requirements(self, cell: str, model) -> Iterator[tuple[int | str, str, Way]]:
        """Bits that a cell's registers take, and what follows until the clock."""
        pins = self._cells[cell]["connections"]
        if isinstance(model, Kept):
            for (port, k, kind), way in model.require.items():
                if port in pins:
                    yield pins[port][k], kind, way
            return
        for pin, kind, way in model.ends:
            for bit in pins.get(pin, ()):
                yield bit, kind, way

    def _fan_in(self, driver: tuple[str, str, int]) -> Iterator[tuple[int | str, str, Way]]:
        """Bits that an output pin follows without a register, and what each passes."""
        cell, pin, k = driver
        model, pins = self._models[cell], self._cells[cell]["connections"]
        if isinstance(model, Kept):
            for (port, index, kind), way in model.arcs.get((pin, k), ()):
                if port in pins:
                    yield pins[port][index], kind, way
            return
        for i, index, bit, kind, way in model.arcs.get(pin, ()):
            if bit is None or bit == k:
                for each in pins.get(i, ()) if index is None else pins.get(i, ())[index:index + 1]:
                    yield each, kind, way

    def _launch(self, driver: tuple[str, str, int]) -> Way | None:
        cell, pin, k = driver
        model = self._models[cell]
        if isinstance(model, Kept):
            way = model.launch.get((pin, k))
            return None if way is None else way._replace(start=f"{cell}.{way.start}")
        if pin not in model.launch:
            return None
        bit = self._cells[cell]["connections"][pin][k]
        name, kind = self._names.get(bit, cell), self._cells[cell]["type"]
        return Way(model.launch[pin], 0, 0, name, (None, kind))

    def _root(self, bit: int | str) -> tuple[int, tuple[str, str, int], str] | None:
        """What drives a bit, also behind modules that only pass it on; None for constants.

        The bit itself, the output pin or port, and the kind of output that it is.
        """
        if bit not in self._roots:
            self._roots[bit] = self._find_root(bit)
        return self._roots[bit]

    def _find_root(self, bit: int | str) -> tuple[int, tuple[str, str, int], str] | None:
        while not isinstance(bit, str) and (driver := self._drivers.get(bit)) is not None:
            cell, pin, k = driver
            model = self._models.get(cell)
            if model is None:
                return bit, driver, ""
            if not isinstance(model, Kept):
                return bit, driver, timing_cells.driver(self._cells[cell]["type"], pin, k)
            if (pin, k) not in model.wires:
                return bit, driver, model.drivers.get((pin, k), "")
            port, index = model.wires[pin, k]
            bits = self._cells[cell]["connections"].get(port, ())
            bit = bits[index] if bits else "x"
        return None

    def _enter(self, bit: int | str, kind: str) -> Iterator[tuple[Entry, Way]]:
        """The ways to a pin of this kind, with the wire; a port's is paid outside."""
        root = self._root(bit)
        if root is None:
            return
        bit, (cell, port, k), source = root
        if cell:
            ps, luts = self._wires(source, kind)
            for entry, way in self._arrival(bit).items():
                yield entry, way.on(ps, luts) if ps or luts else way
        elif self._is_top:
            ps, luts = self._wires("", kind)
            yield (port, 0, ""), Way(ps - self._wire, luts, 0, port)
        else:
            yield (port, k, kind), Way(0, 0, 0, port)

    def _arrival(self, bit: int) -> dict[Entry, Way]:
        """The slowest way to a driven bit, from the clock and from each input."""
        if bit in self._arrivals:
            return self._arrivals[bit]
        stack, open_ = [bit], set()
        while stack:
            last = stack[-1]
            if last in self._arrivals:
                stack.pop()
                continue
            before = [] if last in open_ else self._before(last)
            if any(one in open_ for one in before):
                what = f"but {self._names.get(last, last)} of {self._name} is in one"
                raise ValueError(f"Netlist must have no loop without a register, {what}")
            open_.add(last)
            if not before:
                self._arrivals[last] = self._arrive(last)
                open_.discard(stack.pop())
            stack += before
        return self._arrivals[bit]

    def _before(self, bit: int) -> list[int]:
        """Bits, not yet known, that one follows."""
        roots = (self._root(one) for one, _, _ in self._fan_in(self._drivers[bit]))
        return [root[0] for root in roots
                if root is not None and root[1][0] and root[0] not in self._arrivals]  # fmt: skip

    def _arrive(self, bit: int) -> dict[Entry, Way]:
        driver = self._drivers[bit]
        found: dict[Entry, Way] = {}
        launched = self._launch(driver)
        if launched is not None:
            found[CLOCK] = launched
        for source, kind, step in self._fan_in(driver):
            for entry, way in self._enter(source, kind):
                known = found.get(entry)
                later = way.ps + step.ps, way.luts + step.luts
                if known is None or later > (known.ps, known.luts):
                    found[entry] = way.on(step.ps, step.luts, step.carries, text(step))
        return found

    def _named(self, cell: str) -> str:
        """A register by the net that it drives."""
        bits = (bit for pin, bits in self._cells[cell]["connections"].items()
                if self._is_output(cell, pin) for bit in bits)  # fmt: skip
        return next((self._names[bit] for bit in bits if bit in self._names), cell)


def _names(netnames: dict) -> dict[int, str]:
    """A name for each bit: the shortest of those that the circuit gave it."""
    found: dict[int, str] = {}
    for name, what in netnames.items():
        if what.get("hide_name"):
            continue
        for k, bit in enumerate(what["bits"]):
            text = f"{name}[{k}]" if len(what["bits"]) > 1 else name
            if len(text) < len(found.get(bit, text + ".")):
                found[bit] = text
    return found

"""What every stream promises, and what it may expect."""

from amaranth.hdl import Cat, Signal, Value

__all__ = ["Port", "stable", "within"]


class Port:
    """A stream or a channel: valid, ready, all bits of the payload, and its lanes if it has any."""

    def __init__(self, name: str, valid: Value, ready: Value, payload: Value, lanes=()) -> None:
        self.name, self.valid, self.ready, self.payload = name, valid, ready, payload
        self.lanes, self.moves = [*lanes], valid & ready

    @classmethod
    def of(cls, name: str, stream) -> "Port":
        """A stream whose payload is an array of lanes."""
        return cls(name, stream.valid, stream.ready, Value.cast(stream.payload), stream.payload)

    @classmethod
    def channel(cls, bus, name: str) -> "Port":
        """A channel of an AXI bus, by its prefix."""
        whole = {key: getattr(bus, key) for key in bus.signature.members if key.startswith(name)}
        ends = whole.pop(f"{name}valid"), whole.pop(f"{name}ready")
        return cls(name, *ends, Cat(*whole.values()))


def stable(bench, port) -> Value:
    """Whether what was offered and not taken a cycle ago is offered still."""
    waits = Signal(name=f"{port.name}_waits")
    before = Signal(len(port.payload), name=f"{port.name}_before")
    bench.m.d.sync += [waits.eq(port.valid & ~port.ready), before.eq(port.payload)]
    return ~waits | (port.valid & (port.payload == before))


def within(bench, name: str, waits: Value, cycles: int) -> Value:
    """Whether something waits for fewer than so many cycles one after the other."""
    count = Signal(range(cycles + 1), name=f"{name}_waits")
    with bench.m.If(~waits):
        bench.m.d.sync += count.eq(0)
    with bench.m.Elif(count != cycles):
        bench.m.d.sync += count.eq(count + 1)
    return ~waits | (count + 1 < cycles)

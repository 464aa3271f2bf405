"""A processor that makes random AXI3 bursts, and registers behind AXI4-Lite, for the simulator."""

from dataclasses import dataclass, field

from hdl.bus.axi import DECERR, OKAY, SLVERR

FIXED, INCR, WRAP = range(3)


@dataclass
class Burst:
    """As the processor asks for it, and what came of it."""

    ident: int
    address: int
    size: int  # of a beat, as 2**size bytes
    burst: int
    beats: int
    data: list[int] = field(default_factory=list)
    strobes: list[int] = field(default_factory=list)
    responses: list[int] = field(default_factory=list)
    begun: int = -1

    def places(self) -> list[int]:
        """The address of every beat: AXI's section A3.4.1."""
        step = 1 << self.size
        aligned = self.address & -step
        if self.burst == FIXED:
            return [self.address] * self.beats
        if self.burst == INCR:
            return [self.address, *(aligned + n * step for n in range(1, self.beats))]
        whole = step * self.beats
        low = self.address & -whole
        return [low + (aligned - low + n * step) % whole for n in range(self.beats)]


def draw(rng, write: bool) -> Burst:
    """A burst that keeps to AXI3's rules; a fifth of them are beyond the registers."""
    size, kind = int(rng.integers(3)), int(rng.integers(3))
    beats = int(rng.choice([2, 4, 8, 16]) if kind == WRAP else rng.integers(1, 17))
    page = int(rng.choice([0x4000_0000, 0x4000_1000, 0x6000_0000], p=[0.8, 0.1, 0.1]))
    span = beats << size if kind == INCR else 4
    address = int(rng.integers(0, 4096 - span + 1))
    if kind == WRAP:
        address &= -(1 << size)
    made = Burst(int(rng.integers(1 << 12)), page + address, size, kind, beats)
    if write:
        made.data = [int(word) for word in rng.integers(1 << 32, size=beats)]
        for place in made.places():
            first = place & 3
            last = min(4, (place & -(1 << size) & 3) + (1 << size))
            lanes = ((1 << last) - 1) & ~((1 << first) - 1)
            made.strobes.append(lanes & int(rng.integers(16)) if rng.random() < 0.3 else lanes)
    return made


class Registers:
    """Words of memory behind AXI4-Lite, of which some are answered with an error.

    A class of the register model and not of the bridge: what it does, in the order of its accesses.
    """

    def __init__(self) -> None:
        self.words = [0] * 1024

    @staticmethod
    def response(address: int) -> int:
        return SLVERR if address & 0x3FC in (0x40, 0x44) else DECERR if address >= 0xF80 else OKAY

    def write(self, address: int, data: int, strobes: int) -> int:
        assert address % 4 == 0
        answer = self.response(address)
        if answer == OKAY:
            mask = sum(0xFF << 8 * lane for lane in range(4) if strobes >> lane & 1)
            self.words[address >> 2] = self.words[address >> 2] & ~mask | data & mask
        return answer

    def read(self, address: int) -> tuple[int, int]:
        assert address % 4 == 0
        answer = self.response(address)
        return (self.words[address >> 2] if answer == OKAY else 0xDEAD_BEEF), answer


class Source:
    """Offers what is in its queue; drops no valid and changes nothing before it is taken."""

    def __init__(self, valid, ready, fields: dict) -> None:
        self.valid, self.ready, self.fields = valid, ready, fields
        self.queue: list[dict[str, int]] = []
        self.offered = False

    def drive(self, ctx, pause: bool, noise) -> None:
        if not self.offered and self.queue and not pause:
            self.offered = True
        for name, port in self.fields.items():
            value = self.queue[0].get(name, 0) if self.offered else noise(len(port))
            ctx.set(port, value)
        ctx.set(self.valid, self.offered)

    def sampled(self) -> list:
        return [self.ready]

    def edge(self, values: tuple) -> dict[str, int] | None:
        """What was taken."""
        if not (self.offered and values[0]):
            return None
        self.offered = False
        return self.queue.pop(0)


class Sink:
    """Takes what is offered, and looks whether it stays until then."""

    def __init__(self, valid, ready, fields: dict) -> None:
        self.valid, self.ready, self.fields = valid, ready, fields
        self.taking, self.held = False, None

    def drive(self, ctx, pause: bool, noise) -> None:
        self.taking = not pause
        ctx.set(self.ready, self.taking)

    def sampled(self) -> list:
        return [self.valid, *self.fields.values()]

    def edge(self, values: tuple) -> dict[str, int] | None:
        valid, *payload = values
        assert self.held is None or (valid and payload == self.held), "Offer must stay until taken"
        self.held = payload if valid and not self.taking else None
        return dict(zip(self.fields, payload)) if valid and self.taking else None


def channel(kind: type, bus, name: str, fields: str):
    """One channel of an interface: ``channel(Sink, dut.o, "aw", "addr prot")``."""
    ports = {field: getattr(bus, name + field) for field in fields.split()}
    return kind(getattr(bus, f"{name}valid"), getattr(bus, f"{name}ready"), ports)

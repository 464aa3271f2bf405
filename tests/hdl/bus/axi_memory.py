"""A memory behind one direction of AXI3 in the Amaranth simulator, which watches the rules."""

from collections import deque

from sim.axi3 import LAYOUT, Limits, Rules

__all__ = ["Memory", "Noise", "phases", "places", "refuses_a_byte_more", "transfer"]

LIMITS = Limits(id=0, cache=0b0011, only_incr=True, outstanding=8, early=False)


class Noise(dict):
    """Bytes at all addresses, made when they are read."""

    def __missing__(self, address):
        return self.setdefault(address, (address * 0x9E37_79B1 >> 11) & 0xFF)


def places(rng, count):
    """Random regions of at most 300 bytes anywhere in 4 GB, at powers of two, and at the end."""
    sizes = [int(size) for size in rng.integers(1, 301, 2 * count)]
    found = [(int(rng.integers((1 << 32) - 300)), size) for size in sizes[:count]]
    found += [((1 << int(rng.integers(9, 32))) - 8 * int(rng.integers(1, size // 8 + 2)), size)
              for size in sizes[count:]]  # fmt: skip
    return [*found, *(((1 << 32) - -(-size // 8) * 8, size) for size in sizes[:3])]


def phases(still, moving):
    """Of a cycle, whether a period is in its second part; and the last cycles of the first."""
    def works(now):
        return now % (still + moving) >= still

    return works, [still - 1 + k * (still + moving) for k in range(5)]


class Memory:
    """Answers ``latency`` cycles after an address (a read), or after the last data (a write).

    Parameters
    ----------
    bus : an interface of axi3_read or axi3_write
    data : dict of address to byte
    stall : probability that a channel pauses, each cycle
    errors : dict of an address to the response of a burst or beat that has it
    works : of a cycle, whether any channel moves in it
    """

    def __init__(self, bus, data, *, rng, latency=20, stall=0.0, errors=None,
                 works=lambda now: True):  # fmt: skip
        self.bus, self.data, self.rng, self.works = bus, data, rng, works
        self.latency, self.stall, self.errors = latency, stall, errors or {}
        self.faults, self.touched, self.addresses = [], set(), []
        self.rules = Rules("memory", LIMITS, self.faults.append, read=self._read)
        self.answers, self.beats, self.bursts = deque(), deque(), deque()
        self.offered, self.gaps = None, []  # gaps: cycles without data within a burst
        self.waits = set()  # channels on which something is offered and was not taken
        self.begin()
        self.reads = hasattr(bus, "arvalid")
        channels = ("ar", "r") if self.reads else ("aw", "w", "b")
        self.names = [(c, n) for c in channels for n, _ in LAYOUT[c] if n != "lock"]
        self.signals = [getattr(bus, c + n) for c, n in self.names]

    def begin(self):
        """Cycles are counted from now on."""
        self.now = 0
        self.moved = []  # cycles in which a word went over the bus
        self.begun = {"ar": [], "aw": [], "w": []}  # cycles in which something was offered anew

    def _read(self, address, size):
        self.touched.update(range(address, address + size))

    def runs(self):
        return self.works(self.now) and (not self.stall or self.rng.random() >= self.stall)

    def drive(self, ctx):
        """What the memory offers in this cycle; noise where it offers nothing."""
        bus, noise = self.bus, int(self.rng.integers(1 << 60))
        if self.offered is None and self.answers and self.answers[0][0] <= self.now:
            self.offered = self.answers.popleft() if self.runs() else None
        if self.reads:
            ctx.set(bus.arready, self.runs())
            ctx.set(bus.rvalid, self.offered is not None)
            _, resp, last, word = self.offered or (0, noise & 3, noise >> 2 & 1, noise)
            ctx.set(bus.rdata, word)
            ctx.set(bus.rlast, last)
            ctx.set(bus.rresp, resp)
        else:
            ctx.set(bus.awready, self.runs())
            ctx.set(bus.wready, self.runs())
            ctx.set(bus.bvalid, self.offered is not None)
            ctx.set(bus.bresp, (self.offered or (0, noise & 3))[1])

    def take(self, values):
        """What happened in this cycle; values of ``signals``, right before the edge."""
        fields = dict(zip(self.names, values, strict=True))
        vectors = {}
        for channel in {c for c, _ in self.names}:
            if fields[channel, "valid"]:
                vector = 0
                for name, bits in LAYOUT[channel]:
                    vector = vector << bits | fields.get((channel, name), 0)
                vectors[channel] = vector
        self.rules.cycle(self.now, vectors)
        goes = {c for c in vectors if fields[c, "ready"]}
        assert ("r" in vectors) == ("r" in goes), "R must always be taken at once"
        if goes & {"r", "b"}:
            self.offered = None
        self.moved += [self.now] * len(goes & {"r", "w"})
        for channel in self.begun.keys() & vectors.keys() - self.waits:
            self.begun[channel].append(self.now)
        self.waits = vectors.keys() - goes
        for channel in goes & {"ar", "aw"}:
            self._ask(fields[channel, "addr"], fields[channel, "len"] + 1)
        if self.beats and not self.beats[-1][0] and "w" not in vectors:
            self.gaps.append(self.now)
        if "w" in goes:
            self.beats.append([fields["w", name] for name in ("last", "strb", "data")])
        if not self.reads and self.bursts and any(beat[0] for beat in self.beats):
            self._write(self.bursts.popleft())
        self.now += 1

    def _ask(self, address, beats):
        """An address is taken."""
        assert (address & -128) == (address + 8 * beats - 1 & -128)
        self.addresses.append((self.now, address, beats))
        places = range(address, address + 8 * beats, 8)
        if not self.reads:
            self.bursts.append(places)
            return
        for place in places:
            word = sum(self.data[place + k] << 8 * k for k in range(8))
            self.answers.append((self.now + self.latency, self.errors.get(place, 0),
                                 place == places[-1], word))  # fmt: skip

    def _write(self, places):
        """A burst of which all data and the address were taken."""
        for place in places:
            _, strobes, word = self.beats.popleft()
            for k in range(8):
                if strobes >> k & 1:
                    self.touched.add(place + k)
                    self.data[place + k] = word >> 8 * k & 0xFF
        resp = max(self.errors.get(place, 0) for place in places)
        self.answers.append((self.now + self.latency, resp))


async def transfer(ctx, dut, memory, address, length, *, words=(), stall=0.0, abort=None,
                   works=lambda now: True, deadline=60_000):  # fmt: skip
    """One run of a DMA: gives it words or takes them, until it is idle, in its first idle cycle.

    Begins in this cycle or up to two later. Aborts it in cycle ``abort``; ``works`` says of a cycle
    whether words come or go. Starts while it is not idle and aborts while it is have no effect.

    Returns the words that came, the cycles of their transfers, the cycle in which it was idle
    again, and which of refused, slverr and decerr came.
    """
    port, reads, rng = dut.o if memory.reads else dut.i, memory.reads, memory.rng
    given, times, seen, offered = [], [], set(), False
    bits = port.payload.as_value()
    await rest(ctx, dut, memory, int(rng.integers(3)))
    memory.begin()
    for cycle in range(deadline):
        busy = not ctx.get(dut.idle)
        seen |= {name for name in ("refused", "slverr", "decerr") if ctx.get(getattr(dut, name))}
        if cycle and not busy:
            assert memory.rules.idle and not memory.faults, memory.faults
            return given, times, cycle, seen
        memory.drive(ctx)
        runs = works(cycle) and (not stall or rng.random() >= stall)
        if reads:
            ctx.set(port.ready, runs)
        else:
            offered = len(times) < len(words) and (offered or runs)
            ctx.set(port.valid, offered)
            ctx.set(bits, words[len(times)] if offered else int(rng.integers(1 << 60)))
        ctx.set(dut.start, cycle == 0 or int(rng.integers(2)))
        ctx.set(dut.address, address if cycle == 0 else int(rng.integers(1 << 32)))
        ctx.set(dut.length, length if cycle == 0 else int(rng.integers(1 << 32)))
        ctx.set(dut.abort, cycle == abort if cycle else int(rng.integers(2)))
        *_, valid, ready, word = sampled = await ctx.tick().sample(
            *memory.signals, port.valid, port.ready, bits)  # fmt: skip
        memory.take(sampled[2:-3])
        if valid and ready:
            assert busy
            times.append(cycle)
            given.append(word)
            offered = False
    raise TimeoutError(f"{len(times)} words after {deadline} cycles")


async def refuses_a_byte_more(ctx, dut, memory, address):
    """A region that ends at 4 GB is begun, and aborted; one that is a byte longer is refused."""
    for more in (0, 1):
        *_, seen = await transfer(ctx, dut, memory, address, (1 << 32) - (address & -8) + more,
                                  abort=8)  # fmt: skip
        assert seen == ({"refused"} if more else set())


async def rest(ctx, dut, memory, cycles):
    """Cycles in which it stays idle, offers nothing and takes nothing, whatever comes."""
    port = dut.o if memory.reads else dut.i
    for _ in range(cycles):
        memory.drive(ctx)
        ctx.set(dut.start, 0)
        ctx.set(dut.abort, int(memory.rng.integers(2)))
        ctx.set(port.ready if memory.reads else port.valid, 1)
        assert ctx.get(dut.idle) and not ctx.get(port.valid & port.ready)
        memory.take((await ctx.tick().sample(*memory.signals))[2:])

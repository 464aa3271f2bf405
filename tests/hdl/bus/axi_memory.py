"""A memory behind one direction of AXI3 in the Amaranth simulator, which watches the rules."""

from collections import deque

from sim.axi3 import LAYOUT, Limits, Rules

__all__ = ["Memory", "transfer"]

LIMITS = Limits(id=0, cache=0b0011, only_incr=True, outstanding=8, early=False)


class Memory:
    """Answers ``latency`` cycles after an address (a read), or after the last data (a write).

    Parameters
    ----------
    bus : an interface of axi3_read or axi3_write
    data : dict of address to byte
    stall : probability that a channel pauses, each cycle
    errors : dict of an address to the response of a burst or beat that has it
    """

    def __init__(self, bus, data, *, rng, latency=20, stall=0.0, errors=None):
        self.bus, self.data, self.rng = bus, data, rng
        self.latency, self.stall, self.errors = latency, stall, errors or {}
        self.faults, self.touched, self.addresses = [], set(), []
        self.rules = Rules("memory", LIMITS, self.faults.append, read=self._read)
        self.now, self.answers, self.beats, self.bursts = 0, deque(), deque(), deque()
        self.offered, self.gaps = None, []  # gaps: cycles without data within a burst
        self.reads = hasattr(bus, "arvalid")
        channels = ("ar", "r") if self.reads else ("aw", "w", "b")
        self.names = [(c, n) for c in channels for n, _ in LAYOUT[c] if n != "lock"]
        self.signals = [getattr(bus, c + n) for c, n in self.names]

    def _read(self, address, size):
        self.touched.update(range(address, address + size))

    def runs(self):
        return not self.stall or self.rng.random() >= self.stall

    def drive(self, ctx):
        """What the memory offers in this cycle."""
        bus = self.bus
        if self.offered is None and self.answers and self.answers[0][0] <= self.now:
            self.offered = self.answers.popleft() if self.runs() else None
        if self.reads:
            ctx.set(bus.arready, self.runs())
            ctx.set(bus.rvalid, self.offered is not None)
            _, resp, last, word = self.offered or (0, 0, 0, int(self.rng.integers(1 << 60)))
            ctx.set(bus.rdata, word)
            ctx.set(bus.rlast, last)
            ctx.set(bus.rresp, resp)
        else:
            ctx.set(bus.awready, self.runs())
            ctx.set(bus.wready, self.runs())
            ctx.set(bus.bvalid, self.offered is not None)
            ctx.set(bus.bresp, (self.offered or (0, 0))[1])

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
                   deadline=60_000):  # fmt: skip
    """One run of a DMA: gives it words or takes them, until it is idle.

    Aborts it in cycle ``abort``. Returns the words that came, the cycles of their transfers, the
    cycle in which it was idle again, and which of refused, slverr and decerr came.
    """
    port, reads, rng = dut.o if memory.reads else dut.i, memory.reads, memory.rng
    given, times, seen, offered, memory.now = [], [], set(), False, 0
    bits = port.payload.as_value()
    for name, value in (("start", 1), ("address", address), ("length", length)):
        ctx.set(getattr(dut, name), value)
    names = ("idle", "refused", "slverr", "decerr")
    for cycle in range(deadline):
        memory.drive(ctx)
        runs = not stall or rng.random() >= stall
        if reads:
            ctx.set(port.ready, runs)
        else:
            offered = len(times) < len(words) and (offered or runs)
            ctx.set(port.valid, offered)
            ctx.set(bits, words[len(times)] if offered else int(rng.integers(1 << 60)))
        ctx.set(dut.abort, cycle == abort)
        sampled = await ctx.tick().sample(*(getattr(dut, name) for name in names), port.valid,
                                          port.ready, bits, *memory.signals)  # fmt: skip
        idle, *marks, valid, ready, word = sampled[2:9]
        memory.take(sampled[9:])
        seen |= {name for name, mark in zip(names[1:], marks, strict=True) if mark}
        if valid and ready:
            times.append(cycle)
            given.append(word)
            offered = False
        if cycle == 0:
            ctx.set(dut.start, 0)
            ctx.set(dut.address, int(rng.integers(1 << 32)))
            ctx.set(dut.length, int(rng.integers(1 << 32)))
        elif idle:
            ctx.set(port.ready if reads else port.valid, 0)
            assert memory.rules.idle and not memory.faults, memory.faults
            return given, times, cycle, seen
    raise TimeoutError(f"{len(times)} words after {deadline} cycles")

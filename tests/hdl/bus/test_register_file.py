# amaranth: UnusedElaboratable=no
"""The register file against a dictionary."""

import re

import numpy as np
import pytest

from hdl.bus.axi import OKAY, SLVERR
from hdl.bus.register_file import RegisterFile
from hdl.bus.registers import Field, Register
from sim.stream import simulate
from tests.hdl.bus.lite import Manager


def register(name, offset, access, *bits):
    fields = tuple(Field(name=f"bit{bit}", bit=bit, doc="") for bit in bits)
    return Register(name=name, offset=offset, access=access, doc="", fields=fields)


LIST = (register("NUMBER", 0x00, "r"), register("PLAIN", 0x04, "rw"),
        register("BITS", 0x08, "rw", 0, 9, 31), register("EVENTS", 0x10, "w1c"),
        register("DOOR", 0x14, "w"), register("PLACE", 0x7F8, "rw"))  # fmt: skip
CONFIG = RegisterFile.Config(registers=LIST, counters=("PLACE",))


class Golden:
    """What the registers hold."""

    def __init__(self):
        self.held = {0x04: 0, 0x08: 0, 0x7F8: 0}
        self.given = {}
        self.cleared, self.written = [], []

    def write(self, address, word, strobes):
        place = address & ~3
        mask = sum(0xFF << 8 * k for k in range(4) if strobes >> k & 1)
        if place in self.held:
            mask &= {0x08: 1 << 31 | 1 << 9 | 1}.get(place, -1)
            self.held[place] = self.held[place] & ~mask | word & mask
        elif place == 0x10:
            self.cleared.append(word & mask)
        elif place == 0x14 and strobes == 15:
            self.written.append(word)
        else:
            return SLVERR
        return OKAY

    def read(self, address):
        values = self.given | self.held | {0x14: 0}
        place = address & ~3
        return (values[place], OKAY) if place in values else (0, SLVERR)


@pytest.mark.parametrize("stall", [0.0, 0.3, 0.8])
def test_random_accesses(stall):
    """In any order of address and data, with any strobes, at addresses without a register too."""
    rng = np.random.default_rng(7)
    dut, golden, cleared, written = RegisterFile(CONFIG), Golden(), [], []

    class Watching(Manager):
        async def step(self, ctx):
            await super().step(ctx)
            clear, valid, word = map(ctx.get, (dut.events_clear, dut.door_valid, dut.door))
            cleared.extend([clear] if clear else [])
            written.extend([word] if valid else [])

    manager = Watching(dut.bus, rng, stall)
    places = [r.offset for r in LIST] * 10
    places += [r.offset ^ 1 << bit for r in LIST for bit in range(2, 12)]  # nearly one's
    expected = []

    async def bench(ctx):
        manager.reads += golden.held
        await manager.finish(ctx)
        assert manager.values == [(0, OKAY)] * len(golden.held)
        for _ in range(100):
            for place, port in ((0x00, dut.number), (0x10, dut.events)):
                golden.given[place] = int(rng.integers(1 << 32))
                ctx.set(port, golden.given[place])
            reads = [int(place) for place in rng.choice(places, 3)]
            for _ in range(int(rng.integers(1, 4))):
                access = (int(rng.choice(places)) + int(rng.integers(4)),
                          int(rng.integers(1 << 32)), int(rng.choice([15, rng.integers(16)])))
                reads.append(access[0])
                manager.writes.append(access)
                expected.append(golden.write(*access))
            await manager.finish(ctx)
            manager.reads += reads
            await manager.finish(ctx)
            for place, (value, response) in zip(reads, manager.values[-len(reads) :], strict=True):
                assert response == golden.read(place)[1]
                assert response or value == golden.read(place)[0]

    simulate(dut, bench)
    assert manager.answers == expected
    assert cleared == [word for word in golden.cleared if word]
    assert written == golden.written


@pytest.mark.parametrize("writes", [0, 40])
@pytest.mark.parametrize("reads", [0, 40])
def test_interval(writes, reads):
    """Both ways at once take no longer than one."""
    dut = RegisterFile(CONFIG)
    manager = Manager(dut.bus, np.random.default_rng(0))
    manager.writes += [(0x04, n, 15) for n in range(writes)]
    manager.reads += [0x00] * reads
    took = []

    async def bench(ctx):
        took.append(await manager.finish(ctx))

    simulate(dut, bench)
    last = max(0, *(CONFIG.interval * (count - 1) + answer + 1
                    for count, answer in ((writes, 2), (reads, 3)) if count), 0)  # fmt: skip
    assert took == [last]


def test_hold_and_refuse():
    """Held writes wait, reads do not; a refused one is answered SLVERR and leaves no trace."""
    dut = RegisterFile(CONFIG)
    manager = Manager(dut.bus, np.random.default_rng(0))

    async def bench(ctx):
        ctx.set(dut.hold, 1)
        manager.writes.append((0x04, 5, 15))
        manager.reads.append(0x04)
        for _ in range(20):
            await manager.step(ctx)
        assert (manager.answers, manager.values) == ([], [(0, OKAY)])
        ctx.set(dut.hold, 0)
        assert await manager.finish(ctx) == 2
        ctx.set(dut.door_refuse, 1)
        manager.writes.append((0x14, 5, 15))
        await manager.finish(ctx)
        assert manager.answers == [OKAY, SLVERR]

    simulate(dut, bench)


def test_counter():
    """Counts up with each step, from what was written."""
    dut = RegisterFile(CONFIG)
    manager = Manager(dut.bus, np.random.default_rng(0))

    async def bench(ctx):
        for bit in range(1, 33):  # the carry goes as far
            manager.writes.append((0x7F8, (1 << bit) - 2, 15))
            await manager.finish(ctx)
            ctx.set(dut.place_step, 1)
            await ctx.tick().repeat(3)
            ctx.set(dut.place_step, 0)
            manager.reads.append(0x7F8)
            await manager.finish(ctx)
            assert manager.values[-1] == ((1 << bit) + 1 & 0xFFFF_FFFF, OKAY)

    simulate(dut, bench)


def test_responses_wait_for_nobody():
    """They are offered to a manager that is not ready, and follow each other when it is."""
    dut = RegisterFile(CONFIG)
    bus = dut.bus

    async def bench(ctx):
        ctx.set(bus.arvalid, 1)
        ctx.set(bus.awvalid, 1)
        ctx.set(bus.wvalid, 1)
        await ctx.tick().repeat(10)
        assert ctx.get(bus.rvalid) and ctx.get(bus.bvalid)
        assert not ctx.get(bus.arready | bus.awready | bus.wready)
        ctx.set(bus.rready, 1)
        for _ in range(2):
            assert ctx.get(bus.rvalid)
            await ctx.tick()

    simulate(dut, bench)


@pytest.mark.parametrize(
    ("registers", "message"),
    [
        ((register("A", 0, "x"),), "Register A access must be one of r, rw, w, w1c, not 'x'"),
        ((register("A", 6, "r"),), "Register A offset must be a multiple of 4 below 4096, not 6"),
        ((register("A", 4096, "r"),),
         "Register A offset must be a multiple of 4 below 4096, not 4096"),
        ((register("A", 8, "r"), register("B", 8, "rw")),
         "Register B offset must be its own, not 8, which A has"),
    ],
)  # fmt: skip
def test_wrong_list(registers, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        RegisterFile.Config(registers=registers)


def test_wrong_counter():
    message = "RegisterFile counter must be an rw register, not 'NUMBER'"
    with pytest.raises(ValueError, match=f"^{message}$"):
        RegisterFile.Config(registers=LIST, counters=("NUMBER",))

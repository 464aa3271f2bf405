# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.sim import Simulator

from hdl.bus import axi
from hdl.ecp5.ram import RAM

SIZE = 4096
CONFIG = RAM.Config(size=SIZE, ids=6)
BOUND = 5000  # cycles, of any wait


class Bench:
    """Managers of each channel and a user of the bytes, with pauses, and a model of the bytes."""

    def __init__(self, rng, stall):
        self.dut, self.rng, self.stall = RAM(CONFIG), rng, stall
        self.model = rng.integers(0, 256, SIZE).astype(np.uint8)
        self.cycle = 0

    async def pause(self, ctx):
        while self.rng.random() < self.stall:
            await ctx.tick()

    async def write(self, ctx, address, data, strobes, **odd):
        """A burst; returns its response. Data may come with its address, never before."""
        bus, name = self.dut.bus, int(self.rng.integers(64))
        fields = {"addr": address, "id": name, "len": len(data) - 1, "size": 3, "burst": 1} | odd
        for field, value in fields.items():
            ctx.set(getattr(bus, f"aw{field}"), value)
        await self.pause(ctx)
        ctx.set(bus.awvalid, 1)
        await ctx.tick().until(bus.awready)
        ctx.set(bus.awvalid, 0)
        for k, (word, strobe) in enumerate(zip(data, strobes, strict=True)):
            await self.pause(ctx)
            ctx.set(bus.wdata, int(word))
            ctx.set(bus.wstrb, int(strobe))
            ctx.set(bus.wlast, k == len(data) - 1)
            ctx.set(bus.wvalid, 1)
            await ctx.tick().until(bus.wready)
            ctx.set(bus.wvalid, 0)
        await self.pause(ctx)
        ctx.set(bus.bready, 1)
        answer, bid = await ctx.tick().sample(bus.bresp, bus.bid).until(bus.bvalid)
        ctx.set(bus.bready, 0)
        assert bid == name
        return answer

    async def ask(self, ctx, address, beats, name, **odd):
        bus = self.dut.bus
        fields = {"addr": address, "id": name, "len": beats - 1, "size": 3, "burst": 1} | odd
        for field, value in fields.items():
            ctx.set(getattr(bus, f"ar{field}"), value)
        ctx.set(bus.arvalid, 1)
        await ctx.tick().until(bus.arready)
        ctx.set(bus.arvalid, 0)

    async def take(self, ctx, beats, name):
        """The words of a burst, and their responses."""
        bus, words, answers = self.dut.bus, [], []
        for k in range(beats):
            await self.pause(ctx)
            ctx.set(bus.rready, 1)
            sample = ctx.tick().sample(bus.rdata, bus.rresp, bus.rid, bus.rlast)
            word, answer, rid, last = await sample.until(bus.rvalid)
            ctx.set(bus.rready, 0)
            assert rid == name and last == (k == beats - 1)
            words.append(word)
            answers.append(answer)
        return words, answers

    async def byte(self, ctx, address, value=None):
        """Write a byte, or read one, which takes the cycles that are told."""
        port = self.dut.port
        ctx.set(port.address, address)
        ctx.set(port.data, 0 if value is None else value)
        ctx.set(port.read if value is None else port.write, 1)
        await ctx.tick()
        ctx.set(port.read, 0)
        ctx.set(port.write, 0)
        if value is None:
            ctx.set(port.address, 0)
            for _ in range(CONFIG.latency - 1):
                assert not ctx.get(port.ready)
                await ctx.tick()
            assert ctx.get(port.ready)
            return ctx.get(port.value)

    def burst(self, low, high):
        """Address and beats of a burst within [low, high)."""
        first = int(self.rng.integers(low // 8, high // 8))
        return 8 * first, int(min(self.rng.integers(1, 17), high // 8 - first))

    def words(self, address, beats):
        return self.model[address : address + 8 * beats].view("<u8").tolist()

    def run(self, *testbenches):
        async def watch(ctx):
            async for _ in ctx.tick():
                self.cycle += 1
                assert self.cycle < BOUND, "It hangs"

        sim = Simulator(self.dut)
        sim.add_clock(1e-6)
        sim.add_testbench(watch, background=True)
        for testbench in testbenches:
            sim.add_testbench(testbench)
        sim.run()


@pytest.mark.parametrize("stall", [0.0, 0.4])
def test_all_at_once(stall):
    """Writes in one part, reads in another, bytes in a third; then each reads what others wrote."""
    bench = Bench(np.random.default_rng(7), stall)
    rng, quarter, ready = bench.rng, SIZE // 4, []
    third = (np.arange(quarter, SIZE // 2) * 7 & 0xFF).astype(np.uint8)

    async def write(ctx):
        for address in range(SIZE // 2, SIZE, 128):
            assert not await bench.write(ctx, address, bench.words(address, 16), [0xFF] * 16)
        bench.model[: SIZE // 2] = 0
        ready.append(True)
        for _ in range(30):
            address, beats = bench.burst(0, quarter)
            data = rng.bytes(8 * beats)
            strobes = rng.integers(0, 256, beats) if rng.random() < 0.5 else [0xFF] * beats
            assert not await bench.write(ctx, address, np.frombuffer(data, "<u8"), strobes)
            kept = np.unpackbits(np.array(strobes, np.uint8), bitorder="little").astype(bool)
            part = bench.model[address : address + 8 * beats]
            part[kept] = np.frombuffer(data, np.uint8)[kept]
        await ctx.tick().repeat(50)
        for address in rng.integers(0, quarter, 40).tolist():
            assert await bench.byte(ctx, address) == bench.model[address]

    async def read(ctx):
        while not ready:
            await ctx.tick()
        for _ in range(60):
            address, beats = bench.burst(SIZE // 2, SIZE)
            name = int(rng.integers(64))
            await bench.ask(ctx, address, beats, name)
            assert await bench.take(ctx, beats, name) == (bench.words(address, beats), [0] * beats)
        await bench.ask(ctx, quarter, 16, 1)
        assert (await bench.take(ctx, 16, 1))[0] == third[:128].view("<u8").tolist()

    async def use(ctx):
        for k in range(128):
            await bench.byte(ctx, quarter + k, int(third[k]))
        for k in rng.integers(0, 128, 60).tolist():
            assert await bench.byte(ctx, quarter + k) == third[k]

    bench.run(write, read, use)


def test_a_burst_takes_a_cycle_more_than_its_beats():
    bench = Bench(np.random.default_rng(1), 0.0)
    times = []

    async def ask(ctx):
        for k in range(4):
            await bench.ask(ctx, 128 * k, 16, k)

    async def take(ctx):
        for k in range(4):
            await bench.take(ctx, 16, k)
            times.append(bench.cycle)

    bench.run(ask, take)
    assert np.diff(times).tolist() == [17] * 3


def test_beyond_the_memory_and_other_bursts():
    bench = Bench(np.random.default_rng(2), 0.0)

    async def manage(ctx):
        for address, odd, answer in ((SIZE, {}, axi.DECERR), (1 << 31, {}, axi.DECERR),
                                     (0, {"burst": 0}, axi.SLVERR), (0, {"burst": 2}, axi.SLVERR),
                                     (0, {"size": 2}, axi.SLVERR)):  # fmt: skip
            assert await bench.write(ctx, address, [1, 2], [0xFF] * 2, **odd) == answer
            await bench.ask(ctx, address, 2, 5, **odd)
            assert (await bench.take(ctx, 2, 5))[1] == [answer] * 2
        await bench.ask(ctx, 0, 2, 5)
        assert await bench.take(ctx, 2, 5) == ([0, 0], [0, 0])

    bench.run(manage)


@pytest.mark.parametrize(("sizes", "message"), [
    ({"size": 2048, "ids": 6}, "RAM size must be a power of two of at least 4096, not 2048"),
    ({"size": 5000, "ids": 6}, "RAM size must be a power of two of at least 4096, not 5000"),
    ({"size": 4096, "ids": 0}, "RAM ids must be a positive integer, not 0"),
])  # fmt: skip
def test_refusals(sizes, message):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(message)}$"):
        RAM.Config(**sizes)

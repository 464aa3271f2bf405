import re

import numpy as np
import pytest

from hdl.bus.axi_copy import AXICopy
from sim.stream import simulate


class World:
    """The two memories around a copier, and what it does to them."""

    def __init__(self, config, latency, rng, stall):
        self.config, self.latency, self.rng, self.stall = config, latency, rng, stall
        self.chip = rng.integers(1 << 60, size=1 << config.address).tolist()
        mask = (1 << config.width) - 1
        self.chip = [int(word) * 0x1_0000_0001_0000_0001 & mask for word in self.chip]
        self.outside = [[0] * config.beats for _ in range(1 << config.outside)]
        self.reads, self.writes, self.sure, self.cycle = [], [], [], 0
        self.words, self.beats = [], []

    def pauses(self):
        return self.stall and self.rng.random() < self.stall

    async def step(self, ctx, dut):
        """One cycle; returns whether the copy is done."""
        bus, size = dut.bus, 8 * self.config.beats
        there = bool(self.reads) and self.reads[0][0] <= self.cycle and not self.pauses()
        if there:
            ctx.set(bus.rdata, self.reads[0][1])
        ctx.set(bus.rvalid, there)
        takes, writes = not self.pauses(), not self.pauses()
        data = not self.pauses()
        ctx.set(bus.arready, takes)
        ctx.set(bus.awready, writes)
        ctx.set(bus.wready, data)
        sure = bool(self.sure) and self.sure[0] <= self.cycle
        ctx.set(bus.bvalid, sure)
        await ctx.delay(1e-8)
        if there:
            self.reads.pop(0)
        if sure:
            self.sure.pop(0)
        if takes and ctx.get(bus.arvalid):
            assert ctx.get(bus.arlen) == self.config.beats - 1 and not self.sure
            word, rest = divmod(ctx.get(bus.araddr), size)
            assert rest == 0
            self.reads += [(self.cycle + self.latency, beat) for beat in self.outside[word]]
        if writes and ctx.get(bus.awvalid):
            self.writes.append(ctx.get(bus.awaddr) // size)
        if data and ctx.get(bus.wvalid):
            self.beats.append(ctx.get(bus.wdata))
            assert ctx.get(bus.wlast) == (len(self.beats) == self.config.beats)
            if ctx.get(bus.wlast):
                self.words.append(self.beats)
                self.beats = []
        if self.words and self.writes:
            self.outside[self.writes.pop(0)] = self.words.pop(0)
            self.sure.append(self.cycle + 4)
        if ctx.get(dut.write):
            self.chip[ctx.get(dut.put)] = ctx.get(dut.i)
        read, done = self.chip[ctx.get(dut.address)], ctx.get(dut.done)
        await ctx.tick()
        ctx.set(dut.o, read)
        ctx.set(dut.start, 0)
        self.cycle += 1
        return done


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("width", "latency"), [(64, 3), (100, 1), (256, 20), (150, 7)])
def test_copies(width, latency, stall):
    """There, back to another place, and again; in the cycles that are told."""
    config = AXICopy.Config(width=width, address=5, outside=6, count=4)
    dut, rng = AXICopy(config), np.random.default_rng(width)
    world = World(config, latency, rng, stall)

    async def bench(ctx):
        for count, place, outside, back in ((7, 3, 40, 20), (1, 30, 0, 2), (15, 0, 9, 16)):
            kept = world.chip[place : place + count]
            for store, where in ((1, place), (0, back)):
                ctx.set(dut.start, 1)
                ctx.set(dut.store, store)
                ctx.set(dut.place, where)
                ctx.set(dut.outside, outside)
                ctx.set(dut.count, count)
                begin = world.cycle
                while not await world.step(ctx, dut):
                    assert world.cycle < begin + 2000
                took = world.cycle - 1 - begin
                if not stall and store:
                    assert took == config.store_cycles(count)
                if not stall and not store:
                    assert took == config.load_cycles(count, latency)
                for _ in range(8):
                    await world.step(ctx, dut)
            assert world.chip[back : back + count] == kept

    simulate(dut, bench)


def test_wrong_width():
    message = re.escape("AXICopy words must be at most 16384 bits wide, not 16385")
    with pytest.raises(ValueError, match=f"^{message}$"):
        AXICopy.Config(width=16385, address=1, outside=1, count=1)

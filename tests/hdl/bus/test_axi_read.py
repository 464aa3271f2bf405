import re

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.bus.axi_read import BYTES, AXIRead
from sim.stream import simulate
from tests.hdl.engine.external import External


class Bench(wiring.Component):
    """A reader and a memory whose words are their numbers."""

    def __init__(self, config, latency, stall):
        words = np.arange(config.beats, dtype="<u8")
        self.read, self.memory = AXIRead(config), External(words.tobytes(), latency, stall=stall)
        super().__init__({"free": In(1), "valid": Out(1), "o": Out(64)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.read, m.submodules.memory = self.read, self.memory
        wiring.connect(m, self.read.bus, self.memory.bus)
        m.d.comb += [self.read.free.eq(self.free), self.valid.eq(self.read.valid),
                     self.o.eq(self.read.o)]  # fmt: skip
        return m


def beats(config, count, latency, *, stall=False, hold=0):
    """The first beats and their cycles; a step is freed ``hold`` cycles after it came."""
    dut, words, times, asked = Bench(config, latency, stall), [], [], []

    async def bench(ctx):
        taken = freed = 0
        for cycle in range(40 * count + 200):
            frees = freed < len(words) // config.step and cycle >= times[
                (freed + 1) * config.step - 1] + hold  # fmt: skip
            ctx.set(dut.free, int(frees))
            freed += frees
            await ctx.delay(1e-8)
            bus = dut.read.bus
            if ctx.get(bus.arvalid) and ctx.get(bus.arready):
                size = ctx.get(bus.arlen) + 1
                asked.append((cycle, ctx.get(bus.araddr), size))
                taken += size
                assert taken <= config.room + freed * config.step
            assert ctx.get(bus.rready)
            if ctx.get(dut.valid):
                words.append(ctx.get(dut.o))
                times.append(cycle)
            if len(words) == count:
                return
            await ctx.tick()
        raise TimeoutError

    simulate(dut, bench)
    return words, times, asked


@pytest.mark.parametrize("stall", [False, True])
@pytest.mark.parametrize(("total", "room", "step"), [(40, 20, 4), (7, 30, 5), (64, 64, 16)])
def test_reads_again_and_again(total, room, step, stall):
    """In order, in bursts that stay within their 128 bytes, and no more than there is room for."""
    config = AXIRead.Config(beats=total, room=room, step=step)
    words, _, asked = beats(config, 3 * total, 5, stall=stall, hold=3)
    assert words == [*range(total)] * 3
    for number, (_, address, size) in enumerate(asked):
        assert address == number % config.count * 16 * BYTES
        assert size == config.size(number)


def test_hides_the_latency():
    """Of 48 cycles, with bursts enough under way: one beat a cycle."""
    config = AXIRead.Config(beats=320, room=128, step=16)
    _, times, asked = beats(config, 320, 48)
    assert asked[0][0] == 2
    assert times == [*range(2 + 48 + 1, 2 + 48 + 1 + 320)]


def test_one_burst_at_a_time():
    config = AXIRead.Config(beats=64, room=64, step=16, bursts=1)
    _, times, asked = beats(config, 64, 10)
    # The last beat comes in cycle 2 + 10 + 15; the next address leaves three cycles later.
    assert [cycle for cycle, *_ in asked] == [2, 30, 58, 86]
    assert times[16] == 30 + 10 + 1


@pytest.mark.parametrize("name", ["beats", "room", "step", "bursts"])
def test_wrong_sizes(name):
    message = re.escape(f"AXIRead {name} must be a positive integer, not 0")
    with pytest.raises(TypeError, match=f"^{message}$"):
        AXIRead.Config(**{"beats": 1, "room": 1, "step": 1, "bursts": 1, name: 0})

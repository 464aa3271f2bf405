# amaranth: UnusedElaboratable=no

import pytest
from amaranth.hdl import Const, Module, Signal
from amaranth.sim import Simulator

from hdl.counter import after, before, walk


@pytest.mark.parametrize("stop", [False, True])
@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 4097])
def test_walks_round_and_knows_its_ends(size, stop):
    m, step, early = Module(), Signal(), Signal()
    number, first, last = walk(m, step, size, "n", stop=early)
    seen = Signal(20), Signal(), Signal()
    m.d.comb += [one.eq(other) for one, other in zip(seen, (number, first, last))]
    m.d.sync += Signal().eq(step)  # a clock also where nothing counts

    async def bench(ctx):
        expected = 0
        for cycle in range(3 * min(size, 50) + 7):
            assert ctx.get(seen[0]) == expected
            assert ctx.get(seen[1]) == (expected == 0)
            assert ctx.get(seen[2]) == (expected == size - 1)
            moves, stops = cycle % 4 != 1, stop and cycle % 7 == 3
            ctx.set(step, moves)
            ctx.set(early, stops)
            if moves:
                expected = 0 if stops else (expected + 1) % size
            await ctx.tick()

    sim = Simulator(m)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


@pytest.mark.parametrize("bits", [1, 2, 6, 12, 13])
def test_next_and_previous(bits):
    m, number, last = Module(), Signal(bits), Signal()
    up, down = Signal(bits), Signal(bits)
    m.d.comb += [up.eq(after(number, last)), down.eq(before(number))]
    assert len(after(number, Const(0))) >= bits

    async def bench(ctx):
        for value in {*range(min(70, 1 << bits)), (1 << bits) - 1, 1 << bits - 1}:
            ctx.set(number, value)
            for ends in (0, 1):
                ctx.set(last, ends)
                await ctx.delay(1e-9)
                assert ctx.get(up) == (0 if ends else (value + 1) % (1 << bits))
                assert ctx.get(down) == (value - 1) % (1 << bits)

    sim = Simulator(m)
    sim.add_testbench(bench)
    sim.run()

"""Work that a reset ends at one moment or another, and that begins anew after it."""

from collections.abc import Iterable

import numpy as np
from amaranth.hdl import ClockDomain, Module, Value
from amaranth.sim import Simulator

from sim.stream import Lanes

__all__ = ["interrupted", "simulate"]


def simulate(dut, bench) -> None:
    """Run ``bench(ctx, rst)``, a testbench that asserts the reset of a circuit as it likes."""
    top = Module()
    top.domains.sync = domain = ClockDomain()
    top.submodules.dut = dut

    async def with_reset(ctx):  # a coroutine function, as the simulator wants
        await bench(ctx, domain.rst)

    sim = Simulator(top)
    sim.add_clock(1e-6)
    sim.add_testbench(with_reset)
    sim.run()


def interrupted(dut, inputs, lengths: Iterable[int]) -> list[np.ndarray]:
    """The outputs of each run of so many cycles, which a reset ends; no side ever stalls."""
    words, found = Lanes(dut.i.payload).pack(inputs), []
    i_bits, o_bits = Value.cast(dut.i.payload), Value.cast(dut.o.payload)

    async def bench(ctx, rst):
        ctx.set(dut.o.ready, 1)
        for cycles in lengths:
            taken, outputs = 0, []
            for _ in range(cycles):
                ctx.set(dut.i.valid, taken < len(words))
                ctx.set(i_bits, words[min(taken, len(words) - 1)])
                sampled = await ctx.tick().sample(dut.i.ready, dut.o.valid, o_bits)
                accepted, valid, word = sampled[-3:]
                taken += accepted
                outputs += [word] if valid else []
            found.append(Lanes(dut.o.payload).unpack(outputs))
            ctx.set(rst, 1)
            await ctx.tick()
            ctx.set(rst, 0)

    simulate(dut, bench)
    return found

"""Drive a pipelined unit that has a clock enable, in the Amaranth simulator."""

import numpy as np
from amaranth.hdl import ClockDomain, Module, Value
from amaranth.sim import Simulator

from hdl.number import Number

__all__ = ["draw", "pack", "run"]


def run(dut, latency: int, *, rng, stall: float = 0.0, **inputs) -> np.ndarray:
    """One output ``o`` for each row of inputs, latency enabled cycles after it.

    ``inputs`` holds by port the integers to drive, one an enabled cycle. A cycle is not enabled
    with probability stall; the inputs are noise then and after the last row, and ``o`` must hold.
    """
    ports = {name: Value.cast(getattr(dut, name)).as_unsigned() for name in inputs}
    count = len(next(iter(inputs.values())))
    outputs = []

    async def bench(ctx):
        def drive(values):
            for name, port in ports.items():
                ctx.set(port, int(values(name, len(port))) & (1 << len(port)) - 1)

        def noise(name, bits):
            return int.from_bytes(rng.bytes(-(-bits // 8)), "little")

        for step in range(count + latency):
            while rng.random() < stall:
                ctx.set(dut.en, 0)
                held = ctx.get(Value.cast(dut.o))
                drive(noise)
                await ctx.tick()
                assert ctx.get(Value.cast(dut.o)) == held, "Output must hold while not enabled"
            ctx.set(dut.en, 1)
            drive((lambda name, bits, row=step: inputs[name][row]) if step < count else noise)
            outputs.append(ctx.get(Value.cast(dut.o)))
            await ctx.tick()

    top = Module()
    top.domains.sync = ClockDomain()  # constants have none
    top.submodules.dut = dut
    sim = Simulator(top)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()
    wide = object if len(Value.cast(dut.o)) > 62 else None  # else numpy makes them floats
    return np.array(outputs[latency:], dtype=wide)


def draw(rng, number: Number, shape) -> np.ndarray:
    """Random values of a number."""
    if number.bipolar:
        return rng.choice([-1, 1], shape)
    return rng.integers(number.low, number.high, shape, endpoint=True)


def pack(number: Number, rows: np.ndarray) -> list[int]:
    """Each row of values as the bits of a port, lane 0 lowest."""
    codes = (np.asarray(rows) + 1) // 2 if number.bipolar else np.asarray(rows)
    mask = (1 << number.width) - 1
    return [sum((x & mask) << number.width * lane for lane, x in enumerate(row))
            for row in codes.tolist()]  # fmt: skip


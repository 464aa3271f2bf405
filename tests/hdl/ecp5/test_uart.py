# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import Module
from amaranth.sim import Simulator

from hdl.ecp5.uart import Receiver, Timing, Transmitter


def receive(timing: Timing, levels: list[tuple[int, float]], tail: int = 40):
    """What a receiver makes of a line's levels, each for so many cycles: bytes, None for errors."""
    dut, seen = Receiver(timing), []
    times = np.cumsum([0.0, *(duration for _, duration in levels)])

    async def drive(ctx):
        for cycle in range(int(times[-1]) + tail):
            k = np.searchsorted(times, cycle, side="right") - 1
            ctx.set(dut.line, levels[k][0] if k < len(levels) else 1)
            *_, valid, data, error = await ctx.tick().sample(dut.valid, dut.data, dut.error)
            assert not (valid and error)
            if valid or error:
                seen.append(data if valid else None)

    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(drive)
    sim.run()
    return seen


def frame(byte: int, bit: float, stop: int = 1) -> list[tuple[int, float]]:
    bits = [0, *(byte >> k & 1 for k in range(8)), stop]
    return [(level, bit) for level in bits]


@pytest.mark.parametrize("mismatch", [-0.02, 0.0, 0.02])
@pytest.mark.parametrize(("clock", "baud"), [(25_000_000, 3_000_000), (6_000_000, 1_000_000)])
def test_every_byte_at_another_rate(clock, baud, mismatch):
    timing = Timing(clock=clock, baud=baud)
    values = np.random.default_rng(1).permutation(256).tolist()

    levels = [part for value in values for part in frame(value, timing.cycles * (1 + mismatch))]

    assert receive(timing, levels) == values


@pytest.mark.parametrize(("clock", "baud"), [(25_000_000, 3_000_000), (1_000_000, 9_600)])
def test_transmitter_to_receiver(clock, baud):
    timing = Timing(clock=clock, baud=baud)
    rng = np.random.default_rng(baud)
    values = rng.integers(0, 256, 256 if timing.cycles < 20 else 8).tolist()
    top = Module()
    top.submodules.sender = sender = Transmitter(timing)
    top.submodules.receiver = receiver = Receiver(timing)
    top.d.comb += receiver.line.eq(sender.line)
    seen, starts, cycle = [], [], [0]

    async def put(ctx):
        for value in values:
            ctx.set(sender.i.payload, value)
            ctx.set(sender.i.valid, 1)
            await ctx.tick().until(sender.i.ready)
            starts.append(cycle[0])
            ctx.set(sender.i.valid, 0)
            ctx.set(sender.i.payload, 0xAA)
            if rng.random() < 0.3:
                await ctx.tick().repeat(int(rng.integers(1, 30)))

    async def get(ctx):
        while len(seen) < len(values):
            *_, valid, data, error = await ctx.tick().sample(
                receiver.valid, receiver.data, receiver.error
            )
            assert not error
            cycle[0] += 1
            if valid:
                seen.append(data)
            assert cycle[0] < 12 * timing.cycles * len(values) + 1000

    sim = Simulator(top)
    sim.add_clock(1e-6)
    sim.add_testbench(get)
    sim.add_testbench(put, background=True)
    sim.run()
    assert seen == values
    assert 10 * timing.cycles - 1 <= np.diff(starts).min() <= 10 * timing.cycles + 2


def test_framing_error_and_a_spike():
    timing = Timing(clock=10_000_000, baud=1_000_000)
    good, bad = frame(0x55, 10), frame(0x33, 10, stop=0)
    pause, spike, held = [(1, 30)], [(0, 3), (1, 40)], [(0, 200)]

    levels = [*good, *pause, *spike, *good, *bad, *held, *pause, *good, *spike]

    assert receive(timing, levels) == [0x55, 0x55, None, 0x55]


def test_rates_are_right_on_average():
    for clock, baud in [(50_000_000, 3_000_000), (75_000_000, 115_200), (60_000_000, 9_600)]:
        timing = Timing(clock=clock, baud=baud)
        assert timing.step / (1 << timing.width) * clock == pytest.approx(baud, rel=1 / 4096)


@pytest.mark.parametrize(("sizes", "message"), [
    ({"clock": 10, "baud": 2}, "UART baud must be at most 1 at a clock of 10 Hz, not 2"),
    ({"clock": 0, "baud": 2}, "UART clock must be a positive integer, not 0"),
])  # fmt: skip
def test_refusals(sizes, message):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(message)}$"):
        Timing(**sizes)

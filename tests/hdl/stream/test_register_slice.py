# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import signed, unsigned
from amaranth.sim import Simulator

from hdl.stream.register_slice import RegisterSlice
from sim import stream

PAYLOADS = [(unsigned(1), 1), (signed(5), 3), (8, 4)]
"""Shape of a lane, lanes."""


@pytest.mark.parametrize("stall", [0.0, 0.3, 0.7])
@pytest.mark.parametrize(("shape", "lanes"), PAYLOADS)
def test_passes_on(shape, lanes, stall):
    rng = np.random.default_rng(lanes)
    low, high = {unsigned(1): (0, 2), signed(5): (-16, 16)}.get(shape, (0, 256))
    x = rng.integers(low, high, (60, lanes))
    config = RegisterSlice.Config(shape=shape, lanes=lanes)

    result = stream.run(RegisterSlice(config), x, len(x), rng=rng, stall=stall)

    np.testing.assert_array_equal(result.outputs, x)
    if not stall:
        assert result.cycles == config.cycles(len(x)) == len(x)
        np.testing.assert_array_equal(result.o_times - result.i_times, config.latency)


@pytest.mark.parametrize(("shape", "lanes"), PAYLOADS)
def test_takes_two_while_stalled_and_cuts_all_paths(shape, lanes):
    dut = RegisterSlice(RegisterSlice.Config(shape=shape, lanes=lanes))

    async def bench(ctx):
        outsides = []
        for edge in range(5):
            for offer, ready in [(0, 1), (1, 1), (1, 0)]:
                ctx.set(dut.i.payload.as_value(), edge)
                ctx.set(dut.i.valid, offer)
                ctx.set(dut.o.ready, ready)
                outsides.append((ctx.get(dut.i.ready), ctx.get(dut.o.valid),
                                 ctx.get(dut.o.payload.as_value())))
            assert len(set(outsides[-3:])) == 1
            await ctx.tick()
        assert [ready for ready, *_ in outsides[::3]] == [1, 1, 0, 0, 0]
        assert [(valid, word) for _, valid, word in outsides[::3]] == [(0, 0)] + [(1, 0)] * 4

    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


def test_storage():
    assert RegisterSlice.Config(shape=signed(5), lanes=3).storage_bits == 30


@pytest.mark.parametrize("shape", [0, -1, "8", None, unsigned(0)])
def test_wrong_shape(shape):
    message = re.escape(f"RegisterSlice shape must be a positive integer or a Shape of at least "
                        f"one bit, not {shape!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        RegisterSlice.Config(shape=shape, lanes=1)


@pytest.mark.parametrize("lanes", [0, -1, 2.0])
def test_wrong_lanes(lanes):
    message = re.escape(f"RegisterSlice lanes must be a positive integer, not {lanes!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        RegisterSlice.Config(shape=8, lanes=lanes)

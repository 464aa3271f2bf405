# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import Module, Shape, signed, unsigned
from amaranth.sim import Simulator

from hdl.stream.fork import Fork
from tests.hdl.interrupt import simulate
from tests.hdl.stream import ports

SIZES = [(unsigned(1), 1, 2), (signed(4), 3, 2), (8, 4, 3), (unsigned(2), 2, 5)]


def check(shape, lanes, readers, seed, **options):
    """Runs transfers, compares the values, returns the cycles of the transfers."""
    rng = np.random.default_rng(seed)
    bits = Shape.cast(shape)
    low = -1 << bits.width - 1 if bits.signed else 0
    high = low + (1 << bits.width)
    x = rng.integers(low, high, (80, lanes))
    x[0], x[1] = low, high - 1
    config = Fork.Config(width=shape, lanes=lanes, readers=readers)
    counts = {f"o_{k}": len(x) for k in range(readers)}
    values, times = ports.run(Fork(config), {"i": x}, counts, rng=rng, **options)
    for name in counts:
        np.testing.assert_array_equal(values[name], x)
    return config, times


@pytest.mark.parametrize("gap", [1, 3, 6])
@pytest.mark.parametrize("size", SIZES)
def test_passes_on_at_once(size, gap):
    arrivals = np.cumsum(np.random.default_rng(gap).integers(0, gap, 80))
    config, times = check(*size, 1, arrivals={"i": arrivals})
    accepted, departed = config.depart(arrivals)
    np.testing.assert_array_equal(times["i"], accepted)
    for k in range(config.readers):
        np.testing.assert_array_equal(times[f"o_{k}"], departed)
    assert (config.latency, config.interval) == (0, 1)


@pytest.mark.parametrize("stall", [0.3, 0.7])
@pytest.mark.parametrize("size", SIZES)
def test_stalls(size, stall):
    config, times = check(*size, 2, stall=stall)
    last = np.max([times[f"o_{k}"] for k in range(config.readers)], axis=0)
    np.testing.assert_array_equal(times["i"], last)


def test_each_reader_at_its_own_time():
    """A transfer is offered until it is taken, and never twice; valid looks at no ready."""
    dut = Fork(Fork.Config(width=4, lanes=1, readers=2))
    top = Module()
    top.submodules.dut = dut
    rows = [  # ready, then valid and whether the input is taken
        ((0, 0), (1, 1), 0), ((1, 0), (1, 1), 0), ((1, 0), (0, 1), 0), ((0, 1), (0, 1), 1),
        ((0, 1), (1, 1), 0), ((1, 1), (1, 0), 1), ((1, 1), (1, 1), 1), ((1, 0), (1, 1), 0),
    ]  # fmt: skip

    async def bench(ctx):
        ctx.set(dut.i.valid, 1)
        for ready, valid, taken in rows:
            for other in ((0, 0), (0, 1), (1, 0), (1, 1), ready):
                ctx.set(dut.o_0.ready, other[0])
                ctx.set(dut.o_1.ready, other[1])
                assert (ctx.get(dut.o_0.valid), ctx.get(dut.o_1.valid)) == valid
            assert ctx.get(dut.i.ready) == taken
            await ctx.tick()

    sim = Simulator(top)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


@pytest.mark.parametrize("size", SIZES[1:3])
def test_a_reset_forgets_who_has_taken(size):
    shape, lanes, readers = size
    dut = Fork(Fork.Config(width=shape, lanes=lanes, readers=readers))
    outputs = [getattr(dut, f"o_{k}") for k in range(readers)]

    async def bench(ctx, rst):
        ctx.set(dut.i.valid, 1)
        for taker in outputs:
            for o in outputs:
                ctx.set(o.ready, o is taker)
            await ctx.tick()
            assert [ctx.get(o.valid) for o in outputs] == [o is not taker for o in outputs]
            ctx.set(rst, 1)
            await ctx.tick()
            ctx.set(rst, 0)
            assert all(ctx.get(o.valid) for o in outputs)

    simulate(dut, bench)


@pytest.mark.parametrize("readers", [1, 0, -1, 2.0, None])
def test_wrong_readers(readers):
    message = re.escape(f"Fork readers must be an integer of at least 2, not {readers!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Fork.Config(width=1, lanes=1, readers=readers)


@pytest.mark.parametrize("width", [0, -1, "8", None, unsigned(0)])
def test_wrong_width(width):
    message = re.escape(f"Fork width must be a positive integer or a Shape of at least "
                        f"one bit, not {width!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Fork.Config(width=width, lanes=1, readers=2)


@pytest.mark.parametrize("lanes", [0, -1, 2.0])
def test_wrong_lanes(lanes):
    message = re.escape(f"Fork lanes must be a positive integer, not {lanes!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Fork.Config(width=8, lanes=lanes, readers=2)

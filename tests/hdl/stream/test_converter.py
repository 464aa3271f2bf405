# amaranth: UnusedElaboratable=no

import re
from itertools import product

import numpy as np
import pytest
from amaranth.hdl import signed, unsigned
from amaranth.sim import Simulator

from hdl.stream.converter import Converter
from sim import stream

FRAMES = 6
SIZES = [  # items, i_lanes, o_lanes
    (1, 1, 1), (784, 16, 49), (784, 49, 16), (10, 10, 4), (10, 4, 10), (20, 7, 3), (20, 3, 7),
    (10, 16, 8), (20, 16, 8), (32, 16, 8), (40, 8, 16), (32, 8, 16), (10, 4, 4), (12, 4, 4),
    (3, 8, 8), (5, 8, 6), (5, 6, 8), (10, 4, 16), (10, 4, 11), (7, 1, 5), (5, 16, 1), (15, 3, 7),
    (13, 5, 3), (18, 4, 6), (9, 6, 4), (6, 4, 5),
]


def frames(rng, config):
    """Random frames as input transfers, with noise past the end, and as output transfers."""
    shape = config.shape
    low, high = (-1 << shape.width - 1, 1 << shape.width - 1) if shape.signed else (
        0, 1 << shape.width)
    x = rng.integers(low, high, (FRAMES, config.items))
    x[0], x[1] = low, high - 1
    i = rng.integers(low, high, (FRAMES, -(-config.items // config.i_lanes) * config.i_lanes))
    o = np.zeros((FRAMES, -(-config.items // config.o_lanes) * config.o_lanes), int)
    i[:, :config.items] = o[:, :config.items] = x
    return i.reshape(-1, config.i_lanes), o.reshape(-1, config.o_lanes)


def simulate(config, seed, **options):
    """Runs frames through the circuit, compares the values, returns the run."""
    rng = np.random.default_rng(seed)
    i, o = frames(rng, config)
    result = stream.run(Converter(config), i, len(o), rng=rng, **options)
    np.testing.assert_array_equal(result.outputs, o)
    return result


def fills(config):
    """Input transfers taken by a reader that is never ready: all of the first output word."""
    dut, taken = Converter(config), 0

    async def bench(ctx):
        nonlocal taken
        ctx.set(dut.i.valid, 1)
        for _ in range(2 * config.i_beats + 4):
            *_, ready = await ctx.tick().sample(dut.i.ready)
            taken += ready

    simulator = Simulator(dut)
    simulator.add_clock(1e-6)
    simulator.add_testbench(bench)
    simulator.run()
    return taken


def word(config):
    """Input transfers that the first output word is made of."""
    return min(config.i_beats, -(-config.o_lanes // config.i_lanes))


@pytest.mark.parametrize("shape", [unsigned(1), signed(5), unsigned(8)])
@pytest.mark.parametrize("size", SIZES)
def test_regroups_at_full_rate(size, shape):
    items, i_lanes, o_lanes = size
    config = Converter.Config(width=shape, items=items, i_lanes=i_lanes, o_lanes=o_lanes)

    result = simulate(config, sum(size))

    assert config.interval == max(config.i_beats, config.o_beats)
    ends = result.o_times[config.o_beats - 1::config.o_beats]
    np.testing.assert_array_equal(np.diff(ends), config.interval)
    assert result.o_times[0] - result.i_times[0] == config.latency
    assert result.cycles == config.cycles(FRAMES)
    accepted, departed = config.depart(np.zeros(FRAMES * config.i_beats, int))
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)


@pytest.mark.parametrize("stall", [0.3, 0.7])
@pytest.mark.parametrize("size", SIZES)
def test_stalls(size, stall):
    items, i_lanes, o_lanes = size
    config = Converter.Config(width=signed(3), items=items, i_lanes=i_lanes, o_lanes=o_lanes)
    simulate(config, sum(size), stall=stall)


@pytest.mark.parametrize("gap", [2, 6])
@pytest.mark.parametrize("size", SIZES)
def test_departures_of_irregular_arrivals(size, gap):
    items, i_lanes, o_lanes = size
    config = Converter.Config(width=2, items=items, i_lanes=i_lanes, o_lanes=o_lanes)
    rng = np.random.default_rng(gap)
    arrivals = np.cumsum(rng.integers(0, gap, FRAMES * config.i_beats))

    result = simulate(config, sum(size), arrivals=arrivals)

    accepted, departed = config.depart(arrivals)
    np.testing.assert_array_equal(result.i_times, accepted)
    np.testing.assert_array_equal(result.o_times, departed)
    assert config.kind == "pass" or fills(config) >= word(config)


@pytest.mark.parametrize("size", SIZES)
def test_a_stall_delays_by_itself(size):
    """Leaving out the cycles in which a finished word is not taken, all transfers are on time."""
    items, i_lanes, o_lanes = size
    config = Converter.Config(width=2, items=items, i_lanes=i_lanes, o_lanes=o_lanes)
    dut, rng = Converter(config), np.random.default_rng(sum(size))
    accepted, departed = config.depart(np.zeros(FRAMES * config.i_beats, int))
    i_times, o_times = [], []

    async def bench(ctx):
        now = 0
        ctx.set(dut.i.valid, 1)
        while now < accepted[-1]:
            ready = int(rng.integers(2))
            ctx.set(dut.o.ready, ready)
            takes, valid = (await ctx.tick().sample(dut.i.ready, dut.o.valid))[-2:]
            i_times.extend([now] * takes)
            o_times.extend([now] * (valid and ready))
            now += ready or not valid

    stream.simulate(dut, bench)
    assert i_times == accepted[:-1].tolist()
    assert o_times == departed[departed < accepted[-1]].tolist()


@pytest.mark.parametrize("size", [*product([5, 8, 15], [1, 2, 3, 4, 6], [1, 2, 5, 7])])
def test_every_small_ratio(size):
    items, i_lanes, o_lanes = size
    config = Converter.Config(width=2, items=items, i_lanes=i_lanes, o_lanes=o_lanes)
    result = simulate(config, sum(size))
    np.testing.assert_array_equal(
        np.diff(result.o_times[config.o_beats - 1::config.o_beats]),
        max(config.i_beats, config.o_beats))
    assert config.kind == "pass" or fills(config) >= word(config)
    simulate(config, sum(size), stall=0.3)


@pytest.mark.parametrize(("size", "kind"), [
    ((10, 4, 4), "pass"), ((10, 4, 8), "fill"), ((10, 8, 4), "shift"), ((15, 3, 7), "shift")])
def test_no_side_waits_for_the_other(size, kind):
    """o.valid looks not at o.ready, i.ready not at i.valid, whatever went before."""
    items, i_lanes, o_lanes = size
    config = Converter.Config(width=2, items=items, i_lanes=i_lanes, o_lanes=o_lanes)
    assert config.kind == kind
    dut, rng = Converter(config), np.random.default_rng(0)

    async def bench(ctx):
        for offer, ready in rng.integers(0, 2, (60, 2)).tolist():
            ctx.set(dut.i.valid, offer)
            ctx.set(dut.o.ready, 1 - ready)
            valid = ctx.get(dut.o.valid)
            ctx.set(dut.o.ready, ready)
            assert ctx.get(dut.o.valid) == valid
            accepts = ctx.get(dut.i.ready)
            ctx.set(dut.i.valid, 1 - offer)
            assert ctx.get(dut.i.ready) == accepts
            ctx.set(dut.i.valid, offer)
            if kind != "pass":
                await ctx.tick()

    sim = Simulator(dut)
    if kind != "pass":
        sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


@pytest.mark.parametrize(("size", "lanes"), [
    ((12, 4, 4), 0), ((40, 8, 16), 16), ((10, 4, 11), 11), ((20, 16, 8), 16), ((784, 16, 49), 64),
    ((20, 7, 3), 9), ((15, 3, 7), 10)])
def test_storage(size, lanes):
    items, i_lanes, o_lanes = size
    config = Converter.Config(width=signed(3), items=items, i_lanes=i_lanes, o_lanes=o_lanes)
    assert (config.storage_lanes, config.storage_bits) == (lanes, 3 * lanes)


@pytest.mark.parametrize("name", ["items", "i_lanes", "o_lanes"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"Converter {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Converter.Config(**{"width": 1, "items": 1, "i_lanes": 1, "o_lanes": 1, name: value})


@pytest.mark.parametrize("width", [0, -1, "8", None, unsigned(0)])
def test_wrong_width(width):
    message = re.escape(f"Converter width must be a positive integer or a Shape of at least "
                        f"one bit, not {width!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Converter.Config(width=width, items=1, i_lanes=1, o_lanes=1)


@pytest.mark.parametrize("arrivals", [np.zeros(4, int), np.zeros(0, int), np.zeros((3, 1), int)])
def test_wrong_arrivals(arrivals):
    config = Converter.Config(width=1, items=20, i_lanes=7, o_lanes=3)
    message = re.escape("Arrivals must be one or several times 3 cycles, "
                        f"not of shape {arrivals.shape}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        config.depart(arrivals)

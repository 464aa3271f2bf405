# amaranth: UnusedElaboratable=no

from dataclasses import replace

import numpy as np
import pytest
from amaranth.sim import Simulator

from hdl.number import BIPOLAR, Number
from hdl.window.sliding import SlidingWindow
from sim import stream
from sim.golden import window
from tests.hdl.interrupt import interrupted
from tests.hdl.window.geometries import SAME, draw, sized

FRAMES = 3
INT3 = Number(width=3, signed=True)
TYPICAL = {
    "convolution": sized(6, 7, 8, 4, (3, 3), repeats=2),
    "padded": sized(6, 6, 4, 2, (3, 3), padding=SAME, x=INT3, pad_code=-2),
    "bipolar": sized(6, 5, 6, 6, (3, 3), padding=SAME, x=BIPOLAR, pad_code=1, repeats=3),
    "strided": sized(9, 9, 3, 3, (3, 3), stride=(2, 2), padding=(0, 0, 1, 1), repeats=2),
    "depthwise": sized(6, 6, 8, 2, (3, 3), padding=SAME, blocks=4),
    "pool": sized(6, 6, 8, 4, (2, 2), stride=(2, 2), blocks=2),
    "dilated": sized(8, 8, 2, 2, (3, 3), dilation=(2, 2), padding=(2, 2, 2, 2)),
    "pointwise": sized(5, 5, 6, 2, (1, 1), repeats=2),
    "pointwise-strided": sized(7, 6, 4, 2, (1, 1), stride=(2, 3)),
    "one-dimensional": sized(1, 30, 4, 2, (1, 5), padding=(0, 4, 0, 0), repeats=2),
    "whole-map": sized(3, 3, 4, 2, (3, 3), repeats=1),
    "far-out": sized(2, 3, 2, 1, (2, 2), padding=(5, 4, 3, 6)),
    "block-ram": sized(6, 6, 4, 4, (3, 3), padding=SAME, x=INT3, pad_code=-3, depth=1024),
}


def maps(rng, config, frames):
    x = rng.integers(-4, 4, (frames, config.height, config.width,
                                                      config.channels))  # fmt: skip
    return x if config.x.signed else x & (1 << config.x.width) - 1


def windows(config, x):
    """The windows of maps as output transfers."""
    cut = window.windows(x, config.kernel, config.stride, config.dilation, config.padding,
                         config.pad_code)  # fmt: skip
    *outer, kh, kw, channels = cut.shape
    assert outer[1:] == [config.out_height, config.out_width]
    blocks = cut.reshape(-1, 1, kh, kw, config.blocks, channels // config.blocks)
    blocks = blocks.repeat(config.repeats, axis=1).transpose(0, 4, 1, 2, 3, 5)
    return blocks.reshape(-1, config.lanes)


def simulate(config, rng, frames=FRAMES, **options):
    """Frames through the circuit, and the values compared."""
    x = maps(rng, config, frames)
    expected = windows(config, x)
    assert len(expected) == frames * config.o_beats
    deadline = 100 + 30 * frames * (config.i_beats + config.o_beats)
    run = stream.run(SlidingWindow(config), x.reshape(-1, config.lanes), len(expected), rng=rng,
                     deadline=deadline, **options)  # fmt: skip
    np.testing.assert_array_equal(run.outputs, expected)
    return run


def on_time(config, run, arrivals):
    """Every transfer is where the schedule has it; input that no output waits for may follow."""
    accepted, departed = config.depart(arrivals)
    np.testing.assert_array_equal(run.i_times, accepted[: len(run.i_times)])
    np.testing.assert_array_equal(run.o_times, departed)
    assert not (accepted[len(run.i_times) :] < run.o_times[-1]).any()


@pytest.mark.parametrize("seed", range(220))
def test_random_geometry(seed):
    rng = np.random.default_rng(seed)
    config = draw(rng, most=160)
    best = config.fitted(max(config.i_beats, config.o_beats)).depth
    config = replace(config, depth=int(rng.integers(config.least_depth, best, endpoint=True)))

    run = simulate(config, rng)

    on_time(config, run, np.zeros(FRAMES * config.i_beats, int))
    simulate(config, rng, 2, stall=0.3)


@pytest.mark.parametrize("gap", [2, 9])
@pytest.mark.parametrize("seed", range(12))
def test_departures_of_irregular_arrivals(seed, gap):
    rng = np.random.default_rng((seed, gap))
    config = draw(rng, most=100)
    arrivals = np.cumsum(rng.integers(0, gap, FRAMES * config.i_beats))
    on_time(config, simulate(config, rng, arrivals=arrivals), arrivals)


@pytest.mark.parametrize("name", TYPICAL)
def test_steady_state(name):
    rng, config = np.random.default_rng(len(name)), TYPICAL[name]
    best = max(config.i_beats, config.o_beats)
    for same in (config, config.fitted(best)):
        run = simulate(same, rng, 6)
        ends = run.o_times[same.o_beats - 1 :: same.o_beats]
        np.testing.assert_array_equal(np.diff(ends)[2:], same.interval)
        assert run.o_times[0] - run.i_times[0] == same.latency
        on_time(same, run, np.zeros(6 * same.i_beats, int))
    assert same.interval == best


@pytest.mark.parametrize("name", TYPICAL)
def test_stalls(name):
    rng, config = np.random.default_rng(len(name)), TYPICAL[name]
    simulate(config, rng, stall=0.7)
    run = simulate(config, rng, 3)
    on_time(config, run, np.zeros(3 * config.i_beats, int))


@pytest.mark.parametrize("name", TYPICAL)
def test_slow_arrivals(name):
    """Whatever windows want next, they wait for."""
    rng, config = np.random.default_rng(len(name)), TYPICAL[name]
    gap = 2 * config.o_beats // config.i_beats + 2
    arrivals = np.cumsum(rng.integers(0, 2 * gap, config.i_beats))
    on_time(config, simulate(config, rng, 1, arrivals=arrivals), arrivals)


@pytest.mark.parametrize("name", ["padded", "strided"])
def test_offers_before_it_is_asked(name):
    """The first transfer is due at the same time for a reader that is not ready."""
    config = TYPICAL[name]
    dut, offered = SlidingWindow(config), []

    async def bench(ctx):
        ctx.set(dut.i.valid, 1)
        for _ in range(config.latency + 20):
            offered.append((await ctx.tick().sample(dut.o.valid))[-1])

    stream.simulate(dut, bench)
    assert offered == [0] * config.latency + [1] * 20


@pytest.mark.parametrize("name", ["padded", "strided"])
def test_begins_anew_wherever_a_reset_finds_it(name):
    rng, config = np.random.default_rng(len(name)), TYPICAL[name]
    x = maps(rng, config, 1)
    departed, lengths = config.depart(np.zeros(config.i_beats, int))[1], rng.integers(1, 300, 12)
    found = interrupted(SlidingWindow(config), x.reshape(-1, config.lanes), lengths.tolist())
    for cycles, outputs in zip(lengths, found):
        np.testing.assert_array_equal(outputs, windows(config, x)[: (departed < cycles).sum()])


def test_storage_of_the_typical():
    styles = {name: config.storage for name, config in TYPICAL.items()}
    assert {name for name, style in styles.items() if style == "bram"} == {"block-ram"}


@pytest.mark.parametrize("name", ["padded", "pool", "pointwise", "far-out"])
def test_no_side_waits_for_the_other(name):
    """i.ready looks at neither o.ready nor i.valid, o.valid at neither as well."""
    dut, rng = SlidingWindow(TYPICAL[name]), np.random.default_rng(0)

    async def bench(ctx):
        for offer, ready in rng.integers(0, 2, (200, 2)).tolist():
            seen = set()
            for flip in (1, 2, 3, 0):
                ctx.set(dut.i.valid, offer ^ flip & 1)
                ctx.set(dut.o.ready, ready ^ flip >> 1)
                seen.add((ctx.get(dut.i.ready), ctx.get(dut.o.valid)))
            assert len(seen) == 1
            await ctx.tick()

    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()

import numpy as np
import pytest

from hdl.engine.parameters import Parameters
from hdl.engine.scratchpad import Scratchpad
from hdl.engine.search import Search
from hdl.engine.sums import Sums
from hdl.number import Number
from sim.stream import simulate
from tests.hdl import clocked

S7 = Number(width=7, signed=True)


@pytest.mark.parametrize("config", [
    Scratchpad.Config(depth=5, groups=1, width=3), Scratchpad.Config(depth=70, groups=3, width=4),
], ids=str)  # fmt: skip
def test_scratchpad(config):
    """Groups are written, and others kept."""
    rng = np.random.default_rng(config.depth)
    dut, held = Scratchpad(config), np.zeros((config.depth, config.groups), int)

    async def bench(ctx):
        read = None
        for _ in range(200):
            put, address = rng.integers(config.depth, size=2).tolist()
            address = address if address != put else (put + 1) % config.depth
            mask = rng.integers(2, size=config.groups)
            new = rng.integers(1 << config.width, size=config.groups)
            ctx.set(dut.put, put)
            ctx.set(dut.address, address)
            ctx.set(dut.write, int((mask << np.arange(config.groups)).sum()))
            ctx.set(dut.i, int((new << config.width * np.arange(config.groups)).sum()))
            if read is not None:
                assert ctx.get(dut.o) == read
            read = int((held[address] << config.width * np.arange(config.groups)).sum())
            held[put] = np.where(mask, new, held[put])
            await ctx.tick()

    simulate(dut, bench)


@pytest.mark.parametrize(("vectors", "gap"), [(5, 0), (9, 0), (9, 2), (1, 3)])
def test_sums(vectors, gap):
    """Three passes from a bias, twice; behind each a gap."""
    config = Sums.Config(depth=max(2, vectors), cols=2, i=S7, o=Number(width=10, signed=True))
    rng = np.random.default_rng(vectors)
    i = rng.integers(-64, 64, (6, vectors, 2))
    bias = rng.integers(-99, 99, (2, 2))
    dut, got = Sums(config), []

    async def bench(ctx):
        steps = [(p, v) for p in range(6) for v in [*range(vectors), *[None] * gap]]
        for cycle in range(len(steps) + 3):
            p, v = steps[cycle] if cycle < len(steps) else (0, None)
            ctx.set(dut.valid, v is not None)
            ctx.set(dut.end, v == vectors - 1)
            ctx.set(dut.first, p % 3 == 0)
            p, v = steps[cycle - 1] if 0 < cycle <= len(steps) else (0, None)
            for c in range(2):
                ctx.set(dut.bias[c], int(bias[p // 3, c]))
            p, v = steps[cycle - 2] if 2 <= cycle <= len(steps) + 1 else (0, None)
            for c in range(2):
                ctx.set(dut.i[c], int(i[p, v, c]) if v is not None else -1)
            if cycle >= 3 and steps[cycle - 3][1] is not None:
                got.append([ctx.get(dut.o[c]) for c in range(2)])
            await ctx.tick()

    simulate(dut, bench)
    sums = np.cumsum(i.reshape(2, 3, vectors, 2), axis=1) + bias[:, None, None]
    np.testing.assert_array_equal(got, sums.reshape(-1, 2))


@pytest.mark.parametrize("depth", [3, 9, 66])
def test_parameters(depth):
    """Sets of three words replace each other, while the one in use stays."""
    rng = np.random.default_rng(depth)
    words = rng.integers(16, size=depth).tolist()
    config = Parameters.Config(width=4, cols=3, depth=depth)
    dut = Parameters(config, words)

    async def bench(ctx):
        used = None
        for base in (0, depth - 3, 0):
            for step in range(3 + config.latency):
                ctx.set(dut.address, min(base + step, depth - 1))
                ctx.set(dut.shift, step < 3)
                ctx.set(dut.swap, step == 2 + config.latency)
                if used is not None:
                    assert ctx.get(dut.o) == used
                await ctx.tick()
            ctx.set(dut.swap, 0)
            used = sum(words[base + 2 - column] << 4 * column for column in range(3))
            assert ctx.get(dut.o) == used

    simulate(dut, bench)


@pytest.mark.parametrize("levels", [1, 2, 3, 6, 15])
def test_search(levels):
    """Thresholds of each column change with each x."""
    config = Search.Config(cols=2, levels=levels, x=S7)
    rng = np.random.default_rng(levels)
    dut, count = Search(config), 60
    full = (1 << config.stages) - 1
    t = np.full((count, 2, full), S7.high)
    t[..., :levels] = np.sort(rng.integers(S7.low, S7.high, (count, 2, levels)), axis=2)
    x = rng.integers(S7.low, S7.high, (count, 2))
    x[::2] = t[::2, :, 0]

    async def bench(ctx):
        for cycle in range(count + config.latency):
            if cycle < count:
                ctx.set(dut.x.as_value(), clocked.pack(S7, x[cycle : cycle + 1])[0])
            for stage in range(config.stages):
                row = t[min(max(cycle - stage, 0), count - 1)]
                some = [v for column in row.tolist() for v in config.of(stage, column)]
                ctx.set(getattr(dut, f"t{stage}").as_value(), clocked.pack(S7, [some])[0])
            if cycle >= config.latency:
                asked = (x[cycle - config.latency, :, None] >= t[cycle - config.latency]).sum(-1)
                assert [ctx.get(dut.o[c]) for c in range(2)] == asked.tolist()
            await ctx.tick()

    simulate(dut, bench)

import numpy as np
import pytest

from hdl.bus.bursts import Bursts
from sim.stream import simulate


def bursts_of(address, length, most):
    """By 128 aligned bytes; whole words; the first so many."""
    first, last = address // 8, (address + length - 1) // 8
    found = []
    while first <= last and len(found) < most:
        end = min(first // 16 * 16 + 15, last)
        found.append((8 * first, end - first, int(end == last)))
        first = end + 1
    return found


REGIONS = [(0, 1), (0, 128), (8, 128), (120, 9), (0xF80, 4096), (0xFFF8, 8), (0, 129), (64, 64),
           *(tuple(map(int, one)) for one in np.random.default_rng(1).integers(1, 3000, (20, 2)))
           ]  # fmt: skip
_RNG = np.random.default_rng(2)
REGIONS += [(int(_RNG.integers((1 << 32) - length)), length)  # short, or a power and a bit more
            for length in (*range(97, 337, 8), *((1 << n) + 200 for n in range(11, 32)))
            ]  # fmt: skip
MOST = 40
"""Bursts of a region that are looked at; then it is stopped."""


@pytest.mark.parametrize("wait", [0, 3])
def test_divides_regions(wait):
    """While bursts are left, start and what comes with it are not looked at."""
    dut, rng = Bursts(), np.random.default_rng(wait)

    async def tick(ctx):
        await ctx.tick()
        ctx.set(dut.start, ctx.get(dut.busy) and int(rng.integers(2)))
        for port in (dut.address, dut.length):
            ctx.set(port, int(rng.integers(1 << 32)))

    async def bench(ctx):
        for address, length in REGIONS:
            bursts = bursts_of(address & -8, length, MOST)
            ctx.set(dut.address, address)
            ctx.set(dut.length, length)
            ctx.set(dut.start, 1)
            await tick(ctx)
            for number, burst in enumerate(bursts):
                cycles = 1
                while not ctx.get(dut.valid):
                    assert ctx.get(dut.busy)
                    await tick(ctx)
                    cycles += 1
                assert cycles == (3 if number else 4)
                for _ in range(wait):
                    await tick(ctx)
                seen = [ctx.get(one) for one in (dut.burst_address, dut.beats, dut.last)]
                assert seen == list(burst)
                ctx.set(dut.taken, 1)
                await tick(ctx)
                ctx.set(dut.taken, 0)
            ctx.set(dut.start, 0)
            if not bursts[-1][-1]:
                assert ctx.get(dut.busy)
                ctx.set(dut.stop, 1)
                await tick(ctx)
                ctx.set(dut.stop, 0)
            assert not ctx.get(dut.busy) and not ctx.get(dut.valid)

    simulate(dut, bench)


@pytest.mark.parametrize(("address", "length", "good"), [
    (0, 0, False), (0xFFFF_FFF8, 8, True), (0xFFFF_FFF8, 9, False), (0xFFFF_FFFF, 8, True),
    (0x1234_5678, 0, False), (0, 0xFFFF_FFFF, True), (8, 0xFFFF_FFF9, False),
    (8, 0xFFFF_FFF8, True), (0x8765_4320, 0x789A_BCE0, True), (0x8765_4320, 0x789A_BCE1, False),
])  # fmt: skip
def test_refuses(address, length, good):
    dut = Bursts()

    async def bench(ctx):
        ctx.set(dut.address, address)
        ctx.set(dut.length, length)
        ctx.set(dut.start, 1)
        seen = []
        for _ in range(6):
            await ctx.tick()
            ctx.set(dut.start, 0)
            seen.append((ctx.get(dut.refused), ctx.get(dut.busy), ctx.get(dut.valid)))
        later = (0, 1, 0)
        assert seen == [later, later, (0, 1, 0) if good else (1, 0, 0),
                        *[(0, good, good)] * 3]  # fmt: skip

    simulate(dut, bench)


@pytest.mark.parametrize("cycle", range(1, 6))
def test_stop(cycle):
    """Nothing is left, and another region can start at once."""
    dut = Bursts()

    async def bench(ctx):
        ctx.set(dut.length, 1000)
        for _ in range(2):
            ctx.set(dut.start, 1)
            for now in range(cycle):
                await ctx.tick()
                ctx.set(dut.start, 0)
                assert ctx.get(dut.valid) == (now >= 3)
            ctx.set(dut.stop, 1)
            await ctx.tick()
            ctx.set(dut.stop, 0)
            assert not ctx.get(dut.busy) and not ctx.get(dut.valid)

    simulate(dut, bench)

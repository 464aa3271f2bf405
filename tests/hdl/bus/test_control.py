# amaranth: UnusedElaboratable=no
"""The steps of a run by themselves; their reasons are tested with the whole shell."""

import re

import pytest

from hdl.bus.control import REASONS, Control
from hdl.bus.lengths import Lengths
from sim.stream import simulate

CONFIG = Control.Config(lengths=Lengths.Config(i_frame_bytes=8, o_frame_bytes=4))


async def cycles(ctx, port, level, limit=200):
    """Cycles until a port has a level."""
    for cycle in range(limit):
        if ctx.get(port) == level:
            return cycle
        await ctx.tick()
    raise TimeoutError(f"Not {level} within {limit} cycles")


async def start(ctx, dut, frames=3, i_room=24):
    for name, value in (("frames", frames), ("i_room", i_room), ("o_room", 12), ("i_idle", 1),
                        ("o_idle", 1), ("start", 1)):  # fmt: skip
        ctx.set(getattr(dut, name), value)
    await ctx.tick()
    ctx.set(dut.start, 0)


def test_reset_comes_first():
    """Of the core, while the host's writes wait."""
    dut = Control(CONFIG)

    async def bench(ctx):
        for cycle in range(CONFIG.reset_cycles):
            assert ctx.get(dut.hold) and ctx.get(dut.core_reset) and not ctx.get(dut.busy), cycle
            await ctx.tick()
        assert not ctx.get(dut.hold)
        await ctx.tick()
        assert not ctx.get(dut.core_reset)

    simulate(dut, bench)


def test_good_run():
    """Go comes with the lengths; both ends may take their time."""
    dut = Control(CONFIG)

    async def bench(ctx):
        await ctx.tick().repeat(20)
        await start(ctx, dut)
        assert ctx.get(dut.hold) and ctx.get(dut.busy)
        assert await cycles(ctx, dut.go, 1) == CONFIG.check_cycles - 1
        assert (ctx.get(dut.i_bytes), ctx.get(dut.o_bytes)) == (24, 12)
        await ctx.tick()
        ctx.set(dut.i_idle, 0)
        ctx.set(dut.o_idle, 0)
        assert not ctx.get(dut.go) and not ctx.get(dut.hold) and not ctx.get(dut.clear)
        for name in ("i_idle", "o_idle"):
            await ctx.tick().repeat(30)
            assert ctx.get(dut.busy) and not ctx.get(dut.done)
            ctx.set(getattr(dut, name), 1)
        assert ctx.get(dut.done)
        await ctx.tick()
        assert ctx.get(dut.status) == 0b011 and not ctx.get(dut.core_reset)

    simulate(dut, bench)


@pytest.mark.parametrize("name", [name for name in REASONS if "err" in name] + ["abort", "refused"])
def test_cleaning_up(name):
    """Both ends are stopped until they are idle; then the core's reset takes its cycles."""
    dut = Control(CONFIG)

    async def bench(ctx):
        await ctx.tick().repeat(20)
        await start(ctx, dut)
        await cycles(ctx, dut.go, 1)
        await ctx.tick()
        ctx.set(dut.i_idle, 0)
        ctx.set(dut.o_idle, 0)
        await ctx.tick().repeat(5)
        ctx.set(getattr(dut, name), 1)
        await ctx.tick()
        ctx.set(getattr(dut, name), 0)
        for end in ("i_idle", "o_idle"):
            await ctx.tick().repeat(30)
            assert ctx.get(dut.stop) and ctx.get(dut.clear) and ctx.get(dut.core_reset)
            ctx.set(getattr(dut, end), 1)
        await ctx.tick()
        assert not ctx.get(dut.stop)
        assert await cycles(ctx, dut.busy, 0) == CONFIG.reset_cycles
        assert ctx.get(dut.status) & 0b111 == 0b101 and ctx.get(dut.core_reset)
        await ctx.tick()
        assert not ctx.get(dut.core_reset)

    simulate(dut, bench)


@pytest.mark.parametrize("value", [0, 1.5])
def test_wrong_config(value):
    message = re.escape(f"Control reset_cycles must be a positive integer, not {value}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        Control.Config(lengths=CONFIG.lengths, reset_cycles=value)

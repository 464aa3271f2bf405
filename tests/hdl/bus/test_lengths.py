# amaranth: UnusedElaboratable=no
"""Lengths of runs against integers."""

import re

import numpy as np
import pytest

from hdl.bus.lengths import Lengths
from sim.stream import simulate

TOP = 1 << 32


def golden(config, frames, i_room, o_room, copies):
    if copies:
        return i_room, i_room, i_room == 0, i_room > o_room
    taken, given = frames * config.i_frame_bytes, frames * config.o_frame_bytes
    return (taken % TOP, given % TOP, taken != i_room or frames % config.batch != 0,
            given > o_room or frames == 0)  # fmt: skip


@pytest.mark.parametrize(
    ("i_frame", "o_frame", "batch"), [(784, 4, 1), (98, 1, 1), (3, 1000, 4), (1, 7, 3), (1, 1, 12)]
)
def test_lengths(i_frame, o_frame, batch):
    """Right and just wrong rooms, products of more than 32 bits, copies; in the latency told."""
    config = Lengths.Config(i_frame_bytes=i_frame, o_frame_bytes=o_frame, batch=batch)
    dut, rng = Lengths(config), np.random.default_rng(i_frame)
    counts = [0, 1, batch, 2 * batch, TOP - 1, TOP // i_frame, -(-TOP // o_frame),
              *(batch * rng.integers(1, 1000, 6)), int(rng.integers(TOP))]  # fmt: skip
    cases = []
    for frames in [int(count) % TOP for count in counts]:
        right = frames * i_frame % TOP, frames * o_frame % TOP
        cases += [(frames, (right[0] + i) % TOP, (right[1] + o) % TOP, copies)
                  for i, o in ((0, 0), (1, 0), (-1, 0), (0, 1), (0, -1)) for copies in (0, 1)]

    async def bench(ctx):
        for frames, i_room, o_room, copies in cases:
            for name, value in (("frames", frames), ("i_room", i_room), ("o_room", o_room),
                                ("copies", copies), ("start", 1)):  # fmt: skip
                ctx.set(getattr(dut, name), value)
            await ctx.tick()
            ctx.set(dut.start, 0)
            ctx.set(dut.copies, int(rng.integers(2)))
            for _ in range(config.latency - 1):
                assert not ctx.get(dut.ready)
                await ctx.tick()
            assert ctx.get(dut.ready)
            seen = tuple(ctx.get(port) for port in
                         (dut.i_bytes, dut.o_bytes, dut.i_wrong, dut.o_wrong))  # fmt: skip
            i_bytes, o_bytes, i_wrong, o_wrong = golden(config, frames, i_room, o_room, copies)
            assert seen[2:] == (i_wrong, o_wrong)
            if not (i_wrong or o_wrong):
                assert seen[:2] == (i_bytes, o_bytes)

    simulate(dut, bench)


@pytest.mark.parametrize(("frames", "copies"), [(9, 0), (1, 0), (0, 0), (9, 1)])
def test_more(frames, copies):
    """Falls with the last frame, at once."""
    config = Lengths.Config(i_frame_bytes=5, o_frame_bytes=2)
    dut = Lengths(config)

    async def bench(ctx):
        ctx.set(dut.frames, frames)
        ctx.set(dut.copies, copies)
        ctx.set(dut.start, 1)
        await ctx.tick()
        ctx.set(dut.start, 0)
        for _ in range(config.latency - 1):
            assert not ctx.get(dut.more)
            await ctx.tick()
        for frame in range(0 if copies else frames):
            assert ctx.get(dut.more)
            for _ in range(frame % 3):
                await ctx.tick()
            ctx.set(dut.gone, 1)
            await ctx.tick()
            ctx.set(dut.gone, 0)
        assert not ctx.get(dut.more)

    simulate(dut, bench)


@pytest.mark.parametrize("name", ["i_frame_bytes", "o_frame_bytes", "batch"])
@pytest.mark.parametrize(
    ("value", "error", "what"),
    [(0, TypeError, "a positive integer, not 0"), (TOP, ValueError, f"below 2^32, not {TOP}")],
)
def test_wrong_config(name, value, error, what):
    with pytest.raises(error, match=f"^{re.escape(f'Lengths {name} must be {what}')}$"):
        Lengths.Config(**{"i_frame_bytes": 1, "o_frame_bytes": 1, "batch": 1} | {name: value})

import re

import numpy as np
import pytest
from amaranth.hdl import Value

from hdl.bus.unpack import Unpack
from sim.golden import packing
from sim.stream import simulate
from tests.hdl.bus.packing_bench import run

SIZES = [(98, 64), (98, 32), (98, 8), (98, 1024), (784, 32), (784, 64), (784, 256), (784, 1024),
         (10, 32), (1, 8), (3, 16), (1, 64), (3, 1024), (5, 128), (13, 64), (24, 64), (24, 16),
         (8, 64)]  # fmt: skip


def frames_of(size, count, seed):
    return np.random.default_rng(seed).integers(256, size=(count, size), dtype=np.uint8)


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("size", "width"), SIZES)
def test_matches_golden(size, width, stall):
    config = Unpack.Config(frame_bytes=size, width=width)
    count = 3 if size > 100 else 9
    frames = frames_of(size, count, size * width)
    golden = packing.beats(frames, width)

    rng = np.random.default_rng(size + width)
    rows, times, ends = run(Unpack(config), packing.words(frames), len(golden), rng=rng,
                            stall=stall, wait=5)  # fmt: skip

    np.testing.assert_array_equal(rows, golden)
    assert ends == ([0] * (config.beats - 1) + [1]) * count
    if not stall:
        assert times[0] == config.latency
        steps = np.diff(times[config.beats - 1 :: config.beats])
        # Frames are a word or a beat a cycle; two of them may share a word.
        assert steps.max() <= config.interval
        assert times[-1] - times[config.beats - 1] == (count - 1) * config.interval


@pytest.mark.parametrize("cycles", [5, 12, 23, 34, 61])
@pytest.mark.parametrize(("size", "width"), SIZES)
def test_clear_forgets_all(size, width, cycles):
    frames = frames_of(size, 3, size * width)
    golden = packing.beats(frames, width)
    rows, _, ends = run(Unpack(Unpack.Config(frame_bytes=size, width=width)),
                        packing.words(frames), len(golden), rng=np.random.default_rng(cycles),
                        stall=0.2, noise=(cycles,))  # fmt: skip
    np.testing.assert_array_equal(rows, golden)
    assert ends == ([0] * (len(golden) // 3 - 1) + [1]) * 3


@pytest.mark.parametrize(("size", "width", "cycles"), [(98, 64, 13), (784, 64, 98), (98, 128, 13),
                                                       (784, 32, 196), (10, 32, 3)])  # fmt: skip
def test_interval(size, width, cycles):
    assert Unpack.Config(frame_bytes=size, width=width).interval == cycles


def test_clear_begins_a_frame():
    """In mid-frame, with a beat offered that nobody takes."""
    dut = Unpack(Unpack.Config(frame_bytes=5, width=16))
    words = [Value.cast(dut.i.payload), dut.i.valid]

    async def bench(ctx):
        for start in (1, 101):
            ctx.set(words[0], int.from_bytes(range(start, start + 8), "little"))
            ctx.set(words[1], 1)
            ctx.set(dut.o.tready, 1)
            seen = []
            for _ in range(5):
                *_, valid, beat = await ctx.tick().sample(dut.o.tvalid, dut.o.tdata)
                seen += [beat] if valid else []
            low = [start, start + 2, start + 4, start + 5]
            expected = [at | (at + 1) << 8 for at in low]
            expected[2] = start + 4
            assert seen == expected
            ctx.set(dut.o.tready, 0)
            await ctx.tick()
            assert ctx.get(dut.o.tvalid)
            ctx.set(dut.clear, 1)
            ctx.set(words[1], 0)
            await ctx.tick()
            ctx.set(dut.clear, 0)
            assert not ctx.get(dut.o.tvalid)

    simulate(dut, bench)


@pytest.mark.parametrize("width", [0, 4, 48, 2048, "32"])
def test_wrong_width(width):
    message = re.escape(f"Packing width must be a power of two from 8 to 1024, not {width!r}")
    with pytest.raises(ValueError, match=f"^{message}$"):
        Unpack.Config(frame_bytes=1, width=width)


def test_wrong_bytes():
    message = "Packing frame_bytes must be a positive integer, not 0"
    with pytest.raises(TypeError, match=f"^{message}$"):
        Unpack.Config(frame_bytes=0, width=8)

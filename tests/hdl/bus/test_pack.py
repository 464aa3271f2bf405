import numpy as np
import pytest
from amaranth.hdl import Value

from hdl.bus.pack import Pack
from sim.golden import packing
from sim.stream import simulate
from tests.hdl.bus.packing_bench import run
from tests.hdl.bus.test_unpack import SIZES, frames_of


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize(("size", "width"), SIZES)
def test_matches_golden(size, width, stall):
    config = Pack.Config(frame_bytes=size, width=width)
    count = 3 if size > 100 else 9
    frames = frames_of(size, count, size * width)
    golden, rng = packing.words(frames), np.random.default_rng(size + width)
    beats = packing.beats(frames, width)
    # What lies beyond the frame is dropped, whatever it is.
    pad = np.tile(np.arange(beats.size // count) >= size, count).reshape(beats.shape)
    beats[pad] = rng.integers(256, size=pad.sum())

    rows, times, _ = run(Pack(config), beats, len(golden), rng=rng, stall=stall, finish=True,
                         wait=5)  # fmt: skip

    assert rows.shape == golden.shape
    np.testing.assert_array_equal(rows.ravel()[: frames.size], frames.ravel())
    if not stall:
        flushes = frames.size % 8 > 0
        late = config.latency - 1
        assert times[-1] == count * config.interval - 1 + 1 + late + flushes


@pytest.mark.parametrize("cycles", [5, 12, 23, 34, 61])
@pytest.mark.parametrize(("size", "width"), SIZES)
def test_clear_forgets_all(size, width, cycles):
    frames = frames_of(size, 2 + cycles % 4, cycles)  # the last word has any part of a frame
    golden = packing.words(frames)
    rows, *_ = run(Pack(Pack.Config(frame_bytes=size, width=width)), packing.beats(frames, width),
                   len(golden), rng=np.random.default_rng(cycles), stall=0.2, finish=True,
                   noise=(cycles,))  # fmt: skip
    np.testing.assert_array_equal(rows.ravel()[: frames.size], frames.ravel())


@pytest.mark.parametrize("size", [10, 3])
def test_clear_begins_a_frame(size):
    """In mid-frame, with bytes kept and a word offered that nobody takes."""
    dut = Pack(Pack.Config(frame_bytes=size, width=32))
    word = Value.cast(dut.o.payload)

    async def bench(ctx):
        for start in (1, 101):
            ctx.set(dut.i.tvalid, 1)
            for beat in range(3):
                ctx.set(dut.i.tdata, int.from_bytes([start + beat] * 4, "little"))
                await ctx.tick()
            ctx.set(dut.i.tvalid, 0)
            assert ctx.get(dut.o.valid)
            counts = [4, 4] if size == 10 else [3, 3, 2]
            line = [start + beat for beat, count in enumerate(counts) for _ in range(count)]
            assert list(ctx.get(word).to_bytes(8, "little")) == line
            ctx.set(dut.clear, 1)
            await ctx.tick()
            ctx.set(dut.clear, 0)
            assert not ctx.get(dut.o.valid)
            ctx.set(dut.finish, 1)
            ctx.set(dut.o.ready, 1)
            for _ in range(3):
                await ctx.tick()
                assert not ctx.get(dut.o.valid)  # nothing is kept
            ctx.set(dut.finish, 0)
            ctx.set(dut.o.ready, 0)

    simulate(dut, bench)

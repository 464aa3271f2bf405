# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import Shape, signed, unsigned
from amaranth.sim import Simulator

from hdl.stream.fifo import FIFO
from sim import stream

SIZES = [(2, unsigned(1), 3), (3, signed(4), 2), (4, 8, 1), (32, unsigned(1), 49), (33, 8, 4),
         (600, unsigned(1), 1), (1024, signed(8), 4)]

FORCED = [(3, 8, 1, "bram"), (4, signed(4), 2, "bram"), (33, 8, 4, "bram"), (33, 8, 4, "lut"),
          (600, 8, 1, "lut")]


CASES = [(*size, "auto") for size in SIZES] + FORCED


@pytest.mark.parametrize("stall", [0.0, 0.3])
@pytest.mark.parametrize(("depth", "width", "lanes", "style"), CASES)
def test_passes_on(depth, width, lanes, style, stall):
    rng = np.random.default_rng(depth)
    shape = Shape.cast(width)
    low = -1 << shape.width - 1 if shape.signed else 0
    x = rng.integers(low, low + (1 << shape.width), (100, lanes))
    config = FIFO.Config(depth=depth, width=width, lanes=lanes, style=style)

    result = stream.run(FIFO(config), x, len(x), rng=rng, stall=stall)

    np.testing.assert_array_equal(result.outputs, x)
    if not stall:
        assert result.cycles == config.cycles(len(x))
        np.testing.assert_array_equal(result.o_times - result.i_times, config.latency)


@pytest.mark.parametrize(("depth", "width", "lanes", "style"), CASES)
def test_exact_depth_then_every_cycle(depth, width, lanes, style):
    """Fills until it refuses, moves one transfer a cycle while nearly full, then runs dry."""
    dut = FIFO(FIFO.Config(depth=depth, width=width, lanes=lanes, style=style))
    bits = len(dut.i.payload.as_value())
    held, sent = 3 * depth // 2 + 5, []

    async def bench(ctx):
        got = []
        for edge in range(held + 3 * depth):
            offer, ready = edge < held + depth, edge >= held
            ctx.set(dut.i.valid, offer)
            ctx.set(dut.i.payload.as_value(), edge % (1 << bits))
            ctx.set(dut.o.ready, ready)
            *_, accepts, valid, word = await ctx.tick().sample(
                dut.i.ready, dut.o.valid, dut.o.payload.as_value())
            if edge < held:
                assert accepts == (edge < depth)
            elif offer and edge > held + 1:
                assert accepts
            if offer and accepts:
                sent.append(edge % (1 << bits))
            if ready and edge < held + 2 * depth - 2:
                assert valid
            if ready and valid:
                got.append(word)
        assert got == sent

    sim = Simulator(dut)
    sim.add_clock(1e-6)
    sim.add_testbench(bench)
    sim.run()


@pytest.mark.parametrize(("depth", "width", "lanes", "storage", "latency"), [
    (2, 8, 4, "registers", 1),
    (3, 8, 4, "lut", 1),
    (512, 1, 1, "lut", 1),
    (513, 1, 1, "lut", 2),
    (256, 8, 4, "lut", 1),
    (513, 3, 1, "lut", 2),
    (600, 4, 1, "bram", 2),
    (1000, 2, 1, "lut", 2),
    (2000, 1, 1, "bram", 2),
    (512, 8, 4, "bram", 2),
    (1024, 8, 4, "bram", 2),
])
def test_storage(depth, width, lanes, storage, latency):
    config = FIFO.Config(depth=depth, width=width, lanes=lanes)
    assert (config.storage, config.latency) == (storage, latency)
    assert config.storage_bits == depth * width * lanes


@pytest.mark.parametrize(("depth", "style", "latency", "attrs"), [
    (3, "lut", 1, {}), (3, "bram", 2, {"ram_style": "block"}),
    (512, "bram", 2, {}), (512, "lut", 1, {"ram_style": "distributed"}),
    (600, "bram", 2, {}), (600, "lut", 2, {"ram_style": "distributed"}),
])  # fmt: skip
def test_forced_storage(depth, style, latency, attrs):
    """What the size would choose anyway is asked of no one, so that the circuit is the same."""
    config = FIFO.Config(depth=depth, width=8, lanes=4, style=style)
    assert (config.storage, config.latency, config.attrs) == (style, latency, attrs)


def test_storage_counts():
    config = FIFO.Config(depth=32, width=8, lanes=4)
    assert (config.luts, config.bram18) == (24, 1)
    config = FIFO.Config(depth=1025, width=8, lanes=4)
    assert (config.luts, config.bram18) == (44 * 17, 2)


@pytest.mark.parametrize("depth", [1, 0, -1, 2.5])
def test_wrong_depth(depth):
    message = re.escape(f"FIFO depth must be an integer of at least 2, not {depth!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        FIFO.Config(depth=depth, width=8, lanes=1)


@pytest.mark.parametrize("style", ["registers", "LUT", None])
def test_wrong_style(style):
    message = re.escape(f"FIFO style must be auto, lut or bram, not {style!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        FIFO.Config(depth=4, width=8, lanes=1, style=style)


@pytest.mark.parametrize("style", ["lut", "bram"])
def test_no_memory_for_two_entries(style):
    what = "FIFO style must be auto for two entries, which are registers"
    with pytest.raises(ValueError, match=f"^{what}, not '{style}'$"):
        FIFO.Config(depth=2, width=8, lanes=1, style=style)


@pytest.mark.parametrize("width", [0, -1, "8", None, unsigned(0)])
def test_wrong_width(width):
    message = re.escape(f"FIFO width must be a positive integer or a Shape of at least "
                        f"one bit, not {width!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        FIFO.Config(depth=4, width=width, lanes=1)


@pytest.mark.parametrize("lanes", [0, -1, 2.0])
def test_wrong_lanes(lanes):
    message = re.escape(f"FIFO lanes must be a positive integer, not {lanes!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        FIFO.Config(depth=4, width=8, lanes=lanes)

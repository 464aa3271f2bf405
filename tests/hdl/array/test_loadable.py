# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.array.loadable import Loadable
from hdl.array.mvtu import MVTU
from hdl.bus.load import Window
from hdl.number import BIPOLAR, Number
from sim import stream
from tests.hdl.array.load_bench import Loaded, session

UINT2, UINT3 = Number(width=2), Number(width=3)
INT3, INT4, INT8 = (Number(width=n, signed=True) for n in (3, 4, 8))

CASES = {
    "binary": (12, 20, 4, 5, BIPOLAR, BIPOLAR, 1, {"o": BIPOLAR, "base": -1}),
    "binary-ragged": (10, 23, 4, 7, BIPOLAR, BIPOLAR, 1, {"o": BIPOLAR, "base": -1}),
    "binary-sums": (10, 23, 4, 8, BIPOLAR, BIPOLAR, 0, {}),
    "binary-bias": (7, 23, 4, 6, BIPOLAR, BIPOLAR, 0, {"bias": True}),
    "binary-one-step": (6, 9, 6, 9, BIPOLAR, BIPOLAR, 1, {"o": BIPOLAR, "base": -1}),
    "binary-many-words": (40, 20, 2, 3, BIPOLAR, BIPOLAR, 1, {"o": BIPOLAR, "base": -1}),
    "binary-block-ram": (40, 40, 1, 5, BIPOLAR, BIPOLAR, 1, {"o": BIPOLAR, "base": -1}),
    "bipolar-weights": (6, 10, 4, 4, UINT2, BIPOLAR, 3, {"o": UINT2}),
    "bipolar-inputs": (6, 10, 2, 4, BIPOLAR, INT3, 2, {"o": UINT2}),
    "few-bit": (9, 14, 4, 4, UINT3, INT3, 7, {"o": UINT3}),
    "few-bit-one-step": (5, 6, 5, 6, UINT3, INT3, 5, {"o": UINT3}),
    "many-channels": (70, 4, 1, 4, UINT2, INT3, 3, {"o": UINT2}),
    "late-table": (18, 6, 1, 3, UINT2, INT3, 15, {"o": INT8, "base": -128}),
    "int8-sums": (4, 10, 2, 3, INT8, INT8, 0, {}),
    "int8-bias": (5, 10, 2, 3, INT8, INT8, 0, {"bias": True}),
    "int8-dsp-bias": (9, 13, 5, 6, Number(width=8), INT8, 0, {"bias": True, "multiplier": True}),
    "depthwise": (1, 9, 1, 1, UINT2, INT3, 3, {"o": UINT2, "groups": 6, "group_lanes": 3}),
    "grouped": (5, 7, 2, 3, UINT2, INT3, 1, {"o": UINT2, "groups": 3}),
    "repeated-bias": (5, 16, 2, 4, UINT2, INT3, 0, {"bias": True, "repeated": True}),
    "two-frames": (12, 20, 5, 5, BIPOLAR, BIPOLAR, 1,
                   {"o": BIPOLAR, "base": -1, "repeated": True, "frames": 2}),
    "two-frames-levels": (6, 9, 6, 3, UINT2, INT3, 3, {"o": UINT2, "frames": 2}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_loaded_equals_golden(case):
    """It runs unloaded, loaded whole, in part and then reset, and loaded again."""
    *sizes, options = CASES[case]
    loaded = Loaded(np.random.default_rng(len(case)), *sizes, **options)
    one, two, three = loaded.draw(), loaded.draw(), loaded.draw()
    frames = loaded.frames(2)
    part = two | {"weights": three["weights"]}
    outputs = session(loaded, one, [
        frames, loaded.words(**two), frames, loaded.words(weights=three["weights"]), None, frames,
        loaded.words(**one), frames,
    ], stall=0.2)  # fmt: skip
    for parameters, y in zip((one, two, part, one), outputs, strict=True):
        np.testing.assert_array_equal(y, loaded.golden(frames, **parameters))


def test_parts_are_written_by_themselves():
    """A word of 80 bits is three parts; other addresses of the bus are another memory's."""
    rng = np.random.default_rng(2)
    config = Loadable.Config(width=80, depth=300, block=True)
    words = [int.from_bytes(rng.bytes(10), "little") for _ in range(300)]
    window = config.window.after(5000)
    assert (window.parts, window.stride, window.base) == (3, 512, 6144)
    dut = Loadable(config, words, window)

    async def bench(ctx):
        ctx.set(dut.en, 1)
        for k in range(60):
            word, part, data = (int(rng.integers(high)) for high in (300, 3, 1 << 32))
            if k % 2 == 0:
                ctx.set(dut.load.address, window.base + part * window.stride + word)
                mask = (1 << (16 if part == 2 else 32)) - 1
                words[word] = words[word] & ~(mask << 32 * part) | (data & mask) << 32 * part
            else:
                ctx.set(dut.load.address, word)
            ctx.set(dut.load.data, data)
            ctx.set(dut.load.valid, 1)
            await ctx.tick()
        ctx.set(dut.load.valid, 0)
        for address in range(300 + config.latency):
            ctx.set(dut.address, min(address, 299))
            if address >= config.latency:
                assert ctx.get(dut.o) == words[address - config.latency]
            await ctx.tick()

    stream.simulate(dut, bench)


def test_goes_to_block_ram_where_that_takes_less():
    def block(rows, cols):
        config = Loaded(np.random.default_rng(0), rows, cols, 1, 32, BIPOLAR, BIPOLAR, 0).config
        return config.weights.block, config.weights.latency

    assert block(96, 64) == (False, 1)  # 192 words
    assert block(128, 64) == (True, 2)
    assert (Loadable.Config(width=100, depth=512, block=True).bram18,
            Loadable.Config(width=100, depth=1).lut) == (4, 0)  # fmt: skip


@pytest.mark.parametrize(("make", "message"), [
    (lambda: Loadable.Config(width=0, depth=1), "Loadable width must be a positive integer, not 0"),
    (lambda: Loadable(Loadable.Config(width=33, depth=2), [0], Window(words=2, parts=2)),
     "Loadable must hold 2 words, not 1"),
    (lambda: Loadable(Loadable.Config(width=33, depth=2), [0, 0], Window(words=2, parts=1)),
     "Loadable window must have 2 x 2 addresses, not 1 x 2"),
    (lambda: MVTU.Config(rows=2, cols=2, pe=1, simd=1, x=UINT2, w=INT3, acc=Number(width=31),
                         o=Number(width=31), levels=0, storage="ram"),
     "MVTU storage must be ram only without a cell and for sums of at most 30 bits"),
])  # fmt: skip
def test_refuses(make, message):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(message)}$"):
        make()

# amaranth: UnusedElaboratable=no

import numpy as np
import pytest

from hdl.number import BIPOLAR, Number, holding
from hdl.quant.threshold import Threshold
from sim import stream
from sim.golden import quant

S8 = Number(width=8, signed=True)


@pytest.mark.parametrize(("channels", "levels", "o", "base"), [
    (1, 1, BIPOLAR, -1), (5, 1, Number(width=1), 0), (3, 6, None, 5), (9, 15, None, -8),
    (70, 3, None, 0), (128, 15, None, 0),
])  # fmt: skip
def test_written_thresholds_hold(channels, levels, o, base):
    """Those beyond the numbers are never reached, or always; those not written stay."""
    rng = np.random.default_rng(channels)
    o = o or holding(base, base + levels)
    config = Threshold.Config(channels=channels, levels=levels, x=S8, o=o, base=base, loadable=True)
    assert config.block(config.stages - 1) == (channels == 128)
    table = np.sort(rng.integers(S8.low - 9, S8.high + 9, (channels, levels)), axis=1)
    new = np.clip(np.sort(rng.integers(-200, 200, (channels, levels)), axis=1), -128, 128)
    written = rng.permutation(channels)[: max(1, channels // 2)]
    index, x = rng.integers(channels, size=200), rng.integers(S8.low, S8.high + 1, 200)
    index[:50] = written[np.arange(50) % len(written)]
    dut, outputs = Threshold(config, table), []
    table = table.copy()

    async def bench(ctx):
        for channel in written:
            table[channel] = new[channel]
            for level, value in enumerate(new[channel].tolist(), 1):
                ctx.set(dut.write.en, 1)
                ctx.set(dut.write.index, int(channel))
                ctx.set(dut.write.level, level)
                ctx.set(dut.write.value, value)
                await ctx.tick()
        ctx.set(dut.write.en, 0)
        ctx.set(dut.en, 1)
        for step in range(len(x) + config.latency):
            ctx.set(dut.x, int(x[step % len(x)]))
            ctx.set(dut.index, int(index[step % len(x)]))
            outputs.append(ctx.get(dut.o))
            await ctx.tick()

    stream.simulate(dut, bench)
    count = quant.threshold(x, table[index])
    expected = count if o.bipolar else base + count
    np.testing.assert_array_equal(outputs[config.latency :], expected)

"""Drive an MVTU whose parameters are loaded: words on the load bus, then frames."""

import numpy as np
from amaranth.hdl import ResetInserter, Signal, Value

from boards.driver.parameters import encode
from generators.emit.parameters import parameters
from hdl.array.mvtu import MVTU
from hdl.number import holding
from sim import stream
from sim.golden import exact, quant
from tests.hdl.array.test_mvtu import from_transfers, to_transfers, values

__all__ = ["Loaded", "session"]


class Loaded:
    """An MVTU sized for any weights, and other parameters for it with their golden function.

    Options are those of :class:`MVTU.Config`.
    """

    def __init__(self, rng, rows, cols, pe, simd, x, w, levels, *, bias=False, **options):
        self.rng, self.rows = rng, options.get("groups", 1) * rows
        counts = x.bipolar and w.bipolar
        corners = [a * b for a in (x.low, x.high) for b in (w.low, w.high)]
        low, high = cols * min(corners), cols * max(corners)
        self.limits = (low, high) if bias else (0, 0)
        sums = low + self.limits[0], high + self.limits[1]
        ends = sums
        if counts:
            ends = (0, cols) if levels else (sums[0] // 2, sums[1] // 2)
        options = {"o": holding(*sums), **options}
        self.config = MVTU.Config(rows=rows, cols=cols, pe=pe, simd=simd, x=x, w=w,
                                  acc=holding(*ends), levels=levels, biased=bias,
                                  storage="ram", **options)  # fmt: skip
        self.ends = ends

    def draw(self) -> dict[str, np.ndarray | None]:
        """Random weights, thresholds (most where sums are, some at or beyond the ends), bias."""
        config, rng, (low, high) = self.config, self.rng, self.ends
        thresholds = bias = None
        if config.levels:
            middle, spread = (low + high) / 2, max(1.0, (high - low) / 12)
            thresholds = rng.normal(middle, spread, (self.rows, config.levels)).round()
            thresholds = np.sort(thresholds.astype(np.int64), axis=1)
            thresholds[0, :], thresholds[-1, :] = low - 3, high + 3
        if config.biased:
            bias = rng.integers(*self.limits, self.rows, endpoint=True)
            bias[0], bias[-1] = self.limits
        weights = values(config.w, rng, (self.rows, config.cols))
        weights[0], weights[-1] = config.w.low, config.w.high
        return {"weights": weights, "thresholds": thresholds, "bias": bias}

    def golden(self, frames, weights, thresholds, bias) -> np.ndarray:
        """What frames give with these parameters."""
        config = self.config
        parts = zip(np.split(frames, config.groups, axis=1), np.split(weights, config.groups))
        sums = np.hstack([exact.dot(x, w) for x, w in parts]) + (0 if bias is None else bias)
        if not config.levels:
            return sums
        sums = (sums + config.cols) // 2 if config.counts else sums
        reached = quant.threshold(sums, thresholds)
        return reached if config.o.bipolar else config.base + reached

    def manifest(self) -> list[dict]:
        """Its memories, as a manifest says them."""
        shaped = np.zeros((self.rows, self.config.cols))
        kind = "bipolar" if self.config.w.bipolar else "int"
        return parameters("fc", self.config, shaped, kind, bias=self.limits)

    def words(self, **arrays) -> list[tuple[int, int]]:
        """Addresses and words that load some of the arrays."""
        given = {kind: {"fc": array} for kind, array in arrays.items() if array is not None}
        return [(address + k, word) for address, data in encode(self.manifest(), **given)
                for k, word in enumerate(data.tolist())]  # fmt: skip

    def frames(self, count: int) -> np.ndarray:
        """Random frames, and the extremes."""
        config = self.config
        found = values(config.x, self.rng, (count, config.groups * config.cols))
        found[0], found[1] = config.x.low, config.x.high
        return found


def session(loaded: Loaded, first: dict, steps: list, *, stall: float = 0.0) -> list[np.ndarray]:
    """Build with the first parameters, then load words, or reset (None), or stream frames, in turn.

    Returns the outputs of each array of frames.
    """
    config, rng = loaded.config, loaded.rng
    dut, reset, found = MVTU(config, **first), Signal(), []

    async def bench(ctx):
        for step in steps:
            if isinstance(step, np.ndarray):
                found.append(await _stream(ctx, dut, config, step, rng, stall))
                continue
            if step is None:
                ctx.set(reset, 1)
                await ctx.tick().repeat(2)
                ctx.set(reset, 0)
                continue
            for address, word in step:
                while rng.random() < stall:
                    ctx.set(dut.load.valid, 0)
                    await ctx.tick()
                ctx.set(dut.load.address, address)
                ctx.set(dut.load.data, word)
                ctx.set(dut.load.valid, 1)
                await ctx.tick()
            ctx.set(dut.load.valid, 0)

    stream.simulate(ResetInserter(reset)(dut), bench)
    return found


async def _stream(ctx, dut, config, frames, rng, stall) -> np.ndarray:
    lanes = stream.Lanes(dut.i.payload)
    words = lanes.pack(to_transfers(config, frames))
    leave = config.group_sets * config.row_groups * len(frames) // config.frames
    outputs, sent = [], 0
    for _ in range(20_000):
        offered = sent < len(words) and rng.random() >= stall
        ready = rng.random() >= stall
        ctx.set(Value.cast(dut.i.payload), words[sent] if offered else 0)
        ctx.set(dut.i.valid, offered)
        ctx.set(dut.o.ready, ready)
        taken, valid, word = (await ctx.tick().sample(
            dut.i.ready, dut.o.valid, Value.cast(dut.o.payload)))[-3:]  # fmt: skip
        sent += bool(offered and taken)
        if valid and ready:
            outputs.append(word)
        if len(outputs) == leave:
            ctx.set(dut.i.valid, 0)
            return from_transfers(config, stream.Lanes(dut.o.payload).unpack(outputs))
    raise TimeoutError(f"{len(outputs)} of {leave} outputs")

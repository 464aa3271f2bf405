# amaranth: UnusedElaboratable=no

import re
from itertools import pairwise

import numpy as np
import pytest
from amaranth.hdl import Module, Mux, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from generators.emit.verilog import convert
from generators.synth.synthesize import measure, synthesize
from hdl.array.planes import BitPlanes
from sim import stream
from sim.golden import planes
from tests.hdl import primitives
from tests.hdl.stream import ports


def tile(rng, config, words, a, b, *, cols=None, rails=False, x_signed=True):
    """Random operands: x (frames, cols), w (pe, cols), their planes, padded."""
    cols = cols or words * config.simd
    signed = {"x": x_signed and a > 1, "w": b > 1}
    drawn = {}
    for name, bits, rows in (("x", a, config.frames), ("w", b, config.pe)):
        low = -(1 << bits - 1) if signed[name] else 0
        high = low + (1 << bits) - 1
        values = rng.integers(low, high, (rows, cols), endpoint=True)
        if rails:
            values[::2], values[1::2] = low, high
        found = planes.planes(values, bits, signed=signed[name])
        padding = np.full((bits, rows, words * config.simd - cols), int(name == "w"))
        drawn[name] = values, np.concatenate([found, padding], axis=2), found
    return drawn


def transfers(found, config):
    """Planes (bits, rows, words * simd) as transfers of rows."""
    bits, rows, _ = found.shape
    parts = found.reshape(bits, rows, -1, config.simd).transpose(2, 0, 1, 3)
    weights = np.array([1 << k for k in range(config.simd)], object)
    return (parts.astype(object) * weights).sum(axis=3).reshape(-1, rows)


def job(config, words, a, b, keep_x=False, keep_w=False):
    size = config.x.word_bits
    return (words - 1) | (a - 1 | b - 1 << 3 | keep_x << 6 | keep_w << 7) << size


def exact(sums, x, w, a, b, x_signed=True):
    """The products that the docstring makes of the sums."""
    cols, most = x.shape[1], (1 << a) - 1
    if b == 1:
        return 2 * sums - cols * most  # of odd numbers x
    rest = sums - cols * most * ((1 << b - 1) - 1)
    ones = w.sum(axis=1)
    if a == 1:
        return rest
    doubled = rest - ones if x_signed else rest + most * ones
    assert not np.any(doubled % 2)
    return doubled // 2


def run(config, jobs, tiles, rng, **options):
    """Sums (jobs, frames, pe), and the cycles."""
    kept = [(code >> config.x.word_bits + 6 & 1, code >> config.x.word_bits + 7) for code in jobs]
    inputs = {"i_job": jobs}
    for k, name in enumerate(("x", "w")):
        parts = [transfers(one[name][1], config) for one, keep in zip(tiles, kept) if not keep[k]]
        inputs[f"i_{name}"] = np.concatenate(parts)
    values, times = ports.run(BitPlanes(config), inputs, {"o": len(jobs) * config.drain}, rng=rng,
                              **options)  # fmt: skip
    beats = values["o"].reshape(len(jobs), config.drain, config.frames, -1)
    return beats.transpose(0, 2, 1, 3).reshape(len(jobs), config.frames, -1), times


SIZES = {
    "small": {"pe": 4, "frames": 3, "simd": 8, "words": 4, "drain": 2},
    "at-once": {"pe": 2, "frames": 2, "simd": 12, "words": 3, "drain": 1},
    "one-word": {"pe": 12, "frames": 1, "simd": 5, "words": 1, "drain": 3},
}
BITS = [(1, 1), (2, 2), (4, 4), (8, 8), (1, 2), (2, 1), (3, 1), (1, 8), (8, 1), (5, 2), (2, 7)]


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("size", SIZES)
def test_matches_golden(size, stall):
    rng = np.random.default_rng(len(size))
    config = BitPlanes.Config(**SIZES[size])
    jobs, tiles, sizes = [], [], []
    for k, (a, b) in enumerate(BITS + BITS):
        words = int(rng.integers(1, config.words, endpoint=True))
        cols = int(rng.integers((words - 1) * config.simd + 1, words * config.simd, endpoint=True))
        tiles.append(tile(rng, config, words, a, b, cols=cols, rails=k >= len(BITS),
                          x_signed=k % 2 == 0))  # fmt: skip
        jobs.append(job(config, words, a, b))
        sizes.append((words, a, b))

    sums, times = run(config, jobs, tiles, rng, stall=stall)

    for k, (found, one, (_, a, b)) in enumerate(zip(sums, tiles, sizes)):
        (x, _, x_planes), (w, _, w_planes) = one["x"], one["w"]
        np.testing.assert_array_equal(found, planes.plane_sums(x_planes, w_planes))
        odd_x = planes.odd(x_planes)
        left = odd_x if b == 1 or a == 1 else x
        right = planes.odd(w_planes) if b == 1 else w
        np.testing.assert_array_equal(exact(found, left, w, a, b, k % 2 == 0), left @ right.T)
    if not stall:
        taken = [0]
        for before, (words, a, b) in pairwise(sizes):
            taken.append(taken[-1] + max(config.interval(*before), words * max(a, b)))
        ends = taken + np.array([config.interval(*one) for one in sizes])
        last = times["o"][config.drain - 1 :: config.drain]
        np.testing.assert_array_equal(np.diff(last), np.diff(ends))


@pytest.mark.parametrize(("a", "b"), [(1, 1), (2, 2), (4, 4), (8, 8), (3, 1)])
def test_cycles(a, b):
    rng = np.random.default_rng(a + b)
    config = BitPlanes.Config(pe=2, frames=1, simd=6, words=5)
    tiles = [tile(rng, config, 5, a, b) for _ in range(3)]
    _, times = run(config, [job(config, 5, a, b)] * 3, tiles, rng)
    assert config.interval(5, a, b) == 5 * a * b + (b > 1)
    assert np.diff(times["o"]).tolist() == [config.interval(5, a, b)] * 2
    loaded = max(times["i_x"][5 * a - 1], times["i_w"][5 * b - 1])
    assert times["o"][0] - loaded == config.interval(5, a, b) + config.latency


@pytest.mark.parametrize("stall", [0.0, 0.4])
def test_keeps_operands(stall):
    rng = np.random.default_rng(3)
    config = BitPlanes.Config(pe=4, frames=2, simd=7, words=2, drain=2)
    first, second = (tile(rng, config, 2, 3, 3) for _ in range(2))
    keeps = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 0), (1, 0)]
    tiles, before = [], first
    for k, (keep_x, keep_w) in enumerate(keeps):
        new = (second, first)[k % 2]
        before = {"x": (before if keep_x else new)["x"], "w": (before if keep_w else new)["w"]}
        tiles.append(before)
    jobs = [job(config, 2, 3, 3, *keep) for keep in keeps]
    sums, _ = run(config, jobs, tiles, rng, stall=stall)
    for found, one in zip(sums, tiles):
        np.testing.assert_array_equal(found, planes.plane_sums(one["x"][2], one["w"][2]))


class Flat(wiring.Component):
    """The engine with all that it says in one port; sums are hidden while they are not valid."""

    def __init__(self, config):
        self.engine = BitPlanes(config)
        job, x, w = (len(Value.cast(self.port(name).payload)) for name in ("i_job", "i_x", "i_w"))
        sums = len(Value.cast(self.engine.o.payload))
        self.sizes = {"job": job, "x": x, "w": w, "valid": 3, "ready": 1}
        members = {name: In(size) for name, size in self.sizes.items()}
        super().__init__(members | {"o": Out(4 + sums)})

    def port(self, name):
        return getattr(self.engine, name)

    def elaborate(self, platform):
        m = Module()
        m.submodules.engine = engine = self.engine
        for k, name in enumerate(("job", "x", "w")):
            port = self.port(f"i_{name}")
            m.d.comb += Value.cast(port.payload).eq(getattr(self, name))
            m.d.comb += [port.valid.eq(self.valid[k]), self.o[k].eq(port.ready)]
        m.d.comb += [engine.o.ready.eq(self.ready), self.o[3].eq(engine.o.valid)]
        sums = engine.o.payload.as_value()
        m.d.comb += self.o[4:].eq(Mux(engine.o.valid, sums, 0))
        return m


def test_netlist_does_the_same():
    """Equations in Amaranth's simulator, LUT6_2, CARRY4 and DSP48E1 in yosys' models."""
    rng = np.random.default_rng(8)
    config = BitPlanes.Config(pe=4, frames=3, simd=16, words=2, drain=2)
    dut = Flat(config)
    rows, expected = [], []
    for _ in range(2500):
        row = {name: int.from_bytes(rng.bytes(16), "little") & (1 << size) - 1
               for name, size in dut.sizes.items()}  # fmt: skip
        rows.append(row | {"valid": 7 if rng.random() < 0.6 else row["valid"],
                           "ready": int(rng.random() < 0.8)})  # fmt: skip

    async def bench(ctx):
        for row in rows:
            for name, value in row.items():
                ctx.set(getattr(dut, name), value)
            expected.append(ctx.get(dut.o))
            await ctx.tick()

    stream.simulate(dut, bench)
    found = primitives.simulate(convert(Flat(config)), dut.sizes, len(dut.o), rows)
    assert sum(word >> 3 & 1 for word in expected) > 100
    assert found == expected


@pytest.mark.parametrize(("sizes", "error", "what"), [
    ({"pe": 0}, TypeError, "BitPlanes pe must be a positive integer, not 0"),
    ({"drain": 0}, TypeError, "BitPlanes drain must be a positive integer, not 0"),
    ({"pe": 6, "drain": 2}, ValueError,
     "BitPlanes pe must be a multiple of twice its drain 2, not 6"),
    ({"pe": 3}, ValueError, "BitPlanes pe must be a multiple of twice its drain 1, not 3"),
])  # fmt: skip
def test_refuses(sizes, error, what):
    with pytest.raises(error, match=f"^{re.escape(what)}$"):
        BitPlanes.Config(**({"pe": 4, "frames": 2} | sizes))


ARRAY = BitPlanes.Config(pe=50, frames=8, simd=96, words=32, drain=5)
"""38,400 synapses a cycle."""


def test_sizes():
    assert (ARRAY.dsp, ARRAY.o_lanes) == (204, 80)
    assert (ARRAY.x.storage_bits, ARRAY.w.storage_bits) == (8 * 96 * 512, 50 * 96 * 512)
    assert ARRAY.interval(11, 1, 1) == 11 + 4
    assert ARRAY.interval(11, 4, 4) == 11 * 16 + 1 + 4


@pytest.mark.slow
@pytest.mark.parametrize("drain", [1, 2])
def test_control_is_no_slower_than_block_ram(drain):
    timing = measure(BitPlanes(BitPlanes.Config(pe=4, frames=2, simd=16, drain=drain))).timing
    assert timing.reg_to_reg_ps <= 3100
    assert max(path.ps for path in timing.setup.values()) <= 2500
    assert timing.clk_to["i_job__ready"].lut_levels == 0
    assert not timing.through


@pytest.mark.slow
def test_array_fits():
    cost = synthesize(BitPlanes(ARRAY))
    assert cost.lut <= 32_000
    assert (cost.dsp, cost.bram18) == (ARRAY.dsp, 156)

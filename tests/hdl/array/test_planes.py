# amaranth: UnusedElaboratable=no

import re
from itertools import pairwise, product

import numpy as np
import pytest
from amaranth.hdl import Module, Mux, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from generators.emit.verilog import convert
from generators.synth.synthesize import measure, synthesize
from hdl.array.planes import BitPlanes
from hdl.number import BIPOLAR, Number
from sim import stream
from sim.golden import planes
from tests.hdl import primitives
from tests.hdl.clocked import draw
from tests.hdl.stream import ports


def tile(rng, config, words, x, w, *, cols=None, rails=False):
    """Random operands, and their planes, padded: x (frames, cols), w (pe, cols)."""
    cols = cols or words * config.simd
    found = {}
    for name, number, rows in (("x", x, config.frames), ("w", w, config.pe)):
        values = draw(rng, number, (rows, cols))
        if rails:
            values[::2], values[1::2] = number.low, number.high
        codes = (values + 1) // 2 if number.bipolar else values
        padding = int(name == "w" and config.gate == "xnor")
        padded = np.full((number.width, rows, words * config.simd), padding)
        padded[:, :, :cols] = planes.planes(codes, number.width)
        found[name] = values, padded
    return found


def transfers(found, config):
    """Planes (bits, rows, words * simd) as transfers of rows."""
    bits, rows, _ = found.shape
    parts = found.reshape(bits, rows, -1, config.simd).transpose(2, 0, 1, 3)
    weights = np.array([1 << k for k in range(config.simd)], object)
    return (parts.astype(object) * weights).sum(axis=3).reshape(-1, rows)


def golden(config, tile, x, w):
    """What the docstring says of the sums, from the planes and from the products."""
    (left, _), (right, _) = tile["x"], tile["w"]
    cols, product = left.shape[1], left @ right.T
    bits = (left + 1) // 2 if x.bipolar else left
    if config.gate == "xnor":
        sums = planes.agreements(bits, right, x.width, x_signed=x.signed)
        more = (right == -1).sum(axis=1) * (-1 if x.signed else x.high)
        doubled = 2 * sums - cols if x.bipolar else sums - more
    else:
        sums = planes.dot(bits, right, x.width, w.width, x_signed=x.signed, y_signed=w.signed)
        doubled = 2 * sums - right.sum(axis=1) if x.bipolar else sums
    np.testing.assert_array_equal(doubled, product)
    return sums


def run(config, jobs, tiles, rng, **options):
    """Sums (jobs, frames, pe), and the cycles."""
    inputs = {"i_job": jobs}
    for name in ("x", "w"):
        offset = config.job[f"keep_{name}"].offset
        parts = [transfers(one[name][1], config) for one, code in zip(tiles, jobs)
                 if not code >> offset & 1]  # fmt: skip
        inputs[f"i_{name}"] = np.concatenate(parts)
    values, times = ports.run(BitPlanes(config), inputs, {"o": len(jobs) * config.drain}, rng=rng,
                              **options)  # fmt: skip
    beats = values["o"].reshape(len(jobs), config.drain, config.frames, -1)
    return beats.transpose(0, 2, 1, 3).reshape(len(jobs), config.frames, -1), times


SIZES = {
    "small": {"pe": 4, "frames": 3, "simd": 8, "words": 4, "drain": 2},
    "at-once": {"pe": 2, "frames": 2, "simd": 12, "words": 3, "drain": 1},
    "one-word": {"pe": 12, "frames": 1, "simd": 5, "words": 1, "drain": 3},
    "tiny": {"pe": 2, "frames": 1, "simd": 2, "words": 2, "drain": 1},
}
BITS = [(1, 1), (2, 2), (4, 4), (8, 8), (1, 2), (2, 1), (3, 1), (1, 8), (8, 1), (5, 2), (2, 7),
        (3, 3)]  # fmt: skip


def formats(gate):
    """All signs of these bits; bipolar x too."""
    pairs = [(number(a, left), BIPOLAR if gate == "xnor" else number(b, right))
             for a, b in BITS for left, right in product((False, True), repeat=2)
             if a > left and b > right and not (gate == "xnor" and (b > 1 or right))]  # fmt: skip
    others = [BIPOLAR] if gate == "xnor" else [number(1), number(3), number(4, True)]
    return [*pairs, *((BIPOLAR, w) for w in others)]


def number(bits, signed=False):
    return Number(width=bits, signed=signed)


@pytest.mark.parametrize("gate", ["and", "xnor"])
@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("size", SIZES)
def test_matches_golden(size, stall, gate):
    rng = np.random.default_rng(len(size))
    config = BitPlanes.Config(gate=gate, **SIZES[size])
    jobs, tiles, sizes = [], [], []
    every = formats(gate)
    kinds = [every[k] for k in rng.permutation(len(every))]
    for k, (x, w) in enumerate(kinds):
        words = int(rng.integers(1, config.words, endpoint=True))
        cols = int(rng.integers((words - 1) * config.simd + 1, words * config.simd, endpoint=True))
        tiles.append(tile(rng, config, words, x, w, cols=cols, rails=k % 3 == 0))
        jobs.append(config.code(words, x, w))
        sizes.append((words, x.width, w.width))

    sums, times = run(config, jobs, tiles, rng, stall=stall)

    for found, one, kind in zip(sums, tiles, kinds):
        np.testing.assert_array_equal(found, golden(config, one, *kind))
    if not stall:
        taken = [0]
        for before, (words, a, b) in pairwise(sizes):
            taken.append(taken[-1] + max(config.interval(*before), words * max(a, b)))
        ends = taken + np.array([config.interval(*one) for one in sizes])
        last = times["o"][config.drain - 1 :: config.drain]
        np.testing.assert_array_equal(np.diff(last), np.diff(ends))


@pytest.mark.parametrize("a", range(1, 9))
def test_all_precisions(a):
    """Of one word and of two, with all signs, one tile after the other."""
    rng = np.random.default_rng(a)
    config = BitPlanes.Config(**SIZES["tiny"])
    kinds = [(words, number(a, left), number(b, right)) for words in (1, 2)
             for b, left, right in product(range(1, 9), (False, True), (False, True))
             if a > left and b > right]  # fmt: skip
    tiles = [tile(rng, config, *kind) for kind in kinds]
    sums, _ = run(config, [config.code(*kind) for kind in kinds], tiles, rng)
    for found, one, (_, x, w) in zip(sums, tiles, kinds):
        np.testing.assert_array_equal(found, golden(config, one, x, w))


@pytest.mark.parametrize(("gate", "x", "w", "left", "right", "dot"), [
    ("and", number(2), number(2), [3, 1, 2], [2, 3, 1], 11),
    ("and", number(3, True), number(2), [-3, 2, -4], [1, 3, 2], -5),
    ("xnor", number(2), BIPOLAR, [3, 2, 1, 3], [1, -1, 1, -1], -1),
])  # fmt: skip
def test_worked_examples(gate, x, w, left, right, dot):
    """Of SEED_SYSTEMS section 5: bitplane_u2, bitplane_s3u2 and bipolar_u2."""
    rng = np.random.default_rng(0)
    config = BitPlanes.Config(pe=2, frames=1, simd=4, words=1, gate=gate)
    one = tile(rng, config, 1, x, w, cols=len(left))
    one["x"][1][:, 0, : len(left)] = planes.planes(np.array(left), x.width)
    codes = (np.array(right) + 1) // 2 if w.bipolar else np.array(right)
    one["w"][1][:, 0, : len(left)] = planes.planes(codes, w.width)
    sums, _ = run(config, [config.code(1, x, w)], [one], rng)
    assert sums[0, 0, 0] == dot + (2 * 3 if w.bipolar else 0)  # two weights of -1, 2^2 - 1


@pytest.mark.parametrize(("a", "b"), [(1, 1), (2, 2), (4, 4), (8, 8), (3, 1)])
def test_cycles(a, b):
    rng = np.random.default_rng(a + b)
    config = BitPlanes.Config(pe=2, frames=1, simd=6, words=5)
    x, w = number(a), number(b, b > 1)
    tiles = [tile(rng, config, 5, x, w) for _ in range(3)]
    _, times = run(config, [config.code(5, x, w)] * 3, tiles, rng)
    assert config.interval(5, a, b) == 5 * a * b
    assert np.diff(times["o"]).tolist() == [config.interval(5, a, b)] * 2
    loaded = max(times["i_x"][5 * a - 1], times["i_w"][5 * b - 1])
    assert times["o"][0] - loaded == config.interval(5, a, b) + config.latency


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("size", [{"pe": 4, "frames": 2, "simd": 7, "words": 2, "drain": 2},
                                  SIZES["tiny"]])  # fmt: skip
def test_keeps_operands(size, stall):
    rng = np.random.default_rng(3)
    config = BitPlanes.Config(**size)
    x = w = number(3, True)
    first, second = (tile(rng, config, 2, x, w) for _ in range(2))
    keeps = [(0, 0), (0, 1), (1, 0), (1, 1), (0, 0), (1, 0)]
    tiles, before = [], first
    for k, (keep_x, keep_w) in enumerate(keeps):
        new = (second, first)[k % 2]
        before = {"x": (before if keep_x else new)["x"], "w": (before if keep_w else new)["w"]}
        tiles.append(before)
    jobs = [config.code(2, x, w, keep_x=bool(a), keep_w=bool(b)) for a, b in keeps]
    sums, _ = run(config, jobs, tiles, rng, stall=stall)
    for found, one in zip(sums, tiles):
        np.testing.assert_array_equal(found, golden(config, one, x, w))


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
    for _ in range(2000):
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
    ({"gate": "or"}, ValueError, "BitPlanes gate must be and or xnor, not 'or'"),
])  # fmt: skip
def test_refuses(sizes, error, what):
    with pytest.raises(error, match=f"^{re.escape(what)}$"):
        BitPlanes.Config(**({"pe": 4, "frames": 2} | sizes))


@pytest.mark.parametrize(("words", "x", "w", "gate", "what"), [
    (5, number(1), number(1), "and", "BitPlanes words must be from 1 to 4, not 5"),
    (1, number(9), number(1), "and",
     "BitPlanes unsigned operands must be from 1 to 8 bits wide, not 9"),
    (1, number(2), number(1, True), "and",
     "BitPlanes signed operands must be from 2 to 8 bits wide, not 1"),
    (1, number(2), BIPOLAR, "and",
     f"BitPlanes w must be no bipolar number for and, not {BIPOLAR!r}"),
    (1, number(2), number(1), "xnor",
     f"BitPlanes w must be bipolar for xnor, not {number(1)!r}"),
])  # fmt: skip
def test_refuses_jobs(words, x, w, gate, what):
    config = BitPlanes.Config(pe=2, frames=1, words=4, gate=gate)
    with pytest.raises(ValueError, match=f"^{re.escape(what)}$"):
        config.code(words, x, w)


ARRAY = BitPlanes.Config(pe=50, frames=8, simd=96, words=32, drain=5)
"""38,400 synapses a cycle."""


def test_sizes():
    assert (ARRAY.dsp, ARRAY.o_lanes) == (200, 80)
    assert (ARRAY.x.storage_bits, ARRAY.w.storage_bits) == (8 * 96 * 512, 50 * 96 * 512)
    assert ARRAY.interval(11, 1, 1) == 11 + 4
    assert ARRAY.interval(11, 4, 4) == 11 * 16 + 4


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
    assert cost.lut <= 31_000
    assert (cost.dsp, cost.bram18) == (ARRAY.dsp, 156)

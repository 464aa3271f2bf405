"""What follows the sums: the post unit and the writer."""

import numpy as np
import pytest

from hdl.engine.post import Post
from hdl.engine.program import Pass, Program
from hdl.engine.words import POSTS, Words
from hdl.engine.writer import Writer
from hdl.number import Number
from hdl.quant.requantize import Requantize
from sim.golden import affine
from sim.stream import simulate
from tests.hdl import clocked
from tests.hdl.engine.programs import loops

S9, S4 = Number(width=9, signed=True), Number(width=4, signed=True)
SCALED = Requantize.Config(x=S9, o=S4, right=(1, 3), zero_point=1)


@pytest.mark.parametrize(("levels", "requantize", "counts"), [
    (3, None, False), (0, SCALED, False), (3, SCALED, False), (7, SCALED, True), (0, None, False),
], ids=["thresholds", "requantise", "both", "more", "raw"])  # fmt: skip
def test_post(levels, requantize, counts):
    """Sums, one a cycle, of which each in turn is made codes of another kind."""
    config = Post.Config(cols=1, x=S9, o=S4, levels=levels, base=S4, counts=counts,
                         requantize=requantize)  # fmt: skip
    rng, dut, count = np.random.default_rng(levels), Post(config), 60
    x = clocked.draw(rng, S9, count)
    t = np.sort(clocked.draw(rng, S9, levels))
    full = [*t.tolist(), *[S9.high] * ((1 << config.stages) - 1 - levels)]
    kinds, gain = rng.integers(2, size=count), rng.integers(2, size=count)
    multiplier, shift = 3 << 29, 2

    async def bench(ctx):
        for stage in range(config.stages):
            some = config.search.of(stage, full)
            ctx.set(getattr(dut, f"t{stage}").as_value(), clocked.pack(S9, [some])[0])
        if requantize:
            ctx.set(dut.scale, multiplier | shift - 1 << 31)
            ctx.set(dut.low, -6)
            ctx.set(dut.high, 5)
        for cycle in range(count + config.latency):
            ctx.set(dut.x[0], int(x[min(cycle, count - 1)]))
            late = cycle - config.latency + 1
            if 0 <= late < count:
                ctx.set(dut.requantizes, int(kinds[late]))
                ctx.set(dut.gain, int(gain[late]))
                ctx.set(dut.base, -4)
                ctx.set(dut.odd, int(kinds[late]))
            n = cycle - config.latency
            if n >= 0:
                raw = 2 * x[n] + kinds[n] if counts else x[n]
                assert ctx.get(dut.raw[0]) == raw
                scaled = affine.requantize(x[n], multiplier, shift, 1, -6, 5)
                reached = -4 + (1 + gain[n]) * (x[n] >= t).sum() + 8
                asked = scaled if requantize and (kinds[n] or not levels) else reached % 16 - 8
                if levels or requantize:
                    assert ctx.get(dut.o[0]) == asked
            await ctx.tick()

    simulate(dut, bench)


def test_writer():
    """Passes that pool, that write nothing, and that go to either memory, without a gap."""
    layers = (loops((4, 0, 0, 0), (3, 0, 0, 0), pool=4, step=2), loops((5, 0, 0, 0), step=3),
              loops((1, 0, 0, 0)))  # fmt: skip
    passes = (Pass(layer=0, tile=0, last=False), Pass(layer=0, tile=0, first=False, o_address=7,
                                                      o_group=1),
              Pass(layer=1, tile=0, target="output", o_address=1), Pass(layer=2, tile=0),
              Pass(layer=0, tile=0, target="output", o_address=30))  # fmt: skip
    program = Program(layers=layers, passes=passes)
    words = Words(program=program, cols=2, groups=2, x_width=4, interval=4, flying=3)
    dut, rng = Writer(words, x=S4, raw=S9), np.random.default_rng(1)
    steps = [(number, v) for number in (*range(5), *range(5))
             for v in range(program.vectors[number])]  # fmt: skip
    x, raw = (clocked.draw(rng, kind, (len(steps), 2)) for kind in (S4, S9))
    asked, found, finals = [], [], []
    for k, (number, v) in enumerate(steps):
        one, layer = passes[number], program.of(passes[number])
        if one.last and v % layer.pool == layer.pool - 1:
            best = x[k - layer.pool + 1 : k + 1].max(axis=0).tolist()
            place = one.o_address + v // layer.pool * layer.step
            kind = 4 if one.target == "output" else 1 << one.o_group
            asked.append((k + 1 + Writer.latency - 1, kind, place, best, raw[k].tolist()))

    async def bench(ctx):
        for cycle in range(len(steps) + 4):
            there = cycle < len(steps)
            number, v = steps[cycle] if there else (0, -1)
            ctx.set(dut.valid, there)
            ctx.set(dut.begin, v == 0)
            ctx.set(dut.end, there and v == program.vectors[number] - 1)
            if v == 0:
                one, layer = words.one.from_bits(words.pass_rom[number]), words.layer.from_bits(
                    words.layer_rom[passes[number].layer])  # fmt: skip
                for field in words.late.members:
                    source = one if field in words.one.members else layer
                    ctx.set(dut.fields[field], source[field])
            if 1 <= cycle <= len(steps):
                for column in range(2):
                    ctx.set(dut.i[column], int(x[cycle - 1, column]))
                    ctx.set(dut.i_raw[column], int(raw[cycle - 1, column]))
            kind = ctx.get(dut.output) << 2 | ctx.get(dut.write)
            if kind:
                found.append((cycle, kind, ctx.get(dut.address),
                              [ctx.get(dut.o[c]) for c in range(2)],
                              [ctx.get(dut.o_raw[c]) for c in range(2)]))  # fmt: skip
            if ctx.get(dut.final):
                finals.append(cycle)
            await ctx.tick()

    simulate(dut, bench)
    assert found == asked
    assert finals == [len(steps) // 2 + 1, len(steps) + 1]
    assert POSTS.index("raw") == 2

import numpy as np
import pytest

from hdl.engine.address import Addresses
from hdl.engine.program import Pass, Program
from hdl.engine.words import Words
from sim.stream import simulate
from tests.hdl.engine.programs import loops, vectors

GROUPS = 3


def programs(seed):
    """Random loops: a padded convolution with stride and pool, a dense layer, one vector."""
    rng = np.random.default_rng(seed)
    layers = (
        loops((2, 3, 0, 1), (2, 12, 1, 0), (2, 6, 0, 2), (2, 24, 2, 0), (2, 50, 0, 0),
              height=4, width=4, pool=4, padding=2),
        loops((7, 1, 0, 0), height=1, width=1, padding=1),
        loops(height=3, width=2),
        loops((3, 1, 0, 1), (4, -3, -1, 0), height=3, width=2),
    )  # fmt: skip
    order = rng.integers(0, len(layers), 9)
    passes = tuple(Pass(layer=int(layer), tile=0, address=int(rng.integers(9, 20)),
                        y=int(rng.integers(-2, 4)), x=int(rng.integers(-2, 4)),
                        groups=int(rng.integers(1, GROUPS + 1)),
                        source=("input", "activations")[number % 2])
                   for number, layer in enumerate(order))  # fmt: skip
    return Program(layers=layers, passes=passes)


def run(words, gaps):
    """What leaves in each cycle, and in which each pass starts, ``gaps`` after it might."""
    dut, program = Addresses(words), words.program
    starts, seen = [], []

    async def bench(ctx):
        plan = []
        for number, (one, gap) in enumerate(zip(program.passes, gaps)):
            starts.append(len(plan) + gap)
            plan += [None] * gap + [number] + [None] * (max(program.of(one).vectors, 4) - 1)
        plan += [None] * 8
        layer = None
        for cycle, number in enumerate(plan):
            ctx.set(dut.start, number is not None)
            if number is not None:
                layer = cycle, words.layer_word(program.of(program.passes[number]))
                ctx.set(dut.one.as_value(), words.pass_word(number))
                ctx.set(dut.layer.as_value(), layer[1])
            elif layer is not None and cycle > layer[0] + 2:
                ctx.set(dut.layer.as_value(), 0)
            if number is None:
                ctx.set(dut.one.as_value(), 0)
            await ctx.delay(1e-8)
            seen.append({name: ctx.get(getattr(dut, name)) for name in
                         ("valid", "begin", "end", "address", "input", "outside", "source",
                          "padding")})  # fmt: skip
            await ctx.tick()

    simulate(dut, bench)
    return starts, seen


@pytest.mark.parametrize("gap", [0, 3])
@pytest.mark.parametrize("seed", range(6))
def test_walks(seed, gap):
    program = programs(seed)
    words = Words(program=program, cols=2, groups=GROUPS, x_width=2, interval=4, flying=3)
    rng = np.random.default_rng(seed)
    starts, seen = run(words, rng.integers(0, gap + 1, len(program.passes)).tolist())
    told = [False] * len(seen)
    for one, start in zip(program.passes, starts):
        walked = vectors(program, one)
        for j, (address, beyond) in enumerate(walked):
            cycle = start + Addresses.latency + j
            now, then = seen[cycle], seen[cycle + 1]
            told[cycle] = True
            assert now["begin"] == (j == 0)
            assert now["end"] == (j == len(walked) - 1)
            assert now["address"] == address & (1 << words.address) - 1
            assert now["input"] == then["source"] == (one.source == "input")
            masked = [beyond or group >= one.groups for group in range(GROUPS)]
            assert then["outside"] == sum(bit << k for k, bit in enumerate(masked))
            assert then["padding"] == program.of(one).padding
    assert [bool(cycle["valid"]) for cycle in seen] == told

# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import Module, Signal
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from hdl.accumulate.chunked import ChunkedAccumulator, Step
from hdl.minifloat import Parts
from sim.golden.chunked import chunked_sum
from tests.hdl import clocked, primitives
from tests.hdl.minifloats import DLFLOAT, HALF, any_format, draw, fields, model, numbers

FLAGS = ("valid", "first", "merge", "start")


class Told(wiring.Component):
    """An accumulator with the step of a cycle in its ports."""

    def __init__(self, config):
        self.config = config
        group = range(config.groups)
        super().__init__({"en": In(1), "x": In(config.x.layout), "group": In(group),
                          "bias": In(config.o.parts.layout), "o": Out(config.o.parts.layout),
                          **{name: In(1) for name in FLAGS}})  # fmt: skip

    def elaborate(self, platform):
        m = Module()
        m.submodules.unit = unit = ChunkedAccumulator(self.config)
        x = Signal.like(self.x.as_value())
        with m.If(self.en):
            m.d.sync += x.eq(self.x)  # comes with its step, and is wanted a cycle later
        step = Step(group=self.group, **{name: getattr(self, name) for name in FLAGS})
        ChunkedAccumulator.connect(m, self.en, [unit], step)
        m.d.comb += [unit.x.eq(x), unit.bias.eq(self.bias), self.o.eq(unit.o)]
        return m


def steps(config, terms, chunks, starts):
    """The rows of ports of sums (groups, terms) in chunks of a length for each group, in turns."""
    parts, turns = config.o.parts, []
    for group, (row, chunk, start) in enumerate(zip(terms, chunks, starts)):
        mine, bias = [], fields(parts, [start])[0]
        words = fields(config.x, row)
        for k, word in enumerate(words):
            mine.append({"x": word, "first": k % chunk == 0})
            if k % chunk == chunk - 1 or k == len(words) - 1:
                mine.append({"merge": 1, "start": k < chunk, "bias": bias})
        turns.append([{"valid": 1, "group": group} | some for some in mine])
    idle = [[]] * max(0, config.interval - len(turns))
    longest = max(map(len, turns))
    for turn in (*turns, *idle):
        turn += [{}] * (longest - len(turn)) if turn else []
    return [turn[k] if turn else {} for k in range(longest) for turn in (*turns, *idle)]


def sums(config, terms, chunks, starts, rng, run=clocked.run, stall=0.0):
    """What leaves as the last total of each group."""
    rows = steps(config, terms, chunks, starts)
    columns = {name: [int(row.get(name, 0)) for row in rows]
               for name in ("x", "bias", "group", *FLAGS)}  # fmt: skip
    o = run(Told(config), config.latency, rng=rng, stall=stall, **columns)
    last = {row["group"]: k for k, row in enumerate(rows) if row}
    return numbers(config.o.parts, [o[last[group]] for group in range(len(terms))])


def check(config, terms, chunks, starts, rng, **options):
    found = sums(config, terms, chunks, starts, rng, **options)
    acc = model(config.o, config.rounding)
    expected = [chunked_sum(row, chunk, acc, start if config.biased else 0.0)
                for row, chunk, start in zip(terms, chunks, starts)]  # fmt: skip
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize(("o", "rounding", "plain"), [
    (HALF, "even", 2048), (DLFLOAT, "even", 1024), (DLFLOAT, "up", 2048),
])  # fmt: skip
def test_4096_ones(o, rounding, plain):
    """SEED_SYSTEMS section 5, chunk_4096, side by side: in one chunk, and in chunks of 64."""
    config = ChunkedAccumulator.Config(x=o.parts, o=o, groups=2, rounding=rounding)
    found = sums(config, np.ones((2, 4096)), [4096, 64], [0, 0], np.random.default_rng(0),
                 run=primitives.netlist_run)  # fmt: skip
    assert found.tolist() == [plain, 4096]


@pytest.mark.parametrize("seed", range(8))
def test_any_formats(seed):
    """Random numbers and chunks, of which many cancel or are swamped."""
    rng = np.random.default_rng(seed)
    o, x = any_format(rng), any_format(rng).parts
    x = Parts(low=min(x.low, o.parts.low), high=x.high, fraction=x.fraction)
    groups = int(rng.integers(1, 10))
    config = ChunkedAccumulator.Config(x=x, o=o, groups=groups, biased=bool(seed % 2),
                                       rounding=str(rng.choice(["up", "even"])))  # fmt: skip
    terms = np.stack([draw(rng, x, 12) for _ in range(groups)])
    terms[:, 6:9] = -terms[:, 3:6]
    starts = model(o).round(rng.normal(0, 1, groups))
    check(config, terms, rng.integers(1, 14, groups), starts, rng, stall=0.3 * (seed % 3 > 0))


def test_without_totals():
    """A single chunk: what leaves with its last term is the sum."""
    rng = np.random.default_rng(1)
    products = Parts(low=-31, high=9, fraction=7)
    config = ChunkedAccumulator.Config(x=products, o=DLFLOAT, groups=3, merges=False)
    terms = np.stack([draw(rng, products, 10) for _ in range(3)])
    rows = [row for row in steps(config, terms, [10] * 3, [0] * 3) if "merge" not in row]
    columns = {name: [int(row.get(name, 0)) for row in rows] for name in ("x", "group", *FLAGS)}
    o = clocked.run(Told(config), config.latency, rng=rng, **columns)
    last = {row["group"]: k for k, row in enumerate(rows) if row}
    found = numbers(DLFLOAT.parts, [o[last[group]] for group in range(3)])
    np.testing.assert_array_equal(found, chunked_sum(terms, 10, model(DLFLOAT)))


def test_latency():
    config = ChunkedAccumulator.Config(x=DLFLOAT.parts, o=DLFLOAT, groups=2)
    assert (config.interval, config.latency) == (7, 7)


def test_refusals():
    message = "ChunkedAccumulator groups must be a positive integer, not 0"
    with pytest.raises(TypeError, match=f"^{re.escape(message)}$"):
        ChunkedAccumulator.Config(x=DLFLOAT.parts, o=DLFLOAT, groups=0)

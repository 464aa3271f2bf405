# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from generators.emit.verilog import convert
from hdl.array.minifloat import MinifloatMVTU
from hdl.minifloat import Minifloat
from sim import stream
from sim.golden.chunked import chunked
from tests.hdl import primitives
from tests.hdl.array.test_serial import Flat
from tests.hdl.minifloats import DLFLOAT, HALF, HFP8, HFP8_BACK, any_format, model


def draw(rng, number, shape):
    """Codes of all magnitudes, some of them 0."""
    form = model(number)
    return rng.integers(form.low, form.high + 1, shape) * (rng.random(shape) > 0.1)


def layer(rng, rows, cols, pe, x=HFP8, w=HFP8, **options):
    """A unit with random weights, and the function that it is."""
    config = MinifloatMVTU.Config(rows=rows, cols=cols, pe=pe, x_type=x, w_type=w, **options)
    weights = draw(rng, w, (rows, cols))
    bias = draw(rng, config.sums, rows) if config.biased else None
    acc = model(config.sums, config.rounding)

    def golden(frames):
        found = chunked(model(x).decode(frames), model(w).decode(weights), config.chunk, acc,
                        None if bias is None else acc.decode(bias))  # fmt: skip
        return acc.encode(found)

    return MinifloatMVTU(config, weights, bias), golden


def check(rng, dut, golden, frames, stall):
    config, leave = dut.config, dut.config.row_groups
    run = stream.run(dut, frames.reshape(-1, 1), len(frames) * leave, rng=rng, stall=stall)
    y = run.outputs.reshape(len(frames), -1)[:, : config.rows]
    np.testing.assert_array_equal(y, golden(frames))
    if not stall:
        accepted, departed = config.depart(np.full(len(run.i_times), run.i_times[0]))
        np.testing.assert_array_equal(run.i_times, accepted)
        np.testing.assert_array_equal(run.o_times, departed)
        assert np.all(np.diff(run.o_times[::leave]) == config.interval)
        assert run.o_times[0] - run.i_times[config.cols - 1] == config.latency


UNSIGNED = {"x": any_format(np.random.default_rng(5), signed=False)}
CASES = {
    "interleaved": (14, 20, 2, {"chunk": 8}),
    "bias": (14, 20, 2, {"chunk": 8, "biased": True}),
    "few row groups": (4, 13, 2, {"chunk": 4, "biased": True, "storage": "bram"}),
    "one row group": (3, 9, 3, {"chunk": 4, "rounding": "even"}),
    "one chunk": (13, 9, 2, {}),
    "one chunk and a bias": (13, 9, 2, {"biased": True, "storage": "bram"}),
    "chunks of one": (7, 5, 1, {"chunk": 1}),
    "one column": (9, 1, 1, {"biased": True}),
    "one column alone": (9, 1, 1, {"storage": "bram"}),
    "a constant": (1, 1, 1, {"storage": "const"}),
    "gradients": (8, 12, 1, {"x": HFP8_BACK, "w": HFP8_BACK, "chunk": 5, "rounding": "even"}),
    "both": (8, 12, 1, {"x": HFP8_BACK, "chunk": 5}),
    "dlfloat": (7, 12, 1, {"x": DLFLOAT, "w": DLFLOAT, "chunk": 5, "biased": True}),
    "half": (7, 12, 1, {"sums": HALF, "chunk": 6, "rounding": "even"}),
    "unsigned": (8, 12, 1, {**UNSIGNED, "chunk": 3}),
}


@pytest.mark.parametrize("stall", [0.0, 0.3])
@pytest.mark.parametrize("case", CASES)
def test_matches_golden(case, stall):
    rows, cols, pe, options = CASES[case]
    rng = np.random.default_rng(len(case))
    dut, golden = layer(rng, rows, cols, pe, **options)
    frames = draw(rng, dut.config.x_type, (3, cols))
    check(rng, dut, golden, frames, stall)


@pytest.mark.parametrize("seed", range(8))
def test_any_formats_and_sizes(seed):
    rng = np.random.default_rng(seed)
    x, w, sums = any_format(rng, signed=bool(seed % 3)), any_format(rng), any_format(rng)
    rows, cols = (int(n) for n in rng.integers(1, 12, 2))
    dut, golden = layer(rng, rows, cols, int(rng.integers(1, rows + 1)), x, w, sums=sums,
                        chunk=int(rng.integers(1, 8)), biased=bool(rng.integers(2)),
                        rounding=str(rng.choice(["up", "even"])),
                        storage=str(rng.choice(["lut", "bram"])))  # fmt: skip
    check(rng, dut, golden, draw(rng, x, (3, cols)), 0.0 if seed % 2 else 0.3)


def test_irregular_arrivals():
    rng = np.random.default_rng(5)
    dut, golden = layer(rng, 5, 9, 2, chunk=4)
    config, frames = dut.config, draw(rng, HFP8, (5, 9))
    arrivals = np.cumsum(rng.integers(0, 25, frames.size))
    run = stream.run(dut, frames.reshape(-1, 1), 5 * config.row_groups, rng=rng, arrivals=arrivals)
    accepted, departed = config.depart(arrivals)
    np.testing.assert_array_equal(run.i_times, accepted)
    np.testing.assert_array_equal(run.o_times, departed)
    np.testing.assert_array_equal(run.outputs.reshape(5, -1)[:, :5], golden(frames))


def config(**changes):
    fields = {"rows": 4, "cols": 6, "pe": 2, "x_type": HFP8, "w_type": HFP8}
    return MinifloatMVTU.Config(**fields | changes)


def test_sizes():
    one = config(rows=40, cols=100, biased=True)
    assert (one.row_groups, one.slots, one.chunks, one.merges) == (20, 20, 2, 2)
    assert one.interval == 20 * (100 + 2)
    assert (one.weights.width, one.weights.depth) == (16, 2000)
    assert (one.step_latency, one.latency) == (10, 30)
    few = config()
    assert (few.slots, few.merges, few.interval, few.latency) == (7, 0, 42, 10)
    assert (few.i_lanes, few.o_lanes, few.o.width, few.o.signed) == (1, 2, 16, True)


ONES = np.ones((4, 6), int)


@pytest.mark.parametrize(("build", "kind", "message"), [
    (lambda: config(pe=0), TypeError, "MinifloatMVTU pe must be a positive integer, not 0"),
    (lambda: config(chunk=0), TypeError, "MinifloatMVTU chunk must be a positive integer, not 0"),
    (lambda: config(pe=8), ValueError,
     "MinifloatMVTU pe must be below twice the matrix's 4 rows, not 8"),
    (lambda: config(sums=Minifloat(exponent=6, mantissa=9, bias=31, signed=False)), ValueError,
     "MinifloatMVTU sums must be signed"),
    (lambda: config(storage="const").weights, ValueError,
     "Weights depth must be 1 for constants, not 12"),
    (lambda: MinifloatMVTU(config(), ONES.T), ValueError,
     "MinifloatMVTU weights must have shape (4, 6), not (6, 4)"),
    (lambda: MinifloatMVTU(config(), 128 * ONES), ValueError,
     "MinifloatMVTU weights must be from -127 to 127, not 128"),
    (lambda: MinifloatMVTU(config(biased=True), ONES), ValueError,
     "MinifloatMVTU bias must be given if it is biased, and only then"),
    (lambda: MinifloatMVTU(config(), ONES, ONES[:, 0]), ValueError,
     "MinifloatMVTU bias must be given if it is biased, and only then"),
    (lambda: MinifloatMVTU(config(biased=True), ONES, ONES[0]), ValueError,
     "MinifloatMVTU bias must have shape (4,), not (6,)"),
    (lambda: MinifloatMVTU(config(biased=True), ONES, ONES[:, 0] << 15), ValueError,
     "MinifloatMVTU bias must be from -32767 to 32767, not 32768"),
])  # fmt: skip
def test_refusals(build, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        build()


def test_netlist_does_the_same():
    """Equations in Amaranth's simulator, LUT6_2 and CARRY4 in yosys' models."""

    def build():
        return Flat(layer(np.random.default_rng(8), 14, 20, 2, chunk=8, biased=True)[0])

    rng, dut = np.random.default_rng(8), build()
    rows = [{"x": int(rng.integers(256)), "valid": int(rng.random() < 0.7),
             "ready": int(rng.random() < 0.8)} for _ in range(1500)]  # fmt: skip
    expected = []

    async def bench(ctx):
        for row in rows:
            for name, value in row.items():
                ctx.set(getattr(dut, name), value)
            expected.append(ctx.get(dut.o))
            await ctx.tick()

    stream.simulate(dut, bench)
    sizes = {"x": 8, "valid": 1, "ready": 1}
    assert primitives.simulate(convert(build()), sizes, len(dut.o), rows) == expected
    assert sum(word >> 1 & 1 for word in expected) > 30

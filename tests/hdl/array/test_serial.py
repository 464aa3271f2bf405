# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest
from amaranth.hdl import Cat, Module, Mux, Value
from amaranth.lib import wiring
from amaranth.lib.wiring import In, Out

from generators.emit.verilog import convert
from hdl.array.serial import SerialMVTU
from hdl.number import BIPOLAR, Number, holding
from sim import stream
from sim.golden import exact, planes, quant
from tests.hdl import primitives
from tests.hdl.clocked import draw

UINT1, UINT2, UINT3, UINT4, UINT8 = (Number(width=n) for n in (1, 2, 3, 4, 8))
INT1, INT2, INT3, INT4, INT8 = (Number(width=n, signed=True) for n in (1, 2, 3, 4, 8))
NUMBERS = [BIPOLAR, *(Number(width=n, signed=s) for n in range(1, 9) for s in (False, True))]


def layer(rng, rows, cols, pe, simd, x, w, levels, *, bias=False, narrow=True, **options):
    """A unit with random weights and the function that it is."""
    groups = options.get("groups", 1)
    weights = draw(rng, w, (groups * rows, cols))
    weights[0], weights[-1] = w.low, w.high
    biases = rng.integers(-9, 10, len(weights)) if bias else np.zeros(len(weights), np.int64)
    ends = np.stack([weights * x.low, weights * x.high])
    low, high = ends.min(axis=0).sum(axis=1), ends.max(axis=0).sum(axis=1)
    thresholds = None
    if levels:
        spread = np.sqrt(cols) * max(map(abs, (x.low, x.high))) * abs(w.low or w.high)
        thresholds = np.sort(rng.normal((low + high)[:, None] / 2, spread / 3,
                                        (len(weights), levels)).astype(int), axis=1)  # fmt: skip
        thresholds[0], thresholds[-1] = low[0], high[-1] + 1
    o = options.pop("o", None) or (
        holding(0, levels) if levels else
        holding(int((low + biases).min()), int((high + biases).max())))  # fmt: skip
    config = SerialMVTU.Config(rows=rows, cols=cols, pe=pe, simd=simd, x=x, w=w, o=o,
                               levels=levels, **options)  # fmt: skip
    config = config.narrowed(weights) if narrow else config

    def golden(frames):
        parts = zip(np.split(frames, groups, axis=1), np.split(weights, groups))
        sums = np.hstack([exact.dot(some, mine) for some, mine in parts]) + biases
        if not levels:
            return sums
        reached = quant.threshold(sums, thresholds)
        return reached if o.bipolar else config.base + reached

    asked = -(-(thresholds + cols) // 2) if levels and config.counts else thresholds
    return SerialMVTU(config, weights, asked, biases if bias else None), golden


def to_transfers(config, frames):
    """Frames as padded input transfers."""
    sets, lanes, cols = config.group_sets, config.group_lanes, config.col_groups
    codes = (frames + 1) // 2 if config.x.bipolar else frames
    padded = np.zeros((len(frames), config.groups, cols * config.simd), np.int64)
    padded[:, :, : config.cols] = codes.reshape(len(frames), config.groups, -1)
    parts = padded.reshape(-1, sets, lanes, cols, config.simd).swapaxes(2, 3)
    times = config.row_groups if config.repeated else 1
    return np.repeat(parts.reshape(-1, sets, 1, cols * lanes * config.simd), times,
                     axis=2).reshape(-1, config.i_lanes)  # fmt: skip


def from_transfers(config, outputs):
    """Outputs as frames, without the lanes beyond the rows."""
    shape = (-1, config.group_sets, config.row_groups, config.group_lanes, config.pe)
    rows = outputs.reshape(shape).transpose(0, 1, 3, 2, 4)
    rows = rows.reshape(-1, config.groups, config.row_groups * config.pe)[:, :, : config.rows]
    return rows.reshape(len(rows), -1)


def check(rng, dut, golden, frames, stall):
    config, leave = dut.config, dut.config.group_sets * dut.config.row_groups
    run = stream.run(dut, to_transfers(config, frames), len(frames) * leave, rng=rng, stall=stall)
    y = from_transfers(config, run.outputs)
    np.testing.assert_array_equal(y, golden(frames))
    if not stall:
        accepted, departed = config.depart(np.full(len(run.i_times), run.i_times[0]))
        np.testing.assert_array_equal(run.i_times, accepted)
        np.testing.assert_array_equal(run.o_times, departed)
        assert np.all(np.diff(run.o_times[::leave]) == config.interval)
        part = config.col_groups
        assert run.o_times[0] - run.i_times[part - 1] == config.latency


CASES = {
    "binary": (12, 20, 4, 5, BIPOLAR, BIPOLAR, 1, {"o": BIPOLAR, "base": -1}),
    "binary-ragged-sums": (10, 23, 4, 7, BIPOLAR, BIPOLAR, 0, {"bias": True}),
    "bipolar-weights": (6, 10, 2, 4, UINT2, BIPOLAR, 3, {}),
    "bipolar-weights-signed": (7, 10, 3, 4, INT3, BIPOLAR, 3, {}),
    "bipolar-weights-signed-sums": (7, 11, 3, 4, INT4, BIPOLAR, 0, {"bias": True}),
    "bipolar-inputs": (6, 10, 2, 4, BIPOLAR, INT3, 3, {}),
    "bipolar-inputs-sums": (6, 11, 2, 4, BIPOLAR, INT4, 0, {"bias": True}),
    "bipolar-inputs-unsigned": (6, 11, 2, 4, BIPOLAR, UINT3, 2, {"narrow": False}),
    "one-bit": (5, 9, 2, 3, INT1, INT1, 2, {}),
    "two-bit": (9, 14, 3, 4, UINT2, INT2, 3, {"storage": "bram"}),
    "ternary": (9, 14, 4, 4, INT2, INT2, 2, {"o": INT2, "base": -1}),
    "unsigned": (4, 7, 2, 3, UINT3, UINT4, 5, {}),
    "int4": (8, 16, 4, 16, INT4, INT4, 15, {"o": UINT4, "storage": "bram", "narrow": False}),
    "int8-sums": (3, 9, 2, 5, INT8, INT8, 0, {"bias": True}),
    "int8": (2, 9, 2, 9, UINT8, INT8, 7, {"o": UINT3}),
    "repeated": (7, 10, 3, 4, UINT2, INT3, 3, {"repeated": True}),
    "repeated-one-transfer": (7, 4, 3, 4, UINT2, INT3, 3, {"repeated": True}),
    "constants": (5, 6, 5, 6, INT3, BIPOLAR, 0, {"storage": "const"}),
    "depthwise": (1, 9, 1, 1, UINT2, INT3, 3, {"groups": 6, "group_lanes": 3}),
    "grouped-repeated": (4, 6, 2, 3, INT2, INT3, 0, {"groups": 3, "repeated": True}),
    "grouped-at-once": (3, 4, 2, 2, UINT2, BIPOLAR, 3, {"groups": 4, "group_lanes": 2}),
}


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("case", CASES)
def test_matches_golden(case, stall):
    *sizes, options = CASES[case]
    rng = np.random.default_rng(len(case))
    dut, golden = layer(rng, *sizes, **options)
    count = max(4, 400 // dut.config.interval)
    frames = draw(rng, dut.config.x, (count, dut.config.groups * dut.config.cols))
    frames[0], frames[1] = dut.config.x.low, dut.config.x.high
    check(rng, dut, golden, frames, stall)


@pytest.mark.parametrize("seed", range(24))
def test_any_formats_and_sizes(seed):
    rng = np.random.default_rng(seed)
    x, w = (NUMBERS[int(rng.integers(len(NUMBERS)))] for _ in range(2))
    rows, cols = (int(n) for n in rng.integers(1, 8, 2))
    pe, simd = (int(rng.integers(1, size + 1)) for size in (rows, cols))
    dut, golden = layer(rng, rows, cols, pe, simd, x, w, int(rng.integers(0, 4)),
                        narrow=bool(rng.integers(2)), repeated=bool(rng.integers(2)),
                        storage=str(rng.choice(["lut", "bram"])))  # fmt: skip
    frames = draw(rng, x, (3, cols))
    check(rng, dut, golden, frames, 0.0 if seed % 2 else 0.3)


@pytest.mark.parametrize(("x", "w", "left", "right", "dot"), [
    (UINT2, UINT2, [3, 1, 2], [2, 3, 1], 11),
    (INT3, UINT2, [-3, 2, -4], [1, 3, 2], -5),
    (UINT2, BIPOLAR, [3, 2, 1, 3], [1, -1, 1, -1], -1),
])  # fmt: skip
def test_worked_examples(x, w, left, right, dot):
    """Of SEED_SYSTEMS section 5: bitplane_u2, bitplane_s3u2 and bipolar_u2."""
    config = SerialMVTU.Config(rows=1, cols=len(left), pe=1, simd=2, x=x, w=w, o=INT8, levels=0)
    dut = SerialMVTU(config, np.array([right]))
    run = stream.run(dut, to_transfers(config, np.array([left])), 1, rng=np.random.default_rng(0))
    assert run.outputs.tolist() == [[dot]]
    if w.bipolar:
        assert planes.bipolar_dot(np.array(left), np.array(right), x.width) == dot
    else:
        assert planes.dot(np.array(left), np.array(right), x.width, w.width,
                          x_signed=x.signed, y_signed=w.signed) == dot  # fmt: skip


@pytest.mark.parametrize("repeated", [False, True])
def test_irregular_arrivals(repeated):
    rng = np.random.default_rng(5)
    dut, _ = layer(rng, 5, 9, 2, 4, UINT2, INT2, 3, repeated=repeated)
    config = dut.config
    transfers = to_transfers(config, draw(rng, UINT2, (5, 9)))
    arrivals = np.cumsum(rng.integers(0, 25, len(transfers)))
    run = stream.run(dut, transfers, 5 * config.row_groups, rng=rng, arrivals=arrivals)
    accepted, departed = config.depart(arrivals)
    np.testing.assert_array_equal(run.i_times, accepted)
    np.testing.assert_array_equal(run.o_times, departed)


def config(**changes):
    fields = {"rows": 4, "cols": 6, "pe": 2, "simd": 3, "x": UINT2, "w": INT2, "levels": 1,
              "o": BIPOLAR, "base": -1}  # fmt: skip
    return SerialMVTU.Config(**fields | changes)


def test_sizes():
    one = config(x=INT3, w=INT2, levels=3, o=UINT2, base=0)
    assert one.pairs == ((2, 1), (1, 1), (2, 0), (0, 1), (1, 0), (0, 0))
    assert one.interval == 2 * 2 * 3 * 2
    assert (one.weights.width, one.weights.depth) == (6, 2 * 2 * 2)
    assert one.total == Number(width=(7 * 2 * 6).bit_length())
    weights = np.array([[1, 0, -2, 1, 1, 1], [-2, -2, -2, -2, 0, 0], *np.zeros((2, 6), int)])
    assert one.narrowed(weights).total == Number(width=(7 * 8).bit_length())


ONES = np.ones((4, 6), int)


@pytest.mark.parametrize(("build", "kind", "message"), [
    (lambda: config(pe=0), TypeError, "SerialMVTU pe must be a positive integer, not 0"),
    (lambda: config(simd=12), ValueError,
     "SerialMVTU pe x simd must be below twice the matrix's 4 x 6, not 2 x 12"),
    (lambda: config(groups=4, group_lanes=3), ValueError,
     "SerialMVTU group_lanes must divide its 4 groups, which 3 does not"),
    (lambda: config(x=Number(width=9)), ValueError,
     "SerialMVTU operands must be at most 8 bits wide, not 9"),
    (lambda: config(acc=INT8), ValueError,
     f"SerialMVTU acc must be unsigned, not {INT8!r}"),
    (lambda: config(storage="const").weights, ValueError,
     "Weights depth must be 1 for constants, not 8"),
    (lambda: SerialMVTU(config(groups=2), ONES, np.ones((4, 1), int)), ValueError,
     "SerialMVTU weights must have shape (8, 6), not (4, 6)"),
    (lambda: SerialMVTU(config(), 2 * ONES, np.ones((4, 1), int)), ValueError,
     "SerialMVTU weights must be from -2 to 1, not 2"),
    (lambda: SerialMVTU(config(w=BIPOLAR), 0 * ONES, np.ones((4, 1), int)), ValueError,
     "SerialMVTU weights must be -1 or 1, not 0"),
    (lambda: SerialMVTU(config(), ONES), ValueError,
     "SerialMVTU thresholds must be given for 1 levels only"),
    (lambda: SerialMVTU(config(), ONES, np.ones((3, 1), int)), ValueError,
     "SerialMVTU thresholds must have shape (4, 1), not (3, 1)"),
    (lambda: SerialMVTU(config(), ONES, np.ones((4, 1), int), np.ones(4, int)), ValueError,
     "SerialMVTU bias must have shape (4,) and no thresholds beside"),
    (lambda: SerialMVTU(config(acc=UINT4), ONES, np.ones((4, 1), int)), ValueError,
     "SerialMVTU acc must hold 0..18, not 0..15"),
])  # fmt: skip
def test_refusals(build, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        build()


class Flat(wiring.Component):
    """The unit with all that it says in one port; outputs are hidden while they are not valid."""

    def __init__(self, dut):
        self.unit = dut
        x, o = (len(Value.cast(port.payload)) for port in (dut.i, dut.o))
        super().__init__({"x": In(x), "valid": In(1), "ready": In(1), "o": Out(2 + o)})

    def elaborate(self, platform):
        m = Module()
        m.submodules.unit = unit = self.unit
        found = Mux(unit.o.valid, unit.o.payload.as_value(), 0)
        m.d.comb += [unit.i.payload.as_value().eq(self.x), unit.i.valid.eq(self.valid),
                     unit.o.ready.eq(self.ready),
                     self.o.eq(Cat(unit.i.ready, unit.o.valid, found))]  # fmt: skip
        return m


def test_netlist_does_the_same():
    """Equations in Amaranth's simulator, LUT6_2 and CARRY4 in yosys' models."""
    def build():
        return Flat(layer(np.random.default_rng(8), 7, 20, 3, 8, INT2, INT3, 3)[0])

    rng, dut = np.random.default_rng(8), build()
    rows = [{"x": int(rng.integers(1 << 16)), "valid": int(rng.random() < 0.7),
             "ready": int(rng.random() < 0.8)} for _ in range(1500)]  # fmt: skip
    expected = []

    async def bench(ctx):
        for row in rows:
            for name, value in row.items():
                ctx.set(getattr(dut, name), value)
            expected.append(ctx.get(dut.o))
            await ctx.tick()

    stream.simulate(dut, bench)
    sizes = {"x": 16, "valid": 1, "ready": 1}
    assert primitives.simulate(convert(build()), sizes, len(dut.o), rows) == expected
    assert sum(word >> 1 & 1 for word in expected) > 60

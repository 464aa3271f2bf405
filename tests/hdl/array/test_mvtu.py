# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.array.mvtu import MVTU
from hdl.number import BIPOLAR, Number, holding
from sim import stream
from sim.golden import exact, quant
from tests.hdl.interrupt import interrupted

FRAMES = 4
NEAR = 40
UINT2 = Number(width=2)
INT3, INT4, INT8 = (Number(width=n, signed=True) for n in (3, 4, 8))


def values(number, rng, shape):
    if number.bipolar:
        return rng.choice([-1, 1], shape)
    return rng.integers(number.low, number.high, shape, endpoint=True)


def codes(number, x):
    return (x + 1) // 2 if number.bipolar else x


def make(rng, rows, cols, pe, simd, x, w, levels, *, o=None, base=0, bias=False, near=None,
         **options):
    """An MVTU with random weights, its golden function, and thresholds around the sums.

    Given frames that are ``near``, each threshold is the sum of one of these, or one more.
    """
    matrices = options.get("groups", 1)
    config_rows, rows = rows, matrices * rows
    weights = values(w, rng, (rows, cols))
    biases = rng.integers(-9, 10, rows) if bias else np.zeros(rows, np.int64)
    low = np.minimum(weights * x.low, weights * x.high).sum(axis=1) + biases
    high = np.maximum(weights * x.low, weights * x.high).sum(axis=1) + biases
    counts = x.bipolar and w.bipolar
    thresholds = None
    if levels:
        thresholds = np.sort(rng.normal(0, np.sqrt(cols) * x.high, (rows, levels)), axis=1)
        thresholds = np.clip(thresholds.astype(int), low[:, None], high[:, None] + 1)
        thresholds[0], thresholds[-1] = low[0], high[-1] + 1
        if near is not None:
            some = (exact.dot(near, weights) + biases)[rng.integers(0, len(near), levels)]
            thresholds = np.sort(some.T + rng.integers(0, 2, (rows, levels)), axis=1)
        acc = holding(int(low.min()), int(high.max()))
        if counts:
            thresholds, acc = -(-(thresholds + cols) // 2), holding(0, cols)
    elif counts:
        acc = holding(int(((low - 1) // 2).min()), int(((high + 1) // 2).max()))
    else:
        acc = holding(int(low.min()), int(high.max()))
    o = o or holding(int(low.min()), int(high.max()))
    config = MVTU.Config(rows=config_rows, cols=cols, pe=pe, simd=simd, x=x, w=w, acc=acc, o=o,
                         levels=levels, base=base, biased=bias, **options)

    def golden(frames):
        parts = zip(np.split(frames, matrices, axis=1), np.split(weights, matrices))
        sums = np.hstack([exact.dot(x, w) for x, w in parts]) + biases
        if not levels:
            return sums
        sums = (sums + cols) // 2 if counts else sums
        reached = quant.threshold(sums, thresholds)
        return reached if o.bipolar else base + reached

    return MVTU(config, weights, thresholds, biases if bias else None), golden


def to_transfers(config, frames):
    """Frames to padded input transfers; padding is zero bits."""
    sets, lanes, cols = config.group_sets, config.group_lanes, config.col_groups
    padded = np.zeros((len(frames), config.groups, cols * config.simd), np.int64)
    padded[:, :, : config.cols] = codes(config.x, frames).reshape(len(frames), config.groups, -1)
    parts = padded.reshape(len(frames), sets, lanes, cols, config.simd).swapaxes(2, 3)
    parts = parts.reshape(len(frames), sets, 1, cols, -1)
    times = config.row_groups if config.repeated else 1
    return side_by_side(np.repeat(parts, times, axis=2).reshape(len(frames), -1), config)


def side_by_side(frames, config):
    """Transfers of so many frames at once, the first one's lanes lowest."""
    together = frames.reshape(-1, config.frames, frames.shape[1] * config.frames // config.i_lanes,
                              config.i_lanes // config.frames)
    return together.swapaxes(1, 2).reshape(-1, config.i_lanes)


def from_transfers(config, outputs):
    """Outputs (transfers, lanes) to frames, without the lanes beyond the rows."""
    shape = (-1, config.group_sets, config.row_groups, config.group_lanes, config.pe)
    leave = config.group_sets * config.row_groups
    split = outputs.reshape(-1, leave, config.frames, config.o_lanes // config.frames)
    rows = split.swapaxes(1, 2).reshape(shape).transpose(0, 1, 3, 2, 4).reshape(-1, config.groups,
                                                                   config.row_groups * config.pe)
    return rows[:, :, : config.rows].reshape(len(rows), -1)


CASES = {
    "binary": (12, 20, 4, 5, BIPOLAR, BIPOLAR, 1, {"o": BIPOLAR, "base": -1}),
    "binary-ragged": (10, 23, 4, 7, BIPOLAR, BIPOLAR, 1, {"o": BIPOLAR, "base": -1}),
    "binary-sums": (10, 23, 10, 8, BIPOLAR, BIPOLAR, 0, {}),
    "binary-sums-even-bias": (5, 16, 2, 4, BIPOLAR, BIPOLAR, 0, {"bias": True}),
    "binary-one-step": (6, 9, 6, 9, BIPOLAR, BIPOLAR, 1,
                        {"o": BIPOLAR, "base": -1, "storage": "const"}),
    "more-lanes-than-rows": (5, 6, 8, 7, BIPOLAR, BIPOLAR, 0, {"storage": "const"}),
    "binary-one-row": (7, 12, 1, 12, BIPOLAR, BIPOLAR, 1, {"o": BIPOLAR, "base": -1}),
    "binary-serial": (3, 11, 1, 1, BIPOLAR, BIPOLAR, 1, {"o": BIPOLAR, "base": -1}),
    "binary-bram": (12, 20, 4, 5, BIPOLAR, BIPOLAR, 1,
                    {"o": BIPOLAR, "base": -1, "storage": "bram"}),
    "ternary": (9, 14, 3, 4, Number(width=2, signed=True), Number(width=2, signed=True), 2,
                {"o": Number(width=2, signed=True), "base": -1}),
    "few-bit": (9, 14, 4, 4, Number(width=3), INT3, 7, {"o": Number(width=3)}),
    "int8-sums": (4, 10, 2, 3, INT8, INT8, 0, {}),
    "int8-dsp": (4, 10, 2, 3, INT8, INT8, 0, {"multiplier": True}),
    "uint8-dsp-odd-rows": (9, 13, 5, 6, Number(width=8), INT8, 0, {"multiplier": True}),
    "int8-dsp-one-step-bias": (3, 9, 3, 9, INT8, INT8, 0,
                               {"bias": True, "storage": "const", "multiplier": True}),
    "int4-dsp": (9, 14, 4, 4, INT4, INT4, 3, {"o": UINT2, "multiplier": True}),
    "uint4-dsp-frames": (12, 14, 7, 5, Number(width=4), INT4, 1,
                         {"o": BIPOLAR, "base": -1, "multiplier": True, "frames": 2,
                          "repeated": True, "storage": "bram"}),
    "depthwise-dsp": (1, 9, 1, 1, UINT2, INT3, 3,
                      {"o": UINT2, "groups": 6, "group_lanes": 3, "multiplier": True}),
    "grouped-dsp": (5, 12, 3, 10, UINT2, INT4, 0,
                    {"groups": 4, "group_lanes": 2, "multiplier": True}),
    "bipolar-inputs-dsp": (6, 10, 2, 4, BIPOLAR, INT8, 3, {"o": UINT2, "multiplier": True}),
    "int8-sums-one-step-bias": (4, 10, 4, 10, INT8, INT3, 0, {"bias": True, "storage": "const"}),
    "bipolar-weights": (6, 10, 2, 4, UINT2, BIPOLAR, 3, {"o": UINT2}),
    "bipolar-inputs": (6, 10, 2, 4, BIPOLAR, INT3, 3, {"o": UINT2}),
    "repeated": (12, 20, 5, 5, BIPOLAR, BIPOLAR, 1,
                 {"o": BIPOLAR, "base": -1, "repeated": True, "storage": "bram"}),
    "depthwise": (1, 9, 1, 1, UINT2, INT3, 3, {"o": UINT2, "groups": 6, "group_lanes": 3}),
    "depthwise-binary-sums": (1, 9, 1, 1, BIPOLAR, BIPOLAR, 0, {"groups": 4, "group_lanes": 4}),
    "depthwise-bias": (1, 5, 1, 1, UINT2, INT3, 0,
                       {"groups": 4, "group_lanes": 2, "bias": True}),
    "grouped": (5, 7, 2, 3, UINT2, INT3, 3, {"o": UINT2, "groups": 3}),
    "grouped-repeated": (4, 6, 2, 3, BIPOLAR, INT3, 3,
                         {"o": UINT2, "groups": 3, "repeated": True}),
    "grouped-at-once": (3, 4, 2, 2, UINT2, INT3, 3, {"o": UINT2, "groups": 4, "group_lanes": 2}),
    "two-frames": (12, 20, 5, 5, BIPOLAR, BIPOLAR, 1,
                   {"o": BIPOLAR, "base": -1, "repeated": True, "frames": 2, "storage": "bram"}),
    "four-frames-at-once": (6, 9, 6, 3, UINT2, INT3, 3, {"o": UINT2, "frames": 4}),
    "two-frames-bias": (5, 16, 2, 4, BIPOLAR, BIPOLAR, 0,
                        {"bias": True, "frames": 2, "repeated": True}),
    "two-frames-grouped": (3, 4, 2, 2, UINT2, INT3, 3,
                           {"o": UINT2, "groups": 4, "group_lanes": 2, "repeated": True,
                            "frames": 2}),
    "dsp": (12, 40, 4, 8, BIPOLAR, BIPOLAR, 1,
            {"o": BIPOLAR, "base": -1, "accumulator": "dsp", "storage": "bram"}),
    "dsp-two-words": (9, 30, 5, 16, BIPOLAR, BIPOLAR, 1,
                      {"o": BIPOLAR, "base": -1, "accumulator": "dsp"}),
    "dsp-uint": (9, 30, 3, 7, BIPOLAR, BIPOLAR, 1, {"o": UINT2, "base": 1, "accumulator": "dsp"}),
    "dsp-sums-one-word-bias": (5, 16, 2, 16, BIPOLAR, BIPOLAR, 0,
                               {"bias": True, "accumulator": "dsp"}),
    "dsp-sums": (10, 23, 10, 4, BIPOLAR, BIPOLAR, 0, {"accumulator": "dsp"}),
    "dsp-levels": (7, 50, 3, 12, BIPOLAR, BIPOLAR, 3, {"o": UINT2, "accumulator": "dsp"}),
    "dsp-frames": (12, 70, 5, 20, BIPOLAR, BIPOLAR, 1,
                   {"o": BIPOLAR, "base": -1, "repeated": True, "frames": 2, "storage": "bram",
                    "accumulator": "dsp"}),
    "folded": (12, 20, 6, 10, BIPOLAR, BIPOLAR, 1, {"o": BIPOLAR, "base": -1}),
    "folded-frames-sums": (6, 23, 3, 8, BIPOLAR, BIPOLAR, 0,
                           {"frames": 2, "repeated": True}),
    "folded-rows": (30, 9, 5, 9, BIPOLAR, BIPOLAR, 1, {"o": BIPOLAR, "base": -1}),
    "many-starts": (30, 20, 2, 10, BIPOLAR, BIPOLAR, 1, {"o": BIPOLAR, "base": -1}),
    "few-bit-one-level": (9, 14, 2, 4, Number(width=3), INT3, 1, {"o": BIPOLAR, "base": -1}),
    "255-levels": (3, 9, 2, 4, UINT2, INT8, 255, {"o": INT8, "base": -128}),
}  # fmt: skip


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("case", CASES)
def test_matches_golden(case, stall):
    *sizes, options = CASES[case]
    rng = np.random.default_rng(len(case))
    dut, golden = make(rng, *sizes, **options)
    config = dut.config
    frames = values(config.x, rng, (FRAMES, config.groups * config.cols))
    frames[0], frames[1] = config.x.low, config.x.high
    leave = config.group_sets * config.row_groups

    transfers = to_transfers(config, frames)
    count = FRAMES // config.frames * leave
    run = stream.run(dut, transfers, count, rng=rng, stall=stall)

    y = from_transfers(config, run.outputs)
    np.testing.assert_array_equal(y, golden(frames))
    if not stall:
        arrivals = np.full(len(run.i_times), run.i_times[0])
        accepted, departed = config.depart(arrivals)
        np.testing.assert_array_equal(run.i_times, accepted)
        np.testing.assert_array_equal(run.o_times, departed)
        assert np.all(np.diff(run.o_times[::leave]) == config.interval)


def at_the_thresholds(case, rng):
    """As :func:`make`, and the frames, whose sums are the thresholds."""
    *sizes, options = CASES[case]
    frames = values(sizes[4], rng, (NEAR, sizes[1]))
    return *make(rng, *sizes, near=frames, **options), frames


@pytest.mark.parametrize("stall", [0.0, 0.4])
@pytest.mark.parametrize("case", ["binary-ragged", "bipolar-weights", "folded", "dsp-levels"])
def test_sums_at_the_thresholds(case, stall):
    """Where any product that is wrong gives another output, frame upon frame."""
    rng = np.random.default_rng(len(case))
    dut, golden, frames = at_the_thresholds(case, rng)
    config = dut.config
    run = stream.run(dut, to_transfers(config, frames), NEAR * config.row_groups, rng=rng,
                     stall=stall)  # fmt: skip
    if not stall:
        assert np.all(np.diff(run.o_times[:: config.row_groups]) == config.interval)
    np.testing.assert_array_equal(from_transfers(config, run.outputs), golden(frames))


@pytest.mark.parametrize("case", ["binary-ragged", "bipolar-weights"])
def test_begins_anew_wherever_a_reset_finds_it(case):
    dut, golden, frames = at_the_thresholds(case, np.random.default_rng(len(case)))
    config = dut.config
    departed = config.depart(np.zeros(NEAR * config.col_groups, int))[1]
    lengths = config.latency + np.arange(config.interval, 3 * config.interval)
    found = interrupted(dut, to_transfers(config, frames), lengths.tolist())
    for cycles, outputs in zip(lengths, found):
        whole = (departed < cycles).sum() // config.row_groups
        y = from_transfers(config, outputs[: whole * config.row_groups])
        np.testing.assert_array_equal(y, golden(frames)[:whole])


def test_irregular_arrivals():
    rng = np.random.default_rng(5)
    dut, _ = make(rng, *CASES["binary-ragged"][:-1], o=BIPOLAR, base=-1)
    config = dut.config
    frames = values(BIPOLAR, rng, (6, config.cols))
    arrivals = np.cumsum(rng.integers(0, 12, 6 * config.col_groups))
    run = stream.run(dut, to_transfers(config, frames), 6 * config.row_groups,
                     rng=rng, arrivals=arrivals)  # fmt: skip
    accepted, departed = config.depart(arrivals)
    np.testing.assert_array_equal(run.i_times, accepted)
    np.testing.assert_array_equal(run.o_times, departed)


def config(**changes):
    fields = {"rows": 4, "cols": 6, "pe": 2, "simd": 3, "x": BIPOLAR, "w": BIPOLAR, "levels": 1,
              "acc": Number(width=3), "o": BIPOLAR, "base": -1}  # fmt: skip
    return MVTU.Config(**fields | changes)


@pytest.mark.parametrize(("build", "kind", "message"), [
    (lambda: config(pe=0), TypeError, "MVTU pe must be a positive integer, not 0"),
    (lambda: config(simd=12), ValueError,
     "MVTU pe x simd must be below twice the matrix's 4 x 6, not 2 x 12"),
    (lambda: config(groups=4, group_lanes=3), ValueError,
     "MVTU group_lanes must divide its 4 groups, which 3 does not"),
    (lambda: config(accumulator="dsp", acc=Number(width=12)), ValueError,
     "MVTU accumulators must be in LUTs but for popcounts whose finished sums fit in 12 bits"),
    (lambda: config(frames=0), TypeError, "MVTU frames must be a positive integer, not 0"),
    (lambda: config(frames=3), ValueError,
     "MVTU inputs of 3 frames must be repeated for each of 2 row groups"),
    (lambda: MVTU(config(groups=2), np.ones((4, 6), int), np.ones((4, 1), int)), ValueError,
     "MVTU weights must have shape (8, 6), not (4, 6)"),
    (lambda: MVTU(config(), np.ones((4, 5), int), np.ones((4, 1), int)), ValueError,
     "MVTU weights must have shape (4, 6), not (4, 5)"),
    (lambda: MVTU(config(), np.ones((4, 6), int)), ValueError,
     "MVTU thresholds must be given for 1 levels only"),
    (lambda: MVTU(config(), np.ones((4, 6), int), np.ones((3, 1), int)), ValueError,
     "MVTU thresholds must have shape (4, 1), not (3, 1)"),
    (lambda: MVTU(config(), np.ones((4, 6), int), np.ones((4, 1), int), np.ones(4, int)),
     ValueError, "MVTU bias must have shape (4,) and no thresholds beside"),
])  # fmt: skip
def test_refusals(build, kind, message):
    with pytest.raises(kind, match=f"^{re.escape(message)}$"):
        build()

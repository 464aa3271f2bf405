# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.array.systolic import Systolic
from hdl.array.systolic_config import Columns, Config
from hdl.dot.booth import Booth
from hdl.dot.integer import Integer
from hdl.dot.packed import Packed
from hdl.dot.popcount import Popcount
from hdl.number import BIPOLAR, Number
from tests.hdl import clocked, primitives
from tests.hdl.array.systolic_bench import decode, drive, operands, product

S3, S4, S8 = (Number(width=n, signed=True) for n in (3, 4, 8))
U2, U4, U8 = (Number(width=n) for n in (2, 4, 8))

BOOTH = Config.uniform(rows=2, cols=3, dot=Booth.Config(lanes=4, x=S4, w=S4))
ARRAYS = {
    "booth": BOOTH,
    "two dots a hop": Config.uniform(
        rows=3, cols=4, reach=2, dot=Booth.Config(lanes=2, x=U4, w=S3)),
    "popcount": Config.uniform(rows=2, cols=2, dot=Popcount.Config(lanes=13)),
    "heap": Config.uniform(rows=1, cols=2, dot=Integer.Config(lanes=3, x=U2, w=S3)),
    "bipolar weights": Config.uniform(rows=2, cols=2, dot=Integer.Config(lanes=3, x=U4, w=BIPOLAR)),
    "bipolar operands": Config.uniform(
        rows=2, cols=1, dot=Integer.Config(lanes=3, x=BIPOLAR, w=S4)),
    "four int4 in a DSP48E1": Config.uniform(
        rows=2, cols=4, dot=Packed.Config(lanes=2, rows=4, x=U4, w=S4)),
    "two int8 in a DSP48E1": Config.uniform(
        rows=2, cols=4, dot=Packed.Config(lanes=3, rows=2, x=U8, w=S8)),
    "kinds side by side": Config(rows=2, columns=(
        Columns(dot=Packed.Config(lanes=5, rows=3, x=U4, w=S4), count=3),
        Columns(dot=Booth.Config(lanes=5, x=U4, w=S4), count=4, reach=2))),
}  # fmt: skip


@pytest.mark.parametrize(("vectors", "stall"), [(1, 0.3), (9, 0.0), (24, 0.2)])
@pytest.mark.parametrize("name", ARRAYS)
def test_products_of_no_multiples(name, vectors, stall):
    config = ARRAYS[name]
    x, w = operands(config, vectors, config.word * 3 // 2, config.cols + 1)
    found = product(config, Systolic(config), x, w, stall=stall)
    np.testing.assert_array_equal(found, x @ w.T)


def test_many_weights():
    """Each cell meets hundreds, not only those of a few tiles, and two that few come near."""
    x, w = operands(BOOTH, 9, 5 * BOOTH.word, 16 * BOOTH.cols)
    x[2:4, : BOOTH.word] = [[0, 2, 0, 2, 1, 1, 1, 0], [7, 4, 0, 3, 1, 0, 1, 5]]
    w[6:12, : BOOTH.word] = np.repeat([[2, 1, 0, 1, 3, 1, 2, 2], [3, -5, -8, 7, 5, 0, 3, 3]], 3, 0)
    np.testing.assert_array_equal(product(BOOTH, Systolic(BOOTH), x, w, stall=0.2), x @ w.T)


@pytest.mark.parametrize("name", ["booth", "popcount"])
def test_gaps_between_weights(name):
    config = ARRAYS[name]
    x, w = operands(config, 2, 2 * config.word, 2 * config.cols)
    found = product(config, Systolic(config), x, w, stall=0.2, gaps=0.5)
    np.testing.assert_array_equal(found, x @ w.T)


@pytest.mark.parametrize("depth", [1, 9])
def test_every_depth(depth):
    x, w = operands(BOOTH, 3, depth, 2)
    np.testing.assert_array_equal(product(BOOTH, Systolic(BOOTH), x, w), x @ w.T)


@pytest.mark.parametrize("name", ["kinds side by side", "popcount"])
@pytest.mark.parametrize("stalls", [False, True])
def test_netlist(name, stalls):
    """LUT6_2, CARRY4 and DSP48E1 in yosys' models; without an enable, too."""
    config = ARRAYS[name]
    config = Config(rows=config.rows, columns=config.columns, stalls=stalls)
    x, w = operands(config, 40, 2 * config.word + 1, 2 * config.cols)
    found = product(config, Systolic(config), x, w, stall=0.2 * stalls, how=primitives.netlist_run)
    np.testing.assert_array_equal(found, x @ w.T)


@pytest.mark.parametrize(("name", "port"), [
    ("bipolar weights", "x_mask"), ("bipolar operands", "w_mask"), ("booth", "x_mask"),
    ("booth", "w_mask"),
])  # fmt: skip
def test_one_mask_is_enough(name, port):
    config, depth = ARRAYS[name], 4
    x, w = operands(config, 5, depth, config.cols)
    inputs, starts = drive(config, x, w, [(0, 0)], np.random.default_rng(0))
    other = "w_mask" if port == "x_mask" else "x_mask"
    inputs[other] = [(1 << config.word) - 1] * len(inputs[other])
    found = clocked.run(Systolic(config), config.latency, rng=np.random.default_rng(1), **inputs)
    sums = decode(config.o, config.cols, found[starts[0] : starts[0] + 5])
    np.testing.assert_array_equal(sums, x @ w.T)


def test_without_masks_every_lane_counts():
    x, w = operands(BOOTH, 4, BOOTH.word, BOOTH.cols)
    inputs, starts = drive(BOOTH, x, w, [(0, 0)], np.random.default_rng(0))
    inputs = {name: rows for name, rows in inputs.items() if "mask" not in name}
    found = clocked.run(Systolic(BOOTH), BOOTH.latency, rng=np.random.default_rng(1), **inputs)
    np.testing.assert_array_equal(decode(BOOTH.o, BOOTH.cols, found[starts[0] :][:4]), x @ w.T)


def test_narrow_sums_wrap():
    dot = Booth.Config(lanes=4, x=S4, w=S4)
    config = Config.uniform(rows=2, cols=1, dot=dot, acc=Number(width=5, signed=True))
    x, w = operands(config, 9, config.word, 1)
    wrapped = (x @ w.T + 16) % 32 - 16
    np.testing.assert_array_equal(product(config, Systolic(config), x, w), wrapped)


@pytest.mark.parametrize(("rows", "cols", "lanes", "reach"), [(1, 1, 1, 1), (3, 4, 2, 1),
                                                              (5, 6, 4, 3)])  # fmt: skip
def test_cycles(rows, cols, lanes, reach):
    dot = Booth.Config(lanes=lanes, x=S4, w=S4)
    config = Config.uniform(rows=rows, cols=cols, dot=dot, reach=reach)
    hops = cols // reach
    assert config.latency == rows + hops + dot.latency
    assert config.cycles(50) == 50 + rows + hops - 2 + dot.latency + 1
    assert (config.load_cycles, config.swap_cycles) == (cols, hops - 1)
    assert config.interval(50) == 50
    assert config.interval(1) == cols + hops - 1
    assert (config.word, config.macs) == (rows * lanes, rows * cols * lanes)


def test_times_of_kinds_side_by_side():
    config = ARRAYS["kinds side by side"]
    packed, booth = (some.dot for some in config.columns)
    assert (packed.stages, booth.stages) == ((1, 2, 2), (1, 1, 1, 1, 1))
    assert config.load_stages == (1, 2, 2)
    assert config.swap_cycles == 1 + 2  # lane 4 is read two cycles later than it is shifted
    assert config.latency == 2 + max(1 + packed.latency, 2 + booth.latency)


@pytest.mark.parametrize(("name", "o"), [
    ("booth", Number(width=11, signed=True)), ("popcount", Number(width=5)),
    ("bipolar weights", Number(width=8, signed=True)),
])  # fmt: skip
def test_holds_every_sum(name, o):
    assert ARRAYS[name].o == o


@pytest.mark.parametrize(("build", "error", "what"), [
    (lambda dot: Config.uniform(rows=0, cols=1, dot=dot), TypeError,
     "Systolic rows must be a positive integer, not 0"),
    (lambda dot: Columns(dot=dot, count=0), TypeError,
     "Columns count must be a positive integer, not 0"),
    (lambda dot: Columns(dot=dot, count=4, reach=0), TypeError,
     "Columns reach must be a positive integer, not 0"),
    (lambda dot: Columns(dot=dot, count=4, reach=3), ValueError,
     "Columns count must be a multiple of 3, not 4"),
    (lambda dot: Columns(dot=Packed.Config(lanes=2, rows=2, x=S4, w=S4), count=6, reach=2),
     ValueError, "Columns count must be a multiple of 4, not 6"),
    (lambda dot: Config(rows=1, columns=()), ValueError,
     "Systolic columns must be at least one kind, not none"),
    (lambda dot: Config(rows=1, columns=(
        Columns(dot=dot, count=1), Columns(dot=Booth.Config(lanes=3, x=S4, w=S4), count=1))),
     ValueError, "Systolic columns must agree in lanes and operands"),
])  # fmt: skip
def test_refusals(build, error, what):
    with pytest.raises(error, match=f"^{re.escape(what)}$"):
        build(Booth.Config(lanes=2, x=S4, w=S4))

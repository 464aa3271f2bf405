# amaranth: UnusedElaboratable=no

import re
from dataclasses import replace

import numpy as np
import pytest

from generators.synth.synthesize import measure
from hdl.compress.fabric import KINDS
from hdl.dot.booth import Booth
from hdl.dot.grouped import Grouped
from hdl.dot.grouped_shift import shifter
from hdl.dot.integer import Integer
from hdl.dot.select import select
from hdl.number import BIPOLAR, Number
from sim.golden.formats import grouped
from tests.hdl.clocked import run
from tests.hdl.dot.scaled import Placed, blocks, joined, simulate, values
from tests.hdl.primitives import netlist_run

S1, S2, S3, S4, S5, S6, S8 = (Number(width=n, signed=True) for n in (1, 2, 3, 4, 5, 6, 8))
U1, U2, U3, U4, U8 = (Number(width=n) for n in (1, 2, 3, 4, 8))


def of(x, w, group, exponents, **options) -> Grouped.Config:
    return Grouped.Config(**{"lanes": 1, "group": group, "x_element": x, "w_element": w,
                             "exponents": exponents} | options)  # fmt: skip


def check(config, count, seed, stall=0.0, **options):
    x, w = blocks(config, count, seed)
    y = simulate(config, x, w, seed, stall, **options)
    np.testing.assert_array_equal(y, values(config, x, w))


@pytest.mark.parametrize("fabric", KINDS)
@pytest.mark.parametrize(("x", "w", "group", "exponents", "options"), [
    (U4, S2, 4, 8, {"lanes": 2}), (S2, S2, 2, 3, {"lanes": 5}), (U1, U1, 2, 2, {"x_exponents": 2}),
    (U2, S2, 3, 5, {"mantissa_bits": 3}), (U3, S2, 3, 4, {"mantissa_bits": 1}),
    (S2, S2, 3, 3, {"x_exponents": 6, "lanes": 2}),
])  # fmt: skip
def test_random_and_rails(x, w, group, exponents, options, fabric):
    check(of(x, w, group, exponents, **options, fabric=fabric), 90, group, 0.3)


@pytest.mark.parametrize("seed", range(4))
def test_random_formats(seed):
    rng = np.random.default_rng(seed)
    few = seed % 2  # the heaps of other sizes take seconds to solve; larger ones are Booth rows
    widths = (1, 3) if few else (4, 6)
    x, w = (Number(width=int(rng.integers(*widths)), signed=bool(rng.integers(2)))
            for _ in range(2))  # fmt: skip
    config = of(x, w, int(rng.integers(2, 5) if few else 5), int(rng.integers(1, 18)),
                lanes=int(rng.integers(1, 3 + few)), mantissa_bits=int(rng.integers(0, 4)),
                x_exponents=int(rng.choice([1, 1, 3, 9])), skewed=bool(rng.integers(2)),
                rows_per_stage=int(rng.integers(1, 4)))  # fmt: skip
    check(config, 16, seed, 0.2)


@pytest.mark.parametrize(("x", "w", "options"), [
    (U4, S4, {"mantissa_bits": 3, "skewed": True}),
    (S4, S4, {"mantissa_bits": 2, "x_exponents": 3, "skewed": True}),
    (U2, U2, {"mantissa_bits": 1, "lanes": 2}),
])  # fmt: skip
def test_primitives(x, w, options):
    check(of(x, w, 5, 6, **options), 60, 5, 0.2, how=netlist_run)


@pytest.mark.parametrize(("mantissa", "bits"), [("power", 0), ("simple", 2)])
def test_words_of_the_golden_model(mantissa, bits):
    """A group of four and three powers: weights fitted to real numbers, zeros among them."""
    golden = grouped.Grouped(4, 4, 3, mantissa, bits)
    rng = np.random.default_rng(bits)
    w = rng.normal(0, 1, (60, 8)) * np.exp2(rng.integers(-2, 1, (60, 2))).repeat(4, axis=1)
    w[0], w[1, :4] = 0, 0
    w = golden.encode(w / golden.fit(w))
    config = of(S4, S4, 4, 3, lanes=2, mantissa_bits=bits)
    assert (config.w.width, golden.low) == (golden.width, -8 * config.scale.most)
    x = rng.integers(-8, 8, w.shape)
    bits = golden.words(w).astype(object)
    rows = (bits << np.arange(golden.width).astype(object)).sum(axis=-1)
    elements = [sum((v & 15) << 4 * k for k, v in enumerate(row)) for row in x.tolist()]
    y = run(Placed(config), config.latency, rng=rng, stall=0.3, x=elements,
            w=joined(rows, golden.width))  # fmt: skip
    np.testing.assert_array_equal(y, (x * w).sum(axis=1))


def test_padding_adds_nothing():
    config = of(S3, S2, 3, 3, lanes=3, mantissa_bits=1, x_exponents=2)
    x, w = blocks(config, 20, 1)
    x[0][:, 1], x[1][:, 1] = 0, 0
    y = simulate(config, x, w, 1)
    keep = [0, 2]
    want = values(config, [a[:, keep] for a in x], [a[:, keep] for a in w])
    np.testing.assert_array_equal(y, want)


@pytest.mark.parametrize(("x", "w", "exponents"), [
    (S4, S4, 4), (S6, S6, 8), (S8, S8, 8),
])  # fmt: skip
def test_luts_of_an_element(x, w, exponents):
    """A group of 16 with powers takes at most a tenth more than without a scale."""
    config = of(x, w, 16, exponents)
    assert config.luts <= 1.1 * select(x, w, 16).luts


@pytest.mark.parametrize(("x", "w", "group", "kind"), [
    (U4, S4, 16, Booth), (U4, S4, 8, Booth), (U4, S3, 8, Integer), (U2, S2, 16, Integer),
])  # fmt: skip
def test_what_multiplies(x, w, group, kind):
    config = of(x, w, group, 4)
    assert isinstance(config.inner, kind.Config)
    assert isinstance(of(x, w, group, 4, fabric="lut").inner, Integer.Config)


@pytest.mark.parametrize("config", [of(S4, S4, 5, 4), of(S4, S4, 16, 4, lanes=3),
                                    of(S6, S6, 8, 8, mantissa_bits=3, x_exponents=4)])  # fmt: skip
def test_estimate(config):
    assert abs(config.estimate / config.luts - 1) < 0.05


def test_synthesis_keeps_its_primitives():
    config = of(S2, S2, 3, 3, mantissa_bits=2, x_exponents=3, skewed=True)
    found = measure(config.build())
    assert found.cost.lut == config.luts
    assert found.timing.reg_to_reg_ps <= 3500


@pytest.mark.slow
def test_delays_are_outside_if_skewed():
    config = of(S4, S4, 6, 2)
    outside = measure(replace(config, skewed=True).build()).cost
    assert outside.lut == config.luts
    assert measure(config.build()).cost.ff - outside.ff >= 8 * sum(range(0, 6, 2))


def test_sizes():
    config = of(S4, S4, 16, 4, lanes=3, mantissa_bits=2, x_exponents=2)
    assert (config.x, config.w) == (Number(width=65), Number(width=68))
    # -7 * 8 * 16 .. 8 * 8 * 16, times 6 * 2^4, and three of them.
    assert (config.product, config.o) == tuple(Number(width=n, signed=True) for n in (18, 20))
    assert isinstance(config.inner, Booth.Config)
    assert (config.inner.rows_per_stage, config.stages) == (2, (3,))
    assert config.latency == config.inner.latency + 2 + config.plan.latency
    assert config.scale.most == 6 << 4


def test_places():
    config = of(U2, S1, 2, 4, lanes=2, mantissa_bits=1, skewed=True)
    total = config.inner.latency
    assert isinstance(config.inner, Integer.Config)
    none = ((),) * (total - 1)
    assert config.x_places == ((0, 1, 2, 3, 4, 5, 6, 7), *none, (), ())
    assert config.w_places == ((0, 1, 5, 6), *none, (4, 9), (2, 3, 7, 8))
    together = replace(config, skewed=False)
    assert together.x_places == (tuple(range(8)),)
    assert together.w_places == (tuple(range(10)),)
    assert together.latency == config.latency == total + 2 + config.plan.latency


@pytest.mark.parametrize(("exponents", "luts"), [(1, 0), (2, 6), (4, 12), (8, 21), (16, 34)])
def test_luts_of_a_shift(exponents, luts):
    """Four powers take a LUT for each bit of the sum, without the bits that they add."""
    assert shifter(Number(width=12, signed=True), exponents).luts == luts


def test_one_scale_is_plain():
    config = of(S4, S4, 16, 1)
    assert config.luts == config.inner.luts
    assert config.latency == config.inner.latency


@pytest.mark.parametrize("name", ["lanes", "group", "exponents", "x_exponents", "rows_per_stage"])
@pytest.mark.parametrize("value", [0, -1, 2.0, None])
def test_wrong_size(name, value):
    message = re.escape(f"Grouped {name} must be a positive integer, not {value!r}")
    with pytest.raises(TypeError, match=f"^{message}$"):
        of(**{"x": U4, "w": U4, "group": 2, "exponents": 1, name: value})


@pytest.mark.parametrize(("fields", "message"), [
    ({"group": 1}, "Grouped group must be at least 2, not 1"),
    ({"x_element": BIPOLAR}, "Grouped elements must not be bipolar"),
    ({"w_element": BIPOLAR}, "Grouped elements must not be bipolar"),
    ({"w_element": Number(width=17)}, "Grouped elements must be at most 16 bits wide, not 17"),
    ({"exponents": 33}, "Grouped exponents must be at most 32, not 33"),
    ({"x_exponents": 40}, "Grouped exponents must be at most 32, not 40"),
    ({"mantissa_bits": 4}, "Grouped mantissa_bits must be from 0 to 3, not 4"),
    ({"mantissa_bits": -1}, "Grouped mantissa_bits must be from 0 to 3, not -1"),
])  # fmt: skip
def test_wrong_config(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        of(**{"x": U4, "w": U4, "group": 2, "exponents": 2} | fields)

# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.minifloat import Minifloat
from hdl.number import BIPOLAR, Number
from hdl.quant.encode_lanes import EncodeLanes
from hdl.quant.encode_minifloat import EncodeMinifloat
from sim import stream
from tests.hdl import clocked, primitives
from tests.hdl.minifloats import DLFLOAT, HFP8, HFP8_BACK, any_format, model

UINT8, S20 = Number(width=8), Number(width=20, signed=True)
UNSIGNED = Minifloat(exponent=4, mantissa=3, bias=11, signed=False)
ROUNDINGS = ["up", "even"]


def config(**changes):
    return EncodeMinifloat.Config(**{"x": S20, "to": HFP8} | changes)


def of_code(source, **changes):
    return config(x=source.code, source=source, **changes)


def check(sized, x, rng, run=clocked.run, stall=0.0):
    y = run(sized.build(), sized.latency, rng=rng, stall=stall, x=x)
    real = x.astype(float) if sized.source is None else model(sized.source).decode(x)
    form = model(sized.to, sized.rounding)
    np.testing.assert_array_equal(y, form.encode(np.ldexp(real, -sized.right_shift)))


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize(("source", "to", "shift"), [
    (DLFLOAT, HFP8, 0), (DLFLOAT, UNSIGNED, 3), (DLFLOAT, HFP8_BACK, -2), (HFP8, DLFLOAT, 1),
    (HFP8_BACK, HFP8, 0), (DLFLOAT, DLFLOAT, 5), (DLFLOAT, HFP8, 40), (DLFLOAT, HFP8, -60),
    (UNSIGNED, HFP8_BACK, 1),
])  # fmt: skip
def test_of_codes(source, to, shift, rounding):
    """Every code of few bits, else the ends, about 2^-bias, max and powers of two, and any."""
    rng = np.random.default_rng(to.mantissa)
    form, made = model(source), model(to)
    if source.code.width <= 10:
        x = np.arange(form.low, form.high + 1)
    else:
        near = np.array([made.min, made.least, made.max, made.max / 2]) * 2.0**shift
        near = form.encode(np.clip(near, 0, form.max))[:, None] + np.arange(-40, 40)
        any_code = rng.integers(form.low, form.high, 1000)
        powers = 1 << np.arange(source.code.width - 1)
        x = np.concatenate([near.ravel(), powers, -powers, powers + 1, [0, form.high, form.low],
                            any_code])  # fmt: skip
        x = np.clip(x * rng.choice([-1, 1], len(x)), form.low, form.high)
        x[:2] = 11944, -11944  # seldom drawn, and all that shows some mutants: by proofs about them
    check(of_code(source, to=to, right_shift=shift, rounding=rounding), x, rng, stall=0.2)


@pytest.mark.parametrize("rounding", ROUNDINGS)
@pytest.mark.parametrize(("x", "to", "shift"), [
    (UINT8, HFP8, 0), (UINT8, HFP8, 8), (UINT8, UNSIGNED, 20), (S20, HFP8, 12), (S20, UNSIGNED, 9),
    (Number(width=1), HFP8, 0), (Number(width=1, signed=True), HFP8, 0), (UINT8, DLFLOAT, -3),
    (Number(width=9, signed=True), HFP8_BACK, 4),
])  # fmt: skip
def test_of_integers(x, to, shift, rounding):
    rng = np.random.default_rng(x.width)
    if x.width < 10:
        values = np.arange(x.low, x.high + 1)
    else:
        powers = 1 << np.arange(x.width - 1)
        near = np.concatenate([powers - 1, powers, powers + 1, powers * 17 // 16, [x.high]])
        values = np.concatenate([near, -near, [x.low], clocked.draw(rng, x, 400)])
    check(config(x=x, to=to, right_shift=shift, rounding=rounding), values, rng, stall=0.2)


@pytest.mark.parametrize("seed", range(10))
def test_any_formats(seed):
    rng = np.random.default_rng(seed)
    to, source = any_format(rng, signed=bool(seed % 2)), any_format(rng, signed=bool(seed % 3))
    fields = {"to": to, "right_shift": int(rng.integers(-4, 5)), "rounding": ROUNDINGS[seed % 2]}
    every = np.arange(model(source).low, model(source).high + 1)
    check(of_code(source, **fields), every, rng, stall=0.3)
    x = Number(width=int(rng.integers(1, 10)), signed=bool(rng.integers(2)))
    check(config(x=x, **fields), np.arange(x.low, x.high + 1), rng, stall=0.3)


def test_ranges():
    """SEED_SYSTEMS section 5, hfp8_ranges: 1-4-3 of bias 11 is from 2^-11 to 30, or zero."""
    values = np.array([30.0, 31, 1e6, -31, 2.0**-11, -(2.0**-11), 2.0**-11 * (1 - 2**-9), 0])
    x = model(DLFLOAT).encode(values)
    np.testing.assert_array_equal(model(DLFLOAT).decode(x[4:]), values[4:])
    y = clocked.run(of_code(DLFLOAT).build(), 3, rng=np.random.default_rng(0), x=x)
    assert y.tolist() == [127, 127, 127, -127, 1, -1, 0, 0]


def test_netlist_does_the_same():
    rng = np.random.default_rng(0)
    codes = clocked.draw(rng, DLFLOAT.code, 500) | 1
    sized = of_code(DLFLOAT, to=UNSIGNED, right_shift=2)
    check(sized, codes, rng, primitives.netlist_run, 0.2)
    check(config(right_shift=7), clocked.draw(rng, S20, 500), rng, primitives.netlist_run, 0.2)


def test_in_lanes():
    """Of a stream, as :class:`EncodeLanes` puts them there."""
    rng = np.random.default_rng(0)
    unit = of_code(DLFLOAT, to=UNSIGNED)
    dut = EncodeLanes.Config(items=12, lanes=4, unit=unit).build()
    x = clocked.draw(rng, DLFLOAT.code, (9, 4)) | 1
    run = stream.run(dut, x, 9, rng=rng, stall=0.3)
    np.testing.assert_array_equal(run.outputs, model(UNSIGNED).encode(model(DLFLOAT).decode(x)))


def test_latency():
    assert (of_code(DLFLOAT).latency, config().latency) == (3, 5)


@pytest.mark.parametrize(("changes", "message"), [
    ({"right_shift": 0.5}, "EncodeMinifloat right_shift must be an integer, not 0.5"),
    ({"x": BIPOLAR}, "EncodeMinifloat numbers must not be bipolar"),
    ({"source": HFP8}, f"EncodeMinifloat codes of its source are {HFP8.code!r}, not {S20!r}"),
    ({"rounding": "down"}, "EncodeMinifloat rounding must be up or even, not 'down'"),
])  # fmt: skip
def test_refusals(changes, message):
    with pytest.raises((TypeError, ValueError), match=f"^{re.escape(message)}$"):
        config(**changes)

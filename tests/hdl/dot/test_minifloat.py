# amaranth: UnusedElaboratable=no

import numpy as np
import pytest

from hdl.dot.minifloat import MinifloatProduct
from hdl.minifloat import Minifloat, Parts
from tests.hdl import clocked, primitives
from tests.hdl.minifloats import DLFLOAT, HFP8, HFP8_BACK, any_format, fields, model, numbers

UNSIGNED = Minifloat(exponent=4, mantissa=3, bias=11, signed=False)


def check(x, w, a, b, rng, *, below=0, run=clocked.run, stall=0.0):
    """Products of codes a of x and b of w; exponents of x count from ``below`` its lowest."""
    parts = x.parts
    sized = MinifloatProduct.Config(
        x=Parts(low=parts.low - below, high=parts.high, fraction=parts.fraction), w=w)
    raw = np.abs(b) + ((b < 0) << w.magnitude)
    a, b = model(x).decode(a), model(w).decode(b)
    o = run(sized.build(), sized.latency, rng=rng, stall=stall, x=fields(sized.x, a), w=raw)
    np.testing.assert_array_equal(numbers(sized.o, o), a * b)


def pairs(x, w, rng):
    """Codes of all pairs of magnitudes; each of the four pairs of signs for a quarter of them."""
    a, b = np.meshgrid(np.arange(1 << x.magnitude), np.arange(1 << w.magnitude))
    signs = rng.choice([-1, 1], (2, a.size))
    a = a.ravel() * (signs[0] if x.signed else 1)
    return a, b.ravel() * (signs[1] if w.signed else 1)


def test_golden_of_all_pairs():
    """Products of numbers of four bits are exact in DLFloat, but for those beyond its range."""
    for form, size in ((model(HFP8), 4), (model(HFP8_BACK), 3)):
        every = form.decode(np.arange(form.low, form.high + 1))
        products = np.multiply.outer(every, every)
        inside = np.abs(products) <= model(DLFLOAT).max
        np.testing.assert_array_equal(model(DLFLOAT).round(products)[inside], products[inside])
        fraction, _ = np.frexp(products)
        assert np.all(np.ldexp(fraction, 2 * size) % 1 == 0)


@pytest.mark.parametrize(("x", "w"), [(HFP8, HFP8), (HFP8_BACK, HFP8_BACK)])
def test_all_pairs(x, w):
    """All pairs of codes of 8 bits, in the netlist with its primitives."""
    every = (np.arange(model(some).low, model(some).high + 1) for some in (x, w))
    a, b = (some.ravel() for some in np.meshgrid(*every))
    check(x, w, a, b, np.random.default_rng(0), below=9, run=primitives.netlist_run)


@pytest.mark.parametrize(("x", "w"), [
    (HFP8, HFP8), (HFP8, HFP8_BACK), (UNSIGNED, HFP8),
    (HFP8, UNSIGNED), (DLFLOAT, DLFLOAT), (DLFLOAT, HFP8),
])  # fmt: skip
def test_matches_golden(x, w):
    """Also by rows of a product where a table would be too large."""
    rng = np.random.default_rng(x.mantissa)
    a, b = (rng.integers(model(some).low, model(some).high + 1, 1500) for some in (x, w))
    a[:100], b[50:150] = 0, 0
    check(x, w, a, b, rng, stall=0.2)


@pytest.mark.parametrize("seed", range(6))
def test_any_formats(seed):
    rng = np.random.default_rng(seed)
    x, w = any_format(rng), any_format(rng)
    a, b = pairs(x, w, rng)
    some = rng.permutation(len(a))[:1000]
    check(x, w, a[some], b[some], rng, below=int(rng.integers(4)), stall=0.2)


def test_latency():
    assert MinifloatProduct.Config(x=HFP8.parts, w=HFP8).latency == 1

# amaranth: UnusedElaboratable=no

import re

import numpy as np
import pytest

from hdl.accumulate.chunked_add import FloatAdder
from hdl.minifloat import Minifloat, Parts
from sim.golden.chunked import chunked_sum
from tests.hdl import clocked, primitives
from tests.hdl.minifloats import DLFLOAT, HALF, any_format, draw, fields, model, numbers

HFP8_PRODUCTS = Parts(low=-31, high=9, fraction=9)


def config(**changes):
    return FloatAdder.Config(**{"x": HFP8_PRODUCTS, "o": DLFLOAT} | changes)


def of_sums(parts: Parts, values):
    """Which of the numbers sums may be: the code of 2^low is that of zero."""
    return np.where(np.abs(values) == 2.0**parts.low, 0, values)


def check(sized, a, b, rng, run=clocked.run, stall=0.0, first=None):
    if first is None:
        first = rng.random(len(a)) < 0.1 if len(a) > 1 else np.zeros(1)
    o = run(sized.build(), sized.latency, rng=rng, stall=stall, a=fields(sized.o.parts, a),
            b=fields(sized.x, b), first=first)  # fmt: skip
    terms = np.stack([np.where(first, 0, a), b], -1)
    expected = chunked_sum(terms, 2, model(sized.o, sized.rounding))
    np.testing.assert_array_equal(numbers(sized.o.parts, o), expected)


@pytest.mark.parametrize("rounding", ["up", "even"])
@pytest.mark.parametrize(("x", "o"), [
    (HFP8_PRODUCTS, DLFLOAT),
    (DLFLOAT.parts, DLFLOAT),
    (Parts(low=-31, high=33, fraction=5), DLFLOAT),  # products of 1-5-2 may be too large
    (Parts(low=-31, high=12, fraction=19), DLFLOAT),  # products of 1-6-9: longer than sums
    (Parts(low=-40, high=-20, fraction=3), DLFLOAT),  # too small
    (HALF.parts, HALF),
])  # fmt: skip
def test_matches_golden(x, o, rounding):
    rng = np.random.default_rng(x.fraction)
    a = of_sums(o.parts, draw(rng, o.parts, 1000))
    check(config(x=x, o=o, rounding=rounding), a, draw(rng, x, 1000, a), rng)


@pytest.mark.parametrize("seed", range(12))
def test_any_formats(seed):
    """All pairs of numbers of small formats in some of the tests."""
    rng = np.random.default_rng(seed)
    o, x = any_format(rng).parts, any_format(rng).parts
    number = any_format(rng)
    o = number.parts
    x = Parts(low=min(x.low, o.low), high=x.high, fraction=x.fraction + int(rng.integers(3)))
    a = of_sums(o, draw(rng, o, 700))
    sized = config(x=x, o=number, rounding=str(rng.choice(["up", "even"])))
    check(sized, a, draw(rng, x, 700, a), rng, stall=0.3)


@pytest.mark.parametrize("rounding", ["up", "even"])
def test_all_pairs(rounding):
    number = Minifloat(exponent=3, mantissa=2, bias=3)
    every = model(number).decode(np.arange(-31, 32))
    a, b = (some.ravel() for some in np.meshgrid(every, every))
    check(config(x=number.parts, o=number, rounding=rounding), a, b, np.random.default_rng(0))


def test_smallest():
    """All pairs of zero and the two lowest exponents; and two of exponents far from each other."""
    number = Minifloat(exponent=5, mantissa=5, bias=14)
    x = Parts(low=-14, high=17, fraction=1)
    some = [2.0**power * (1 + np.arange(1 << bits) / (1 << bits))
            for bits in (number.mantissa, x.fraction) for power in (-14, -13)]  # fmt: skip
    a, b = (np.concatenate([[0], *pair, *(-one for one in pair)]) for pair in (some[:2], some[2:]))
    a, b = (one.ravel() for one in np.meshgrid(of_sums(number.parts, a), b))
    pairs = np.append(a, [0.03515625, 49]), np.append(b, [-4, -(2.0**-14)])
    for first in (0, 1):
        check(config(x=x, o=number), *pairs, np.random.default_rng(0),
              first=np.full(len(pairs[0]), first))  # fmt: skip


@pytest.mark.parametrize(("rounding", "a", "b", "total"), [
    ("even", 1024, 1, 1024), ("up", 1024, 1, 1026), ("even", 1026, 1, 1028),
    ("up", -1024, -1, -1026), ("up", 1024, 0.5, 1024), ("even", 1024, -1, 1023),
    ("up", 2.0**-30, -(2.0**-31) * 1.5, 0),  # 2^-32
    ("up", 2.0**-29, -(2.0**-30) * 1.5, 2.0**-31 * (1 + 2**-9)),  # 2^-31, whose code is zero's
    ("up", 2.0**32 * 1.9375, 2.0**32, 2.0**32 * (2 - 2**-9)),
    ("even", -(2.0**32) * (2 - 2**-9), -(2.0**32), -(2.0**32) * (2 - 2**-9)),
    ("up", 2.0**32, -1, 2.0**32), ("even", 1.5, -1.5, 0), ("up", 0, 0, 0),
])  # fmt: skip
def test_ties_and_ends(rounding, a, b, total):
    sized = config(x=DLFLOAT.parts, rounding=rounding)
    ports = {"a": fields(DLFLOAT.parts, [a]), "b": fields(DLFLOAT.parts, [b]), "first": [0]}
    o = clocked.run(sized.build(), sized.latency, rng=np.random.default_rng(0), **ports)
    assert numbers(DLFLOAT.parts, o).tolist() == [total]


def test_netlist_does_the_same():
    rng = np.random.default_rng(3)
    a = of_sums(DLFLOAT.parts, draw(rng, DLFLOAT.parts, 700))
    check(config(), a, draw(rng, HFP8_PRODUCTS, 700, a), rng, primitives.netlist_run, 0.2)


def test_latency():
    assert config().latency == 6


@pytest.mark.parametrize(("changes", "message"), [
    ({"x": Parts(low=-30, high=3, fraction=2)},
     "FloatAdder exponents must count from at most -31, not -30"),
    ({"rounding": "down"}, "FloatAdder rounding must be up or even, not 'down'"),
])  # fmt: skip
def test_refusals(changes, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        config(**changes)

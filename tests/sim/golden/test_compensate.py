import re
from fractions import Fraction

import numpy as np
import pytest

from sim.golden.compensate import compensated, dropped
from sim.golden.formats.fpec import FPEC

F4 = FPEC(4)


def draw(rng, form, shape, frequency=0.5):
    """Random codes, so many of which have an error."""
    q = rng.integers(form.q_low + (not form.signed), form.q_high, shape, endpoint=True)
    d = rng.integers(1, form.most, shape, endpoint=True) * rng.choice([-1, 1], shape)
    return form.join(q, d * (rng.random(shape) < frequency))


def test_example_of_the_paper():
    """18 of the integers; 19.5 compensated, exactly 19.4975; 19 if 3 / 2 were the integer 1."""
    x, y = np.array([3.3, 2.95]), np.array([3.45, 2.75])
    cx, cy = F4.encode([x]), F4.encode([y])
    (qx, _), (qy, _) = F4.decode(cx), F4.decode(cy)
    assert qx @ qy.T == 18
    o = compensated(cx, cy, x=F4, w=F4)[0, 0] / 2
    assert o == 19.5 != 19
    assert abs(o - x @ y) < 0.0026 < 1 < abs(18 - x @ y)


def reference(cx, cw, x, w, lanes, compensators):
    """One sum, element by element, in rationals, with what is dropped."""
    total, busy = Fraction(0), 0
    for j, (a, b) in enumerate(zip(cx.tolist(), cw.tolist())):
        (qx, dx), (qw, dw) = (
            (c, 0) if form is None else [int(part) for part in form.decode(c)]
            for form, c in ((x, a), (w, b))
        )
        if lanes and j % lanes == 0:
            busy = 0
        serve = not lanes or busy < compensators
        busy += bool(dx or dw)
        unit = (x or w).unit
        total += qx * qw
        if serve:
            total += qx * Fraction(dw, unit) + Fraction(dx, unit) * qw
    return total


@pytest.mark.parametrize(("lanes", "compensators"), [(None, 1), (2, 1), (4, 1), (4, 2), (8, 3)])
@pytest.mark.parametrize(("x", "w"), [
    (FPEC(4), FPEC(4)), (FPEC(3, False, 1), FPEC(5, True, 1)), (FPEC(4, False, 2), None),
    (None, FPEC(4)), (FPEC(6, True, 2), FPEC(2, True, 2)),
])  # fmt: skip
def test_by_the_definition(x, w, lanes, compensators):
    rng = np.random.default_rng(compensators)
    cx, cw = (rng.integers(-8, 8, shape) if form is None else draw(rng, form, shape)
              for form, shape in ((x, (3, 16)), (w, (4, 16))))  # fmt: skip
    y = compensated(cx, cw, x=x, w=w, lanes=lanes, compensators=compensators)
    assert y.dtype == np.int64
    expected = [[reference(a, b, x, w, lanes, compensators) for b in cw] for a in cx]
    assert [[Fraction(int(one), (x or w).unit) for one in row] for row in y] == expected


def test_nearer_than_the_integers():
    """Of weights and inputs that are no integers the compensated sum is nearer."""
    rng = np.random.default_rng(2)
    x, w = rng.uniform(0, 15, (50, 64)), rng.uniform(-8, 7, (20, 64))
    form = FPEC(4, signed=False)
    cx, cw = form.encode(x), F4.encode(w)
    real = compensated(cx, cw, x=form, w=F4) / 2
    plain = form.decode(cx)[0] @ F4.decode(cw)[0].T
    assert np.abs(real - x @ w.T).mean() < 0.6 * np.abs(plain - x @ w.T).mean()


def test_as_many_compensators_as_lanes_drop_nothing():
    rng = np.random.default_rng(3)
    cx, cw = draw(rng, F4, (5, 24)), draw(rng, F4, (6, 24))
    every = compensated(cx, cw, x=F4, w=F4)
    np.testing.assert_array_equal(
        compensated(cx, cw, x=F4, w=F4, lanes=4, compensators=4), every)  # fmt: skip
    assert dropped(cx, cw, x=F4, w=F4, lanes=4, compensators=4) == 0
    assert dropped(4 * cx, 4 * cw, x=FPEC(8), w=FPEC(8), lanes=4) == 0


@pytest.mark.parametrize(("lanes", "compensators", "both", "one"), [
    (4, 1, 0.54, 0.37), (4, 2, 0.19, 0.09), (8, 1, 0.76, 0.61), (8, 2, 0.52, 0.31),
    (8, 4, 0.14, 0.03),
])  # fmt: skip
def test_dropped_at_the_frequency_of_the_paper(lanes, compensators, both, one):
    """30 % of the numbers have an error: of both operands, and of one alone.

    The share that is dropped is 1 - E[min(n, c)] / E[n], n of so many lanes that want.
    """
    rng = np.random.default_rng(lanes)
    cx, cw = draw(rng, F4, (16, 1024), 0.3), draw(rng, F4, (16, 1024), 0.3)
    found = dropped(cx, cw, x=F4, w=F4, lanes=lanes, compensators=compensators)
    assert found == pytest.approx(both, abs=0.02)
    found = dropped(cx, 4 * F4.decode(cw)[0], x=F4, w=F4, lanes=lanes, compensators=compensators)
    assert found == pytest.approx(one, abs=0.02)


@pytest.mark.parametrize(("fields", "message"), [
    ({}, "Compensated products must have a format on one side at least"),
    ({"x": FPEC(4, magnitude=1), "w": F4},
     "Compensated formats must have the same magnitude, not 1 and 0"),
    ({"x": F4, "lanes": 4}, "Columns must be a multiple of 4 lanes, not 6"),
])  # fmt: skip
def test_refusals(fields, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        compensated(np.zeros((1, 6), int), np.zeros((1, 6), int), **fields)
